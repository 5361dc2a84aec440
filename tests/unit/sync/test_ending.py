"""What ends a run, and how long what is under way then has."""

import math
from collections.abc import Callable
from threading import Event

import pytest

from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.patience import PATIENCE_S
from tests.signals import FakeSignals

GIVEN_UP = SubsiteError("the secret was refused")


class Run:
    """A run that began at second 0 and has 100."""

    def __init__(self, deadline_s: float | None = 100.0) -> None:
        self.now_s = 0.0
        self.signals = FakeSignals()
        self.ending = RunEnding(self.signals, deadline_s=deadline_s, clock=lambda: self.now_s)

    def receive(self) -> None:
        self.signals.reason = "stopped by SIGTERM"

    def time_out(self) -> None:
        self.now_s = 100.0

    def give_up(self) -> None:
        self.ending.give_up(GIVEN_UP)


Cause = Callable[[Run], None]
CAUSES: dict[Cause, tuple[str, int, str | None]] = {
    Run.receive: ("stopped by SIGTERM", 143, None),
    Run.time_out: ("--max-duration has run out", 4, "--max-duration has run out."),
    Run.give_up: ("the run was given up", 4, str(GIVEN_UP)),
}


def test_nothing_ends_a_run_by_itself() -> None:
    run = Run()
    run.now_s = 99.9
    assert (run.ending.is_set(), run.ending.reason, run.ending.error, run.ending.exit_status) == (False, "", None, None)


@pytest.mark.parametrize("second", CAUSES)
@pytest.mark.parametrize("first", CAUSES)
def test_the_first_cause_counts(first: Cause, second: Cause) -> None:
    run = Run()
    for cause in (first, second):
        cause(run)
        assert run.ending.is_set()
    found = None if run.ending.error is None else str(run.ending.error)
    assert (run.ending.reason, run.ending.exit_status, found) == CAUSES[first]


def test_without_an_end_in_sight_an_answer_may_take_as_long_as_it_will() -> None:
    run = Run(deadline_s=None)
    assert run.ending.left_s() == math.inf
    assert (run.ending.upload_s(), run.ending.ping_s()) == (30.0, 10.0)


def test_the_time_of_an_answer_is_known_before_the_deadline() -> None:
    run = Run()
    run.now_s = 60.0
    assert run.ending.left_s() == 70.0


@pytest.mark.parametrize("cause", CAUSES)
def test_all_is_over_45_seconds_after_the_end_began(cause: Cause) -> None:
    run = Run()
    cause(run)
    assert (run.ending.left_s(), run.ending.upload_s(), run.ending.ping_s()) == (30.0, 10.0, 10.0)
    run.now_s += run.ending.left_s()
    run.now_s += run.ending.upload_s()
    run.now_s += run.ending.ping_s()
    assert run.now_s - (100.0 if cause is Run.time_out else 0.0) <= 45.0


def test_an_end_that_comes_late_leaves_a_second_for_the_ping() -> None:
    run = Run()
    run.now_s = 300.0
    assert run.ending.is_set()
    assert run.ending.ping_s() >= 1.0


def test_what_comes_in_time_is_waited_for() -> None:
    assert Run().ending.wait_for(lambda: "the list") == "the list"


def test_what_fails_in_time_fails_here() -> None:
    def fail() -> None:
        raise GIVEN_UP

    with pytest.raises(SubsiteError) as caught:
        Run().ending.wait_for(fail)
    assert caught.value is GIVEN_UP


@pytest.mark.parametrize(
    ("deadline_s", "cause", "is_over_s", "said"),
    [(100.0, Run.time_out, 130.0, "--max-duration has run out"), (None, Run.receive, 30.0, "Stopped by SIGTERM")],
    ids=["its time is over", "a signal came"],
)
def test_what_hangs_is_left(deadline_s: float | None, cause: Cause, is_over_s: float, said: str) -> None:
    run = Run(deadline_s)
    never = Event()

    def hang() -> None:
        cause(run)
        assert run.ending.is_set()
        run.now_s = is_over_s
        never.wait(PATIENCE_S)

    with pytest.raises(SubsiteError, match=said):
        run.ending.wait_for(hang)
    never.set()
