"""For how long users have been absent, counted run by run."""

import pytest

from pleio_profile_sync_client.core.absence import MOST_A_RUN_S, Absence
from pleio_profile_sync_client.core.models import Memory, Remembered
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import plan, row, user

DAY_S = 86_400.0
JAN = user("u2", "P2", "jan@gemeente.test", "Jan Jansen")


def absent(absent_s: float, counted_s: float | None) -> Memory:
    return Memory({"u2": Remembered(absent_s=absent_s, counted_s=counted_s)})


def test_the_first_run_that_misses_a_user_adds_nothing() -> None:
    assert plan([row()], [user(), JAN], now_s=5e8).absences == {"u2": Absence(0.0, 5e8)}


@pytest.mark.parametrize(
    ("since_s", "added_s"),
    [
        (DAY_S, DAY_S),
        (MOST_A_RUN_S, MOST_A_RUN_S),
        (7 * DAY_S, MOST_A_RUN_S),
        (400 * 365 * DAY_S, MOST_A_RUN_S),
        (0.0, 0.0),
        (-DAY_S, 0.0),
    ],
    ids=["a night", "36 hours", "a week", "a clock centuries ahead", "at once", "a clock that was set back"],
)
def test_a_later_run_adds_the_time_since_the_last_count_and_36_hours_at_most(since_s: float, added_s: float) -> None:
    made = plan([row()], [user(), JAN], memory=absent(3.0, 1e9), now_s=1e9 + since_s)
    assert made.absences == {"u2": Absence(3.0 + added_s, 1e9 + since_s)}


def test_a_count_without_its_time_adds_nothing() -> None:
    assert plan([row()], [user(), JAN], memory=absent(3.0, None), now_s=9.0).absences == {"u2": Absence(3.0, 9.0)}


def test_whoever_is_named_is_absent_no_longer() -> None:
    rows = [row(), row(3, "P2", "jan@gemeente.test", "Jan Jansen")]
    assert plan(rows, [user(), JAN], memory=absent(3.0, 1.0), now_s=9.0).absences == {"u2": None}


def test_users_outside_the_scope_are_not_counted() -> None:
    outside = plan([row()], [user(), JAN], Policy(scope=("*@elders.test",)), memory=absent(3.0, 1.0), now_s=9.0)
    assert outside.absences == {}


def test_users_outside_the_scope_who_are_named_are_absent_no_longer() -> None:
    rows = [row(), row(3, "P2", "jan@gemeente.test", "Jan Jansen")]
    named = plan(rows, [user(), JAN], Policy(scope=("*@elders.test",)), memory=absent(3.0, 1.0), now_s=9.0)
    assert named.absences == {"u2": None}


def test_a_run_for_one_person_counts_nobody() -> None:
    assert plan([row()], [user(), JAN], Policy(only="P2"), memory=absent(3.0, 1.0), now_s=9.0).absences == {}


def test_the_memory_of_users_who_are_gone_is_left_alone() -> None:
    assert plan([row()], [user()], memory=absent(3.0, 1.0), now_s=9.0).absences == {}
