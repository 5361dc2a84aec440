"""The threads that carry changes out, and what they share: the order, the endings, and whether to go on."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Event, Thread

from pleio_profile_sync_client.apply.changes import NO_EXTERNAL_ID, Ending
from pleio_profile_sync_client.apply.order import Order, is_unlinked_create
from pleio_profile_sync_client.core.models import Change, Outcome, Refused, Status
from pleio_profile_sync_client.errors import SubsiteError

TROUBLE_LIMIT = 20
"""The run is given up when so many changes in a row end in the subsite's trouble."""


class Crew:
    """Carries changes out in `size` threads, which are daemons: a request that never ends does not keep the process.

    Only as many threads are awake as there is `room` for: one that finds some takes the next change itself, which costs
    less than waking another one. Endings are collected by `take_endings`. The threads start nothing new after `end`, or
    when `may_start` says no. `given_up` says why they ended by themselves, `bug` what nobody foresaw.
    """

    def __init__(
        self,
        changes: Sequence[Change],
        carry_out: Callable[[Change], Ending],
        *,
        size: int,
        room: Callable[[], int],
        may_start: Callable[[], bool],
    ) -> None:
        self.given_up: SubsiteError | None = None
        self.bug: Exception | None = None
        self._changes = changes
        self._carry_out = carry_out
        self._room = room
        self._may_start = may_start
        self._order = Order(changes)
        self._changed = Condition()
        self._done = Event()
        self._endings: deque[tuple[int, Ending]] = deque()
        self._under_way: set[int] = set()
        self._ending = False
        self._closed = False
        self._troubles = 0
        self._unlinked_refused = False
        self._left = min(size, len(changes))
        if not self._left:
            self._done.set()
        for _ in range(self._left):
            Thread(target=self._work, name="apply", daemon=True).start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all threads have ended, but no longer than so; tell whether they have.

        It also wakes a thread where there is room, as when all that are awake pause; so it has to be called often.
        """
        is_done = self._done.wait(timeout_s)
        if not is_done and self._room() > 0:
            with self._changed:
                self._changed.notify()
        return is_done

    def take_endings(self) -> list[tuple[int, Ending]]:
        """Return the endings since the last call, with the indices of their changes."""
        taken = []
        while self._endings:
            taken.append(self._endings.popleft())
        return taken

    def end(self) -> None:
        """Start nothing new."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    @property
    def is_ending(self) -> bool:
        """Whether nothing new is started."""
        return self._ending

    def close(self) -> set[int]:
        """Take no more endings; return the changes that are still under way."""
        with self._changed:
            self._ending = self._closed = True
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
            while not self._ending and self._may_start():
                room = self._room()
                index = self._order.start_next() if room > 0 or not self._under_way else None
                if index is not None:
                    self._under_way.add(index)
                    if room > 1:
                        self._changed.notify()
                    return index
                if not self._under_way:
                    self._ending = True
                    break
                self._changed.wait()
            self._changed.notify_all()
            return None

    def _carry_out_one(self, change: Change) -> Ending:
        if self._unlinked_refused and is_unlinked_create(change):
            return Ending(Outcome(Status.FAILED, error=f"Not sent: {NO_EXTERNAL_ID}."))
        try:
            return self._carry_out(change)
        except Exception as error:  # noqa: BLE001 - a bug with one change is no reason to leave the others undone
            self.bug = self.bug or error
            message = f"A bug ended this change ({type(error).__name__}); it may have been done half."
            return Ending(Outcome(Status.FAILED, guid=change.guid, error=message))

    def _finish(self, index: int, ending: Ending) -> None:
        change = self._changes[index]
        with self._changed:
            if self._closed:
                return
            self._under_way.discard(index)
            self._endings.append((index, ending))
            answer = ending.answer
            if isinstance(answer, Refused) and answer.taken == "external_id" and is_unlinked_create(change):
                self._unlinked_refused = True
            if ending.given_up is not None:
                self.given_up = self.given_up or ending.given_up
                self._ending = True
            self._count_trouble(ending)
            for hopeless in self._order.finished(index, applied=ending.outcome.status is Status.APPLIED):
                self._endings.append((hopeless, _waited_in_vain(self._changes[hopeless], change)))

    def _count_trouble(self, ending: Ending) -> None:
        self._troubles = self._troubles + 1 if ending.is_trouble else 0
        if self._troubles >= TROUBLE_LIMIT and not self._ending:
            self._ending = True
            self.given_up = SubsiteError(
                f"{self._troubles} changes in a row failed because of the subsite, the last one with: "
                f"{ending.outcome.error}",
                hint="Look into the subsite's state; the next run does the rest.",
            )


def _waited_in_vain(change: Change, holder: Change) -> Ending:
    error = (
        f"Not attempted: subsite user {holder.guid} was to give up the e-mail {change.email} first, and that failed."
    )
    return Ending(Outcome(Status.NOT_ATTEMPTED, guid=change.guid, error=error))
