"""Limits as fuses use them, and globs over e-mail and external_id."""

from fractions import Fraction

import pytest

from pleio_profile_sync_client.core.policy import (
    ACCEPTABLE_PROBLEMS,
    RUN_PROBLEMS,
    Limit,
    compile_patterns,
)
from tests.unit.core.builders import number, percent, user


@pytest.mark.parametrize(
    ("limit", "total", "expected"),
    [
        (percent("10"), 100, 10),
        (percent("10"), 101, 11),
        (percent("10"), 91, 10),
        (percent("10"), 5, 1),
        (percent("10"), 0, 1),
        (percent("0"), 1000, 0),
        (percent("0.5"), 1000, 5),
        (percent("0.5"), 1001, 6),
        (percent("0.0001"), 10, 1),
        (percent("100"), 7, 7),
        (percent("7"), 100, 7),
        (percent("29"), 100, 29),
        (percent("1.1"), 1000, 11),
        (number(0), 1000, 0),
        (number(36), 10, 36),
        (number(36), 0, 36),
    ],
)
def test_a_percentage_is_rounded_up_to_whole_users_and_a_number_stays_itself(
    limit: Limit, total: int, expected: int
) -> None:
    assert limit.of(total) == expected


def test_percentages_are_exact_where_floating_point_is_not() -> None:
    assert all(Limit.percentage(p).of(100) == p for p in range(101))
    assert Limit(Fraction("14"), is_percentage=True).of(50) == 7


def test_problems_of_the_whole_run_cannot_be_accepted() -> None:
    assert not set(RUN_PROBLEMS) & set(ACCEPTABLE_PROBLEMS)
    assert "ambiguous" in ACCEPTABLE_PROBLEMS


JAN = user("u1", "Ext-7", "jan@gemeente.test")


@pytest.mark.parametrize(
    "glob",
    [
        "jan@gemeente.test",
        "JAN@*",
        "*@gemeente.test",
        "*",
        "j?n@*",
        "ext-7",
        "EXT-*",
        "*-7",
        "[e]xt-?",
        " jan@* ",
        "*n@*t",
    ],
)
def test_these_cover_the_user(glob: str) -> None:
    assert compile_patterns((glob,)).covers(JAN)


@pytest.mark.parametrize("glob", ["jan", "@gemeente.test", "*@gemeente", "ext", "ext-77", "j?an@*", "[!e]xt-7"])
def test_these_do_not(glob: str) -> None:
    assert not compile_patterns((glob,)).covers(JAN)


def test_one_of_several_is_enough() -> None:
    assert compile_patterns(("x", "*@elders.test", "ext*")).covers(JAN)
    assert compile_patterns(("x", "*@gemeente.test")).covers(JAN)


def test_none_cover_nobody() -> None:
    assert not compile_patterns(()).covers(JAN)
    assert not compile_patterns(()).covers(user("u1", None, ""))


def test_a_user_without_external_id_is_covered_by_email() -> None:
    assert compile_patterns(("*@localhost",)).covers(user("u1", None, "ExternalContent@localhost"))
    assert not compile_patterns(("*@localhost",)).covers(user("u1", None, "jan@localhost.test"))


def test_special_characters_of_regular_expressions_are_plain() -> None:
    assert not compile_patterns(("jan@gemeente?test", "jan.*")).covers(user("u1", "P1", "janxgemeente@test"))
    assert compile_patterns(("j.a+n@*",)).covers(user("u1", None, "j.a+n@gemeente.test"))
