"""Counts, lists and durations in words."""

import pytest

from pleio_profile_sync_client.core.wording import counted, describe_duration, name_few, name_lines


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1_000_000, "1,000,000 users")]
)
def test_a_number_stands_with_its_noun(number: int, text: str) -> None:
    assert counted(number, "user") == text


def test_a_plural_may_be_of_another_kind() -> None:
    assert (counted(1, "person", "people"), counted(2, "person", "people")) == ("1 person", "2 people")


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (["a", "b", "c"], "a, b and 1 more"),
        ([1, 2, 3, 4], "1, 2 and 2 more"),
    ],
)
def test_a_few_are_named_and_the_rest_is_counted(texts: list[object], named: str) -> None:
    assert name_few(texts, 2) == named


@pytest.mark.parametrize(
    ("lines", "named"), [([7], "line 7"), ([7, 8], "lines 7, 8"), ([7, 8, 9], "lines 7, 8 and 1 more")]
)
def test_a_few_lines_are_named(lines: list[int], named: str) -> None:
    assert name_lines(lines, 2) == named


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (-1, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.7, "1 min 0 s"),
        (83, "1 min 23 s"),
        (3_900, "1 h 5 min"),
        (26 * 3_600, "1 d 2 h"),
    ],
)
def test_durations_read_as_people_say_them(duration_s: float, text: str) -> None:
    assert describe_duration(duration_s) == text
