"""What ends a run early, decided in one place: the port `Ending`."""

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Lock, Thread
from typing import TypeVar

from pleio_profile_sync_client.core.ports import Signals
from pleio_profile_sync_client.core.wording import at_start
from pleio_profile_sync_client.errors import SubsiteError

IN_FLIGHT_S = 30.0
"""How long requests under way may still take when the run is to end."""
LAST_UPLOAD_S = 10.0
LONGEST_UPLOAD_S = 30.0
"""The time for the last upload of a run that ends normally."""
PING_S = 10.0
ALL_S = 44.0
"""How long all of that may take, apart from a second or two to write state and reports."""
_LOOKS_EVERY_S = 0.05
_OUT_OF_TIME = "--max-duration has run out"

Result = TypeVar("Result")


class RunEnding:
    """A signal, `--max-duration` or the subsite given up: the first one that is noticed counts.

    `error` is why a run was not completed; None if a signal was the cause, or if it was completed.
    """

    def __init__(
        self,
        signals: Signals,
        *,
        deadline_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.error: SubsiteError | None = None
        self.exit_status: int | None = None
        self._signals = signals
        self._deadline_s = deadline_s
        self._clock = clock
        self._lock = Lock()
        self._reason = ""
        self._since_s: float | None = None

    def is_set(self) -> bool:
        """Tell whether the run is to end."""
        if self._since_s is None:
            signal = self._signals.reason
            if signal is not None:
                self._end(signal)
            elif self._deadline_s is not None and self._clock() >= self._deadline_s:
                error = SubsiteError(f"{_OUT_OF_TIME}.", hint="The next run does the rest; allow more time.")
                self._end(_OUT_OF_TIME, error)
        return self._since_s is not None

    @property
    def is_out_of_time(self) -> bool:
        """Whether it is `--max-duration` that ends the run."""
        return self.is_set() and self._reason == _OUT_OF_TIME

    @property
    def reason(self) -> str:
        """Why, in words; empty while nothing ends the run."""
        return self._reason if self.is_set() else ""

    def give_up(self, error: SubsiteError) -> None:
        """End the run because of the subsite."""
        if not self.is_set():
            self._end("the run was given up", error)

    def left_s(self) -> float:
        """Return how many seconds an answer may still take."""
        return self._left_s(IN_FLIGHT_S)

    def upload_s(self) -> float:
        """Return how many seconds the last upload of the log may take."""
        longest_s = LAST_UPLOAD_S if self.is_set() else LONGEST_UPLOAD_S
        return min(longest_s, self._left_s(IN_FLIGHT_S + LAST_UPLOAD_S))

    def ping_s(self) -> float:
        """Return how many seconds a ping may take."""
        return max(1.0, min(PING_S, self._left_s(ALL_S)))

    def wait_for(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns; it is done in a thread, which is abandoned once no time is left.

        For work without an overall time-out: the system looks up a name for as long as it likes, and each address of
        that name has a time-out of its own. Raise what `work` does, or `SubsiteError`.
        """
        future: Future[Result] = Future()

        def do() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                future.set_exception(error)

        Thread(target=do, name="waited for", daemon=True).start()
        while not (self.is_set() and self.left_s() <= 0):
            if wait([future], _LOOKS_EVERY_S).done:
                return future.result()
        raise self.error or SubsiteError(f"{at_start(self.reason)}.")

    def _left_s(self, after_s: float) -> float:
        self.is_set()
        end_s = self._deadline_s if self._since_s is None else self._since_s
        return math.inf if end_s is None else max(0.0, end_s + after_s - self._clock())

    def _end(self, reason: str, error: SubsiteError | None = None) -> None:
        with self._lock:
            if self._since_s is None:
                self._reason, self.error = reason, error
                self.exit_status = self._signals.exit_status if error is None else error.exit_status
                self._since_s = self._clock()
