"""From settings to the parts that a run works with: client, pace, log, source, and the avatars that its rows name."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import Avatar, Finding, Memory, SourceUser
from pleio_profile_sync_client.core.ports import Ending, Progress, Source
from pleio_profile_sync_client.core.wording import as_datetime, at_start, place_of
from pleio_profile_sync_client.runlog.configuration import RunLog, configure
from pleio_profile_sync_client.runlog.lines import Style
from pleio_profile_sync_client.settings.models import DirectorySettings, Settings, SourceSettings
from pleio_profile_sync_client.sources.command import CommandSource
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.source import RecordSource
from pleio_profile_sync_client.state.file import identify_subsite, locate_state
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.subsite.transport import READ_TIMEOUT_S


class Timing(Struct, frozen=True):
    """How time passes for a run: its clock, its pauses before a repeat, and how long it waits for an answer.

    `now_s` is the time of day, in seconds since 1970.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    read_timeout_s: float = READ_TIMEOUT_S
    now_s: Callable[[], float] = time.time


REAL_TIME = Timing()


def open_log(settings: Settings, run: str, stream: TextIO, style: Style | None = None) -> RunLog:
    """Send the log to `stream`, without the secret; `style` colours its lines. To be used in a `with`."""
    run_log = configure(run=run, stream=stream, log_format=settings.log_format, verbose=settings.verbose, style=style)
    run_log.hide(settings.secret.reveal())
    return run_log


def make_pace(settings: Settings, ending: Ending, timing: Timing = REAL_TIME) -> AdaptivePace:
    """Return the pace of a run's requests."""
    return AdaptivePace(settings.max_concurrency, timing.clock, ending=ending)


def make_client(settings: Settings, ending: Ending, pace: AdaptivePace, timing: Timing = REAL_TIME) -> ApiClient:
    """Return the API client for the settings' subsite."""
    return ApiClient.connect(
        settings.destination,
        settings.secret.reveal(),
        pace=pace,
        ending=ending,
        max_concurrency=settings.max_concurrency,
        read_timeout_s=timing.read_timeout_s,
        clock=timing.clock,
        wall_clock=timing.now_s,
        sleep=timing.sleep,
    )


def state_path(settings: Settings) -> Path:
    """Return where the state of the settings' subsite is."""
    return settings.state or locate_state(settings.destination)


def make_occasion(settings: Settings, now_s: float, *, is_dry_run: bool) -> Occasion:
    """Return what a plan's codes are made for: the day and the subsite."""
    return Occasion(as_datetime(now_s).date(), identify_subsite(settings.destination), is_dry_run=is_dry_run)


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
