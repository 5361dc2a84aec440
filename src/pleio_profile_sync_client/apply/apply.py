"""Runs a plan: writes, then removals, with an outcome for each change, told in the caller's thread."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct, structs

from pleio_profile_sync_client.apply.changes import Ending, ReadAvatar, carry_out
from pleio_profile_sync_client.apply.crew import Crew
from pleio_profile_sync_client.core.models import Change, Outcome, Removal, Status, Write
from pleio_profile_sync_client.core.ports import Stop, Subsite
from pleio_profile_sync_client.errors import SubsiteError

IN_FLIGHT_LIMIT_S = 30.0
"""How long what is under way may still take when nothing new is started."""
_THREADS_A_REQUEST = 2
"""So many threads for each request that may be under way: the others wait for a place, or pause before a retry."""
_LOOKS_EVERY_S = 0.05


class Applied(Struct, frozen=True):
    """How the applying of a plan ended; the outcomes were told already.

    `given_up` is set where the subsite could not be used any more, `stopped` (why) where changes were left out because
    of a stop or, with `is_out_of_time`, the deadline; `bug` where a change ended in an error that nobody foresaw.
    """

    given_up: SubsiteError | None = None
    stopped: str | None = None
    is_out_of_time: bool = False
    bug: Exception | None = None


def apply_changes(
    changes: Sequence[Change],
    *,
    subsite: Subsite,
    read_avatar: ReadAvatar,
    on_outcome: Callable[[Change, Outcome], None],
    stop: Stop,
    room: Callable[[], int],
    max_concurrency: int = 16,
    before_removals: Callable[[], None] = lambda: None,
    deadline_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Applied:
    """Apply the writes, then the removals; the latter not at all where the run was given up or stopped.

    `on_outcome` is called once for each change, in this thread, as the changes end; `before_removals` before the first
    removal is sent. `room` tells how many more requests could be under way now. At `deadline_s` of `clock` nothing new
    is started.
    """
    run = _Run(
        carry_out=partial(carry_out, subsite=subsite, read_avatar=read_avatar),
        on_outcome=on_outcome,
        stop=stop,
        room=room,
        size=max_concurrency * _THREADS_A_REQUEST,
        deadline_s=deadline_s,
        clock=clock,
    )
    run.carry_out_all([change for change in changes if isinstance(change, Write)])
    removals = [change for change in changes if isinstance(change, Removal)]
    if removals and run.may_go_on():
        before_removals()
    run.carry_out_all(removals)
    return run.applied


class _Run:
    """A plan under way: what the two phases share."""

    def __init__(
        self,
        *,
        carry_out: Callable[[Change], Ending],
        on_outcome: Callable[[Change, Outcome], None],
        stop: Stop,
        room: Callable[[], int],
        size: int,
        deadline_s: float | None,
        clock: Callable[[], float],
    ) -> None:
        self.applied = Applied()
        self._carry_out = carry_out
        self._on_outcome = on_outcome
        self._stop = stop
        self._room = room
        self._size = size
        self._deadline_s = deadline_s
        self._clock = clock

    def may_go_on(self) -> bool:
        """Tell whether something new may be started, and remember why not."""
        if self.applied.given_up is None and self.applied.stopped is None:
            if self._stop.is_set():
                self.applied = structs.replace(self.applied, stopped=self._stop.reason or "stopped")
            elif not self._may_start():
                self.applied = structs.replace(self.applied, stopped="--max-duration is over", is_out_of_time=True)
        return self.applied.given_up is None and self.applied.stopped is None

    def _may_start(self) -> bool:
        return not self._stop.is_set() and (self._deadline_s is None or self._clock() < self._deadline_s)

    def carry_out_all(self, changes: Sequence[Change]) -> None:
        """Carry the changes out as far as that may be, and tell the outcome of each."""
        crew = Crew(
            changes if changes and self.may_go_on() else (),
            self._carry_out,
            size=self._size,
            room=self._room,
            may_start=self._may_start,
        )
        left = dict(enumerate(changes))
        try:
            self._watch(crew, left)
        finally:
            under_way = crew.close()
        self._tell_endings(crew, left)
        if left:
            self.may_go_on()
        for index, change in left.items():
            self._on_outcome(change, self._unfinished(change, is_under_way=index in under_way))

    def _watch(self, crew: Crew, left: dict[int, Change]) -> None:
        until_s: float | None = None
        while not crew.wait(_LOOKS_EVERY_S):
            self._tell_endings(crew, left)
            if not self.may_go_on():
                crew.end()
            if crew.is_ending:
                now_s = self._clock()
                until_s = now_s + IN_FLIGHT_LIMIT_S if until_s is None else until_s
                if now_s >= until_s:
                    return

    def _tell_endings(self, crew: Crew, left: dict[int, Change]) -> None:
        for index, ending in crew.take_endings():
            self._on_outcome(left.pop(index), ending.outcome)
        given_up, bug = self.applied.given_up or crew.given_up, self.applied.bug or crew.bug
        self.applied = structs.replace(self.applied, given_up=given_up, bug=bug)

    def _unfinished(self, change: Change, *, is_under_way: bool) -> Outcome:
        why = self.applied.stopped or ("the run was given up" if self.applied.given_up else "what it waits for was not")
        if is_under_way:
            error = f"No answer within {IN_FLIGHT_LIMIT_S:.0f} s after {why}; it may have been done all the same."
            return Outcome(Status.FAILED, guid=change.guid, error=error)
        return Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=f"Not attempted: {why}.")
