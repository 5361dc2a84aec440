"""A small town's ordinary nights: no fuse, nothing waits, nobody is lost, no account is given away."""

import pytest

from tests.properties.year import POLICIES, STYLES, Tally, Year

PEOPLE, NIGHTS, SEED = 300, 100, 7
EXPECTED = {"missing_email", "duplicate_email", "other_id", "taken", "other_person", "same_name", "handed_over"}


@pytest.fixture(scope="module", params=[(style, name) for style in STYLES for name in POLICIES], ids=" ".join)
def tally(request: pytest.FixtureRequest) -> Tally:
    style, name = request.param
    return Year(PEOPLE, style, SEED, POLICIES[name]).run(NIGHTS)


def test_no_fuse_trips_and_nothing_waits(tally: Tally) -> None:
    assert (tally.fuses, tally.withheld) == ({}, 0)


def test_nobody_is_lost_and_no_account_is_given_away(tally: Tally) -> None:
    assert (tally.lost, tally.given_away) == ([], [])
    assert tally.changes["refused by the subsite"] == 0


def test_what_is_told_is_little_and_of_a_kind_that_a_person_has_to_look_at(tally: Tally) -> None:
    assert set(tally.problem_nights) <= EXPECTED
    rare = sum(count for code, count in tally.problems.items() if code not in {"missing_email", "duplicate_email"})
    assert rare <= 3
