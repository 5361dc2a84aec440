"""Who is removed, for how long they must have been absent, and who stays because some row may be about them."""

from datetime import date

import pytest

from pleio_profile_sync_client.core.models import Action, Guid, Memory, Remembered, Removal, SkippedRow
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.removals import Absence, with_absences
from tests.unit.core.builders import BAN, DELETE, plan, problems, reading, removed, row, skipped, user, warnings

ANNA = user()
JAN = user("u2", "P2", "jan@gemeente.test", "Jan Jansen")
BANNED = user("u3", "P3", "piet@gemeente.test", banned=True)
PIET = user("u3", "P3", "piet@gemeente.test", "Piet Smit")
GUEST = user("u4", None, "gast@elders.test", "Gast")
HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S


def delete(**options: object) -> Policy:
    return Policy(**{"removal": Action.DELETE, "only_linked": True, **options})  # type: ignore[arg-type]  # options by name


def test_nobody_is_removed_without_ban_or_delete() -> None:
    made = plan([row()], [ANNA, JAN, BANNED, GUEST])
    assert (made.changes, problems(made)) == ((), [])
    assert set(made.absences) == {"u2", "u3", "u4"}


def test_ban_bans_whom_no_row_names_unless_banned_already() -> None:
    assert removed(plan([row()], [ANNA, JAN, BANNED, GUEST], BAN)) == [("ban", "u2")]


def test_delete_deletes_whom_no_row_names_banned_ones_too() -> None:
    assert removed(plan([row()], [ANNA, JAN, BANNED, GUEST], DELETE)) == [("delete", "u2"), ("delete", "u3")]


def test_a_removal_holds_what_the_user_was() -> None:
    made = plan([row()], [ANNA, BANNED], DELETE)
    assert made.changes == (Removal(Action.DELETE, "u3", "P3", "piet@gemeente.test", "Anna de Wit", is_banned=True),)


@pytest.mark.parametrize("pattern", ["jan@gemeente.test", "JAN@*", "p2", "*@gemeente.test", "P[2-4]"])
def test_protected_users_stay(pattern: str) -> None:
    made = plan([row()], [ANNA, JAN], delete(protect=(pattern,)))
    assert (removed(made), problems(made)) == ([], [])


@pytest.mark.parametrize("pattern", ["jan", "P22", "*@elders.test"])
def test_a_pattern_has_to_match_as_a_whole(pattern: str) -> None:
    assert removed(plan([row()], [ANNA, JAN], delete(protect=(pattern,)))) == [("delete", "u2")]


def test_system_users_always_stay() -> None:
    system = user("u9", None, "externalcontent@localhost", "Auteur van externe inhoud", banned=True)
    linked = user("u8", "S1", "Taken@LOCALHOST", "Taken")
    assert removed(plan([row()], [ANNA, system, linked], delete(only_linked=False))) == []


def test_only_users_within_the_scope_are_removed() -> None:
    other = user("u5", "P5", "kim@buurgemeente.test")
    assert removed(plan([row()], [ANNA, JAN, other], delete(scope=("*@GEMEENTE.test",)))) == [("delete", "u2")]
    assert removed(plan([row()], [ANNA, JAN, other], delete(scope=("p5",)))) == [("delete", "u5")]


def test_protection_outweighs_the_scope() -> None:
    assert removed(plan([row()], [ANNA, JAN], delete(scope=("*",), protect=("p2",)))) == []


@pytest.mark.parametrize("unlinked", [None, ""])
def test_users_without_an_external_id_are_removed_only_where_that_was_said(unlinked: str | None) -> None:
    users = [ANNA, user("u4", unlinked, "gast@elders.test")]
    kept = plan([row()], users, delete(only_linked=True))
    assert (removed(kept), problems(kept)) == ([], [])
    gone = plan([row()], users, delete(only_linked=False))
    assert (removed(gone), problems(gone)) == ([("delete", "u4")], [])
    unsaid = plan([row()], users, delete(only_linked=None))
    assert (removed(unsaid), problems(unsaid)) == ([], [("undecided", None)])


def test_undecided_is_one_problem_with_how_many_a_few_of_them_and_the_option() -> None:
    guests = [user(f"g{n}", None, f"gast{n}@elders.test") for n in range(20)]
    made = plan([row()], [ANNA, *guests, JAN], delete(only_linked=None))
    assert removed(made) == [("delete", "u2")]
    (problem,) = made.problems
    assert problem.code == "undecided"
    assert "20" in problem.message
    assert "gast0@elders.test" in problem.message
    assert "gast19@elders.test" not in problem.message
    assert "--only-linked" in problem.message


def test_protected_and_named_users_are_not_undecided() -> None:
    made = plan([row(2, None, GUEST.email)], [GUEST, user("u5", None, "b@localhost")], delete(only_linked=None))
    assert problems(made) == []
    assert problems(plan([row()], [ANNA, GUEST], delete(only_linked=None, scope=("*@gemeente.test",)))) == []


def test_with_ban_a_banned_guest_is_not_undecided() -> None:
    made = plan([row()], [ANNA, user("u4", None, "gast@elders.test", banned=True)], Policy(removal=Action.BAN))
    assert problems(made) == []


def test_nobody_is_undecided_without_ban_or_delete() -> None:
    assert problems(plan([row()], [ANNA, GUEST])) == []


@pytest.mark.parametrize(
    ("absent_s", "is_removed"),
    [(None, False), (0.0, False), (5.9 * DAY_S, False), (6 * DAY_S, True), (99 * DAY_S, True)],
    ids=["absent for the first time", "just now", "almost", "to the second", "long ago"],
)
def test_a_user_is_removed_once_absent_for_the_whole_grace(absent_s: float | None, is_removed: bool) -> None:
    memory = Memory({"u2": Remembered(absent_s=absent_s, counted_s=9 * DAY_S)})
    made = plan([row()], [ANNA, JAN], delete(grace_s=7 * DAY_S), memory=memory, now_s=10 * DAY_S)
    assert removed(made) == ([("delete", "u2")] if is_removed else [])
    assert [one.why for one in made.waiting] == ([] if is_removed else ["grace"])
    assert set(made.absences) == {"u2"}
    assert problems(made) == []


def test_the_day_of_a_removal_is_told_for_a_run_every_night() -> None:
    memory = Memory({"u2": Remembered(absent_s=1.5 * DAY_S, counted_s=9 * DAY_S)})
    for grace_days, due in ((7, date(2026, 11, 29)), (2_000, date(2032, 5, 14))):
        made = plan([row()], [ANNA, JAN], delete(grace_s=grace_days * DAY_S), memory=memory, now_s=10 * DAY_S)
        assert [one.due for one in made.waiting] == [due]


def test_with_a_lost_state_grace_begins_anew() -> None:
    made = plan([row()], [ANNA, JAN], delete(grace_s=1.0), now_s=1e9)
    assert removed(made) == []


def test_a_user_in_grace_who_shares_a_key_is_not_ambiguous_yet() -> None:
    twin = user("u5", "P5", "JAN@gemeente.test")
    made = plan([row()], [ANNA, JAN, twin], delete(grace_s=1.0), now_s=0.0)
    assert problems(made) == []
    assert problems(plan([row()], [ANNA, JAN, twin], delete())) == [("ambiguous", None), ("ambiguous", None)]


@pytest.mark.parametrize("policy", [BAN, DELETE])
@pytest.mark.parametrize(
    "bad",
    [
        skipped(3, "p2", None),
        skipped(3, None, "JAN@gemeente.test"),
        skipped(3, "P2", "jan", "invalid_email"),
        skipped(3, None, None, "ragged_row", cells=("x", " P2")),
        skipped(3, None, None, "ragged_row", cells=("x", "Jan@Gemeente.test")),
        skipped(3, "2", "x@y.test", "duplicate_email"),
    ],
)
def test_a_skipped_row_counts_as_present(policy: Policy, bad: SkippedRow) -> None:
    jan = JAN if bad.external_id != "2" else user("u2", "002", "jan@gemeente.test")
    made = plan(reading(row(), skipped=[bad]), [ANNA, jan], policy)
    assert removed(made) == []
    assert made.absences == {}


def test_a_good_row_that_is_refused_counts_as_present() -> None:
    made = plan([row(2, "P1", JAN.email), row(3, "P2", ANNA.email)], [ANNA, JAN], DELETE)
    assert removed(made) == []


def withheld(made: Plan) -> bool:
    said = ("removals_withheld", None) in problems(made)
    assert said == bool(made.withheld)
    return said


@pytest.mark.parametrize(
    ("bad", "linked", "is_withheld"),
    [
        (skipped(3, None, None, "missing_name"), True, True),
        (skipped(3, None, "nope", "invalid_email"), True, True),
        (skipped(3, "P9", None, "missing_email"), True, False),
        (skipped(3, "P9", "nope", "invalid_email"), True, False),
        (skipped(3, None, "new@gemeente.test", "missing_name"), True, False),
        (skipped(3, "1,23E+05", "x@y.test", "scientific_number", damaged=True), True, True),
        (skipped(3, "P\ufffd", "x@y.test", "mojibake", damaged=True), True, True),
        (skipped(3, "P\x00", "x@y.test", "control_character", damaged=True), True, True),
        (skipped(3, "P" * 201, "x@y.test", "too_long", damaged=True), True, True),
        (skipped(3, "1,23E+05", ANNA.email, "scientific_number", damaged=True), True, True),
        (skipped(3, "1,23E+05", "piet@gemeente.test", "scientific_number", damaged=True), True, False),
        (skipped(3, None, None, "missing_email", damaged=True, name="Piet Smit"), True, False),
        (skipped(3, None, None, "missing_email", damaged=True, name="Anna de Wit"), True, True),
        (skipped(3, "P9", None, "missing_email"), False, False),
        (skipped(3, "P9", "new@gemeente.test", "missing_name"), False, False),
        (skipped(3, "P1", None, "missing_email"), False, False),
        (skipped(3, "P1", ANNA.email, "bad_quotes"), True, True),
        (skipped(3, "P3", None, "bad_quotes"), True, True),
        (skipped(3, None, None, "bad_quotes", cells=("P1",)), True, True),
        (skipped(3, None, None, "ragged_row", cells=("P1", "x")), True, True),
        (skipped(3, None, None, "ragged_row", cells=("x", "P3")), True, False),
        (skipped(3, None, None, "ragged_row", cells=("x", "Jan <piet@gemeente.test>")), True, False),
        (skipped(3, None, None, "ragged_row", cells=("Smit, Piet", "x")), True, False),
        (skipped(3, None, None, "ragged_row", cells=("P3Piet", "x")), True, True),
        (skipped(3, None, None, "ragged_row", cells=("y", "x")), True, True),
    ],
    ids=[
        "neither external_id nor e-mail",
        "no external_id and a bad e-mail",
        "an external_id alone",
        "an external_id and a bad e-mail",
        "an e-mail alone",
        "scientific number",
        "mojibake",
        "control character",
        "too long",
        "damaged external_id, and the e-mail of somebody whom a good row matches",
        "damaged external_id, and the e-mail of somebody else",
        "damaged external_id, and the name of somebody else",
        "damaged external_id, and the name of somebody whom a good row matches",
        "unlinked may go, but a linked one goes: no e-mail",
        "unlinked may go: good e-mail",
        "unlinked may go: a named user",
        "bad quotes, whoever it names",
        "bad quotes, although it tells whose it is",
        "bad quotes, whoever a cell names",
        "ragged row that names somebody whom a good row matches",
        "ragged row with somebody's external_id",
        "ragged row with somebody's e-mail",
        "ragged row with somebody's name",
        "ragged row with an external_id that is glued",
        "ragged row that names nobody",
    ],
)
def test_removals_are_withheld_while_a_skipped_row_may_be_about_anybody(
    bad: SkippedRow, linked: bool, is_withheld: bool
) -> None:
    source = reading(row(), skipped=[bad])
    for removal in (Action.DELETE, Action.BAN):
        made = plan(source, [ANNA, JAN, PIET], Policy(removal=removal, only_linked=linked))
        assert withheld(made) == is_withheld
        assert {guid for _, guid in removed(made)} >= {"u2"}


@pytest.mark.parametrize("email", [None, "nope"])
def test_a_row_without_a_valid_email_withholds_only_users_without_an_external_id(email: str | None) -> None:
    source = reading(row(), skipped=[skipped(3, "P9", email, "invalid_email")])
    made = plan(source, [ANNA, JAN, GUEST], delete(only_linked=False))
    assert removed(made) == [("delete", "u2"), ("delete", "u4")]
    assert made.withheld == {"u4"}
    assert [(one.guid, one.why) for one in made.waiting] == [("u4", "withheld")]
    assert "1 removal withheld" in made.problems[0].message
    named = reading(row(), skipped=[skipped(3, "P2", email, "invalid_email")])
    assert not plan(named, [ANNA, JAN, GUEST], delete(only_linked=False)).withheld


def test_a_row_with_a_valid_email_withholds_nobody() -> None:
    source = reading(row(), skipped=[skipped(3, "P9", "kim@gemeente.test")])
    assert not plan(source, [ANNA, JAN, GUEST], delete(only_linked=False)).withheld


def test_a_source_without_external_ids_withholds_the_removal_of_linked_users() -> None:
    rows = [row(2, None)]
    assert withheld(plan(reading(*rows, columns=()), [user(external_id=None), JAN, GUEST], delete(only_linked=False)))
    assert not withheld(plan(reading(*rows, columns=()), [user(external_id=None), GUEST], delete(only_linked=False)))
    assert not withheld(plan(reading(*rows, row(3, "P9", "x@y.test", "Kim")), [ANNA, JAN], DELETE))


def test_a_pattern_of_protect_that_matches_nobody_withholds_until_it_is_accepted() -> None:
    typo = {"protect": ("jna@gemeente.test",)}
    assert withheld(plan([row()], [ANNA, JAN], delete(**typo)))
    accepted = plan([row()], [ANNA, JAN], delete(**typo, accept=frozenset({"unused_pattern"})))
    assert not withheld(accepted)
    assert warnings(accepted) == [("unused_pattern", None)]
    assert not withheld(plan([row()], [ANNA, JAN], delete(scope=("*@gemeente.test", "x@y.test"))))


def test_a_skipped_row_says_whom_it_keeps() -> None:
    bad = skipped(3, code="ragged_row", cells=("x", "Jan <JAN@gemeente.test>", "P5"))
    made = plan(reading(row(), skipped=[bad]), [ANNA, JAN, user("u5", "P5", "kim@x.test")], DELETE)
    (problem,) = made.problems
    assert removed(made) == []
    assert "users u2 (P2, by e-mail), u5 (P5, by external_id) from being removed" in problem.message


def test_removals_are_withheld_where_the_file_looks_cut_off() -> None:
    made = plan(reading(row(), cut_off="its last row is ragged"), [ANNA, JAN], DELETE)
    assert withheld(made)
    assert "its last row is ragged" in made.problems[0].message
    with_guest = plan(reading(row(), cut_off="cut"), [ANNA, JAN, GUEST], delete(only_linked=False))
    assert with_guest.withheld == {"u2", "u4"}


def test_withheld_removals_are_still_changes() -> None:
    made = plan(reading(row(), cut_off="it ends inside a quoted cell"), [ANNA, JAN], DELETE)
    assert removed(made) == [("delete", "u2")]


def test_nothing_is_withheld_where_there_is_nothing_to_remove() -> None:
    source = reading(row(), skipped=[skipped(3, None, None, "bad_quotes")], cut_off="it ends inside a quoted cell")
    assert not withheld(plan(source, [ANNA], DELETE))
    assert not withheld(plan(source, [ANNA, JAN]))


def test_writes_go_on_while_removals_are_withheld() -> None:
    made = plan(reading(row(name="Anna"), cut_off="cut"), [ANNA, JAN], DELETE)
    assert [change.action for change in made.changes] == ["update", "delete"]


def test_force_passes_what_is_withheld_and_says_so() -> None:
    made = plan(reading(row(), cut_off="cut"), [ANNA, JAN], delete(force=True))
    assert not withheld(made)
    assert removed(made) == [("delete", "u2")]
    assert warnings(made) == [("removals_withheld", None)]


def test_the_problem_names_a_few_of_the_rows_and_offers_skip_and_force() -> None:
    bad = [skipped(line, None, None, "missing_name") for line in range(3, 30)]
    (problem,) = (one for one in plan(reading(row(), skipped=bad), [ANNA, JAN], DELETE).problems if one.line is None)
    assert "line 3 (missing_name)" in problem.message
    assert "line 29" not in problem.message
    assert "[skip]" in problem.message
    assert "--force" in problem.message


def test_numeric_guids_are_removed_and_remembered_as_text() -> None:
    number: Guid = 57979234
    users = [ANNA, user(number, "P2", "jan@gemeente.test")]
    memory = Memory({"57979234": Remembered(absent_s=5.0)})
    assert removed(plan([row()], users, delete(grace_s=5.0), memory=memory, now_s=9.0)) == [("delete", number)]


def absent(absent_s: float | None, counted_s: float | None) -> Memory:
    return Memory({"u2": Remembered(absent_s=absent_s, counted_s=counted_s)})


def test_the_first_run_that_misses_a_user_adds_nothing() -> None:
    assert plan([row()], [user(), JAN], now_s=5e8).absences == {"u2": Absence(0.0, 5e8)}


@pytest.mark.parametrize(
    ("since_s", "added_s"),
    [
        (DAY_S, DAY_S),
        (36 * HOUR_S, 36 * HOUR_S),
        (7 * DAY_S, 36 * HOUR_S),
        (400 * 365 * DAY_S, 36 * HOUR_S),
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
    assert plan(rows, [user(), JAN], memory=absent(None, None), now_s=9.0).absences == {}


def test_users_outside_the_scope_are_not_counted() -> None:
    outside = plan([row()], [user(), JAN], Policy(scope=("*@elders.test",)), memory=absent(3.0, 1.0), now_s=9.0)
    assert outside.absences == {}
    within = plan([row()], [user(), JAN], Policy(scope=("*@gemeente.test",)), memory=absent(3.0, 1.0), now_s=9.0)
    assert within.absences == {"u2": Absence(11.0, 9.0)}


def test_users_outside_the_scope_who_are_named_are_absent_no_longer() -> None:
    rows = [row(), row(3, "P2", "jan@gemeente.test", "Jan Jansen")]
    named = plan(rows, [user(), JAN], Policy(scope=("*@elders.test",)), memory=absent(3.0, 1.0), now_s=9.0)
    assert named.absences == {"u2": None}


def test_a_run_for_one_person_counts_nobody() -> None:
    assert plan([row()], [user(), JAN], Policy(only="P2"), memory=absent(3.0, 1.0), now_s=9.0).absences == {}


def test_the_memory_of_users_who_are_gone_is_left_alone() -> None:
    assert plan([row()], [user()], memory=absent(3.0, 1.0), now_s=9.0).absences == {}


def test_counted_absences_are_remembered_beside_what_was_known() -> None:
    memory = Memory({"u1": Remembered(groups=frozenset({"g1"}), absent_s=3.0, counted_s=1.0)})
    assert with_absences(memory, {"u1": None, "u2": Absence(5.0, 9.0)}).users == {
        "u1": Remembered(groups=frozenset({"g1"})),
        "u2": Remembered(absent_s=5.0, counted_s=9.0),
    }
