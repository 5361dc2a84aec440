"""The gate that lets as many requests through at a time as the rule allows, from many threads.

How many that are is judged in `pace_rule`.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from pleio_profile_sync_client.apply.pace_rule import PaceRule
from pleio_profile_sync_client.core.ports import Ending


class AdaptivePace:
    """Gives slots to threads, first come first served, as many at a time as the rule allows."""

    def __init__(
        self, max_concurrency: int, clock: Callable[[], float] = time.monotonic, *, ending: Ending | None = None
    ) -> None:
        self._rule = PaceRule(max_concurrency)
        self._clock = clock
        self._ending = ending
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._under_way = 0
        self._held_until_s = 0.0

    def room(self) -> int:
        """Return how many more threads would get a slot now."""
        if self._held_until_s and self._clock() < self._held_until_s:
            return 0
        return self._rule.parallelism - self._under_way - len(self._waiting)

    @contextmanager
    def slot(self, kind: str | None) -> Iterator["PaceSlot"]:
        """Wait for a slot and hold it. When the run is to end there is no waiting."""
        self._take_slot()
        try:
            yield PaceSlot(self._rule, self._lock, kind)
        finally:
            with self._lock:
                self._under_way -= 1
                self._give_slots()

    def hold_back(self, delay_s: float) -> None:
        """Give no slot for so long."""
        with self._lock:
            self._held_until_s = max(self._held_until_s, self._clock() + delay_s)

    def _take_slot(self) -> None:
        with self._lock:
            waiting = _Waiting()
            self._waiting.append(waiting)
            self._give_slots()
        while not waiting.has_slot and not waiting.wait():
            with self._lock:
                self._give_slots()
                if not waiting.has_slot and self._ending is not None and self._ending.is_set():
                    self._waiting.remove(waiting)
                    self._under_way += 1
                    return

    def _give_slots(self) -> None:
        """Hand the free slots to those who wait longest; the lock is held."""
        if not self._waiting or (self._held_until_s and self._clock() < self._held_until_s):
            return
        while self._waiting and self._under_way < self._rule.parallelism:
            self._under_way += 1
            self._waiting.popleft().give()


class PaceSlot:
    """The right to have one request under way."""

    def __init__(self, rule: PaceRule, lock: Lock, kind: str | None) -> None:
        self._rule = rule
        self._lock = lock
        self._kind = kind
        self._epoch = rule.epoch

    def answered(self, duration_s: float) -> None:
        """Tell how long the answer took."""
        if self._kind is not None:
            with self._lock:
                self._rule.answered(self._kind, duration_s, self._epoch)

    def congested(self) -> None:
        """Tell that the subsite had too much to do: 429, 503 or a time-out."""
        with self._lock:
            self._rule.congested(self._epoch)


class _Waiting:
    """A thread in the queue."""

    _LOOKS_AGAIN_AFTER_S = 0.5

    def __init__(self) -> None:
        self.has_slot = False
        self._signal = Lock()
        self._signal.acquire()

    def give(self) -> None:
        self.has_slot = True
        self._signal.release()

    def wait(self) -> bool:
        return self._signal.acquire(timeout=self._LOOKS_AGAIN_AFTER_S)
