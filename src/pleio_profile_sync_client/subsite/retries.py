"""How often and after which pauses a request is tried again (pure, but for the random numbers that are passed in)."""

from collections.abc import Callable
from random import Random

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Together a little more than the two minutes that a deployment of the subsite takes."""
REPEATS_BEFORE_ANY_ANSWER = 3
LONGEST_WAIT_S = 600.0
"""The longest that one request waits in all, whatever Retry-After asks for."""


class Retries:
    """The pauses of one request: about the listed ones, longer where the subsite asks for it.

    There are fewer while nothing was answered yet in this run: a wrong host shall not take two minutes to tell.
    """

    def __init__(self, random: Random, *, answered_before: Callable[[], bool]) -> None:
        self._random = random
        self._answered_before = answered_before
        self._waited_s = 0.0
        self._pauses = 0

    @property
    def attempts(self) -> int:
        """How often the request was tried, if it was tried after each pause."""
        return 1 + self._pauses

    def next_pause_s(self, retry_after_s: float | None) -> float | None:
        """Return how long to wait before the next attempt; None if there is to be none."""
        allowed = len(PAUSES_S) if self._answered_before() else REPEATS_BEFORE_ANY_ANSWER
        left_s = LONGEST_WAIT_S - self._waited_s
        if self._pauses >= allowed or left_s <= 0:
            return None
        pause_s = PAUSES_S[self._pauses] * self._random.uniform(0.75, 1.25)
        pause_s = min(max(pause_s, retry_after_s or 0.0), left_s)
        self._pauses += 1
        self._waited_s += pause_s
        return pause_s
