"""The source as a run and `check` use it: made from its settings, and the avatars that its rows name, examined.

`check` looks a source over without a subsite, so nothing is imported here that only a run needs.
"""

import os
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import Avatar, Finding, Memory, SourceUser
from pleio_profile_sync_client.core.ports import Progress, Source
from pleio_profile_sync_client.core.wording import at_start, place_of
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


def examine_avatars(
    source: Source, rows: Iterable[SourceUser], progress: Progress, *, remembered: Mapping[int, Avatar]
) -> dict[int, Avatar | Finding]:
    """Return each row's avatar, or what is wrong with it, by line; rows that name none are left out.

    `remembered` has, by line, what was sent for the row's user: a file of that size and mtime is not read.
    """
    named = [(row, row.avatar) for row in rows if row.avatar]
    if not named:
        return {}
    avatars: dict[int, Avatar | Finding] = {}
    with progress.phase("looking at avatars", len(named)) as advance:
        for row, path in named:
            sent = remembered.get(row.line)
            # The state knows no paths, which may hold names: a file of the same size and mtime counts as the same.
            avatar = source.examine_avatar(path, replace(sent, path=path) if sent else None)
            avatars[row.line] = avatar if isinstance(avatar, Avatar) else _about(row, avatar)
            advance(1)
    return avatars


def recall_avatars(matching: Matching, memory: Memory) -> dict[int, Avatar]:
    """Return, by the row's line, the avatars that the state remembers for the users of rows that name one."""
    users = [(match.row.line, match.user) for match in matching.matches if match.user and match.row.avatar]
    remembered = ((line, memory.users.get(str(user.guid))) for line, user in users)
    return {line: known.avatar for line, known in remembered if known and known.avatar}


def _about(row: SourceUser, problem: Finding) -> Finding:
    message = f"{at_start(place_of(row))} ({row.name}): {problem.message}"
    return replace(problem, line=row.line, place=row.place, external_id=row.external_id, message=message)
