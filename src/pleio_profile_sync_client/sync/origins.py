"""What the changes of a run come from: a source, or the report of a run that is to be undone.

`check` needs no subsite, so nothing is imported here that only a run needs.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.matching import match_rows, recall_avatars
from pleio_profile_sync_client.core.models import Avatar, Finding, Memory, SourceReading, Status, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.ports import Ending, Progress, Source
from pleio_profile_sync_client.core.revert import PastChange, plan_reversal
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.reports.run_report import PastReport, ReportedChange, read_report
from pleio_profile_sync_client.settings.models import DirectorySettings, Settings, SourceSettings
from pleio_profile_sync_client.sources.avatars import examine_avatars
from pleio_profile_sync_client.sources.command import CommandSource
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.source import RecordSource


class Origin(Protocol):
    """What the changes of a run come from: what is read, and how a plan is made from it."""

    @property
    def source(self) -> Source:
        """What is read."""

    @property
    def is_partial(self) -> bool:
        """Whether it says nothing about absence: such a run does not count as a nightly run."""

    @property
    def takes_back(self) -> bool:
        """Whether an earlier run is undone."""

    def make_plan(
        self,
        reading: SourceReading,
        users: list[SubsiteUser],
        *,
        memory: Memory,
        occasion: Occasion,
        now_s: float,
        progress: Progress,
    ) -> Plan:
        """Return the plan for what was read and the subsite's users."""


class SourceOrigin:
    """The source that the settings name."""

    takes_back = False

    def __init__(self, settings: Settings) -> None:
        self.source: Source = make_source(settings.source)
        self.is_partial = settings.policy.only is not None
        self._policy = settings.policy

    def make_plan(
        self,
        reading: SourceReading,
        users: list[SubsiteUser],
        *,
        memory: Memory,
        occasion: Occasion,
        now_s: float,
        progress: Progress,
    ) -> Plan:
        """Return the plan that makes the subsite match what was read."""
        matching = match_rows(reading, users)
        remembered = recall_avatars(matching, memory)
        avatars = examine_avatars(self.source, reading.users, progress, remembered=remembered)
        draft = draft_plan(matching, reading, memory=memory, policy=self._policy, avatars=avatars, now_s=now_s)
        return make_plan(draft, occasion)


class ReportOrigin:
    """The report of a run that is to be undone.

    Raise `UsageError` if it is none: unreadable, of a dry run or of another subsite.
    """

    is_partial = True
    takes_back = True

    def __init__(self, path: Path, settings: Settings) -> None:
        self._policy: Policy = replace(settings.policy, removal=None)
        report = _load(path, settings.destination)
        self._past = _changes_to_undo(report.changes, self._policy.only)
        self.source: Source = _ReadBefore(f"{visible(str(path))}, the report of run {report.run}", rows=len(self._past))

    def make_plan(
        self,
        reading: SourceReading,
        users: list[SubsiteUser],
        *,
        memory: Memory,
        occasion: Occasion,
        now_s: float,
        progress: Progress,
    ) -> Plan:
        """Return the plan that takes the run back."""
        return plan_reversal(self._past, users, policy=self._policy, memory=memory, occasion=occasion)


class _ReadBefore:
    """A report as a source: it was read completely before the run, so it never changes, and it has no avatars."""

    def __init__(self, location: str, *, rows: int) -> None:
        self.location = location
        self._rows = rows

    def read(self, progress: Progress, ending: Ending | None = None) -> SourceReading:
        return SourceReading(self.location, self._rows, (), (), (), (), frozenset())

    def is_changed(self) -> bool:
        return False

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        raise NotImplementedError

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        raise NotImplementedError

    def close(self) -> None:
        pass


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
    return DirectorySource(
        ldap, settings.layout, bases=directory.base, wanted=directory.filter, groups=directory.groups
    )


def _load(path: Path, destination: str) -> PastReport:
    try:
        report = read_report(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{path} can't be read: {error.strerror or error}.", hint="Give a run's .json report."
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{path} is not a report of this client: {error}.", hint="Give a run's .json report."
        ) from error
    if report.dry_run:
        raise UsageError(
            f"{path} is the report of a dry run, which changed nothing.", hint="Give that of the real run."
        )
    if report.subsite.url != destination:
        raise UsageError(
            f"{path} is the report of another subsite, {report.subsite.url}; this is {destination}.",
            hint="Give the configuration or --destination that the run had.",
        )
    return report


def _changes_to_undo(changes: Sequence[ReportedChange], only: str | None) -> list[PastChange]:
    """Return the changes that were made, or may partly have been, each with its position in the report."""
    return [
        PastChange(
            number,
            change.action,
            change.guid,
            change.external_id,
            change.email,
            change.fields,
            change.groups,
            has_avatar=change.avatar is not None,
            is_applied=change.outcome is Status.APPLIED,
        )
        for number, change in enumerate(changes, 1)
        if change.outcome in (Status.APPLIED, Status.FAILED)
        and (only is None or key(only) in (key(change.external_id), key(change.email)))
    ]
