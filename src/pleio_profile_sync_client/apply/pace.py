"""How many requests may be under way: the rule, judged by how the subsite answers, and the gate that keeps to it.

A subsite handles a few requests at a time and lets the others wait, so past that point more parallelism only makes
answers slower. The rule compares how long answers take with how long they take undisturbed, and keeps that in bounds.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

from pleio_profile_sync_client.core.ports import Ending

_LOOKS_EVERY_S = 0.5
"""How often a waiting thread checks whether the run is to end, or is no longer held back."""
_FIRST_WINDOW = 6
_WINDOW = 32
_HIGHEST_FIRST_RATIO = 2.2
_HIGHEST_RATIO = 1.75
_UNDISTURBED_RATIO = 1.3
_LONGEST_MEMORY = 64
_WINDOWS_TO_PROBE = 12
_CEILING_ANSWERS = 2_000
"""After this many answers, a parallelism that was refused is tried again."""


class AdaptivePace:
    """The gate: gives slots to threads, first come first served, as many at a time as the rule allows."""

    def __init__(
        self, max_concurrency: int, clock: Callable[[], float] = time.monotonic, *, ending: Ending | None = None
    ) -> None:
        self._rule = PaceRule(max_concurrency)
        self._clock = clock
        self._ending = ending
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._under_way = 0
        self._held_until_s = 0.0

    def room(self) -> int:
        """Return how many more threads would get a slot now."""
        if self._held_until_s and self._clock() < self._held_until_s:
            return 0
        return self._rule.parallelism - self._under_way - len(self._waiting)

    @contextmanager
    def slot(self, operation: str | None) -> Iterator["PaceSlot"]:
        """Wait for a slot and hold it. Don't wait if the run is to end."""
        self._take_slot()
        try:
            yield PaceSlot(self._rule, self._lock, operation)
        finally:
            with self._lock:
                self._under_way -= 1
                self._give_slots()

    def hold_back(self, delay_s: float) -> None:
        """Give no slot for this long."""
        with self._lock:
            self._held_until_s = max(self._held_until_s, self._clock() + delay_s)

    def _take_slot(self) -> None:
        given = Event()
        with self._lock:
            self._waiting.append(given)
            self._give_slots()
        while not given.wait(_LOOKS_EVERY_S):
            with self._lock:
                self._give_slots()
                if not given.is_set() and self._ending is not None and self._ending.is_set():
                    self._waiting.remove(given)
                    self._under_way += 1
                    return

    def _give_slots(self) -> None:
        """Give the free slots to the threads that have waited longest; the lock is held."""
        if not self._waiting or (self._held_until_s and self._clock() < self._held_until_s):
            return
        while self._waiting and self._under_way < self._rule.parallelism:
            self._under_way += 1
            self._waiting.popleft().set()


class PaceSlot:
    """The right to have one request under way."""

    def __init__(self, rule: "PaceRule", lock: Lock, operation: str | None) -> None:
        self._rule = rule
        self._lock = lock
        self._operation = operation
        self._epoch = rule.epoch

    def answered(self, duration_s: float) -> None:
        """Note how long the answer took."""
        if self._operation is not None:
            with self._lock:
                self._rule.answered(self._operation, duration_s, self._epoch)

    def congested(self) -> None:
        """Note that the subsite had too much to do: 429, 503 or a time-out."""
        with self._lock:
            self._rule.congested(self._epoch)


class PaceRule:
    """The rule: the parallelism, from 1 up to `max_concurrency`. No clock and no threads.

    It is judged by windows of answers: their mean time against the undisturbed one, for each operation. It doubles
    until that ratio is too high (or something is refused), and then adjusts with care: down to where the ratio should
    be right, up by one, or by half if the answers come as if nobody else was asking. A refusal halves it and sets a
    ceiling below what was refused.

    The undisturbed time is the mean of the answers at parallelism 1, while it doubled and answers were hardly slower,
    and in an occasional window at half the parallelism. Answer times scatter, hence the pooled mean and the larger
    windows after the doubling: with the smallest mean of a window, capacity 16 was underestimated in one run of ten
    (bench/pace_rule.py).

    `epoch` numbers the parallelisms: a request that was begun under another one says nothing about this one.
    """

    def __init__(self, max_concurrency: int) -> None:
        self.parallelism = 1
        self.epoch = 0
        self._max = max_concurrency
        self._is_doubling = True
        self._ceiling = max_concurrency
        self._answers_to_ceiling = 0
        self._undisturbed: dict[str, tuple[float, int]] = {}
        self._windows = 0
        self._probed_from: int | None = None
        self._ratio = 1.0
        self._sums: dict[str, tuple[float, int]] = {}
        self._count = 0

    def answered(self, operation: str, duration_s: float, epoch: int) -> None:
        """Note an answer to a request that was begun in `epoch`."""
        if self._ceiling < self._max:
            self._answers_to_ceiling -= 1
            if self._answers_to_ceiling <= 0:
                self._ceiling = self._max
        if epoch != self.epoch:
            return
        total_s, count = self._sums.get(operation, (0.0, 0))
        self._sums[operation] = (total_s + duration_s, count + 1)
        self._count += 1
        window = max(self.parallelism, _FIRST_WINDOW) if self._is_doubling else max(2 * self.parallelism, _WINDOW)
        if self._count >= window:
            self._judge()

    def congested(self, epoch: int) -> None:
        """Halve the parallelism, once for everything that was begun in `epoch`, and stay below it for a long time."""
        if epoch != self.epoch:
            return
        self._is_doubling = False
        self._probed_from = None
        self._ceiling = max(1, self.parallelism - 1)
        self._answers_to_ceiling = _CEILING_ANSWERS
        self._become(max(1, self.parallelism // 2))

    def _judge(self) -> None:
        ratio = self._measure()
        probed_from, self._probed_from = self._probed_from, None
        self._windows += 1
        if ratio > (_HIGHEST_FIRST_RATIO if self._is_doubling else _HIGHEST_RATIO):
            self._is_doubling = False
            self._become(max(1, min(self.parallelism - 1, int(self.parallelism * _HIGHEST_RATIO / ratio))))
        elif probed_from is not None:
            self._become(min(probed_from, self._ceiling))
        elif self._is_doubling:
            self._become(min(self.parallelism * 2, self._ceiling))
        elif ratio < _UNDISTURBED_RATIO:
            self._become(min(self.parallelism + max(1, self.parallelism // 2), self._ceiling))
        elif self._windows >= _WINDOWS_TO_PROBE and self.parallelism > 1:
            self._windows = 0
            self._probed_from = self.parallelism
            self._become((self.parallelism + 1) // 2)
        else:
            self._become(min(self.parallelism + 1, self._ceiling))

    def _measure(self) -> float:
        """Return how much slower the window was than undisturbed answers, and update the undisturbed time."""
        known = [operation for operation in self._sums if operation in self._undisturbed]
        expected_s = sum(self._undisturbed[operation][0] * self._sums[operation][1] for operation in known)
        if self.parallelism == 1:
            self._ratio = 1.0
        elif expected_s:
            self._ratio = sum(self._sums[operation][0] for operation in known) / expected_s
        is_telling = self.parallelism == 1 or self._is_doubling or self._probed_from is not None
        for operation, (total_s, count) in self._sums.items():
            mean_s = total_s / count
            if operation not in self._undisturbed:
                # A new operation is assumed to be slowed down as much as the others.
                self._undisturbed[operation] = (mean_s / max(1.0, self._ratio), count)
            elif is_telling and self._ratio <= _UNDISTURBED_RATIO:
                before_s, weight = self._undisturbed[operation]
                undisturbed_s = before_s + (mean_s - before_s) * count / (weight + count)
                self._undisturbed[operation] = (undisturbed_s, min(weight + count, _LONGEST_MEMORY))
        return self._ratio

    def _become(self, parallelism: int) -> None:
        if parallelism != self.parallelism:
            self.parallelism = parallelism
            self.epoch += 1
        self._sums = {}
        self._count = 0
