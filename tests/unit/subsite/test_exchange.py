"""One request until it is answered for good."""

import re
from threading import Event, Thread, get_ident

import pytest

from pleio_profile_sync_client.core.models import Refused, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.transport import Request, Response, Temporary
from tests.patience import PATIENCE_S, until
from tests.signals import FakeSignals
from tests.unit.subsite.fakes import LOST, NEVER_SENT, TIMED_OUT, Bench, busy, json_answer, page

BAN = Request("POST", "/users/g/ban")
ODD = Request("POST", "/users/odd/ban")
LOGS = Request("POST", "/logs")
FINE = json_answer({"status": 200})


def test_an_answer_is_given_at_once_and_measured_for_the_pace() -> None:
    bench = Bench()

    def slow(_: Request) -> Response:
        bench.time.pass_s(0.3)
        return FINE

    bench.script.answers = [slow]
    assert bench.exchange.send(BAN, "ban") == FINE
    assert bench.pace.operations == ["ban"]
    assert bench.pace.durations_s == [pytest.approx(0.3)]
    assert bench.time.slept == []


@pytest.mark.parametrize("trouble", [busy(429), busy(502), busy(503), busy(504), LOST, NEVER_SENT, TIMED_OUT])
def test_trouble_is_tried_again_until_it_is_over(trouble: Response | Temporary) -> None:
    bench = Bench(trouble, trouble, trouble, FINE)
    assert isinstance(bench.exchange.send(BAN, "ban"), Response)
    assert len(bench.sent) == 4
    assert bench.exchange.requests == {"POST": 4}
    assert 5 < sum(bench.time.slept) < 9


def test_waiting_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench(busy(503))
    bench.exchange.send(BAN, "ban")
    lines = [record.getMessage() for record in caplog.records]
    assert 2 <= len(lines) <= 3
    assert all("answered with status 503" in line for line in lines)


def test_after_two_minutes_of_503_the_request_is_unavailable() -> None:
    bench = Bench(busy(503))
    answer = bench.exchange.send(BAN, "ban")
    assert isinstance(answer, Unavailable)
    assert "status 503; tried 8 times" in answer.message
    assert 95 < sum(bench.time.slept) < 160


def test_a_host_that_never_answered_is_given_up_sooner() -> None:
    bench = Bench(NEVER_SENT)
    assert isinstance(bench.exchange.send(BAN, "ban"), Unavailable)
    assert len(bench.sent) == 4


def test_a_host_that_answered_before_is_not_given_up_sooner() -> None:
    bench = Bench(FINE, NEVER_SENT)
    bench.exchange.send(BAN, "ban")
    bench.exchange.send(BAN, "ban")
    assert len(bench.sent) == 1 + 8


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_refusals_are_not_tried_again(status: int) -> None:
    bench = Bench(json_answer({"error": "x"}, status))
    assert isinstance(bench.exchange.send(BAN, "ban"), Refused)
    assert len(bench.sent) == 1


@pytest.mark.parametrize(("trouble", "congestions"), [(busy(429), 1), (busy(503), 1), (TIMED_OUT, 1), (busy(502), 0)])
def test_pace_hears_of_congestion(trouble: Response | Temporary, congestions: int) -> None:
    bench = Bench(trouble, FINE)
    bench.exchange.send(BAN, "ban")
    assert bench.pace.congestions == congestions


def test_no_place_is_held_while_pausing() -> None:
    bench = Bench(busy(503), FINE)
    held: list[int] = []
    bench.time.on_sleep = lambda: held.append(bench.pace.places_held)
    bench.exchange.send(BAN, "ban")
    assert held
    assert set(held) == {0}


def test_retry_after_holds_back_the_whole_run() -> None:
    bench = Bench(busy(503, "40"), FINE)
    bench.exchange.send(BAN, "ban")
    assert bench.pace.held_back_s == [40.0]
    assert sum(bench.time.slept) == pytest.approx(40.0)


def test_retry_after_of_an_hour_is_cut_to_ten_minutes_a_request() -> None:
    bench = Bench(busy(503, "3600"))
    assert isinstance(bench.exchange.send(BAN, "ban"), Unavailable)
    assert sum(bench.time.slept) == pytest.approx(600.0)
    assert bench.pace.held_back_s == [600.0]


def test_stop_ends_a_pause_and_the_retries() -> None:
    bench = Bench(busy(503))

    def stop_soon() -> None:
        if sum(bench.time.slept) > 2:
            bench.signals.reason = "stopped by SIGTERM"

    bench.time.on_sleep = stop_soon
    answer = bench.exchange.send(BAN, "ban")
    assert answer == Unavailable(
        "subsite.test answered with status 503; not tried again: stopped by SIGTERM", maybe_done=False
    )
    assert sum(bench.time.slept) < 3


def test_after_a_stop_nothing_is_sent() -> None:
    bench = Bench(FINE)
    bench.signals.reason = "stopped by SIGINT"
    assert bench.exchange.send(BAN, "ban") == Unavailable("not sent: stopped by SIGINT", sent=False, maybe_done=False)
    assert bench.sent == []


@pytest.mark.parametrize("answer", [FINE, busy(503), LOST, page(200), page(301), json_answer({}, 403)])
def test_an_upload_is_sent_once_even_after_a_stop_and_ends_nothing(answer: Response | Temporary) -> None:
    bench = Bench(answer)
    assert isinstance(bench.exchange.upload(LOGS), Response) is (answer is FINE)
    assert not bench.ending.is_set()
    bench.signals.reason = "stopped by SIGINT"
    bench.exchange.upload(LOGS)
    assert len(bench.sent) == 2
    assert bench.time.slept == []
    assert bench.exchange.requests == {"POST": 2}


def test_an_answer_may_take_no_longer_than_the_run_has() -> None:
    bench = Bench(busy(503), FINE, deadline_s=100.0)
    bench.exchange.send(BAN, "ban")
    bench.time.pass_s(60.0)
    bench.exchange.send(BAN, "ban")
    assert bench.script.within_s[0] == pytest.approx(130.0)
    assert bench.script.within_s[1] == pytest.approx(130.0 - sum(bench.time.slept))
    assert bench.script.within_s[2] == pytest.approx(70.0 - sum(bench.time.slept))


def test_the_end_of_the_time_ends_a_long_pause() -> None:
    bench = Bench(busy(503, "100"), deadline_s=2.0)
    assert bench.exchange.send(BAN, "ban") == Unavailable(
        "subsite.test answered with status 503; not tried again: --max-duration has run out", maybe_done=False
    )
    assert sum(bench.time.slept) == pytest.approx(2.0)
    assert len(bench.sent) == 1


def test_nothing_more_is_sent_once_the_subsite_is_unusable() -> None:
    bench = Bench(page(200))
    with pytest.raises(SubsiteError):
        bench.exchange.send(BAN, "ban")
    answer = bench.exchange.send(BAN, "ban")
    assert answer == Unavailable("not sent: the run was given up", sent=False, maybe_done=False)
    assert len(bench.sent) == 1


def test_ten_minutes_without_any_answer_end_the_run() -> None:
    bench = Bench()

    def hang(_: Request) -> Temporary:
        bench.time.pass_s(120)
        return TIMED_OUT

    bench.script.answers = [FINE, hang]
    bench.exchange.send(BAN, "ban")
    bench.time.pass_s(5_000)
    answer = bench.exchange.send(BAN, "ban")
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert bench.ending.error is not None
    assert re.search("has not answered for 1[01] minutes", str(bench.ending.error))
    assert bench.ending.error.hint
    assert len(bench.sent) == 1 + 5


def test_an_answer_ends_the_silence() -> None:
    bench = Bench()

    def hang(_: Request) -> Temporary:
        bench.time.pass_s(250)
        return TIMED_OUT

    bench.script.answers = [FINE, hang, hang, FINE, hang, hang, FINE]
    assert all(isinstance(bench.exchange.send(BAN, "ban"), Response) for _ in range(3))


@pytest.mark.parametrize(("trouble", "afresh"), [(LOST, True), (NEVER_SENT, True), (busy(503), False)])
def test_repeat_goes_over_a_new_connection_where_one_broke(trouble: Response | Temporary, afresh: bool) -> None:
    bench = Bench(trouble, FINE)
    bench.exchange.send(BAN, "ban")
    assert bench.script.afresh == [False, afresh]


SERVER_ERROR = page(500, b"Server error")


class Database:
    """A subsite whose database is away for some requests: everything is answered with 500 then, and nothing done."""

    def __init__(self, bench: Bench, *, away_for: int) -> None:
        self.left = away_for
        self.asked = 0
        bench.script.answers = [self.answer]

    def answer(self, request: Request) -> Response:
        self.asked += request.method == "GET"
        self.left -= 1
        return SERVER_ERROR if self.left >= 0 else FINE


@pytest.mark.parametrize("away_for", [2, 3, 4, 9])
def test_a_500_to_everything_is_waited_for_like_503(away_for: int) -> None:
    bench = Bench()
    database = Database(bench, away_for=away_for)
    assert bench.exchange.send(BAN, "ban") == FINE
    assert database.asked >= 1
    assert sum(bench.time.slept) > 0.7


def test_a_500_to_one_request_alone_is_believed() -> None:
    bench = Bench()
    bench.script.answers = [lambda request: FINE if request.method == "GET" else SERVER_ERROR]
    answer = bench.exchange.send(BAN, "ban")
    assert isinstance(answer, Refused)
    assert answer.status == 500
    assert bench.sent == [("POST", "/users/g/ban"), ("GET", "/users?limit=1")]
    assert bench.time.slept == []


def test_a_500_is_judged_by_when_it_was_answered_however_late_that_is() -> None:
    bench = Bench()
    is_away = True

    def answer(request: Request) -> Response:
        return SERVER_ERROR if is_away or request == ODD else FINE

    def come_back() -> None:
        nonlocal is_away
        is_away = False

    def meanwhile() -> None:
        """See the database come back, and then two questions answered, before the first answer is judged."""
        bench.pace.on_answered = lambda: None
        assert bench.exchange.send(BAN, "ban") == FINE
        for _ in range(2):
            assert isinstance(bench.exchange.send(ODD, "ban"), Refused)

    bench.script.answers = [answer]
    bench.time.on_sleep = come_back
    bench.pace.on_answered = meanwhile
    assert bench.exchange.send(BAN, "ban") == FINE


def test_what_was_answered_with_500_to_the_end_may_have_been_done() -> None:
    answer = Bench(SERVER_ERROR).exchange.send(BAN, "ban")
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert "status 500" in answer.message


def test_one_question_serves_all_who_were_answered_with_500() -> None:
    bench = Bench()
    answered, may_answer = Event(), Event()
    posts: list[int] = []

    def answer(request: Request) -> Response:
        if request.method == "GET":
            answered.set()
            may_answer.wait(PATIENCE_S)
            return FINE
        posts.append(1)
        return SERVER_ERROR

    bench.script.answers = [answer]
    threads = [Thread(target=bench.exchange.send, args=(BAN, "ban")) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert answered.wait(PATIENCE_S)
    until(lambda: len(posts) == 8)
    may_answer.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    # One may have been asked before the others were answered.
    assert bench.exchange.requests["GET"] <= 2


class Watched(FakeSignals):
    """Signals that know who asked for them."""

    def __init__(self) -> None:
        self.asked_by: set[int] = set()

    @property
    def reason(self) -> str | None:  # type: ignore[override] # it is only read here
        self.asked_by.add(get_ident())
        return None


def test_while_nothing_is_answered_one_request_knocks_and_all_are_sent_when_something_is() -> None:
    signals = Watched()
    bench = Bench(signals=signals)
    knocked, may_answer = Event(), Event()

    def answer(_: Request) -> Response | Temporary:
        if len(bench.script.requests) <= 3:
            return LOST
        knocked.set()
        may_answer.wait(PATIENCE_S)
        return FINE

    bench.script.answers = [answer]
    done: list[object] = []
    threads = [Thread(target=lambda: done.append(bench.exchange.send(BAN, "ban"))) for _ in range(30)]
    threads[0].start()
    assert knocked.wait(PATIENCE_S)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(signals.asked_by) == 30)
    assert len(bench.script.requests) == 4
    may_answer.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert done == [FINE] * 30
    assert len(bench.script.requests) == 4 + 29


def test_who_waits_for_the_knocking_is_let_go_at_the_runs_end() -> None:
    bench = Bench(LOST)
    may_answer = Event()

    def hang(_: Request) -> Temporary:
        if len(bench.script.requests) > 3:
            may_answer.wait(PATIENCE_S)
        return LOST

    bench.script.answers = [hang]
    answers: list[object] = []
    threads = [Thread(target=lambda: answers.append(bench.exchange.send(BAN, "ban"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    until(lambda: len(bench.script.requests) > 3)
    bench.signals.reason = "stopped by SIGTERM"
    until(lambda: len(answers) >= 6)
    may_answer.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    unsent = Unavailable("not sent: stopped by SIGTERM", sent=False, maybe_done=False)
    assert answers.count(unsent) >= 5


def test_an_upload_neither_knocks_nor_waits_where_nothing_is_answered() -> None:
    bench = Bench(LOST)
    bench.exchange.send(BAN, "ban")
    bench.script.answers = [FINE]
    assert bench.exchange.upload(LOGS) == FINE
    assert bench.exchange.send(BAN, "ban") == FINE
