"""One request until it is answered for good: places of the pace, repeats after pauses, and when to give the run up."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Lock
from typing import assert_never

from pleio_profile_sync_client.core.models import Refused, Unavailable
from pleio_profile_sync_client.core.ports import Pace, Stop
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.answers import Good, Meaning, Reader, Temporary
from pleio_profile_sync_client.subsite.retries import Retries
from pleio_profile_sync_client.subsite.transport import Broken, Request, Response

log = logging.getLogger(__name__)

QUIET_LIMIT_S = 600.0
"""The run is given up when nothing was answered for so long."""
_LONGEST_SLEEP_S = 0.25
"""A pause is slept in pieces, so that a stop ends it."""
_TELLS_EVERY_S = 60.0
"""How often the log tells that the subsite makes us wait: somebody may be looking, or read it later."""


class Exchange:
    """Sends requests, from any thread, at the given pace. `send` sends one once, as `Transport.send` does.

    `requests` counts every attempt by method. Once a request has shown that the subsite can't be used, no other one is
    sent or tried again.
    """

    def __init__(
        self,
        send: Callable[[Request], Response | Broken],
        reader: Reader,
        *,
        pace: Pace,
        stop: Stop,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Random,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self._send = send
        self._reader = reader
        self._pace = pace
        self._stop = stop
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._lock = Lock()
        self._answered = False
        self._quiet_since_s: float | None = None
        self._told_at_s: float | None = None
        self._unusable: SubsiteError | None = None

    def retries(self) -> Retries:
        """Return the pauses for a new request."""
        return Retries(self._random, answered_before=lambda: self._answered)

    def send_once(self, request: Request) -> Good | Refused | Unavailable:
        """Send a request once, also when the run is being stopped; it is not measured for the pace."""
        meaning = self.attempt(request, None, even_when_stopped=True)
        return Unavailable(meaning.message) if isinstance(meaning, Temporary) else meaning

    def send(self, request: Request, kind: str | None) -> Good | Refused | Unavailable:
        """Send a request, again and again while that is worth it; for requests that may be carried out twice."""
        retries = self.retries()
        while True:
            meaning = self.attempt(request, kind)
            if not isinstance(meaning, Temporary):
                return meaning
            if not self.pause(retries, meaning):
                return Unavailable(self.say_ended(retries, meaning))

    def attempt(
        self, request: Request, kind: str | None, *, even_when_stopped: bool = False
    ) -> Good | Refused | Temporary | Unavailable:
        """Send a request once, when there is a place for it; `Unavailable` where the run is being ended."""
        with self._pace.place(kind) as place:
            if self._is_over() and not even_when_stopped:
                return Unavailable(f"not sent: {self._why_over()}", sent=False)
            with self._lock:
                self.requests[request.method] += 1
            start_s = self._clock()
            meaning = self._meaning(request)
            now_s = self._clock()
            match meaning:
                case Temporary(congested=True):
                    place.congested()
                case Temporary():
                    pass
                case Good() | Refused():
                    place.answered(now_s - start_s)
                case _ as never:
                    assert_never(never)
        if isinstance(meaning, Temporary):
            self._note_trouble(meaning, start_s, now_s)
        else:
            self._note_answer()
        return meaning

    def pause(self, retries: Retries, trouble: Temporary) -> bool:
        """Wait before the next attempt; tell whether there is to be one."""
        pause_s = retries.next_pause_s(trouble.retry_after_s)
        if pause_s is None:
            return False
        self._tell_waiting(trouble)
        if trouble.retry_after_s:
            self._pace.hold_back(min(trouble.retry_after_s, pause_s))
        while pause_s > 0 and not self._is_over():
            piece_s = min(pause_s, _LONGEST_SLEEP_S)
            self._sleep(piece_s)
            pause_s -= piece_s
        return not self._is_over()

    def say_ended(self, retries: Retries, trouble: Temporary) -> str:
        """Return the message for a request that is not tried again."""
        if self._is_over():
            return f"{trouble.message}; not tried again: {self._why_over()}"
        return f"{trouble.message}; tried {retries.attempts} times"

    def _tell_waiting(self, trouble: Temporary) -> None:
        now_s = self._clock()
        with self._lock:
            if self._told_at_s is not None and now_s - self._told_at_s < _TELLS_EVERY_S:
                return
            self._told_at_s = now_s
        log.info("Trying again after a pause: %s.", trouble.message)

    def _is_over(self) -> bool:
        return self._unusable is not None or self._stop.is_set()

    def _why_over(self) -> str:
        return self._stop.reason or "the run was given up"

    def _meaning(self, request: Request) -> Meaning:
        try:
            return self._reader.read(self._send(request))
        except SubsiteError as error:
            self._unusable = error
            raise

    def _note_answer(self) -> None:
        self._answered = True
        self._quiet_since_s = None

    def _note_trouble(self, trouble: Temporary, start_s: float, now_s: float) -> None:
        if trouble.answered:
            self._note_answer()
            return
        since_s = self._quiet_since_s
        if since_s is None:
            self._quiet_since_s = start_s
        elif now_s - since_s >= QUIET_LIMIT_S:
            self._unusable = SubsiteError(
                f"The subsite has not answered for {(now_s - since_s) / 60:.0f} minutes: {trouble.message}.",
                hint="Check whether it can be reached; the next run does the rest.",
            )
            raise self._unusable
