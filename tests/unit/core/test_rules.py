"""The table of rules: a named example for each of its rows."""

import pytest

from pleio_profile_sync_client.core.models import Memory, Remembered, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    DELETE,
    SALT,
    digest_of,
    digest_of_email,
    only_write,
    plan,
    problems,
    reading,
    remember,
    removed,
    row,
    skipped,
    user,
    warnings,
    writes,
    written,
)

JAN = "jan@gemeente.test"
PIET = "piet@gemeente.test"
OURS = remember("u1", Remembered(banned_by_us=True))


def test_no_match_is_a_create_with_everything_that_the_row_has() -> None:
    made = plan([row(7, "P1", JAN, "Jan", groups=("g1", "g2"), profile={"functie": "Klerk", "afdeling": ""})], [])
    write = only_write(made)
    assert (write.action, write.guid, write.line, write.external_id, write.email) == ("create", None, 7, "P1", JAN)
    assert write.record is not None
    assert (write.record.name, write.record.email, write.record.external_id) == ("Jan", JAN, "P1")
    assert write.record.groups == ("g1", "g2")
    assert write.record.profile == {"functie": "Klerk"}
    assert write.fields == {
        "name": (None, "Jan"),
        "email": (None, JAN),
        "external_id": (None, "P1"),
        "profile.functie": (None, "Klerk"),
    }
    assert (made.unchanged, problems(made)) == (0, [])


def test_a_create_without_external_id_is_tried() -> None:
    write = only_write(plan([row(2, None, JAN)], [user("u9", None, PIET)]))
    assert (write.action, write.external_id) == ("create", None)
    assert "external_id" not in write.fields


def test_a_row_without_a_match_that_seems_to_have_lost_its_zeros_is_refused() -> None:
    made = plan([row(2, "17", PIET)], [user("u1", "0017", JAN)], DELETE)
    assert problems(made) == [("lost_zeros", 2)]
    assert made.changes == ()


def test_a_row_that_matches_by_email_but_seems_to_have_lost_its_zeros_is_refused() -> None:
    made = plan([row(2, "17", JAN)], [user("u1", "0017", JAN)], DELETE)
    assert problems(made) == [("lost_zeros", 2)]
    assert made.changes == ()


def test_no_lost_zeros_where_a_row_has_that_users_external_id() -> None:
    made = plan([row(2, "17", PIET), row(3, "0017", JAN)], [user("u1", "0017", JAN)])
    assert written(made) == [("create", 2, None)]
    assert (made.unchanged, problems(made)) == (1, [])


def test_no_lost_zeros_with_a_user_whom_another_row_takes_over() -> None:
    users = [user("u1", "0017", JAN)]
    made = plan([row(2, "17", PIET), row(3, "99", JAN)], users, Policy(relink=True))
    assert written(made) == [("create", 2, None), ("update", 3, "u1")]
    others = [row(4, "P4", "kim@x.test", "Kim"), row(5, "P5", "bo@x.test", "Bo"), row(6, "16", "li@x.test", "Li")]
    everybody = [*users, user("u5", "P5", "bo@x.test", "Bo"), user("u6", "016", "an@x.test", "An")]
    made = plan([row(2, "17", PIET), row(3, "99", JAN), *others], everybody, Policy(relink=True))
    assert written(made) == [("create", 2, None), ("update", 3, "u1"), ("create", 4, None)]
    assert (made.unchanged, problems(made)) == (1, [("lost_zeros", 6)])
    made = plan([row(2, "17", PIET), row(3, "99", JAN)], users)
    assert problems(made) == [("lost_zeros", 2), ("other_id", 3)]


def test_each_field_that_differs_is_updated() -> None:
    made = plan(
        [row(2, "P1", PIET, "Jan", profile={"functie": "Klerk", "afdeling": "Zorg"})],
        [user("u1", "P1", JAN, "J. Jansen", profile={"functie": "Griffier", "afdeling": "Zorg"})],
    )
    write = only_write(made)
    assert (write.action, write.guid, write.email) == ("update", "u1", PIET)
    assert write.fields == {
        "name": ("J. Jansen", "Jan"),
        "email": (JAN, PIET),
        "profile.functie": ("Griffier", "Klerk"),
    }
    assert write.record is not None
    assert write.record.profile == {"functie": "Klerk"}


def test_a_user_without_external_id_gets_the_rows() -> None:
    write = only_write(plan([row(2, "P1", JAN)], [user("u1", None, JAN)]))
    assert (write.action, write.marks) == ("update", ())
    assert write.fields == {"external_id": (None, "P1")}
    assert write.record is not None
    assert write.record.external_id == "P1"


def test_nothing_differs_is_unchanged() -> None:
    made = plan([row()], [user()])
    assert (made.changes, made.unchanged, problems(made), warnings(made)) == ((), 1, [], [])


def test_only_letter_case_of_the_keys_is_no_difference() -> None:
    made = plan([row(2, "P1", "Anna@Gemeente.test")], [user("u1", "p1", "anna@gemeente.TEST")])
    assert (made.changes, made.unchanged) == ((), 1)


def test_the_subsites_own_spelling_is_sent_when_something_else_differs() -> None:
    write = only_write(plan([row(2, "P1", "Anna@Gemeente.test", "Anna")], [user("u1", "p1", "anna@gemeente.TEST")]))
    assert write.record is not None
    assert write.record.email == "anna@gemeente.TEST"
    assert write.record.external_id is None
    assert list(write.fields) == ["name"]


def test_letter_case_of_a_name_or_profile_value_is_a_difference() -> None:
    write = only_write(
        plan(
            [row(name="anna de wit", profile={"functie": "klerk"})],
            [user(name="Anna de Wit", profile={"functie": "Klerk"})],
        )
    )
    assert list(write.fields) == ["name", "profile.functie"]


def test_an_empty_profile_cell_empties_the_field() -> None:
    write = only_write(plan([row(profile={"functie": ""})], [user(profile={"functie": "Klerk"})]))
    assert write.fields == {"profile.functie": ("Klerk", "")}
    assert write.record is not None
    assert write.record.profile == {"functie": ""}


def test_a_profile_field_without_a_column_is_left_alone() -> None:
    made = plan([row(profile={"functie": "Klerk"})], [user(profile={"functie": "Klerk", "telefoon": "14030"})])
    assert made.changes == ()


def test_empty_cells_of_external_id_groups_and_avatar_are_left_alone() -> None:
    source = reading(row(2, None), columns={"groups", "avatar"})
    made = plan(source, [user("u1", "P1")], memory=remember("u1", Remembered(groups=frozenset({"g1"}))))
    assert made.changes == ()
    assert problems(made) == []


def test_an_unknown_profile_column_is_one_warning_and_no_change() -> None:
    people = [row(2, profile={"functi": "Klerk"}), row(3, "P2", PIET, profile={"functi": "Griffier"})]
    made = plan(people, [user(profile={"functie": "Klerk"}), user("u2", "P2", PIET, profile={"functie": ""})])
    assert made.changes == ()
    assert warnings(made) == [("unknown_profile_field", None)]
    assert "profile.functi" in made.warnings[0].message
    assert "functie" in made.warnings[0].message


def test_an_unknown_profile_column_is_not_sent_with_a_create_either() -> None:
    made = plan([row(2, "P2", PIET, profile={"functi": "Klerk"})], [user(profile={"functie": "Klerk"})])
    write = only_write(made)
    assert write.record is not None
    assert write.record.profile == {}
    assert list(write.fields) == ["name", "email", "external_id"]


def test_a_profile_column_in_another_case_is_found() -> None:
    write = only_write(plan([row(profile={"Functie": "Klerk"})], [user(profile={"functie": ""})]))
    assert write.fields == {"profile.functie": ("", "Klerk")}
    assert write.record is not None
    assert write.record.profile == {"functie": "Klerk"}


def test_every_profile_column_is_known_while_the_subsite_lists_nobody() -> None:
    made = plan([row(profile={"functi": "Klerk"})], [])
    write = only_write(made)
    assert write.record is not None
    assert write.record.profile == {"functi": "Klerk"}
    assert warnings(made) == []


def test_a_row_with_the_email_of_a_user_of_another_external_id_is_refused() -> None:
    made = plan([row(2, "P9", JAN)], [user("u1", "P1", JAN)], DELETE)
    assert problems(made) == [("other_id", 2)]
    assert made.changes == ()
    assert made.unchanged == 0


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_external_id_counts_as_another_where_the_source_has_the_column(empty: str | None) -> None:
    users = [user("u1", "P1", JAN, "Jan Jansen")]
    people = [row(2, empty, JAN, "Jan")]
    assert problems(plan(reading(*people, columns={"external_id"}), users)) == [("other_id", 2)]
    made = plan(reading(*people, columns=()), users)
    assert written(made) == [("update", 2, "u1")]
    assert problems(made) == []


def test_an_empty_external_id_is_fine_for_a_user_without_one() -> None:
    made = plan(reading(row(2, None, JAN, "Jan")), [user("u1", None, JAN)])
    assert written(made) == [("update", 2, "u1")]


KIM = row(2, "P1", "kim@gemeente.test", "Kim Bakker")


@pytest.mark.parametrize("policy", [Policy(), DELETE, Policy(force=True), Policy(relink=True), Policy(only="P1")])
def test_a_row_with_the_external_id_of_somebody_else_is_refused(policy: Policy) -> None:
    made = plan([KIM], [user()], policy)
    assert (made.changes, problems(made)) == ((), [("other_person", 2)])
    assert made.problems[0].guid == "u1"


@pytest.mark.parametrize("policy", [Policy(), Policy(reactivate=True), Policy(protect=("p1",))])
@pytest.mark.parametrize("memory", [Memory(), OURS], ids=["banned elsewhere", "our ban"])
def test_the_account_of_a_banned_leaver_does_not_become_the_newcomers(policy: Policy, memory: Memory) -> None:
    made = plan([KIM], [user(banned=True)], policy, memory=memory)
    assert (made.changes, problems(made)) == ((), [("other_person", 2)])


@pytest.mark.parametrize(
    ("new", "differing"),
    [
        (row(2, "P1", "anna.devries@gemeente.test", "Anna de Vries"), ["name", "email"]),
        (row(2, "P1", "anna@nieuw.test", "A.B. Anders"), ["name", "email"]),
        (row(2, "P1", "anna@gemeente.test", "Kim Bakker"), ["name"]),
        (row(2, "P1", "kim@gemeente.test"), ["email"]),
        (row(2, "P1", "kim@gemeente.test", "Wit, Anna de"), ["name", "email"]),
    ],
    ids=["married", "new mail domain", "new name alone", "new address alone", "name the other way round"],
)
def test_what_people_do_in_a_year_is_written_without_a_word(new: SourceUser, differing: list[str]) -> None:
    made = plan([new], [user()])
    assert list(only_write(made).fields) == differing
    assert problems(made) == warnings(made) == []


def test_a_name_without_a_word_that_stays_is_the_same_persons() -> None:
    made = plan([row(2, "P1", "kim@gemeente.test", "\u2026")], [user(name="\u2026")])
    assert (written(made), problems(made)) == ([("update", 2, "u1")], [])


def test_the_address_of_somebody_with_another_name_makes_nobody_another_person() -> None:
    kim = user("u2", "P2", "kim@gemeente.test", "Kim Bakker")
    made = plan([row(2, "P1", kim.email, "Anna de Vries")], [user(), kim])
    assert (made.changes, problems(made)) == ((), [("taken", 2)])


def test_whom_sign_in_gave_another_name_and_address_is_still_the_same_person() -> None:
    both = Remembered(name_digest=digest_of("Kim Bakker"), email_digest=digest_of_email("kim@gemeente.test"))
    made = plan([KIM], [user()], memory=remember(remembered=both))
    assert (written(made), problems(made)) == ([("update", 2, "u1")], [])
    for half in (Remembered(name_digest=both.name_digest), Remembered(email_digest=both.email_digest)):
        assert problems(plan([KIM], [user()], memory=remember(remembered=half))) == [("other_person", 2)]


@pytest.mark.parametrize("only", ["P1", "p1 ", "KIM@gemeente.test"])
def test_relink_and_only_say_that_it_is_the_same_person(only: str) -> None:
    made = plan([KIM], [user()], Policy(relink=True, only=only))
    assert (written(made), problems(made)) == ([("update", 2, "u1")], [])
    assert only_write(made).marks == ()


def test_relink_for_one_person_says_nothing_of_whom_that_one_waits_for() -> None:
    anna, kim = user("u1", "P1"), user("u2", "P2", "kim@gemeente.test", "Kim Bakker")
    rows = [row(2, "P1", "kim@gemeente.test"), row(3, "P2", "piet@gemeente.test", "Piet Smit")]
    made = plan(rows, [anna, kim], Policy(relink=True, only="P1"))
    assert (made.changes, problems(made)) == ((), [("taken", 2)])


def test_a_row_with_the_name_and_the_address_of_another_user_is_not_for_a_relative() -> None:
    """Jan and Joost de Vries fit, but each row's name and e-mail are the other one's."""
    jan = user("u1", "P1", "jan.devries@gemeente.test", "Jan de Vries")
    joost = user("u2", "P2", "joost.devries@gemeente.test", "Joost de Vries")
    rows = [row(2, "P2", jan.email, "Vries, Jan de"), row(3, "P1", joost.email, joost.name)]
    made = plan(rows, [jan, joost], Policy(force=True))
    assert (made.changes, problems(made)) == ((), [("other_person", 2), ("other_person", 3)])
    assert "u1" in made.problems[0].message


def test_namesakes_whose_addresses_move_are_no_other_persons() -> None:
    one, two = user("u1", "P1", "jan1@x.test", "Jan Jansen"), user("u2", "P2", "jan2@x.test", "Jan Jansen")
    rows = [row(2, "P1", two.email, "Jansen, Jan"), row(3, "P2", "jan3@x.test", "Jan Jansen")]
    assert problems(plan(rows, [one, two])) == [("handed_over", 2), ("handed_over", 3)]


def test_a_user_of_whom_a_row_says_that_it_is_another_person_is_not_removed_and_gives_nothing_up() -> None:
    newcomer = row(3, "P9", "anna@gemeente.test", "Anna Smit")
    made = plan([KIM, newcomer], [user()], DELETE)
    assert (made.changes, problems(made)) == ((), [("other_person", 2), ("taken", 3)])


def test_relink_takes_the_user_over() -> None:
    made = plan([row(2, "P9", JAN)], [user("u1", "P1", JAN)], Policy(relink=True))
    write = only_write(made)
    assert (write.action, write.guid, write.marks) == ("update", "u1", ("relinked",))
    assert write.fields["external_id"] == ("P1", "P9")
    assert problems(made) == []


def test_relink_takes_over_where_zeros_were_lost() -> None:
    assert only_write(plan([row(2, "17", JAN)], [user("u1", "017", JAN)], Policy(relink=True))).marks == ("relinked",)


def test_relink_does_not_take_over_for_an_empty_external_id() -> None:
    made = plan(reading(row(2, None, JAN)), [user("u1", "P1", JAN)], Policy(relink=True, only=JAN))
    assert problems(made) == [("other_id", 2)]
    assert made.changes == ()


def test_relink_takes_a_banned_user_over_only_together_with_only() -> None:
    users = [user("u1", "P1", JAN, banned=True)]
    made = plan([row(2, "P9", JAN)], users, Policy(relink=True, reactivate=True))
    assert problems(made) == [("other_id", 2)]
    assert made.changes == ()
    made = plan([row(2, "P9", JAN)], users, Policy(relink=True, reactivate=True, only="P9"))
    assert only_write(made).action.value == "reactivate"
    assert only_write(made).marks == ("relinked", "banned_elsewhere")


def test_relinking_a_banned_user_does_not_reactivate_by_itself() -> None:
    users = [user("u1", "P1", JAN, banned=True)]
    made = plan([row(2, "P9", JAN)], users, Policy(relink=True, only="P9"))
    assert made.changes == ()
    assert warnings(made) == [("stays_banned", 2)]


@pytest.mark.parametrize(
    ("reactivate", "memory", "expected"),
    [
        (None, OURS, ()),
        (None, Memory(), None),
        (None, Memory({"u1": Remembered()}, SALT), None),
        (True, OURS, ()),
        (True, Memory(), ("banned_elsewhere",)),
        (False, OURS, None),
        (False, Memory(), None),
    ],
    ids=[
        "not said, our ban",
        "not said, nothing known",
        "not said, not our ban",
        "true, our ban",
        "true, not our ban",
        "false, our ban",
        "false, not our ban",
    ],
)
def test_a_banned_match_is_reactivated_where_that_was_said_or_the_ban_is_our_own(
    reactivate: bool | None, memory: Memory, expected: tuple[str, ...] | None
) -> None:
    made = plan([row(name="Anna")], [user(banned=True)], Policy(reactivate=reactivate), memory=memory)
    if expected is None:
        assert made.changes == ()
        assert warnings(made) == [("stays_banned", 2)]
        assert problems(made) == []
        assert made.unchanged == 0
    else:
        write = only_write(made)
        assert (write.action, write.guid, write.marks) == ("reactivate", "u1", expected)
        assert list(write.fields) == ["name"]
        assert warnings(made) == []


def test_a_reactivation_without_a_difference_posts_no_user() -> None:
    write = only_write(plan([row()], [user(banned=True)], memory=OURS))
    assert (write.action, write.record, write.fields) == ("reactivate", None, {})


def test_a_user_with_a_numeric_guid_is_remembered_by_it_as_text() -> None:
    made = plan([row()], [user(57979220, banned=True)], memory=remember(57979220))
    assert written(made) == [("reactivate", 2, 57979220)]


@pytest.mark.parametrize("pattern", ["ANNA@*", "p1", "P?"])
def test_a_protected_banned_user_stays_banned(pattern: str) -> None:
    made = plan([row(name="Anna")], [user(banned=True)], Policy(reactivate=True, protect=(pattern,)), memory=OURS)
    assert made.changes == ()
    assert warnings(made) == [("stays_banned", 2)]


def test_a_system_user_stays_banned() -> None:
    made = plan(
        [row(2, None, "externalcontent@localhost", "Auteur")],
        [user("u1", None, "externalcontent@localhost", "Auteur van externe inhoud", banned=True)],
        Policy(reactivate=True),
    )
    assert made.changes == ()


def test_a_protected_active_user_is_updated() -> None:
    assert written(plan([row(name="Anna")], [user()], Policy(protect=("*",)))) == [("update", 2, "u1")]


@pytest.mark.parametrize(
    "other",
    [user("u2", "p1", PIET), user("u2", "P2", "ANNA@gemeente.test")],
    ids=["external_id", "email"],
)
def test_a_row_that_matches_a_user_who_shares_a_key_is_ambiguous(other: SubsiteUser) -> None:
    made = plan([row(2, "P1", name="Anna")], [user(), other], DELETE)
    assert problems(made) == [("ambiguous", 2)]
    assert made.changes == ()


def test_a_user_who_shares_a_key_is_ambiguous_without_a_line_where_removal_would_concern_it() -> None:
    users = [user("u1", "P1", JAN), user("u2", "P2", JAN.upper()), user("u3", "P3", PIET)]
    made = plan([row(2, "P3", PIET)], users, DELETE)
    assert problems(made) == [("ambiguous", None), ("ambiguous", None)]
    assert [problem.guid for problem in made.problems] == ["u1", "u2"]
    assert removed(made) == []
    assert problems(plan([row(2, "P3", PIET)], users)) == []


def test_the_second_of_two_rows_for_one_user_never_writes_to_it() -> None:
    made = plan([row(2, "P1", PIET), row(3, "P9", JAN)], [user("u1", "P1", JAN)])
    assert written(made) == [("update", 2, "u1"), ("create", 3, None)]
    assert writes(made)[1].waits_for == "u1"


def test_a_good_row_for_the_email_of_a_user_whom_a_skipped_row_has_is_refused() -> None:
    made = plan(reading(row(2, "P9", JAN), skipped=[skipped(3, "P1", "x")]), [user("u1", "P1", JAN)], DELETE)
    assert problems(made) == [("taken", 2), ("missing_name", 3)]
    assert made.changes == ()


def test_a_newcomer_without_an_external_id_is_tried_with_one_warning_a_run() -> None:
    made = plan([row(2, None, JAN), row(3, None, PIET)], [user("u1", None, "beheer@gemeente.test")])
    assert written(made) == [("create", 2, None), ("create", 3, None)]
    assert (problems(made), warnings(made)) == ([], [("needs_external_id", None)])
    for text in ("2 users", "lines 2, 3", "1 such user", "external_id column", "map external_id to the e-mail"):
        assert text in made.warnings[0].message


def test_a_newcomer_without_an_external_id_is_a_problem_once_the_subsite_refused_one() -> None:
    rows = [row(2, None, JAN), row(3, "P3", PIET)]
    made = plan(rows, [], memory=Memory(needs_external_id=True))
    assert written(made) == [("create", 3, None)]
    assert (problems(made), warnings(made)) == ([("needs_external_id", 2)], [])
    assert "--full" in made.problems[0].message


def test_full_tries_a_create_without_an_external_id_again() -> None:
    made = plan([row(2, None, JAN)], [], Policy(full=True), memory=Memory(needs_external_id=True))
    assert written(made) == [("create", 2, None)]
    assert (problems(made), warnings(made)) == ([], [("needs_external_id", None)])


def test_a_user_who_is_there_needs_no_external_id() -> None:
    made = plan([row(2, None, JAN)], [user("u1", None, JAN)], memory=Memory(needs_external_id=True))
    assert (made.unchanged, problems(made), warnings(made)) == (1, [], [])
