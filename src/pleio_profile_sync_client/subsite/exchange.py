"""One request until its final answer: its slot in the pace, repeats after pauses, and when to give up."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from threading import Condition, Lock, get_ident
from typing import Protocol, TypeVar

from pleio_profile_sync_client.core.models import Refused, Unavailable
from pleio_profile_sync_client.core.ports import Ending, Pace
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.answers import Meaning, Reader
from pleio_profile_sync_client.subsite.transport import Request, Response, Temporary

log = logging.getLogger(__name__)

Found = TypeVar("Found")

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Together a little more than the two minutes that a deployment of the subsite takes."""
REPEATS_BEFORE_ANY_ANSWER = 3
LONGEST_WAIT_S = 600.0
"""The longest that one request waits in all, whatever Retry-After asks for."""
QUIET_LIMIT_S = 600.0
"""The run is given up when nothing has been answered for this long."""
SILENCE = 3
"""After this many unanswered requests in a row, only one thread goes on asking."""
_LAST_UPLOAD_S = 10.0
_LONGEST_SLEEP_S = 0.25
"""A pause is slept in pieces, so that the run's end ends it."""
_TELLS_EVERY_S = 60.0
"""How often the log says that the subsite keeps us waiting: somebody may be watching, or read it later."""
_IS_ANYBODY_THERE = Request("GET", "/users?limit=1")


class Sender(Protocol):
    """Sends requests, as `Transport` does."""

    def send(self, request: Request, *, within_s: float, afresh: bool = False) -> Response | Temporary:
        """Send a request once, and return the result."""

    def close(self) -> None:
        """Close the connections."""


class Exchange:
    """Sends requests, from any thread, at the given pace, until `ending` says that the run is to end.

    `requests` counts every attempt by method.
    """

    def __init__(
        self,
        sender: Sender,
        reader: Reader,
        *,
        pace: Pace,
        ending: Ending,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        random: Random,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self._sender = sender
        self._reader = reader
        self._pace = pace
        self._ending = ending
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._lock = Lock()
        self._silence = Silence()
        self._outage = _Outage()
        self._was_answered = False
        self._quiet_since_s: float | None = None
        self._told_at_s: float | None = None

    def send(self, request: Request, operation: str | None) -> Response | Refused | Unavailable:
        """Send a request that may be carried out twice, again and again while it is worthwhile."""
        return self.send_once(request, operation, lambda: None)

    def send_once(
        self, request: Request, operation: str | None, look_up: Callable[[], Found | None]
    ) -> Response | Refused | Unavailable | Found:
        """Send a request that must not be carried out twice; repeat it while it was not, and it is worthwhile.

        `look_up` returns the result of an attempt without a usable answer, None if it was not carried out. It is called
        before the request is sent again, and once more if a repeat is refused.

        Raise `SubsiteError`, which ends the run, where an answer is not this API's, or the secret is refused.
        """
        tries = Tries(self._random)
        try:
            while True:
                meaning = self._attempt(request, operation, tries)
                if isinstance(meaning, Temporary):
                    if ended := self._pause(tries, meaning):
                        return ended
                    is_doubtful = meaning.maybe_done
                else:
                    is_doubtful = tries.attempts > 0 and isinstance(meaning, Refused) and meaning.status in {400, 500}
                if is_doubtful and (found := look_up()) is not None:
                    return found
                if not isinstance(meaning, Temporary):
                    return meaning
        finally:
            self._silence.leave()

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def upload(self, request: Request) -> Response | Refused | Unavailable:
        """Send a request once, even if the run is to end. Its result does not affect other requests.

        Nor does it wait for their answers: there is one upload at a time, and the last one has to be tried.
        """
        with self._pace.slot(None):
            try:
                meaning = self._reader.read(self._count_and_send(request, max(self._ending.left_s(), _LAST_UPLOAD_S)))
            except SubsiteError as error:
                return Refused(0, str(error))
        return Unavailable(meaning.message) if isinstance(meaning, Temporary) else meaning

    def _attempt(
        self, request: Request, operation: str | None, tries: "Tries"
    ) -> Response | Refused | Temporary | Unavailable:
        """Send a request once, when it is its turn; `Unavailable` if the run is to end."""
        while True:
            self._silence.wait(self._ending)
            with self._pace.slot(operation) as slot:
                if self._ending.is_set():
                    return tries.end(self._ending.reason)
                if not self._silence.lets_pass():  # this began while waiting for a slot
                    continue
                questions = self._outage.questions
                start_s = self._clock()
                meaning = self._ask(request, afresh=tries.has_broken)
                if not isinstance(meaning, Temporary):
                    slot.answered(self._clock() - start_s)
                elif meaning.is_congested:
                    slot.congested()
            if isinstance(meaning, Refused) and meaning.status == 500:
                meaning = self._judge(meaning, questions)
            if isinstance(meaning, Temporary):
                tries.note(meaning)
            self._note(meaning, start_s)
            return meaning

    def _pause(self, tries: "Tries", trouble: Temporary) -> Unavailable | None:
        """Wait before the next attempt; return the request's result if there is to be none."""
        if not self._ending.is_set():
            pause_s = tries.next_pause_s(trouble.retry_after_s, was_answered=self._was_answered)
            if pause_s is None:
                return tries.exhausted()
            self._tell_waiting(trouble)
            if trouble.retry_after_s:
                self._pace.hold_back(min(trouble.retry_after_s, pause_s))
            while pause_s > 0 and not self._ending.is_set():
                piece_s = min(pause_s, _LONGEST_SLEEP_S)
                self._sleep(piece_s)
                pause_s -= piece_s
        return tries.end(self._ending.reason) if self._ending.is_set() else None

    def _ask(self, request: Request, *, afresh: bool = False) -> Meaning:
        try:
            answer = self._count_and_send(request, self._ending.left_s(), afresh=afresh)
            return self._reader.read(answer, is_get=request.method == "GET")
        except SubsiteError as error:
            self._ending.give_up(error)
            raise

    def _count_and_send(self, request: Request, within_s: float, *, afresh: bool = False) -> Response | Temporary:
        with self._lock:
            self.requests[request.method] += 1
        return self._sender.send(request, within_s=within_s, afresh=afresh)

    def _judge(self, refused: Refused, questions: int) -> Refused | Temporary:
        """Tell whether a 500 is about this request or about everything, by asking for one user.

        Without its database the subsite answers everything with 500, at once (observed). `questions` were asked before
        the request was sent.
        """
        if not self._outage.was_on(questions, self._is_answered):
            return refused
        return Temporary(f"{refused.message}, even when asked for one user", maybe_done=True, is_answer=True)

    def _is_answered(self) -> bool:
        with self._pace.slot(None):
            return not self._ending.is_set() and isinstance(self._ask(_IS_ANYBODY_THERE), Response)

    def _note(self, meaning: Meaning, start_s: float) -> None:
        silent = meaning if isinstance(meaning, Temporary) and meaning.is_silent else None
        self._silence.note(is_answer=silent is None)
        if not isinstance(meaning, Temporary) or meaning.is_answer:
            self._was_answered = True
        since_s = self._quiet_since_s  # another thread may change it meanwhile
        if silent is None:
            self._quiet_since_s = None
        elif since_s is None:
            self._quiet_since_s = start_s
        elif (quiet_s := self._clock() - since_s) >= QUIET_LIMIT_S:
            self._ending.give_up(
                SubsiteError(
                    f"The subsite has not answered for {quiet_s / 60:.0f} minutes: {silent.message}.",
                    hint="Check whether it can be reached; the next run does the rest.",
                )
            )

    def _tell_waiting(self, trouble: Temporary) -> None:
        now_s = self._clock()
        with self._lock:
            if self._told_at_s is not None and now_s - self._told_at_s < _TELLS_EVERY_S:
                return
            self._told_at_s = now_s
        log.info("Trying again after a pause: %s.", trouble.message)


class Tries:
    """The attempts of one request: their results, and the pauses between them.

    The pauses are about as long as listed, or longer if the subsite asks for it. There are fewer while nothing has been
    answered in this run: it should not take two minutes to notice a wrong host.
    """

    def __init__(self, random: Random) -> None:
        self.attempts = 0
        self.maybe_done = False
        self._last: Temporary | None = None
        self._random = random
        self._waited_s = 0.0

    @property
    def has_broken(self) -> bool:
        """Whether the connection of the last attempt broke."""
        return self._last is not None and not self._last.is_answer

    def note(self, trouble: Temporary) -> None:
        """Note an attempt that failed."""
        self.attempts += 1
        self.maybe_done = self.maybe_done or trouble.maybe_done
        self._last = trouble

    def next_pause_s(self, retry_after_s: float | None, *, was_answered: bool) -> float | None:
        """Return how long to wait before the next attempt; None if there is to be none."""
        allowed = len(PAUSES_S) if was_answered else REPEATS_BEFORE_ANY_ANSWER
        left_s = LONGEST_WAIT_S - self._waited_s
        if self.attempts > allowed or left_s <= 0:
            return None
        pause_s = PAUSES_S[self.attempts - 1] * self._random.uniform(0.75, 1.25)
        pause_s = min(max(pause_s, retry_after_s or 0.0), left_s)
        self._waited_s += pause_s
        return pause_s

    def exhausted(self) -> Unavailable:
        """Return the request's result when it is not tried again."""
        message = self._last.message if self._last else ""
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return Unavailable(f"{message}; tried {times}", maybe_done=self.maybe_done)

    def end(self, reason: str) -> Unavailable:
        """Return its result when the run is to end."""
        if self._last is None:
            return Unavailable(f"not sent: {reason}", sent=False, maybe_done=False)
        return Unavailable(f"{self._last.message}; not tried again: {reason}", maybe_done=self.maybe_done)


class Silence:
    """While the subsite does not answer at all, one thread keeps trying, and the others wait for it."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._unanswered = 0
        self._knocking: int | None = None

    def lets_pass(self) -> bool:
        """Tell whether this thread may send something now."""
        if self._unanswered < SILENCE:
            return True
        with self._changed:
            if self._knocking is None:
                self._knocking = get_ident()
            return self._unanswered < SILENCE or self._knocking == get_ident()

    def wait(self, ending: Ending) -> None:
        """Wait until it may, or until the run is to end."""
        while not self.lets_pass() and not ending.is_set():
            with self._changed:
                self._changed.wait(_LONGEST_SLEEP_S)

    def note(self, *, is_answer: bool) -> None:
        """Note the result of a request that was sent."""
        if is_answer and not self._unanswered:
            return
        with self._changed:
            self._unanswered = 0 if is_answer else self._unanswered + 1
            if is_answer:
                self._knocking = None
                self._changed.notify_all()

    def leave(self) -> None:
        """Let another thread try: the request of this one has ended."""
        if self._knocking == get_ident():
            with self._changed:
                self._knocking = None
                self._changed.notify()


class _Outage:
    """Whether the subsite answers everything with 500: one thread asks it for one user, for all who want to know.

    A 500 came between the last question before its request and the next one from now on. If any question in between
    was answered with 500 as well, it is not that request's own, even if the outage has ended since.
    """

    def __init__(self) -> None:
        self.questions = 0
        """How many questions were begun: a request notes this before it is sent."""
        self._last_in_vain = -1
        self._asking = Lock()

    def was_on(self, since: int, ask: Callable[[], bool]) -> bool:
        """Tell whether it was on after that many questions; `ask` asks one more, unless another thread just does."""
        before = self.questions
        with self._asking:
            if self.questions == before:
                self.questions += 1
                if not ask():
                    self._last_in_vain = self.questions
            return self._last_in_vain >= since
