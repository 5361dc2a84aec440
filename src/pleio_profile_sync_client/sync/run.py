"""The run: read, list, plan, fuses, apply, record, report."""

import logging
import sys
from contextlib import AbstractContextManager, ExitStack, closing
from functools import partial
from uuid import uuid4

from pleio_profile_sync_client.apply.apply import apply_changes
from pleio_profile_sync_client.apply.changes import carry_out
from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.keys import find_holder
from pleio_profile_sync_client.core.models import Action, Change, Memory, Outcome, SubsiteUser, Write
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.ports import Progress, Signals
from pleio_profile_sync_client.core.wording import as_datetime
from pleio_profile_sync_client.errors import ClientError, SourceError
from pleio_profile_sync_client.runlog.lines import Style, log_change
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.store import State, peek_memory
from pleio_profile_sync_client.subsite.client import UnansweredError
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.origins import Origin
from pleio_profile_sync_client.sync.outputs import (
    RunOutputs,
    check_files,
    tell_plan,
    tell_start,
    tell_state,
    warn_of_new_state,
)
from pleio_profile_sync_client.sync.parts import (
    REAL_TIME,
    RunParts,
    Timing,
    make_client,
    make_occasion,
    open_log,
    state_path,
)
from pleio_profile_sync_client.sync.result import RunResult

log = logging.getLogger(__name__)


def run(
    settings: Settings,
    origin: Origin,
    *,
    signals: Signals,
    progress: Progress,
    style: Style | None = None,
    timing: Timing = REAL_TIME,
) -> int:
    """Make the origin's plan, carry it out, and return the exit status.

    Raise `UsageError` or `AlreadyRunningError` if no run could begin. Anything later is in the log, the report and the
    exit status.
    """
    deadline_s = None if settings.max_duration_s is None else timing.clock() + settings.max_duration_s
    ending = RunEnding(signals, deadline_s=deadline_s, clock=timing.clock)
    check_files(settings)
    result = RunResult(
        str(uuid4()),
        as_datetime(timing.now_s()),
        dry_run=settings.dry_run,
        force=settings.policy.force,
        takes_back=origin.takes_back,
    )
    with ExitStack() as stack:
        stack.enter_context(signals.deferred())
        stack.callback(origin.source.close)
        run_log = stack.enter_context(open_log(settings, result.run, sys.stdout, style))
        state = None if settings.dry_run else stack.enter_context(_open_state(settings, result, timing))
        pace = AdaptivePace(settings.max_concurrency, timing.clock, ending=ending)
        client = stack.enter_context(closing(make_client(settings, ending, pace, timing)))
        parts = RunParts(settings, origin, result, client, pace, state, progress, signals, ending, timing)
        outputs = RunOutputs(parts, run_log)
        tell_start(result, settings, origin.source.location)
        memory = _peek_memory(settings, result) if state is None else state.memory
        tell_state(state_path(settings), memory)
        outputs.begin()
        try:
            _carry_out(parts, memory, outputs)
            result.has_ended = True
        except ClientError as error:
            result.error = _cause(error, ending)
        except SystemExit:  # a signal while waiting for standard input or the list
            result.has_ended = True
            raise
        finally:
            result.stopped = ending.exit_status if ending.is_set() and ending.error is None else None
            status = outputs.conclude()
    return status


def _cause(error: ClientError, ending: RunEnding) -> ClientError:
    """Return why the run ended. Where time has run out, what it was spent waiting for says more."""
    was_waited_for = ending.is_out_of_time and isinstance(error, UnansweredError) and error.was_tried
    return error if was_waited_for or isinstance(error, SourceError) else ending.error or error


def _open_state(settings: Settings, result: RunResult, timing: Timing) -> AbstractContextManager[State]:
    return State.open(state_path(settings), subsite_url=settings.destination, warn=result.warn, now_s=timing.now_s)


def _peek_memory(settings: Settings, result: RunResult) -> Memory:
    return peek_memory(state_path(settings), subsite_url=settings.destination, warn=result.warn)


def _carry_out(parts: RunParts, memory: Memory, outputs: RunOutputs) -> None:
    result = parts.result
    with parts.signals.at_once():  # waiting for standard input or a list can be cut short without losing anything
        reading = parts.origin.source.read(parts.progress, parts.ending)
        result.reading = reading
        users = parts.ending.wait_for(partial(parts.client.list_users, parts.progress))
    result.subsite_users = len(users)
    outputs.start_upload()
    if not memory.runs:
        warn_of_new_state(result, state_path(parts.settings), users)
    now_s = parts.timing.now_s()
    plan = parts.origin.make_plan(
        reading,
        users,
        memory=memory,
        occasion=make_occasion(parts.settings, now_s, is_dry_run=result.dry_run),
        now_s=now_s,
        progress=parts.progress,
    )
    result.plan = plan
    tell_plan(result, plan)
    if result.dry_run or parts.state is None:
        return
    parts.state.forget_bans_of(user.guid for user in users if not user.is_banned)
    if plan.changes and parts.origin.source.is_changed():
        raise SourceError(
            f"{parts.origin.source.location} was changed after it was read; nothing was written.",
            hint="Start the run when the export is done.",
        )
    parts.state.keep_absences(plan.absences)
    if not parts.origin.is_partial:
        parts.state.keep_awaiting(plan.awaiting)
    if result.is_refused:
        return
    _keep(parts.state, users, plan, is_partial=parts.origin.is_partial)
    _apply(parts, parts.state, plan, users)


def _keep(state: State, users: list[SubsiteUser], plan: Plan, *, is_partial: bool) -> None:
    """Record what the list itself shows, before the first write."""
    if not is_partial:
        state.keep_list(user.guid for user in users)
        state.keep_filling(is_filling=plan.is_filling)
    state.remember(plan.memos)


def _apply(parts: RunParts, state: State, plan: Plan, users: list[SubsiteUser]) -> None:
    changes = [change for change in plan.changes if change.guid not in plan.withheld]
    bans = [change.guid for change in changes if change.action is Action.BAN]
    with parts.progress.phase("applying", len(changes)) as advance:

        def note(change: Change, outcome: Outcome) -> None:
            state.record(change, outcome)
            parts.result.note(change, outcome)
            log_change(log, change, outcome)
            if isinstance(change, Write) and outcome.not_taken:
                parts.result.warn(messages.not_taken(change, outcome.not_taken))
            advance(1)

        def prepare_removals() -> None:
            if parts.origin.source.is_changed():
                raise SourceError(
                    f"{parts.origin.source.location} was changed during the run; nobody was banned or deleted, since "
                    "it may name them now. What was written before stands.",
                    hint="The next run does the rest; start it when the export is done.",
                )
            state.intend_bans(bans)

        is_whole = apply_changes(
            changes,
            partial(
                carry_out,
                subsite=parts.client,
                read_avatar=parts.origin.source.read_avatar,
                find_holder=partial(find_holder, users),
            ),
            on_outcome=note,
            ending=parts.ending,
            room=parts.pace.room,
            max_concurrency=parts.settings.max_concurrency,
            before_removals=prepare_removals,
        )
    state.flush()
    if not is_whole and parts.ending.error is not None:
        raise parts.ending.error
    if is_whole and not parts.origin.is_partial:
        state.keep_filling(is_filling=False)
