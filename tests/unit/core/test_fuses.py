"""When a fuse trips, and what it says then."""

from fractions import Fraction

import pytest

from pleio_profile_sync_client.core.fuses import Figures, check_fuses, explain_fuse
from pleio_profile_sync_client.core.models import Action, Fuse
from pleio_profile_sync_client.core.policy import Limit, Policy
from tests.unit.core.builders import number, percent

CALM = {
    "removals": 0,
    "removable_active": 100,
    "banned_removals": 0,
    "removable": 100,
    "reactivations": 0,
    "active": 100,
    "matched": 100,
    "handed_over": 0,
    "changed": {},
    "emptied": {},
    "linked_active": 100,
    "linked_active_named": 100,
    "source_users": 100,
    "source_users_matching": 100,
}


def counted(**values: object) -> Figures:
    return Figures(**{**CALM, **values})  # type: ignore[arg-type]  # figures by name


def check(name: str, policy: Policy = Policy(removal=Action.DELETE), /, **values: object) -> Fuse | None:  # noqa: B008 - frozen
    return next((fuse for fuse in check_fuses(counted(**values), policy) if fuse.fuse == name), None)


def limited(name: str, limit: Limit) -> Policy:
    return Policy(removal=Action.DELETE, **{name: limit})  # type: ignore[arg-type]  # one option by name


@pytest.mark.parametrize(
    ("fuse", "value", "total"),
    [
        ("removals", "removals", "removable_active"),
        ("removals_banned", "banned_removals", "removable"),
        ("reactivations", "reactivations", "active"),
    ],
)
def test_removals_and_reactivations_trip_above_their_limit(fuse: str, value: str, total: str) -> None:
    for limit, of, most in [
        (percent("10"), 100, 10),
        (percent("10"), 101, 11),
        (percent("10"), 3, 1),
        (percent("0"), 100, 0),
        (number(36), 100, 36),
        (number(0), 100, 0),
    ]:
        policy = limited("max_removals", limit)
        assert check(fuse, policy, **{value: most, total: of}) == Fuse(fuse, most, of, most, tripped=False)
        assert check(fuse, policy, **{value: most + 1, total: of}) == Fuse(fuse, most + 1, of, most, tripped=True)


@pytest.mark.parametrize(("kind", "field"), [("changed", "name"), ("changed", "email"), ("emptied", "profile.functie")])
def test_changed_and_emptied_trip_above_their_limit(kind: str, field: str) -> None:
    name = f"{kind}.{field}"
    assert check(name, **{kind: {field: (30, 100)}}) == Fuse(name, 30, 100, 30, tripped=False)
    assert check(name, **{kind: {field: (31, 100)}}) == Fuse(name, 31, 100, 30, tripped=True)
    assert check(name, **{kind: {field: (3, 10)}}) == Fuse(name, 3, 10, 3, tripped=False)
    assert check(name, **{kind: {field: (9, 9)}}) is None
    assert check(name, limited("max_changes", number(5)), **{kind: {field: (6, 100)}}) == Fuse(
        name, 6, 100, 5, tripped=True
    )


@pytest.mark.parametrize(("matched", "limit"), [(0, 3), (1, 3), (300, 3), (301, 4), (1000, 10), (1001, 11)])
def test_handed_over_is_one_per_cent_and_at_least_three(matched: int, limit: int) -> None:
    assert check("handed_over", handed_over=limit, matched=matched) == Fuse(
        "handed_over", limit, matched, limit, tripped=False
    )
    assert check("handed_over", handed_over=limit + 1, matched=matched) == Fuse(
        "handed_over", limit + 1, matched, limit, tripped=True
    )


def test_no_option_but_force_moves_the_limit_of_handed_over() -> None:
    policy = Policy(max_changes=percent("100"), max_removals=percent("100"), min_matched=percent("0"))
    fuse = check("handed_over", policy, handed_over=5)
    assert fuse is not None
    assert fuse.tripped
    assert "--force" in explain_fuse(fuse)


@pytest.mark.parametrize(
    ("limit", "named", "required", "tripped"),
    [
        (percent("50"), 50, 50, False),
        (percent("50"), 49, 50, True),
        (percent("50.5"), 50, 51, True),
        (number(40), 40, 40, False),
        (number(40), 39, 40, True),
    ],
)
def test_matched_trips_below_its_limit(limit: Limit, named: int, required: int, tripped: bool) -> None:
    fuse = check("matched", Policy(min_matched=limit), linked_active_named=named, source_users_matching=0)
    assert fuse == Fuse("matched", named, 100, required, tripped=tripped)


@pytest.mark.parametrize("off", [percent("0"), number(0)])
def test_matched_is_off_at_zero(off: Limit) -> None:
    assert check("matched", Policy(min_matched=off), linked_active_named=0, source_users_matching=0) is None


def test_matched_exists_from_ten_active_linked_users_on() -> None:
    assert check("matched", linked_active=9, linked_active_named=0, source_users_matching=0) is None
    assert check("matched", linked_active=10, linked_active_named=0, source_users_matching=0) is not None


def test_matched_takes_the_larger_share() -> None:
    assert check("matched", linked_active_named=40, source_users=10, source_users_matching=9) == Fuse(
        "matched", 9, 10, 5, tripped=False
    )
    assert check("matched", linked_active_named=40, source_users=1000, source_users_matching=300) == Fuse(
        "matched", 40, 100, 50, tripped=True
    )


def test_a_calm_plan_trips_nothing() -> None:
    assert not any(fuse.tripped for fuse in check_fuses(counted(), Policy(removal=Action.DELETE)))


@pytest.mark.parametrize(
    ("fuse", "option"),
    [
        (Fuse("removals", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("removals_banned", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("reactivations", 36, 100, 10, tripped=True), "--max-removals 36"),
        (Fuse("changed.name", 36, 100, 30, tripped=True), "--max-changes 36"),
        (Fuse("emptied.profile.functie", 36, 100, 30, tripped=True), "--max-changes 36"),
        (Fuse("matched", 12, 100, 50, tripped=True), "--min-matched 12"),
        (Fuse("handed_over", 12, 100, 3, tripped=True), "--force"),
    ],
)
def test_a_tripped_fuse_gives_the_figures_and_the_option_that_would_let_it_pass(fuse: Fuse, option: str) -> None:
    said = explain_fuse(fuse)
    assert option in said
    for figure in (fuse.value, fuse.of, fuse.limit):
        assert str(figure) in said
    assert "\n" not in said


def test_a_fuse_of_one_field_names_it() -> None:
    assert "profile.functie" in explain_fuse(Fuse("emptied.profile.functie", 1, 10, 3, tripped=False))


@pytest.mark.parametrize("value", [1, 7, 99])
def test_the_option_with_this_plans_figure_lets_it_pass(value: int) -> None:
    exactly = Limit(Fraction(value))
    assert not check("removals", limited("max_removals", exactly), removals=value).tripped  # type: ignore[union-attr]
    assert not check(  # type: ignore[union-attr]
        "changed.name", limited("max_changes", exactly), changed={"name": (value, 100)}
    ).tripped
    assert not check(  # type: ignore[union-attr]
        "matched", limited("min_matched", exactly), linked_active_named=value, source_users_matching=0
    ).tripped
