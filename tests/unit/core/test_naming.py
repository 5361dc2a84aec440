"""Whom rows name beside the user whom they match, and newcomers with a leaver's name; nobody is lost meanwhile."""

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, Memory, Remembered, SkippedRow, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    BAN,
    DELETE,
    digest_of,
    only_write,
    plan,
    problems,
    reading,
    remember,
    removed,
    row,
    skipped,
    user,
    written,
)

ANNA = user()
JAN = user("u2", "P2", "jan@gemeente.test", "Jan Jansen")
ZOE = user("u2", "P2", "zoe@gemeente.test", "Zoë Çelik")


@pytest.mark.parametrize(
    "refused",
    [
        row(3, "P9", "anna@gemeente.test", "Jansen, Jan"),
        row(3, "P9 P2", "anna@gemeente.test", "Kim"),
        row(3, "P9", "anna@gemeente.test", "jan@gemeente.test"),
    ],
    ids=["by name", "by external_id", "by e-mail"],
)
def test_a_refused_row_protects_beyond_the_user_whom_it_matches(refused: SourceUser) -> None:
    made = plan([refused], [ANNA, JAN], DELETE)
    assert problems(made) == [("other_id", 3)]
    assert removed(made) == []


@pytest.mark.parametrize(
    "good",
    [
        row(3, "jan@gemeente.test", "nieuw@x.test", "Kim"),
        row(3, "P9", "nieuw@x.test", "Kim <jan@gemeente.test>"),
        row(3, "P9", "nieuw@x.test", "P2"),
        row(3, "P9", "nieuw@x.test", "\uff30\uff12"),
        row(3, "Jan Jansen", "nieuw@x.test", "P9"),
    ],
    ids=["e-mail as external_id", "e-mail in the name", "external_id as name", "in full width", "name as external_id"],
)
def test_the_own_cells_of_a_good_row_protect_whose_key_stands_there(good: SourceUser) -> None:
    made = plan([row(), good], [ANNA, JAN], DELETE)
    assert removed(made) == []
    again = plan([row(), good], [ANNA, JAN, user("u9", good.external_id, good.email, good.name)], DELETE)
    assert removed(again) == []


@pytest.mark.parametrize(
    ("good", "leaver"),
    [
        (row(3, "P3", "k@x.test", "Jan Jansen"), JAN),
        (row(3, "P3", "xjan@gemeente.test", "Kim"), JAN),
        (row(3, "P3", "p2.bos@x.test", "Kim"), JAN),
    ],
    ids=["a namesake", "an e-mail that ends alike", "an e-mail that begins with the external_id"],
)
def test_a_leaver_does_not_stay_for_what_a_colleague_shares_with_them(good: SourceUser, leaver: SubsiteUser) -> None:
    colleague = user("u3", "P3", good.email, good.name)
    assert removed(plan([row(), good], [ANNA, leaver, colleague], DELETE)) == [("delete", "u2")]


def test_a_name_that_a_row_gives_to_another_user_keeps_who_bears_it() -> None:
    made = plan([row(2, "P1", "anna@gemeente.test", "Zoë Çelik")], [ANNA, ZOE], DELETE)
    assert problems(made) == [("same_name", 2)]
    assert made.changes == ()


def test_a_namesake_of_somebody_who_stays_goes() -> None:
    anna = user("u1", "P1", "anna@gemeente.test", "Zoë Çelik")
    made = plan([row(2, "P1", "anna@gemeente.test", "Zoë Çelik")], [anna, ZOE], DELETE)
    assert removed(made) == [("delete", "u2")]


@pytest.mark.parametrize("name", ["zoe@x.test/Zoë Çelik", "Zoë Çelik (2)", "9Zoë Çelik", "Zoe Celik; ziek"])
def test_whoever_can_be_read_in_a_newcomers_row_stays(name: str) -> None:
    made = plan([row(), row(3, "P9", "nieuw@gemeente.test", name)], [user(), ZOE], DELETE)
    assert written(made) == [("create", 3, None)]
    assert removed(made) == []


@pytest.mark.parametrize(
    ("form", "leaver"),
    [
        ("{}@gemeente.test", user("u9", "rik.bos@gemeente.test", "rik.bos@gemeente.test", "Rik Bos")),
        ("GEM\\{}", user("u9", "GEM\\bos", "x@gemeente.test", "H. Bos")),
        ("{} : 1", user("u9", "bos : 2", "x@gemeente.test", "H. Bos")),
        ("uid={},o=x", user("u9", "uid=bos,o=x", "x@gemeente.test", "H. Bos")),
    ],
    ids=["e-mails", "accounts", "with blanks", "distinguished names"],
)
def test_an_external_id_as_most_of_the_subsite_have_it_is_not_odd(form: str, leaver: SubsiteUser) -> None:
    locals_ = ("hendrik.bos", "h.bos", "kim", "jo")
    rows = [row(n, form.format(one), f"{one}@gemeente.test", f"Naam {one}") for n, one in enumerate(locals_, start=2)]
    users = [user(f"u{one.line}", one.external_id, one.email, one.name) for one in rows]
    made = plan(rows, [*users, leaver], DELETE)
    assert (removed(made), made.problems, made.warnings) == ([("delete", "u9")], (), ())


def test_an_external_id_as_half_of_the_subsite_have_it_is_odd() -> None:
    rows = [row(n, one, f"p{n}@x.test", f"Naam {n}") for n, one in enumerate(("GEM\\h.bos", "GEM\\kim", "P4"), 2)]
    users = [user(f"u{one.line}", one.external_id, one.email, one.name) for one in rows]
    made = plan(rows, [*users, user("u9", "P9", "x@gemeente.test", "H. Bos")], DELETE)
    assert (made.changes, made.problems, [warning.line for warning in made.warnings]) == ((), (), [2])


def test_an_email_in_brackets_or_behind_an_apostrophe_is_odd_where_external_ids_are_emails() -> None:
    others = [row(n, f"p{n}@x.test", f"p{n}@x.test", f"Naam {n}") for n in (2, 3)]
    users = [user(f"u{one.line}", one.external_id, one.email, one.name) for one in others]
    leaver = user("u9", "rik.bos@x.test", "rik@elders.test", "Rik Bos")
    for damaged in ("<rik.bos@x.test>", "'rik.bos@x.test"):
        made = plan([*others, row(4, damaged, "kim@x.test", "Kim")], [*users, leaver], DELETE)
        assert (made.changes, problems(made)) == ((), [("same_name", 4)])


@pytest.mark.parametrize("damaged", ["'{}", "{}, x@y.test", '="{}"'])
def test_external_ids_that_are_all_damaged_alike_are_odd(damaged: str) -> None:
    users = [user(f"u{n}", f"P{n}", f"p{n}@x.test", f"Naam {n}") for n in (2, 3, 4)]
    rows = [row(n, damaged.format(f"P{n}"), f"nieuw{n}@x.test", f"Kim {'abcde'[n]}") for n in (2, 3, 4)]
    assert plan(rows, users, DELETE).changes == ()


@pytest.mark.parametrize("odd", ["rik.bos@gemeente.test/2", "'P4", "P4 (oud)"])
def test_one_that_others_do_not_look_like_is_odd(odd: str) -> None:
    others = [row(n, f"P{n}", f"p{n}@x.test", f"Naam {n}") for n in (2, 3)]
    users = [user(f"u{one.line}", one.external_id, one.email, one.name) for one in others]
    leaver = user("u9", "P4", "rik.bos@gemeente.test", "Rik Bos")
    made = plan([*others, row(4, odd, "kim@x.test", "Kim")], [*users, leaver], DELETE)
    assert (made.changes, problems(made)) == ((), [("same_name", 4)])


@pytest.mark.parametrize(
    ("kept", "policy"),
    [
        (ZOE, DELETE),
        (ZOE, BAN),
        (replace(ZOE, is_banned=True), DELETE),
        (user("u2", "P9", "zoe@x.test", "Zoë Çelik (2)"), DELETE),
    ],
)
def test_whoever_stays_for_a_good_row_that_looks_damaged_is_told_of(kept: SubsiteUser, policy: Policy) -> None:
    colleague = row(3, "P3", "z.celik@gemeente.test", "Zoë Çelik (2)")
    made = plan([row(), colleague], [user(), kept, user("u3", "P3", colleague.email, colleague.name)], policy)
    assert (made.changes, made.problems) == ((), ())
    (warning,) = made.warnings
    assert (warning.code, warning.line) == ("same_name", 3)
    for part in ("line 3", "u2", "by name", "from being removed"):
        assert part in warning.message.lower()


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        replace(DELETE, protect=("p2",)),
        replace(DELETE, scope=("p3",)),
        BAN,
    ],
    ids=["nobody is removed", "protected", "out of scope", "banned already"],
)
def test_nobody_is_told_of_who_would_stay_anyhow(policy: Policy) -> None:
    colleague = row(3, "P3", "z.celik@gemeente.test", "Zoë Çelik (2)")
    users = [user(), replace(ZOE, is_banned=True), user("u3", "P3", colleague.email, colleague.name)]
    made = plan([row(), colleague], users, policy)
    assert (list(made.changes), made.problems, made.warnings) == ([], (), ())


def test_a_refused_row_tells_whom_else_it_keeps() -> None:
    made = plan([row(3, "P9", "anna@gemeente.test", "Jansen, Jan")], [ANNA, JAN], DELETE)
    (problem,) = made.problems
    assert problem.code == "other_id"
    assert "u2 (P2, by name) from being removed" in problem.message
    assert made.warnings == ()


DAMAGED = [
    row(3, "'P2", "nieuw@x.test", "Kim Bos"),
    row(3, '="P2"', "nieuw@x.test", "Kim Bos"),
    row(3, "(p2)", "nieuw@x.test", "Kim Bos"),
    row(3, "P2 (oud)", "nieuw@x.test", "Kim Bos"),
    row(3, "jan@gemeente.test", "nieuw@x.test", "Kim Bos"),
    row(3, "P9", "mailto:jan@gemeente.test", "Kim Bos"),
    row(3, "P9", "'jan@gemeente.test", "Kim Bos"),
    row(3, "P9", "P2;nieuw@x.test", "Kim Bos"),
    row(3, "P9", "nieuw@x.test", "Kim Bos <jan@gemeente.test>"),
    row(3, "P9", "nieuw@x.test", "P2"),
]


@pytest.mark.parametrize("policy", [Policy(), DELETE, replace(DELETE, grace_s=86_400.0), replace(DELETE, force=True)])
@pytest.mark.parametrize(
    "damaged", DAMAGED, ids=lambda damaged: f"{damaged.external_id} {damaged.email} {damaged.name}"
)
def test_a_newcomer_who_bears_the_key_of_a_user_in_no_row_is_not_created(damaged: SourceUser, policy: Policy) -> None:
    made = plan([row(), damaged], [user(), JAN], policy)
    assert made.changes == ()
    assert problems(made) == [("same_name", 3)]


def test_a_number_that_a_spreadsheet_took_apart_is_the_key_of_its_user() -> None:
    made = plan([row(), row(3, "1,021", "nieuw@x.test", "Kim Bos")], [user(), user("u2", "1021", JAN.email, "Jan")])
    assert (made.changes, problems(made)) == ((), [("same_name", 3)])


@pytest.mark.parametrize(
    ("newcomer", "absent"),
    [
        (row(3, "p9@x.test", "rik@x.test", "Kim Bos"), user("u2", "rik@x.test", "r.bos@elders.test", "Rik Bos")),
        (row(3, "rik@x.test", "p9@x.test", "Kim Bos"), user("u2", "r.bos@elders.test", "rik@x.test", "Rik Bos")),
    ],
    ids=["their external_id as e-mail", "their e-mail as external_id"],
)
def test_a_key_tells_in_the_other_column_too(newcomer: SourceUser, absent: SubsiteUser) -> None:
    staff = [row(2, "p1@x.test", "p1@x.test"), newcomer]
    made = plan(staff, [user("u1", "p1@x.test", "p1@x.test"), absent])
    assert (made.changes, problems(made)) == ((), [("same_name", 3)])


def test_the_email_of_somebody_without_an_external_id_tells_too() -> None:
    made = plan([row(), row(3, JAN.email, "nieuw@x.test", "Kim Bos")], [user(), user("u2", None, JAN.email, "Jan")])
    assert (made.changes, problems(made)) == ((), [("same_name", 3)])


def test_the_message_tells_which_key_and_how_to_go_on() -> None:
    (problem,) = plan([row(), DAMAGED[0]], [user(), JAN]).problems
    for part in ("line 3", "Kim Bos", "u2", "jan@gemeente.test", "the external_id P2", "--force --only ''\"'\"'P2'"):
        assert part.lower() in problem.message.lower()


def test_a_person_can_say_who_bears_the_key() -> None:
    rows, users = [row(), DAMAGED[0]], [user(), JAN]
    assert written(plan(rows, users, Policy(only="'P2", force=True))) == [("create", 3, None)]
    taken_over = plan(rows, users, Policy(only="'P2", relink=True))
    assert written(taken_over) == [("update", 3, "u2")]
    assert only_write(taken_over).marks == ("relinked",)


@pytest.mark.parametrize(
    "newcomer",
    [
        row(3, "P20", "kim@x.test", "Kim Bos"),
        row(3, "P2-b", "p2@x.test", "Kim Bos"),
        row(3, "xP2", "xjan@gemeente.test", "Kim P2"),
        row(3, "P9", "jan@gemeente.test.x.test", "Stagiair P2 (2)"),
        row(3, "P9:2", "kim@x.test", "Jan J., 2e team"),
        row(3, None, "p2.kim@x.test", "Kim Bos 2"),
    ],
    ids=lambda newcomer: f"{newcomer.external_id} {newcomer.email} {newcomer.name}",
)
def test_an_ordinary_newcomer_is_created_beside_users_in_no_row(newcomer: SourceUser) -> None:
    assert written(plan([row(), newcomer], [user(), JAN], DELETE)) == [("create", 3, None)]


def test_a_newcomer_may_bear_the_key_of_somebody_who_is_in_a_row_of_their_own() -> None:
    made = plan(
        [row(), row(3, "P1 (2)", "anna@gemeente.test.x.test", "Kim (zie anna@gemeente.test)")], [user()], DELETE
    )
    assert written(made) == [("create", 3, None)]


@pytest.mark.parametrize(
    "name", ["Zoe Celik", "en Zoë Çelik", "Zoë Çelik, Jan", "Celik, Zoe", "ZOË ÇELIK", "Zoe\u0308 C\u0327elik"]
)
def test_a_name_is_the_same_without_its_accents(name: str) -> None:
    made = plan([row(), row(3, "P9", "nieuw@gemeente.test", name)], [user(), ZOE], DELETE)
    assert problems(made) == [("same_name", 3)]
    assert (written(made), removed(made)) == ([], [])


NEW_JAN = row(7, "P9", "j.jansen@nieuw.test", "Jansen, Jan")
ROWS = [row(), NEW_JAN]
USERS = [user(), JAN]


def options(**changes: object) -> Policy:
    return Policy(**{"removal": Action.DELETE, "only_linked": True, **changes})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("removal", [Action.BAN, Action.DELETE])
@pytest.mark.parametrize("force", [True, False])
def test_neither_is_created_nor_removed(removal: Action, force: bool) -> None:
    made = plan(ROWS, USERS, options(removal=removal, force=force))
    assert made.changes == ()
    assert problems(made) == [("same_name", 7)]
    assert made.problems[0].message.count("u2") == 1
    assert made.absences == {}


def test_a_newcomer_is_refused_beside_what_others_get() -> None:
    made = plan([row(name="Anna Wit"), NEW_JAN], USERS, options())
    assert (written(made), problems(made)) == ([("update", 2, "u1")], [("same_name", 7)])


@pytest.mark.parametrize(
    "of_a_colleague",
    [
        SkippedRow(3, "missing_email", "P3", "", ("P3", "Kim Bos", "", "jan@gemeente.test"), frozenset({0, 1, 2})),
        skipped(3, cells=("P3", "Kim Bos", "jan@gemeente.test")),
        skipped(3, "P9999", "", "missing_email", name="Jan Jansen"),
    ],
    ids=["as the manager", "in a torn row", "a namesake"],
)
@pytest.mark.parametrize("policy", [options(), options(grace_s=86_400.0)], ids=["delete", "in grace"])
def test_who_stays_for_a_colleagues_row_alone_may_be_the_newcomer(of_a_colleague: SkippedRow, policy: Policy) -> None:
    kim = user("u3", "P3", "kim@gemeente.test", "Kim Bos")
    protected = replace(policy, protect=("p3",))
    made = plan(reading(*ROWS, skipped=[of_a_colleague]), [*USERS, kim], protected)
    assert (made.changes, problems(made)) == ((), [(of_a_colleague.code, 3), ("same_name", 7)])


def test_who_stays_for_an_address_that_another_row_asks_for_may_be_the_newcomer() -> None:
    kim = user("u3", "P3", "kim@gemeente.test", "Kim Bos")
    made = plan([*ROWS, row(3, "P3", "jan@gemeente.test", "Kim Bos")], [*USERS, kim], options())
    assert (made.changes, problems(made)) == ((), [("taken", 3), ("same_name", 7)])


@pytest.mark.parametrize("code", ["missing_email", "duplicate_external_id"])
def test_a_namesake_of_somebody_whose_own_row_is_skipped_is_created(code: str) -> None:
    own = skipped(3, "P2", "", code, name="Jan Jansen")
    made = plan(reading(*ROWS, skipped=[own]), USERS, options())
    assert (written(made), problems(made)) == ([("create", 7, None)], [(code, 3)])


def test_a_leaver_in_grace_counts_too_and_is_absent_no_longer() -> None:
    memory = Memory({"u2": Remembered(absent_s=5.0, counted_s=0.0)})
    made = plan(ROWS, USERS, options(grace_s=86_400.0), memory=memory, now_s=9.0)
    assert (made.changes, problems(made)) == ((), [("same_name", 7)])
    assert made.absences == {"u2": None}
    assert made.waiting == ()


@pytest.mark.parametrize(
    "policy",
    [Policy(), options(protect=("jan@*",)), options(scope=("*@elders.test",))],
    ids=["nobody is removed", "protected", "out of scope"],
)
def test_a_newcomer_is_created_where_nobody_of_that_name_would_go(policy: Policy) -> None:
    assert written(plan(ROWS, USERS, policy)) == [("create", 7, None)]


def test_the_name_of_somebody_protected_is_not_a_leavers_while_others_leave() -> None:
    made = plan(ROWS, [*USERS, user("u5", "P5", "piet@x.test", "Piet Smit")], options(protect=("jan@*",)))
    assert (written(made), removed(made)) == ([("create", 7, None)], [("delete", "u5")])


@pytest.mark.parametrize("name", ["Jan Jansens", "Jan", "Jan Peter Jansen"])
def test_another_name_is_another_person(name: str) -> None:
    made = plan([row(), row(7, "P9", "x@nieuw.test", name)], USERS, options())
    assert written(made) == [("create", 7, None)]
    assert removed(made) == [("delete", "u2")]


def test_a_newcomers_email_that_spells_the_name_tells_too() -> None:
    made = plan([row(), row(7, "P9", "Jan.Jansen@nieuw.test", "ansen, Jan")], USERS, options())
    assert (made.changes, problems(made)) == ((), [("same_name", 7)])


def test_one_word_of_an_email_is_nobodys_name() -> None:
    made = plan(
        [row(), row(7, "P9", "loket@nieuw.test", "Kim Bos")], [user(), user("u2", "P2", "x@y.test", "Loket")], options()
    )
    assert written(made) == [("create", 7, None)]


def test_the_same_person_is_taken_over() -> None:
    made = plan(ROWS, USERS, options(relink=True, only="P9"))
    write = only_write(made)
    assert (write.action, write.guid, write.marks) == (Action.UPDATE, "u2", ("relinked",))
    assert write.fields == {
        "name": ("Jan Jansen", "Jansen, Jan"),
        "email": ("jan@gemeente.test", "j.jansen@nieuw.test"),
        "external_id": ("P2", "P9"),
    }
    assert (removed(made), problems(made)) == ([], [])


@pytest.mark.parametrize(
    ("external_id", "policy"),
    [
        ("P9", options(relink=True)),
        ("P9", options(force=True)),
        ("P9", options(only="P9")),
        (None, options(relink=True)),
        (None, options(force=True)),
    ],
)
def test_relink_force_or_only_alone_settle_nothing(external_id: str | None, policy: Policy) -> None:
    made = plan([row(), replace(NEW_JAN, external_id=external_id)], USERS, policy)
    assert (made.changes, problems(made)) == ((), [("same_name", 7)])


def test_another_person_is_created_and_the_leaver_goes_another_night() -> None:
    made = plan(ROWS, USERS, options(force=True, only="P9"))
    assert (written(made), removed(made), problems(made)) == ([("create", 7, None)], [], [])
    later = plan(ROWS, [*USERS, user("u9", "P9", NEW_JAN.email, NEW_JAN.name)], options())
    assert removed(later) == [("delete", "u2")]


def test_of_two_leavers_with_the_name_none_is_taken_over() -> None:
    twin = user("u3", "P3", "jan3@gemeente.test", "Jan Jansen")
    made = plan(ROWS, [*USERS, twin], options(relink=True, only="P9"))
    assert (made.changes, problems(made)) == ((), [("same_name", 7)])
    assert "2 subsite users without a row of their own: u2" in made.problems[0].message


def test_a_banned_leaver_is_not_reactivated_unasked() -> None:
    gone = user("u2", "P2", "jan@gemeente.test", "Jan Jansen", banned=True)
    assert problems(plan(ROWS, [user(), gone], options())) == [("same_name", 7)]
    assert plan(ROWS, [user(), gone], options(relink=True, only="P9")).changes == ()
    made = plan(ROWS, [user(), gone], options(relink=True, only="P9", reactivate=True))
    assert [write.action for write in made.changes] == [Action.REACTIVATE]


def test_nobody_gets_the_name_of_a_leaver_and_the_leaver_stays() -> None:
    made = plan([row(name="Jan Jansen")], USERS, options())
    assert made.changes == ()
    assert problems(made) == [("same_name", 2)]
    assert "Perhaps the names have shifted" in made.problems[0].message
    unlinked = plan([row(2, None, name="Jan Jansen")], [user(external_id=None), JAN], options())
    assert ("same_name", 2) in problems(unlinked)


def test_a_name_that_a_leavers_was_glued_to_is_given_to_nobody() -> None:
    made = plan([row(name="Jan Jansen Anna de Wit")], [user(name="Anna de Wit"), JAN], options())
    assert (made.changes, problems(made)) == ((), [("same_name", 2)])


def test_a_name_that_grows_shorter_is_not_a_leavers() -> None:
    made = plan([row(name="Jan Jansen")], [user(name="Jan Jansen-Bos"), JAN], options())
    assert (made.changes, problems(made)) == ((), [("same_name", 2)])


def test_a_name_that_grows_longer_may_hold_a_leavers_as_before() -> None:
    made = plan([row(name="Jan Jansen-Bos")], [user(name="Jan Jansen"), JAN], options())
    assert (written(made), removed(made)) == ([("update", 2, "u1")], [("delete", "u2")])


def test_who_bears_a_leavers_name_already_is_another_person() -> None:
    namesake, married = row(name="Jansen, Jan"), row(3, "P3", "kim@x.test", "Kim Smit")
    made = plan(
        [namesake, married], [user(name="Jan Jansen"), JAN, user("u3", "P3", "kim@x.test", "Kim Bos")], options()
    )
    assert written(made) == [("update", 2, "u1"), ("update", 3, "u3")]
    assert removed(made) == [("delete", "u2")]


def test_a_leavers_name_that_sign_in_had_set_back_is_given_again() -> None:
    memory = remember("u1", Remembered(name_digest=digest_of("Jan Jansen")))
    made = plan([row(name="Jan Jansen")], USERS, options(), memory=memory)
    assert (written(made), removed(made)) == ([("update", 2, "u1")], [("delete", "u2")])


def test_a_leavers_name_is_given_where_a_person_says_so() -> None:
    assert written(plan([row(name="Jan Jansen")], USERS, options(force=True, only="P1"))) == [("update", 2, "u1")]
    assert plan([row(name="Jan Jansen")], USERS, options(force=True)).changes == ()


def test_a_name_is_anybodys_where_nobody_is_removed() -> None:
    assert written(plan([row(name="Jan Jansen")], USERS, Policy())) == [("update", 2, "u1")]


def test_an_address_that_waits_for_a_row_with_a_leavers_name_is_taken() -> None:
    moving = row(name="Anna Smit", email="anna.smit@gemeente.test")
    newcomer = row(3, "P3", "anna@gemeente.test", "Piet Prins")
    leaver = user("u3", "P4", "elders@gemeente.test", "Anna Smit")
    assert problems(plan([moving, newcomer], [user(), leaver], options())) == [("same_name", 2), ("taken", 3)]
