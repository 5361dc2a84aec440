"""Runs a plan: writes, then removals, with an outcome for each change, told in the caller's thread."""

from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from pleio_profile_sync_client.apply.changes import FindHolder, ReadAvatar, carry_out
from pleio_profile_sync_client.apply.crew import Crew
from pleio_profile_sync_client.core.models import Change, Outcome, Removal, Status, Write
from pleio_profile_sync_client.core.ports import Ending, Subsite

_THREADS_A_REQUEST = 2
"""So many threads for each request that may be under way: the others wait for a slot, or pause before a retry."""
_LOOKS_EVERY_S = 0.05


class Applied(Struct, frozen=True):
    """How the applying of a plan ended; the outcomes were told already.

    `is_cut_short`: a change was left out, or cut off, because the run was to end. `bug`: an error that nobody foresaw.
    """

    is_cut_short: bool = False
    bug: Exception | None = None


def apply_changes(
    changes: Sequence[Change],
    *,
    subsite: Subsite,
    read_avatar: ReadAvatar,
    find_holder: FindHolder,
    on_outcome: Callable[[Change, Outcome], None],
    ending: Ending,
    room: Callable[[], int],
    max_concurrency: int = 16,
    before_removals: Callable[[], None] = lambda: None,
) -> Applied:
    """Apply the writes, then the removals; the latter not at all once `ending` is set.

    `on_outcome` is called once for each change, in this thread, as the changes end; `before_removals` before the first
    removal is sent. `room` tells how many more requests could be under way now.
    """
    carry_out_one = partial(carry_out, subsite=subsite, read_avatar=read_avatar, find_holder=find_holder)
    writes = [change for change in changes if isinstance(change, Write)]
    removals = [change for change in changes if isinstance(change, Removal)]
    applied = Applied()
    for phase in (writes, removals):
        if phase is removals and removals and not ending.is_set():
            before_removals()
        crew = Crew(
            () if ending.is_set() else phase,
            carry_out_one,
            size=max_concurrency * _THREADS_A_REQUEST,
            room=room,
            ending=ending,
        )
        is_cut_short = _tell_outcomes(phase, crew, on_outcome, ending)
        applied = Applied(applied.is_cut_short or is_cut_short, applied.bug or crew.bug)
    return applied


def _tell_outcomes(
    changes: Sequence[Change], crew: Crew, on_outcome: Callable[[Change, Outcome], None], ending: Ending
) -> bool:
    """Tell the outcome of each change; return whether the ending left any of them out or cut it off."""
    left = dict(enumerate(changes))

    def tell() -> None:
        for index, outcome in crew.take_outcomes():
            on_outcome(left.pop(index), outcome)

    try:
        while not crew.wait(_LOOKS_EVERY_S) and not (ending.is_set() and ending.left_s() <= 0):
            tell()
    finally:
        under_way = crew.close()
    tell()
    for index, change in left.items():
        on_outcome(change, _unfinished(change, ending.reason, is_under_way=index in under_way))
    return bool(left) or crew.has_left_out


def _unfinished(change: Change, why: str, *, is_under_way: bool) -> Outcome:
    if is_under_way:
        error = f"no answer in time after this: {why}; it may have been done all the same"
        return Outcome(Status.FAILED, guid=change.guid, error=error)
    return Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=f"not sent: {why}")
