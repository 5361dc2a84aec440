"""How many requests may be under way: the gate that gives slots to threads, and its rule against simulated subsites."""

from random import Random
from threading import Event, Thread

import pytest

from pleio_profile_sync_client.apply.pace import AdaptivePace, PaceRule
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.patience import PATIENCE_S, until
from tests.signals import FakeSignals


class Holder:
    """A thread that takes a slot and keeps it until it is told to leave."""

    def __init__(self, pace: AdaptivePace, operation: str | None = "create") -> None:
        self.has_place = Event()
        self._leave = Event()
        self._pace = pace
        self._operation = operation
        self._thread = Thread(target=self._hold, daemon=True)
        self._thread.start()

    def _hold(self) -> None:
        with self._pace.slot(self._operation):
            self.has_place.set()
            self._leave.wait(PATIENCE_S)

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(PATIENCE_S)


def grown(pace: AdaptivePace, parallelism: int) -> None:
    """Answer quickly until so many slots are given."""
    while pace.room() < parallelism:
        with pace.slot("create") as slot:
            slot.answered(0.01)


def test_one_place_at_first() -> None:
    pace = AdaptivePace(16)
    assert pace.room() == 1
    with pace.slot("create"):
        assert pace.room() == 0
    assert pace.room() == 1


def test_second_thread_gets_the_place_when_the_first_leaves() -> None:
    pace = AdaptivePace(16)
    first = Holder(pace)
    assert first.has_place.wait(PATIENCE_S)
    second = Holder(pace)
    until(lambda: pace.room() == -1)
    assert not second.has_place.is_set()
    first.leave()
    assert second.has_place.wait(PATIENCE_S)
    second.leave()


def test_places_are_given_in_the_order_of_coming() -> None:
    pace = AdaptivePace(16)
    holders = [Holder(pace)]
    assert holders[0].has_place.wait(PATIENCE_S)
    for waiting in range(1, 5):
        holders.append(Holder(pace))
        until(lambda waiting=waiting: pace.room() == -waiting)  # type: ignore[misc]
    for number in range(4):
        holders[number].leave()
        assert holders[number + 1].has_place.wait(PATIENCE_S)
        assert not any(holder.has_place.is_set() for holder in holders[number + 2 :])
    holders[-1].leave()


def test_place_comes_back_after_an_error() -> None:
    pace = AdaptivePace(16)
    with pytest.raises(ValueError, match="trouble"), pace.slot("create"):
        raise ValueError("trouble")
    assert pace.room() == 1


def test_lists_and_logs_hold_a_place_but_are_not_measured() -> None:
    pace = AdaptivePace(16)
    for _ in range(100):
        with pace.slot(None) as slot:
            slot.answered(0.01)
    assert pace.room() == 1


def test_quick_answers_give_more_places_and_refusals_take_them() -> None:
    pace = AdaptivePace(16)
    grown(pace, 4)
    with pace.slot("create") as slot:
        slot.congested()
    assert pace.room() < 4


def test_nobody_gets_a_place_while_the_run_is_held_back() -> None:
    now_s = [100.0]
    pace = AdaptivePace(16, lambda: now_s[0])
    pace.hold_back(30.0)
    assert pace.room() == 0
    holder = Holder(pace)
    now_s[0] += 29.0
    assert not holder.has_place.wait(0.01)
    now_s[0] += 1.0
    assert holder.has_place.wait(PATIENCE_S)
    holder.leave()
    assert pace.room() == 1


def test_shorter_delay_does_not_shorten_a_longer_one() -> None:
    now_s = [100.0]
    pace = AdaptivePace(16, lambda: now_s[0])
    pace.hold_back(30.0)
    pace.hold_back(1.0)
    now_s[0] += 5.0
    assert pace.room() == 0


def test_end_of_the_run_ends_the_waiting() -> None:
    signals = FakeSignals()
    pace = AdaptivePace(16, lambda: 100.0, ending=RunEnding(signals))
    pace.hold_back(600.0)
    holder = Holder(pace)
    signals.reason = "stopped by SIGTERM"
    assert holder.has_place.wait(PATIENCE_S)
    holder.leave()


def answer(rule: PaceRule, count: int, duration_s: float, operation: str = "create") -> None:
    for _ in range(count):
        rule.answered(operation, duration_s, rule.epoch)


def saturating(
    rule: PaceRule, capacity: int, answers: int, *, duration_s: float = 0.025, sigma: float = 0.0
) -> list[int]:
    """Let a subsite answer that handles `capacity` at a time; return the parallelism after each answer."""
    random = Random(3)
    found = []
    for _ in range(answers):
        scatter = random.lognormvariate(-sigma * sigma / 2, sigma) if sigma else 1.0
        rule.answered("create", duration_s * max(1.0, rule.parallelism / capacity) * scatter, rule.epoch)
        found.append(rule.parallelism)
    return found


def test_it_starts_with_one() -> None:
    assert PaceRule(16).parallelism == 1


def test_it_doubles_while_answers_stay_quick_up_to_the_ceiling() -> None:
    seen = saturating(PaceRule(16), 100, 200)
    assert list(dict.fromkeys(seen)) == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("ceiling", [1, 2, 3, 5, 16])
def test_it_never_exceeds_the_ceiling(ceiling: int) -> None:
    assert max(saturating(PaceRule(ceiling), 100, 500)) == ceiling


@pytest.mark.parametrize("capacity", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("sigma", [0.0, 0.6])
def test_it_settles_between_the_capacity_and_thrice_that(capacity: int, sigma: float) -> None:
    settled = saturating(PaceRule(64), capacity, 6_000, sigma=sigma)[1_000:]
    assert max(settled) <= 3 * capacity
    assert sum(settled) / len(settled) >= 0.9 * capacity


def test_refusal_halves_it_once_for_all_that_was_under_way() -> None:
    rule = PaceRule(16)
    saturating(rule, 100, 200)
    epoch = rule.epoch
    for _ in range(10):
        rule.congested(epoch)
    assert rule.parallelism == 8
    rule.congested(rule.epoch)
    assert rule.parallelism == 4


def test_refusals_do_not_take_it_below_one() -> None:
    rule = PaceRule(16)
    for _ in range(5):
        rule.congested(rule.epoch)
    assert rule.parallelism == 1


def test_what_was_refused_is_not_tried_again_soon() -> None:
    rule = PaceRule(16)
    saturating(rule, 100, 60)
    refused = rule.parallelism
    rule.congested(rule.epoch)
    seen = saturating(rule, 100, 1_500)
    assert max(seen) == refused - 1
    assert max(saturating(rule, 100, 2_000)) == 16


def test_answers_to_what_was_begun_before_say_nothing() -> None:
    rule = PaceRule(16)
    old = rule.epoch
    answer(rule, 10, 0.025)
    assert rule.parallelism == 2
    for _ in range(100):
        rule.answered("create", 9.0, old)
    assert rule.parallelism == 2


def test_operations_are_compared_with_themselves() -> None:
    rule = PaceRule(16)
    for _ in range(40):
        rule.answered("avatar", 0.2, rule.epoch)
        rule.answered("ban", 0.01, rule.epoch)
    assert rule.parallelism >= 8
    answer(rule, 40, 0.01, "ban")
    answer(rule, 40, 0.2, "avatar")
    assert rule.parallelism == 16


def test_an_operation_that_is_new_when_answers_are_slow_is_not_taken_for_undisturbed() -> None:
    rule = PaceRule(64)
    saturating(rule, 4, 1_000)
    settled = rule.parallelism
    for _ in range(2_000):
        rule.answered("ban", 0.010 * max(1.0, rule.parallelism / 4), rule.epoch)
    assert rule.parallelism <= 12
    assert settled <= 12


def test_subsite_that_becomes_slower_gets_fewer_and_then_more_again() -> None:
    rule = PaceRule(16)
    saturating(rule, 16, 500)
    assert min(saturating(rule, 16, 200, duration_s=0.100)) <= 4
    assert max(saturating(rule, 16, 3_000, duration_s=0.100)) == 16
