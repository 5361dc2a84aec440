"""`--only KEY`: what stays of a plan."""

import pytest

from pleio_profile_sync_client.core.models import Action, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import plan, problems, reading, removed, row, skipped, user, warnings, writes, written

ROWS = [row(2, "P1", "a1@gemeente.test", "Nieuw"), row(3, "P2", "a2@gemeente.test", "Nieuw")]
USERS = [user("u1", "P1", "a1@gemeente.test"), user("u2", "P2", "a2@gemeente.test")]


@pytest.mark.parametrize("only", ["P2", "p2", " p2 ", "a2@gemeente.test", "A2@GEMEENTE.test"])
def test_what_concerns_the_key_stays(only: str) -> None:
    made = plan(ROWS, USERS, Policy(only=only))
    assert written(made) == [("update", 3, "u2")]
    assert made.unchanged == 0


def test_a_row_is_selected_by_the_keys_of_its_subsite_user_too() -> None:
    made = plan([row(2, "P1", "nieuw@gemeente.test"), ROWS[1]], USERS, Policy(only="a1@gemeente.test"))
    assert written(made) == [("update", 2, "u1")]


def test_what_the_selected_waits_for_stays_in_any_length() -> None:
    rows = [row(n + 1, f"P{n}", f"a{n + 1}@gemeente.test") for n in range(1, 6)]
    users = [user(f"u{n}", f"P{n}", f"a{n}@gemeente.test") for n in range(1, 6)]
    made = plan(rows, users, Policy(only="P3", relink=True))
    assert [(write.line, write.waits_for) for write in writes(made)] == [(4, "u4"), (5, "u5"), (6, None)]


def test_other_rows_problems_are_taken_out() -> None:
    bad = [skipped(4, "P3", None), skipped(5, "P4", None)]
    users = [*USERS, user("u7", "P7", "a7@gemeente.test")]
    rows = [*ROWS, row(6, "P8", "a7@gemeente.test"), row(7, "P9", "a8@gemeente.test")]
    made = plan(reading(*rows, skipped=bad), users, Policy(only="P3"))
    assert (problems(made), made.changes) == ([("missing_name", 4)], ())
    assert problems(plan(reading(*rows, skipped=bad), users, Policy(only="P8"))) == [("other_id", 6)]
    assert problems(plan(reading(*rows, skipped=bad), users, Policy(only="P1"))) == []


def test_a_ragged_row_is_selected_by_any_cell() -> None:
    source = reading(*ROWS, skipped=[skipped(4, None, None, "ragged_row", cells=("x", "P3"))])
    assert problems(plan(source, USERS, Policy(only="p3"))) == [("ragged_row", 4)]


def test_other_warnings_are_taken_out_but_those_of_the_run_stay() -> None:
    rows = [row(2, "P1", "a1@gemeente.test", profile={"functi": "x"}), row(3, "P2", "a2@gemeente.test")]
    users = [USERS[0], user("u2", "P2", "a2@gemeente.test", banned=True)]
    assert warnings(plan(rows, users, Policy(only="P1"))) == [("unknown_profile_field", None)]
    assert warnings(plan(rows, users, Policy(only="P2"))) == [("unknown_profile_field", None), ("stays_banned", 3)]


def remove(only: str, *users: SubsiteUser, only_linked: bool | None = True) -> object:
    made = plan(ROWS, [*USERS, *users], Policy(removal=Action.DELETE, only_linked=only_linked, only=only))
    return removed(made), problems(made)


def test_only_the_removal_of_that_user_stays() -> None:
    absent = [user("u3", "P3", "a3@gemeente.test"), user("u4", "P4", "a4@gemeente.test")]
    assert remove("P4", *absent) == ([("delete", "u4")], [])
    assert remove("A3@gemeente.test", *absent) == ([("delete", "u3")], [])
    assert remove("P1", *absent) == ([], [])


def test_undecided_and_ambiguous_of_others_are_taken_out() -> None:
    guest = user("g1", None, "gast@elders.test")
    twins = user("t1", "T1", "twee@elders.test"), user("t2", "T2", "TWEE@elders.test")
    assert remove("gast@elders.test", guest, only_linked=None) == ([], [("undecided", None)])
    assert remove("P1", guest, only_linked=None) == ([], [])
    assert remove("T1", *twins) == ([], [("ambiguous", None)])
    assert remove("P1", *twins) == ([], [])


def test_removals_are_withheld_only_where_the_selected_are_any() -> None:
    source = reading(*ROWS, cut_off="cut")
    absent = user("u3", "P3", "a3@gemeente.test")
    options = Policy(removal=Action.DELETE, only_linked=True, only="P1")
    assert problems(plan(source, [*USERS, absent], options)) == []
    options = Policy(removal=Action.DELETE, only_linked=True, only="P3")
    assert problems(plan(source, [*USERS, absent], options)) == [("removals_withheld", None)]


def test_a_key_that_nobody_has_is_a_warning() -> None:
    made = plan(ROWS, USERS, Policy(only="P99"))
    assert (made.changes, warnings(made)) == ((), [("only_unknown", None)])


def test_absence_is_not_counted_by_a_run_for_one_person() -> None:
    absent = user("u3", "P3", "a3@gemeente.test")
    assert plan(ROWS, [*USERS, absent], Policy(only="P1")).absences == {}


def test_relinking_one_person_leaves_others_who_lost_zeros_alone() -> None:
    rows = [row(2, "99", "a1@gemeente.test"), row(3, "17", "nieuw@gemeente.test")]
    users = [user("u1", "0017", "a1@gemeente.test")]
    made = plan(rows, users, Policy(relink=True, only="17"))
    assert (made.changes, problems(made)) == ((), [("lost_zeros", 3)])
