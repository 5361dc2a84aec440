"""A time that passes when somebody sleeps, a stop, a pace that always has a slot, and answers by script."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import msgspec

from pleio_profile_sync_client.core.ports import Slot
from pleio_profile_sync_client.subsite.answers import Reader
from pleio_profile_sync_client.subsite.exchange import Exchange
from pleio_profile_sync_client.subsite.transport import Request, Response, Temporary
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.signals import FakeSignals

SECRET = "canary-secret"


class FakeTime:
    """Seconds that pass only in `sleep` and `pass_s`; `slept` lists the sleeps, and `on_sleep` is called in each."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.slept: list[float] = []
        self.on_sleep: Callable[[], None] = lambda: None

    def clock(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.slept.append(duration_s)
        self.now_s += duration_s
        self.on_sleep()

    def pass_s(self, duration_s: float) -> None:
        self.now_s += duration_s


class OpenPace:
    """A pace that always has a slot, and notes what it is told; `on_answered` is called for each answer."""

    def __init__(self) -> None:
        self.on_answered: Callable[[], None] = lambda: None
        self.operations: list[str | None] = []
        self.durations_s: list[float] = []
        self.congestions = 0
        self.held_back_s: list[float] = []
        self.places_held = 0

    @contextmanager
    def slot(self, operation: str | None) -> Iterator[Slot]:
        self.operations.append(operation)
        self.places_held += 1
        try:
            yield self
        finally:
            self.places_held -= 1

    def answered(self, duration_s: float) -> None:
        self.durations_s.append(duration_s)
        self.on_answered()

    def congested(self) -> None:
        self.congestions += 1

    def hold_back(self, delay_s: float) -> None:
        self.held_back_s.append(delay_s)


Scripted = Response | Temporary | Callable[[Request], Response | Temporary]


class Script:
    """Answers requests by a list, one after the other; the last one is repeated. `requests` are those that came."""

    def __init__(self, *answers: Scripted) -> None:
        self.requests: list[Request] = []
        self.within_s: list[float] = []
        self.afresh: list[bool] = []
        self.answers = list(answers)

    def send(self, request: Request, *, within_s: float, afresh: bool = False) -> Response | Temporary:
        self.within_s.append(within_s)
        self.afresh.append(afresh)
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request) if callable(answer) else answer

    def close(self) -> None:
        """Close nothing."""


class Bench:
    """An exchange over a script, with all the fakes."""

    def __init__(
        self, *answers: Scripted, seed: int = 1, deadline_s: float | None = None, signals: FakeSignals | None = None
    ) -> None:
        self.time = FakeTime()
        self.signals = signals or FakeSignals()
        until_s = None if deadline_s is None else self.time.now_s + deadline_s
        self.ending = RunEnding(self.signals, deadline_s=until_s, clock=self.time.clock)
        self.pace = OpenPace()
        self.script = Script(*answers)
        self.exchange = Exchange(
            self.script,
            Reader("subsite.test", SECRET, wall_clock=self.time.clock),
            pace=self.pace,
            ending=self.ending,
            clock=self.time.clock,
            sleep=self.time.sleep,
            random=Random(seed),
        )

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.script.requests]


def json_answer(content: object, status: int = 200) -> Response:
    return Response(status, msgspec.json.encode(content), "application/json", None, None)


def page(status: int = 200, body: bytes = b"<html>Pleio</html>", content_type: str = "text/html") -> Response:
    return Response(status, body, content_type, None, None)


def busy(status: int = 503, retry_after: str | None = None) -> Response:
    return Response(status, b"", "text/html", retry_after, None)


LOST = Temporary("connection closed", maybe_done=True)
NEVER_SENT = Temporary("no connection", maybe_done=False)
TIMED_OUT = Temporary("no answer within 120 s", maybe_done=True, is_congested=True)


def user_object(guid: str = "g1", **fields: object) -> dict[str, object]:
    """A user as the API shows one."""
    user: dict[str, object] = {
        "guid": guid,
        "external_id": "P1",
        "name": "Sanne de Vries",
        "email": "sanne@gemeente.test",
        "is_member": True,
        "is_banned": False,
        "time_created": "2026-07-01T10:00:00+00:00",
        "time_updated": "2026-07-01T10:00:00.000001+00:00",
        "icontime": None,
        "profile": {"occupation": "Beleidsmedewerker"},
    }
    return user | fields


def written(**fields: object) -> Response:
    return json_answer({"status": 200, "user": user_object(**fields)})  # type: ignore[arg-type]


def taken(what: str = "e-mail") -> Response:
    return json_answer(
        {"status": 400, "error": "could_not_create", "pretty_error": f"This {what} is already taken by another user."},
        status=400,
    )
