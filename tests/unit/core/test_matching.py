"""Which row is which user, and what `--only KEY` leaves of a plan."""

import pytest

from pleio_profile_sync_client.core.matching import match_rows, recall_avatars
from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Guid,
    Memory,
    Remembered,
    SkippedRow,
    SourceReading,
    SubsiteUser,
)
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import plan, problems, reading, removed, row, skipped, user, warnings, writes, written

JAN = "jan@gemeente.test"
PIET = "piet@gemeente.test"


def matched(read: SourceReading, *users: SubsiteUser) -> dict[int, Guid | None]:
    return {match.row.line: match.user.guid if match.user else None for match in match_rows(read, users).matches}


def named(read: SourceReading, *users: SubsiteUser) -> set[Guid]:
    return set(match_rows(read, users).named)


def test_external_id_comes_before_email() -> None:
    read = reading(row(2, "P1", PIET))
    assert matched(read, user("u2", "P2", PIET), user("u1", "P1", JAN)) == {2: "u1"}


def test_email_is_used_where_no_user_has_the_external_id() -> None:
    assert matched(reading(row(2, "P9", JAN)), user("u1", None, JAN)) == {2: "u1"}
    assert matched(reading(row(2, "P9", JAN)), user("u1", "P1", JAN)) == {2: "u1"}


def test_email_is_used_where_the_row_has_no_external_id() -> None:
    assert matched(reading(row(2, None, JAN)), user("u1", "P1", JAN)) == {2: "u1"}
    assert matched(reading(row(2, "", JAN)), user("u1", "P1", JAN)) == {2: "u1"}


def test_email_is_not_used_where_another_row_has_that_users_external_id() -> None:
    read = reading(row(2, "P9", JAN), row(3, "p1", PIET))
    assert matched(read, user("u1", "P1", JAN)) == {2: None, 3: "u1"}


def test_email_is_not_used_where_a_skipped_row_has_that_users_external_id() -> None:
    read = reading(row(2, "P9", JAN), skipped=[skipped(3, " p1 ", "broken")])
    assert matched(read, user("u1", "P1", JAN)) == {2: None}


def test_email_is_not_used_where_a_cell_of_a_ragged_row_is_that_users_external_id() -> None:
    read = reading(row(2, "P9", JAN), skipped=[skipped(3, None, None, "ragged_row", cells=("x", "P1"))])
    assert matched(read, user("u1", "P1", JAN)) == {2: None}


def test_of_two_users_with_the_email_the_one_that_no_other_row_has_is_matched() -> None:
    read = reading(row(2, "P1", PIET), row(3, "P9", JAN))
    assert matched(read, user("u1", "P1", JAN), user("u2", "P2", JAN.upper())) == {2: "u1", 3: "u2"}


def test_an_empty_external_id_on_both_sides_is_no_match() -> None:
    assert matched(reading(row(2, "", JAN)), user("u1", "", PIET)) == {2: None}
    assert matched(reading(row(2, None, JAN)), user("u1", None, PIET)) == {2: None}


def test_an_empty_email_on_the_subsite_is_nobodys() -> None:
    read = reading(row(2, "P1", JAN), skipped=[skipped(3, None, "", "missing_email")])
    assert named(read, user("u1", None, "")) == set()


@pytest.mark.parametrize(
    ("theirs", "ours"), [("p1", "P1"), ("P1 ", "P1"), ("Zoe\u0308", "Zo\u00eb"), ("\u00dcN", "\u00fcn")]
)
def test_keys_compare_without_case_blanks_and_composition(theirs: str, ours: str) -> None:
    assert matched(reading(row(2, ours, JAN)), user("u1", theirs, PIET)) == {2: "u1"}
    assert matched(reading(row(2, None, f"{ours}@x.test")), user("u1", None, f" {theirs.strip()}@X.test")) == {2: "u1"}


def test_guids_may_be_numbers_and_strings() -> None:
    users = (user(57979220, "P1", JAN), user("57979234", "P2", PIET), user("0f1e", "P3", "kim@gemeente.test"))
    read = reading(row(2, "P1", JAN), row(3, "P2", PIET), row(4, "P3", "kim@gemeente.test"))
    assert matched(read, *users) == {2: 57979220, 3: "57979234", 4: "0f1e"}
    assert named(read, *users) == {57979220, "57979234", "0f1e"}


def test_a_good_row_names_by_external_id_and_by_email_whatever_it_matched() -> None:
    read = reading(row(2, "P1", PIET))
    assert named(read, user("u1", "P1", JAN), user("u2", "P2", PIET), user("u3", "P3", "kim@gemeente.test")) == {
        "u1",
        "u2",
    }


def test_a_row_names_all_who_share_a_key() -> None:
    assert named(reading(row(2, "P9", JAN)), user("u1", "P1", JAN), user("u2", "P2", JAN.upper())) == {"u1", "u2"}


@pytest.mark.parametrize(
    "bad",
    [
        skipped(2, "p1", None),
        skipped(2, None, JAN.upper()),
        skipped(2, "P1", "jan@@gemeente", "invalid_email"),
        skipped(2, None, None, "ragged_row", cells=("Jan", "P1")),
        skipped(2, None, None, "bad_quotes", cells=("Jan", f" {JAN} ")),
    ],
    ids=["external_id", "email", "external_id beside a bad email", "cell of a ragged row", "cell of bad quotes"],
)
def test_a_skipped_row_names_whom_its_keys_or_broken_cells_hold(bad: SkippedRow) -> None:
    assert named(reading(skipped=[bad]), user("u1", "P1", JAN), user("u2", "P2", PIET)) == {"u1"}


def test_cells_of_other_skipped_rows_name_nobody() -> None:
    read = reading(skipped=[skipped(2, "P1", None)])
    assert named(read, user("u1", "P2", "P1@gemeente.test")) == set()


def test_a_row_that_seems_to_have_lost_its_zeros_names_the_user_with_them() -> None:
    matching = match_rows(reading(row(2, "17", PIET)), [user("u1", "0017", JAN)])
    assert matching.named == {"u1"}
    assert [one.guid for one in matching.zeros_lost[2]] == ["u1"]


def test_a_skipped_row_that_seems_to_have_lost_its_zeros_names_the_user_with_them() -> None:
    assert named(reading(skipped=[skipped(2, "17", None)]), user("u1", "0017", JAN)) == {"u1"}


def test_zeros_are_not_lost_where_some_row_has_the_external_id_with_them() -> None:
    matching = match_rows(reading(row(2, "17", PIET), row(3, "0017", JAN)), [user("u1", "0017", JAN)])
    assert matching.zeros_lost == {}
    matching = match_rows(reading(row(2, "17", PIET), skipped=[skipped(3, "0017")]), [user("u1", "0017", JAN)])
    assert matching.zeros_lost == {}


def test_zeros_are_not_lost_where_the_row_matches_by_email() -> None:
    matching = match_rows(reading(row(2, "17", PIET)), [user("u1", "0017", JAN), user("u2", None, PIET)])
    assert matching.zeros_lost == {}


@pytest.mark.parametrize(("ours", "theirs"), [("7", "007"), ("007", "7"), ("0", "000"), ("A1", "0a1")])
def test_zeros_may_be_missing_on_either_side(ours: str, theirs: str) -> None:
    assert match_rows(reading(row(2, ours, PIET)), [user("u1", theirs, JAN)]).zeros_lost


@pytest.mark.parametrize(("ours", "theirs"), [("70", "7"), ("", "0"), ("0", ""), ("1007", "7")])
def test_other_zeros_are_no_lost_zeros(ours: str, theirs: str) -> None:
    assert not match_rows(reading(row(2, ours, PIET)), [user("u1", theirs, JAN)]).zeros_lost


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


def test_only_the_selected_wait_for_the_end_of_their_grace() -> None:
    absent = [user(f"u{n}", f"P{n}", f"a{n}@gemeente.test", f"Naam {n}") for n in (3, 4)]
    options = Policy(removal=Action.DELETE, only_linked=True, grace_s=60.0, only="P3")
    assert [one.guid for one in plan(ROWS, [*USERS, *absent], options).waiting] == ["u3"]


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


def test_the_avatar_that_was_sent_before_is_recalled_for_a_row_that_names_one() -> None:
    avatar = Avatar("photo.jpg", "d1", 1, 1)
    rows = [
        row(2, "P1", "a1@x.test", avatar="photo.jpg"),
        row(3, "P2", "a2@x.test", avatar="none-sent.jpg"),
        row(4, "P3", "a3@x.test"),
        row(5, "P4", "a4@x.test", avatar="nothing-known.jpg"),
        row(6, "P9", "a9@x.test", avatar="newcomer.jpg"),
    ]
    users = [user(f"u{n}", f"P{n}", f"a{n}@x.test") for n in (1, 2, 3, 4)]
    memory = Memory({"u1": Remembered(avatar=avatar), "u2": Remembered(), "u3": Remembered(avatar=avatar)})
    assert recall_avatars(match_rows(reading(*rows), users), memory) == {2: avatar}
