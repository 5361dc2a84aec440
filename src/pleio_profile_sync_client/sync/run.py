"""The run: read, list, plan, fuses, apply, record, report."""

import logging
import sys
from contextlib import ExitStack, closing
from uuid import uuid4

from msgspec import Struct

from pleio_profile_sync_client.apply.apply import apply_changes
from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import (
    Action,
    Change,
    Memory,
    Outcome,
    Removal,
    SourceReading,
    SubsiteUser,
    Write,
)
from pleio_profile_sync_client.core.moments import as_datetime
from pleio_profile_sync_client.core.plan import Plan, draft_plan, make_plan
from pleio_profile_sync_client.core.ports import Progress, Signals, Source, Subsite
from pleio_profile_sync_client.errors import ClientError, SourceError, SubsiteError
from pleio_profile_sync_client.runlog.events import log_change
from pleio_profile_sync_client.runlog.formats import Style
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.peek import peek_memory
from pleio_profile_sync_client.state.store import State
from pleio_profile_sync_client.sync import telling
from pleio_profile_sync_client.sync.aftermath import Aftermath, check_places
from pleio_profile_sync_client.sync.course import Course
from pleio_profile_sync_client.sync.source import examine_avatars, make_source, recall_avatars
from pleio_profile_sync_client.sync.wiring import (
    REAL_TIME,
    Timing,
    make_client,
    make_occasion,
    make_pace,
    open_log,
    state_path,
)

log = logging.getLogger(__name__)


class Means(Struct, frozen=True):
    """What a run works with. `state` is None in a dry run."""

    settings: Settings
    course: Course
    source: Source
    subsite: Subsite
    pace: AdaptivePace
    state: State | None
    memory: Memory
    progress: Progress
    stop: Signals
    timing: Timing
    started_s: float


def run_sync(
    settings: Settings,
    *,
    stop: Signals,
    progress: Progress,
    style: Style | None = None,
    timing: Timing = REAL_TIME,
) -> int:
    """Sync once and return the exit status.

    Raises `UsageError` or `AlreadyRunningError` where no run could begin. Whatever happens later is told by log, report
    and exit status.
    """
    started_s = timing.clock()
    check_places(settings)
    source = make_source(settings.source)
    course = Course(str(uuid4()), as_datetime(timing.now_s()), dry_run=settings.dry_run, force=settings.policy.force)
    with ExitStack() as stack:
        stack.enter_context(stop.deferred())
        run_log = stack.enter_context(open_log(settings, course.run, sys.stdout, style))
        state = None if settings.dry_run else stack.enter_context(_open_state(settings, course, timing))
        pace = make_pace(settings, stop, timing)
        client = stack.enter_context(closing(make_client(settings, stop, pace, timing)))
        aftermath = Aftermath(
            settings, source.location, course=course, client=client, state=state, run_log=run_log, now_s=timing.now_s
        )
        telling.tell_start(course, settings, source.location)
        memory = _peek_memory(settings, course) if state is None else state.memory()
        telling.tell_state(state_path(settings), memory)
        aftermath.begin()
        try:
            means = Means(settings, course, source, client, pace, state, memory, progress, stop, timing, started_s)
            _carry_out(means, aftermath)
            course.has_ended = True
        except ClientError as error:
            course.error = error
        except SystemExit:  # a signal while standard input or the list was waited for
            course.has_ended = True
            raise
        finally:
            status = aftermath.conclude(stop.exit_status)
    return status


def _open_state(settings: Settings, course: Course, timing: Timing) -> State:
    return State.open(state_path(settings), subsite_url=settings.destination, warn=course.warn, now_s=timing.now_s)


def _peek_memory(settings: Settings, course: Course) -> Memory:
    return peek_memory(state_path(settings), subsite_url=settings.destination, warn=course.warn)


def _carry_out(means: Means, aftermath: Aftermath) -> None:
    course = means.course
    with means.stop.at_once():  # standard input or a list may be waited for, and nothing is lost with either
        reading = means.source.read(means.progress)
        course.reading = reading
        users = means.subsite.list_users(means.progress)
    course.subsite_users = len(users)
    aftermath.start_upload()
    if not means.memory.runs:
        telling.warn_of_new_state(course, state_path(means.settings), users)
    plan = _plan(means, reading, users)
    course.plan = plan
    telling.tell_plan(course, plan)
    if course.dry_run or means.state is None:
        return
    if plan.changes and means.source.is_changed():
        raise SourceError(
            f"{means.source.location} was changed after it was read; nothing was written.",
            hint="Start the run when the export is done.",
        )
    means.state.keep_absences(plan.absences)
    if means.settings.policy.only is None:
        means.state.keep_awaiting(plan.awaiting)
    if course.is_refused:
        return
    _keep(means.state, users, plan, is_partial=means.settings.policy.only is not None)
    _apply(means, means.state, plan)


def _plan(means: Means, reading: SourceReading, users: list[SubsiteUser]) -> Plan:
    matching = match_rows(reading, users)
    remembered = recall_avatars(matching, means.memory)
    avatars = examine_avatars(means.source, reading.users, means.progress, remembered=remembered)
    policy = means.settings.policy
    now_s = means.timing.now_s()
    draft = draft_plan(matching, reading, memory=means.memory, policy=policy, avatars=avatars, now_s=now_s)
    return make_plan(draft, make_occasion(means.settings, now_s, is_dry_run=means.course.dry_run))


def _keep(state: State, users: list[SubsiteUser], plan: Plan, *, is_partial: bool) -> None:
    """Note what the list itself tells, before the first write."""
    if not is_partial:
        state.keep_list(user.guid for user in users)
    state.forget_bans_of(user.guid for user in users if not user.is_banned)
    state.remember(plan.memos)


def _apply(means: Means, state: State, plan: Plan) -> None:
    changes = [change for change in plan.changes if not (plan.withheld and isinstance(change, Removal))]
    bans = [change.guid for change in changes if change.action is Action.BAN]
    max_duration_s = means.settings.max_duration_s
    with means.progress.phase("applying", len(changes)) as advance:

        def note(change: Change, outcome: Outcome) -> None:
            state.record(change, outcome)
            means.course.note(change, outcome)
            log_change(log, change, outcome)
            if isinstance(change, Write) and outcome.not_taken:
                means.course.warn(messages.not_taken(change, outcome.not_taken))
            advance(1)

        def prepare_removals() -> None:
            if means.source.is_changed():
                raise SourceError(
                    f"{means.source.location} was changed during the run; nobody was banned or deleted, since it may "
                    "name them now. What was written before stands.",
                    hint="The next run does the rest; start it when the export is done.",
                )
            state.intend_bans(bans)

        applied = apply_changes(
            changes,
            subsite=means.subsite,
            read_avatar=means.source.read_avatar,
            on_outcome=note,
            stop=means.stop,
            room=means.pace.room,
            max_concurrency=means.settings.max_concurrency,
            before_removals=prepare_removals,
            deadline_s=None if max_duration_s is None else means.started_s + max_duration_s,
            clock=means.timing.clock,
        )
    state.flush()
    if applied.bug is not None:
        raise applied.bug
    if applied.given_up is not None:
        raise applied.given_up
    if applied.is_out_of_time:
        raise SubsiteError("--max-duration is over; what is left is for the next run.")
