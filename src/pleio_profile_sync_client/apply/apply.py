"""Runs a plan: writes, then removals, in threads; reports an outcome for each change, in the caller's thread."""

from collections.abc import Callable, Sequence
from threading import Condition, Event, Thread

from pleio_profile_sync_client.apply.changes import NO_EXTERNAL_ID
from pleio_profile_sync_client.apply.order import Order, is_unlinked_create
from pleio_profile_sync_client.core.models import Change, Outcome, Removal, Status, Write
from pleio_profile_sync_client.core.ports import Ending
from pleio_profile_sync_client.errors import SubsiteError

_THREADS_A_REQUEST = 2
"""Threads for each request that may be under way: the others wait for a slot, or pause before a retry."""
_LOOKS_EVERY_S = 0.05

TROUBLE_LIMIT = 20
"""The run is given up when this many changes in a row fail because of the subsite."""


def apply_changes(
    changes: Sequence[Change],
    carry_out: Callable[[Change], Outcome],
    *,
    on_outcome: Callable[[Change, Outcome], None],
    ending: Ending,
    room: Callable[[], int],
    max_concurrency: int = 16,
    before_removals: Callable[[], None] = lambda: None,
) -> bool:
    """Apply the writes, then the removals; the latter not at all once `ending` is set.

    Return whether everything possible was done: nothing left out, or cut off, because the run was to end. Raise the
    first unforeseen error, once the others are done too. `on_outcome` is called once for each change, in this thread,
    as the changes end; `before_removals` before the first removal is sent. `room` returns how many more requests could
    be under way now.
    """
    writes = [change for change in changes if isinstance(change, Write)]
    removals = [change for change in changes if isinstance(change, Removal)]
    is_whole, bug = True, None
    for phase in (writes, removals):
        if phase is removals and removals and not ending.is_set():
            before_removals()
        crew = Crew(phase, carry_out, size=max_concurrency * _THREADS_A_REQUEST, room=room, ending=ending)
        is_whole = _tell_outcomes(phase, crew, on_outcome, ending) and is_whole
        bug = bug or crew.bug
    if bug is not None:
        raise bug
    return is_whole


def _tell_outcomes(
    changes: Sequence[Change], crew: "Crew", on_outcome: Callable[[Change, Outcome], None], ending: Ending
) -> bool:
    """Tell the outcome of each change; return whether the run's end left none of them out and cut none off."""
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
    return not left and not crew.has_left_out


def _unfinished(change: Change, why: str, *, is_under_way: bool) -> Outcome:
    if is_under_way:
        error = f"no answer in the time that was left ({why}); it may have been done all the same"
        return Outcome(Status.FAILED, guid=change.guid, error=error)
    return Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=f"not sent: {why}")


class Crew:
    """Carries out changes in `size` threads, daemons, so that an endless request does not keep the process alive.

    Only as many threads are awake as there is `room` for: one that finds some takes the next change itself, which costs
    less than waking another one. Outcomes are collected by `take_outcomes`. Once `ending` is set the threads start
    nothing new. `bug` is the first unforeseen error; `has_left_out` says that the ending kept a change from being done.
    """

    def __init__(
        self,
        changes: Sequence[Change],
        carry_out: Callable[[Change], Outcome],
        *,
        size: int,
        room: Callable[[], int],
        ending: Ending,
    ) -> None:
        self.bug: Exception | None = None
        self.has_left_out = False
        self._changes = changes
        self._carry_out = carry_out
        self._room = room
        self._ending = ending
        self._order = Order(changes)
        self._changed = Condition()
        self._done = Event()
        self._outcomes: list[tuple[int, Outcome]] = []
        self._under_way: set[int] = set()
        self._is_closed = False
        self._troubles = 0
        self._is_unlinked_refused = False
        self._left = min(size, len(changes))
        if not self._left:
            self._done.set()
        for _ in range(self._left):
            Thread(target=self._work, name="apply", daemon=True).start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all threads have ended, but no longer than this; tell whether they have.

        It also wakes a thread where there is room, as when all that are awake pause, and all of them when the run is to
        end; so it has to be called often.
        """
        is_done = self._done.wait(timeout_s)
        if not is_done and (self._ending.is_set() or self._room() > 0):
            with self._changed:
                self._changed.notify(len(self._changes) if self._ending.is_set() else 1)
        return is_done

    def take_outcomes(self) -> list[tuple[int, Outcome]]:
        """Return the outcomes since the last call, with the indexes of their changes."""
        with self._changed:
            taken, self._outcomes = self._outcomes, []
        return taken

    def close(self) -> set[int]:
        """Accept no more outcomes; return the changes that are still under way."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            return set(self._under_way)

    def _work(self) -> None:
        try:
            while (index := self._take()) is not None:
                self._finish(index, self._carry_out_one(self._changes[index]))
        finally:
            with self._changed:
                self._left -= 1
                if not self._left:
                    self._done.set()

    def _take(self) -> int | None:
        with self._changed:
            while not self._is_closed and not self._ending.is_set():
                room = self._room()
                index = self._order.start_next() if room > 0 or not self._under_way else None
                if index is not None:
                    self._under_way.add(index)
                    if room > 1:
                        self._changed.notify()
                    return index
                if not self._under_way:
                    break
                self._changed.wait()
            self._changed.notify_all()
            return None

    def _carry_out_one(self, change: Change) -> Outcome:
        if self._is_unlinked_refused and is_unlinked_create(change):
            return Outcome(Status.FAILED, error=f"not sent: {NO_EXTERNAL_ID}.")
        try:
            return self._carry_out(change)
        except Exception as error:  # noqa: BLE001 - a bug with one change is no reason to leave the others undone
            self.bug = self.bug or error
            message = f"a bug ended this change ({type(error).__name__}); it may be half done."
            return Outcome(Status.FAILED, guid=change.guid, error=message)

    def _finish(self, index: int, outcome: Outcome) -> None:
        change = self._changes[index]
        is_applied = outcome.status is Status.APPLIED
        with self._changed:
            if self._is_closed:
                return
            self._under_way.discard(index)
            self._outcomes.append((index, outcome))
            if outcome.taken == "external_id" and is_unlinked_create(change):
                self._is_unlinked_refused = True
            self._count_trouble(outcome)
            is_cut = outcome.is_trouble or outcome.status is Status.NOT_ATTEMPTED
            self.has_left_out = self.has_left_out or (is_cut and self._ending.is_set())
            for hopeless in self._order.finished(index, applied=is_applied):
                self._outcomes.append((hopeless, _waited_in_vain(self._changes[hopeless], change)))

    def _count_trouble(self, outcome: Outcome) -> None:
        self._troubles = self._troubles + 1 if outcome.is_trouble else 0
        if self._troubles >= TROUBLE_LIMIT:
            self._ending.give_up(
                SubsiteError(
                    f"{self._troubles} changes in a row failed because of the subsite, the last one with: "
                    f"{outcome.error}",
                    hint="Check how the subsite is doing; the next run does the rest.",
                )
            )


def _waited_in_vain(change: Change, holder: Change) -> Outcome:
    error = (
        f"not attempted: subsite user {holder.guid} was to give up the e-mail {change.email} first, and that failed."
    )
    return Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=error)
