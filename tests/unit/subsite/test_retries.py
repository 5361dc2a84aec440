"""How often and after which pauses a request is tried again."""

from random import Random

import pytest

from pleio_profile_sync_client.subsite.retries import LONGEST_WAIT_S, Retries


def pauses(retries: Retries, retry_after_s: float | None = None) -> list[float]:
    found = []
    while (pause_s := retries.next_pause_s(retry_after_s)) is not None:
        found.append(pause_s)
    return found


def answered(seed: int = 1) -> Retries:
    return Retries(Random(seed), answered_before=lambda: True)


@pytest.mark.parametrize("seed", range(20))
def test_pauses_are_about_1_to_64_seconds_and_last_as_long_as_a_deployment(seed: int) -> None:
    found = pauses(answered(seed))
    assert len(found) == 7
    for pause_s, about_s in zip(found, (1, 2, 4, 8, 16, 32, 64), strict=True):
        assert 0.75 * about_s <= pause_s <= 1.25 * about_s
    assert sum(found) > 95


def test_pauses_differ_so_that_not_all_come_back_at_once() -> None:
    assert len({tuple(pauses(answered(seed))) for seed in range(10)}) == 10


def test_three_repeats_while_nothing_was_answered_yet() -> None:
    assert len(pauses(Retries(Random(1), answered_before=lambda: False))) == 3


def test_an_answer_in_the_meantime_allows_the_other_repeats() -> None:
    is_answered = False
    retries = Retries(Random(1), answered_before=lambda: is_answered)
    first = [retries.next_pause_s(None) for _ in range(2)]
    is_answered = True
    assert len(first) + len(pauses(retries)) == 7


def test_retry_after_lengthens_a_pause_but_does_not_shorten_it() -> None:
    retries = answered()
    assert retries.next_pause_s(30.0) == 30.0
    second_s = retries.next_pause_s(0.0)
    assert second_s is not None
    assert second_s > 1


@pytest.mark.parametrize("asked_s", [100.0, 599.0, 3600.0, 1e9])
def test_no_request_waits_longer_than_ten_minutes(asked_s: float) -> None:
    found = pauses(answered(), asked_s)
    assert sum(found) == pytest.approx(LONGEST_WAIT_S)
