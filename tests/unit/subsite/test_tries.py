"""How often and after which pauses a request is tried again."""

from random import Random

import pytest

from pleio_profile_sync_client.core.models import Unavailable
from pleio_profile_sync_client.subsite.exchange import Tries
from pleio_profile_sync_client.subsite.transport import Temporary

REFUSED = Temporary("status 503", maybe_done=False, is_answer=True)
LOST = Temporary("reset", maybe_done=True)


def pause(tries: Tries, retry_after_s: float | None = None, *, was_answered: bool = True) -> float | None:
    tries.note(REFUSED)
    return tries.next_pause_s(retry_after_s, was_answered=was_answered)


def pauses(tries: Tries, retry_after_s: float | None = None, *, was_answered: bool = True) -> list[float]:
    found = []
    while (pause_s := pause(tries, retry_after_s, was_answered=was_answered)) is not None:
        found.append(pause_s)
    return found


def some_tries(seed: int = 1) -> Tries:
    return Tries(Random(seed))


@pytest.mark.parametrize("seed", range(20))
def test_pauses_are_about_1_to_64_seconds_and_last_as_long_as_a_deployment(seed: int) -> None:
    found = pauses(some_tries(seed))
    assert len(found) == 7
    for pause_s, about_s in zip(found, (1, 2, 4, 8, 16, 32, 64), strict=True):
        assert 0.75 * about_s <= pause_s <= 1.25 * about_s
    assert sum(found) > 95


def test_pauses_differ_so_that_not_all_come_back_at_once() -> None:
    assert len({tuple(pauses(some_tries(seed))) for seed in range(10)}) == 10


def test_three_repeats_while_nothing_was_answered_yet() -> None:
    assert len(pauses(some_tries(), was_answered=False)) == 3


def test_an_answer_in_the_meantime_allows_the_other_repeats() -> None:
    tries = some_tries()
    first = [pause(tries, was_answered=False) for _ in range(2)]
    assert len(first) + len(pauses(tries)) == 7


def test_retry_after_lengthens_a_pause_but_does_not_shorten_it() -> None:
    tries = some_tries()
    assert pause(tries, 30.0) == 30.0
    second_s = pause(tries, 0.0)
    assert second_s is not None
    assert second_s > 1


@pytest.mark.parametrize("asked_s", [100.0, 599.0, 3600.0, 1e9])
def test_no_request_waits_longer_than_ten_minutes(asked_s: float) -> None:
    found = pauses(some_tries(), asked_s)
    assert sum(found) == pytest.approx(600.0)


def test_one_attempt_that_may_have_been_done_is_not_forgotten() -> None:
    tries = some_tries()
    for trouble in (REFUSED, LOST, REFUSED):
        tries.note(trouble)
    assert tries.exhausted() == Unavailable("status 503; tried 3 times", maybe_done=True)
    assert tries.end("stopped by SIGTERM") == Unavailable(
        "status 503; not tried again: stopped by SIGTERM", maybe_done=True
    )


def test_what_was_surely_not_done_is_told_so() -> None:
    tries = some_tries()
    assert tries.end("stopped by SIGTERM") == Unavailable("not sent: stopped by SIGTERM", sent=False, maybe_done=False)
    tries.note(REFUSED)
    assert tries.exhausted() == Unavailable("status 503; tried once", maybe_done=False)
