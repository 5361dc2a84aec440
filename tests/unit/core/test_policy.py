"""Limits: numbers and percentages, calculated exactly."""

from fractions import Fraction

import pytest

from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, RUN_PROBLEMS, Limit
from tests.unit.core.builders import number, percent


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
