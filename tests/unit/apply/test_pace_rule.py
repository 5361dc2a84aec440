"""The rule for how many requests may be under way, against subsites that are simulated."""

from random import Random

import pytest

from pleio_profile_sync_client.apply.pace_rule import PaceRule


def answer(rule: PaceRule, count: int, duration_s: float, kind: str = "create") -> None:
    for _ in range(count):
        rule.answered(kind, duration_s, rule.epoch)


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


def test_kinds_are_compared_with_themselves() -> None:
    rule = PaceRule(16)
    for _ in range(40):
        rule.answered("avatar", 0.2, rule.epoch)
        rule.answered("ban", 0.01, rule.epoch)
    assert rule.parallelism >= 8
    answer(rule, 40, 0.01, "ban")
    answer(rule, 40, 0.2, "avatar")
    assert rule.parallelism == 16


def test_kind_that_is_new_when_answers_are_slow_is_not_taken_for_undisturbed() -> None:
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
