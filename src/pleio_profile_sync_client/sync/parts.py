"""What a run works with, made from the settings: client, pace, log."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.ports import Ending, Progress, Signals
from pleio_profile_sync_client.core.wording import as_datetime
from pleio_profile_sync_client.runlog.configuration import RunLog, configure
from pleio_profile_sync_client.runlog.lines import Style
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.file import identify_subsite, locate_state
from pleio_profile_sync_client.state.store import State
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.subsite.transport import READ_TIMEOUT_S
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.origins import Origin
from pleio_profile_sync_client.sync.result import RunResult


class Timing(Struct, frozen=True):
    """Time for a run: its clock, its pauses before a repeat, and how long it waits for an answer.

    `now_s` is the time of day, in seconds since 1970.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    read_timeout_s: float = READ_TIMEOUT_S
    now_s: Callable[[], float] = time.time


REAL_TIME = Timing()


class RunParts(Struct, frozen=True):
    """What a run works with. `state` is None in a dry run."""

    settings: Settings
    origin: Origin
    result: RunResult
    client: ApiClient
    pace: AdaptivePace
    state: State | None
    progress: Progress
    signals: Signals
    ending: RunEnding
    timing: Timing


def open_log(
    settings: Settings, run: str, stream: TextIO, style: Style | None = None
) -> AbstractContextManager[RunLog]:
    """Send the log to `stream`; `style` colours its lines."""
    return configure(
        run=run,
        stream=stream,
        secret=settings.secret.reveal(),
        log_format=settings.log_format,
        verbose=settings.verbose,
        style=style,
    )


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
    """Return what a plan's codes are for: the day and the subsite."""
    return Occasion(as_datetime(now_s).date(), identify_subsite(settings.destination), is_dry_run=is_dry_run)
