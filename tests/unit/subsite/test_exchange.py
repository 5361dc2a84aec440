"""One request until it is answered for good."""

import pytest

from pleio_profile_sync_client.core.models import Refused, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.answers import Good
from pleio_profile_sync_client.subsite.transport import Broken, Request, Response
from tests.unit.subsite.fakes import LOST, NEVER_SENT, TIMED_OUT, Bench, busy, json_answer, page

BAN = Request("POST", "/users/g/ban")
FINE = json_answer({"status": 200})


def test_an_answer_is_given_at_once_and_measured_for_the_pace() -> None:
    bench = Bench()

    def slow(_: Request) -> Response:
        bench.time.pass_s(0.3)
        return FINE

    bench.script.answers = [slow]
    assert bench.exchange.send(BAN, "ban") == Good(FINE.body)
    assert bench.pace.kinds == ["ban"]
    assert bench.pace.durations_s == [pytest.approx(0.3)]
    assert bench.time.slept == []


@pytest.mark.parametrize("trouble", [busy(429), busy(502), busy(503), busy(504), LOST, NEVER_SENT, TIMED_OUT])
def test_trouble_is_tried_again_until_it_is_over(trouble: Response | Broken) -> None:
    bench = Bench(trouble, trouble, trouble, FINE)
    assert isinstance(bench.exchange.send(BAN, "ban"), Good)
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


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_refusals_are_not_tried_again(status: int) -> None:
    bench = Bench(json_answer({"error": "x"}, status))
    assert isinstance(bench.exchange.send(BAN, "ban"), Refused)
    assert len(bench.sent) == 1


@pytest.mark.parametrize(("trouble", "congestions"), [(busy(429), 1), (busy(503), 1), (TIMED_OUT, 1), (busy(502), 0)])
def test_pace_hears_of_congestion(trouble: Response | Broken, congestions: int) -> None:
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
            bench.stop.reason = "stopped by SIGTERM"

    bench.time.on_sleep = stop_soon
    answer = bench.exchange.send(BAN, "ban")
    assert answer == Unavailable("subsite.test answered with status 503; not tried again: stopped by SIGTERM")
    assert sum(bench.time.slept) < 3


def test_after_a_stop_nothing_is_sent() -> None:
    bench = Bench(FINE)
    bench.stop.reason = "stopped by SIGINT"
    assert bench.exchange.send(BAN, "ban") == Unavailable("not sent: stopped by SIGINT", sent=False)
    assert bench.sent == []


def test_a_request_can_be_sent_once_even_after_a_stop() -> None:
    bench = Bench(busy(503))
    bench.stop.reason = "stopped by SIGINT"
    assert isinstance(bench.exchange.send_once(BAN), Unavailable)
    assert len(bench.sent) == 1
    assert bench.time.slept == []


def test_nothing_more_is_sent_once_the_subsite_is_unusable() -> None:
    bench = Bench(page(200))
    with pytest.raises(SubsiteError):
        bench.exchange.send(BAN, "ban")
    answer = bench.exchange.send(BAN, "ban")
    assert answer == Unavailable("not sent: the run was given up", sent=False)
    assert len(bench.sent) == 1


def test_ten_minutes_without_any_answer_end_the_run() -> None:
    bench = Bench()

    def hang(_: Request) -> Broken:
        bench.time.pass_s(120)
        return TIMED_OUT

    bench.script.answers = [FINE, hang]
    bench.exchange.send(BAN, "ban")
    bench.time.pass_s(5_000)
    with pytest.raises(SubsiteError, match=r"has not answered for 1[01] minutes") as caught:
        bench.exchange.send(BAN, "ban")
    assert caught.value.hint
    assert len(bench.sent) == 1 + 5


def test_an_answer_ends_the_silence() -> None:
    bench = Bench()

    def hang(_: Request) -> Broken:
        bench.time.pass_s(250)
        return TIMED_OUT

    bench.script.answers = [FINE, hang, hang, FINE, hang, hang, FINE]
    assert all(isinstance(bench.exchange.send(BAN, "ban"), Good) for _ in range(3))
