"""The source that the settings name. `check` needs no subsite, so nothing is imported here that only a run needs."""

import os

from pleio_profile_sync_client.settings.models import DirectorySettings, SourceSettings
from pleio_profile_sync_client.sources.command import CommandSource
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.source import RecordSource


def make_source(settings: SourceSettings) -> RecordSource:
    """Return the source that the settings name."""
    if settings.command is not None:
        return CommandSource(
            settings.command.run,
            settings.layout,
            folder=settings.command.folder,
            timeout_s=settings.command.timeout_s,
            environ=os.environ,
        )
    if settings.directory is not None:
        return _make_directory(settings, settings.directory)
    return FileSource(settings.location, settings.layout, max_age_s=settings.max_age_s)


def _make_directory(settings: SourceSettings, directory: DirectorySettings) -> RecordSource:
    from pleio_profile_sync_client.sources.directory import DirectorySource  # noqa: PLC0415 -- takes an extra
    from pleio_profile_sync_client.sources.ldap import Ldap  # noqa: PLC0415 -- as above

    ldap = Ldap(
        directory.url,
        timeout_s=directory.timeout_s,
        start_tls=directory.start_tls,
        ca_file=directory.ca_file,
        bind=directory.bind,
        password=None if directory.password is None else directory.password.reveal(),
    )
    return DirectorySource(ldap, directory, settings.layout)
