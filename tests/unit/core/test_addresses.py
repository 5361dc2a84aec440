"""E-mails that pass from one user to another: chains, newcomers, taken ones, circles, and what is held back."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from pleio_profile_sync_client.core.addresses import Circle, Claim, Granted, Taken, Verdict, settle_claims
from pleio_profile_sync_client.core.models import Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    DELETE,
    figures,
    plan,
    problems,
    reading,
    row,
    skipped,
    tripped,
    user,
    writes,
    written,
)


def address(number: int) -> str:
    return f"a{number}@gemeente.test"


def chain(length: int) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """Each person takes the next one's address; the last one's new address is free."""
    rows = [row(n + 1, f"P{n}", address(n + 1), f"Naam {n}") for n in range(1, length + 1)]
    users = [user(f"u{n}", f"P{n}", address(n), f"Naam {n}") for n in range(1, length + 1)]
    return rows, users


def settle(claims: Sequence[tuple[int, Guid | None, str]], holders: dict[str, SubsiteUser]) -> dict[int, Verdict]:
    """The verdicts on claims of a line, a user and an e-mail."""
    return settle_claims([Claim.of(line, guid, email, holders) for line, guid, email in claims])


def test_a_free_email_is_granted() -> None:
    assert settle([(2, "u1", "new@x.test")], {}) == {2: Granted()}


def test_the_users_own_email_in_another_case_is_free() -> None:
    holder = user("u1", "P1", "a@x.test")
    assert settle([(2, "u1", "A@X.test")], {"a@x.test": holder}) == {2: Granted()}


def test_an_email_that_is_given_up_is_waited_for() -> None:
    holders = {"b@x.test": user("u2", "P2", "b@x.test")}
    claims = [(2, "u1", "B@x.test"), (3, "u2", "c@x.test")]
    assert settle(claims, holders) == {2: Granted(holders["b@x.test"], 3), 3: Granted()}


def test_an_email_of_somebody_who_asks_for_none_is_taken() -> None:
    holder = user("u2", "P2", "b@x.test")
    assert settle([(2, None, "b@x.test")], {"b@x.test": holder}) == {2: Taken(holder)}


def test_a_circle_is_all_the_rows_that_take_each_others_emails() -> None:
    one, two, three = (user(f"u{n}", f"P{n}", address(n)) for n in (1, 2, 3))
    holders = {address(1): one, address(2): two, address(3): three}
    claims = [(4, "u1", address(2)), (3, "u2", address(3)), (2, "u3", address(1))]
    assert settle(claims, holders) == {
        2: Circle(one, (2, 3, 4)),
        3: Circle(three, (2, 3, 4)),
        4: Circle(two, (2, 3, 4)),
    }


def test_a_circle_of_a_whole_file_is_told_once_and_named_by_the_other_rows() -> None:
    size = 30_000
    rows = [row(n + 2, f"P{n}", address((n + 1) % size)) for n in range(size)]
    made = plan(rows, [user(f"u{n}", f"P{n}", address(n)) for n in range(size)])
    assert problems(made) == [("circle", one.line) for one in rows]
    first, *others = (problem.message for problem in made.problems)
    assert "lines 3, 4, 5, 6, 7 and 29,994 more" in first
    assert "one night" in first
    assert all("of 30,000 rows: see what is said of the first one, line 2." in message for message in others)


@pytest.mark.parametrize(("size", "told"), [(6, 6), (7, 1)])
def test_each_row_of_a_small_circle_tells_the_way_out(size: int, told: int) -> None:
    rows = [row(n + 2, f"P{n}", address((n + 1) % size)) for n in range(size)]
    made = plan(rows, [user(f"u{n}", f"P{n}", address(n)) for n in range(size)])
    assert len(made.problems) == size
    assert sum("one night" in problem.message for problem in made.problems) == told


def test_numeric_guids_wait_too() -> None:
    holders = {"b@x.test": user(2, "P2", "b@x.test")}
    assert settle([(2, 1, "b@x.test"), (3, 2, "c@x.test")], holders)[2] == Granted(holders["b@x.test"], 3)


def test_an_address_that_passes_between_people_who_both_stay_is_held_back_and_so_is_who_makes_room() -> None:
    made = plan(*chain(3))
    assert made.changes == ()
    assert problems(made) == [("handed_over", 2), ("handed_over", 3), ("handed_over", 4)]
    assert [problem.guid for problem in made.problems] == ["u2", "u3", "u3"]
    assert tripped(made) == []


@pytest.mark.parametrize("length", [2, 3, 1000])
def test_with_force_a_chain_of_any_length_comes_right_in_one_run(length: int) -> None:
    made = plan(*chain(length), Policy(force=True))
    assert [write.waits_for for write in writes(made)] == [*(f"u{n}" for n in range(2, length + 1)), None]
    assert problems(made) == []


def test_a_chain_in_any_order_of_rows_waits_alike() -> None:
    rows, users = chain(3)
    made = plan(rows[::-1], users[::-1], Policy(force=True))
    assert {write.guid: write.waits_for for write in writes(made)} == {"u1": "u2", "u2": "u3", "u3": None}


@pytest.mark.parametrize(
    ("only", "lines"),
    [("P1", [2, 3, 4, 5]), ("P3", [4, 5]), ("P4", [5]), (address(3), [3, 4, 5])],
    ids=["the last in the chain", "in the middle", "the head alone", "by the e-mail that two rows have to do with"],
)
def test_relink_for_one_key_lets_it_pass_and_what_it_waits_for(only: str, lines: list[int]) -> None:
    made = plan(*chain(4), Policy(relink=True, only=only))
    assert [write.line for write in writes(made)] == lines
    assert problems(made) == []


def test_force_for_one_key_counts_the_addresses_that_it_lets_pass() -> None:
    assert figures(plan(*chain(4), Policy(force=True, only="P3")), "handed_over") == (1, 2, 3, False)


@pytest.mark.parametrize("policy", [Policy(relink=True), Policy(only="P1"), Policy(reactivate=True, full=True)])
def test_relink_or_only_alone_confirm_nothing(policy: Policy) -> None:
    made = plan(*chain(2), policy)
    assert (made.changes, problems(made)) == ((), [("handed_over", 2), ("handed_over", 3)])


def test_a_head_that_was_confirmed_alone_lets_its_colleague_follow_the_next_night() -> None:
    rows, users = chain(2)
    made = plan(rows, [users[0], user("u2", "P2", address(3), "Naam 2")])
    assert (written(made), problems(made)) == ([("update", 2, "u1")], [])


def test_a_thousand_people_who_take_the_next_ones_address_are_held_back_and_trip_handed_over() -> None:
    made = plan(*chain(1000))
    assert made.changes == ()
    assert [code for code, _ in problems(made)] == ["handed_over"] * 1000
    assert "handed_over" in tripped(made)


def test_a_newcomer_behind_a_chain_is_taken_until_it_is_confirmed() -> None:
    rows, users = chain(2)
    newcomer = row(9, "P9", address(1), "Kim Bakker")
    made = plan([*rows, newcomer], users)
    assert (made.changes, problems(made)) == ((), [("handed_over", 2), ("handed_over", 3), ("taken", 9)])
    assert "line 2" in made.problems[2].message
    made = plan([*rows, newcomer], users, Policy(relink=True, only="P9"))
    assert [(write.line, write.waits_for) for write in writes(made)] == [(2, "u2"), (3, None), (9, "u1")]


def test_who_makes_room_for_a_row_that_is_refused_is_held_back_too() -> None:
    """Else the refused row's name and e-mail are nobody's the next night, and it would be written without a word."""
    jan, joost = user("u1", "P1", address(1), "Jan de Vries"), user("u2", "P2", address(2), "Joost de Vries")
    rows = [row(2, "P1", address(2), "Joost de Vries"), row(3, "P2", address(7), "Joost Bakker")]
    made = plan(rows, [jan, joost])
    assert (made.changes, problems(made)) == ((), [("other_person", 2), ("handed_over", 3)])
    assert "line 2" in made.problems[1].message
    made = plan(rows, [jan, joost], Policy(relink=True, only="P2"))
    assert (written(made), problems(made)) == ([("update", 3, "u2")], [])


def test_who_cannot_make_room_for_a_refused_row_is_told_why() -> None:
    users = [user(f"u{n}", f"P{n}", address(n), name) for n, name in ((1, "Jan"), (2, "Joost"), (3, "Kim"))]
    made = plan([row(2, "P1", address(2), "Joost"), row(3, "P2", address(3), "Joost")], users)
    assert (made.changes, problems(made)) == ((), [("other_person", 2), ("taken", 3)])


def test_who_makes_room_for_somebody_who_stays_banned_is_held_back_too() -> None:
    users = [user("u1", "P1", address(1), banned=True), user("u2", "P2", address(2))]
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(7))], users)
    assert (made.changes, problems(made)) == ((), [("handed_over", 3)])


def test_whoever_waits_for_a_refused_row_is_told_which_one() -> None:
    rows = [row(2, "P1", address(7), "Kim Bakker"), row(3, "P9", address(1), "Piet Smit")]
    made = plan(rows, [user("u1", "P1", address(1))])
    assert problems(made) == [("other_person", 2), ("taken", 3)]
    assert "line 2" in made.problems[1].message


def test_several_newcomers_who_take_addresses_that_are_given_up_come_right_in_one_run() -> None:
    users = [user(f"u{n}", f"P{n}", address(n), f"Naam {n}") for n in (1, 2)]
    rows = [row(n + 1, f"P{n}", address(n + 70), f"Naam {n}") for n in (1, 2)]
    newcomers = [row(n + 10, f"X{n}", address(n), "Kim Bakker") for n in (1, 2)]
    made = plan([*newcomers, *rows], users)
    assert [(write.line, write.waits_for) for write in writes(made)] == [(11, "u1"), (12, "u2"), (2, None), (3, None)]
    assert problems(made) == []


def test_whoever_makes_room_for_a_newcomer_only_is_not_held_back_beside_a_chain() -> None:
    rows, users = chain(2)
    other = user("u8", "P8", address(8), "Naam 8")
    made = plan([*rows, row(10, "P8", address(88), "Naam 8"), row(11, "P9", address(8), "Kim")], [*users, other])
    assert [(write.line, write.waits_for) for write in writes(made)] == [(10, None), (11, "u8")]


def test_an_address_passed_on_to_a_newcomer_waits_for_its_holder() -> None:
    made = plan([row(2, "P9", address(1)), row(3, "P1", address(7))], [user("u1", "P1", address(1))])
    assert written(made) == [("create", 2, None), ("update", 3, "u1")]
    assert [write.waits_for for write in writes(made)] == ["u1", None]


MAX = user("u1", "P1", "m.dekker@x.test", "M. Dekker")
SWAPPED = [row(2, "P1", "l.dekker@x.test", "M. Dekker"), row(3, "P9", "m.dekker@x.test", "L. Dekker")]


def test_an_address_that_was_swapped_with_a_newcomers_passes_to_nobody() -> None:
    made = plan(SWAPPED, [MAX])
    assert (made.changes, problems(made)) == ((), [("handed_over", 2), ("taken", 3)])
    assert "line 3 (L. Dekker)" in made.problems[0].message


@pytest.mark.parametrize("policy", [Policy(force=True), Policy(relink=True, only="P1")])
def test_a_person_can_say_that_it_was_not_swapped(policy: Policy) -> None:
    assert ("update", 2, "u1") in written(plan(SWAPPED, [MAX], policy))


@pytest.mark.parametrize(
    ("name", "email", "newcomer"),
    [
        ("M. Dekker", "max.dekker@x.test", "Marie Dekker"),
        ("M. Jansen-Dekker", "m.jansen@x.test", "L. Dekker"),
        ("M. Dekker", "info@x.test", "L. Dekker"),
    ],
    ids=["a longer address", "married", "a shared address"],
)
def test_an_address_that_is_given_up_for_ones_own_goes_to_the_newcomer(name: str, email: str, newcomer: str) -> None:
    made = plan([row(2, "P1", email, name), row(3, "P9", "m.dekker@x.test", newcomer)], [MAX])
    assert written(made) == [("update", 2, "u1"), ("create", 3, None)]


MEES = user("u1", "P1", "mees.hof@x.test", "Mees Hof")


@pytest.mark.parametrize("email", ["vera.berg@x.test", "v.berg@x.test", "berg.vera2@x.test"])
@pytest.mark.parametrize("has_row", [True, False], ids=["another address", "no address"])
def test_a_free_address_that_spells_a_newcomers_name_goes_to_nobody_who_was_there(*, email: str, has_row: bool) -> None:
    newcomers = [row(3, "P9", "tess.kamp@x.test", "Vera Berg")] if has_row else []
    without = [] if has_row else [skipped(3, "P9", code="missing_email", name="Vera Berg")]
    made = plan(reading(row(2, "P1", email, "Mees Hof"), *newcomers, skipped=without), [MEES])
    assert problems(made)[0] == ("handed_over", 2)
    assert [action for action, *_ in written(made)] == ["create"] * len(newcomers)
    assert "Vera Berg (line 3)" in made.problems[0].message


@pytest.mark.parametrize("policy", [Policy(force=True), Policy(relink=True, only="P1")])
def test_a_person_can_say_that_such_an_address_is_right(policy: Policy) -> None:
    rows = [row(2, "P1", "vera.berg@x.test", "Mees Hof"), row(3, "P9", "info@x.test", "Vera Berg")]
    assert ("update", 2, "u1") in written(plan(rows, [MEES], policy))


@pytest.mark.parametrize(
    ("name", "email", "other"),
    [
        ("Mees Berg", "mees.berg@x.test", "Vera Berg"),
        ("Maria Hof", "maria.berg@x.test", "Maria Berg"),
        ("Mees Hof", "m.berg@x.test", "Maria Berg"),
        ("Mees Hof", "balie@x.test", "Balie Noord"),
        ("Mees Hof", "p00123@x.test", "P. Berg"),
    ],
    ids=["married", "half married", "initial", "a shared address", "a number"],
)
def test_a_new_address_that_may_be_ones_own_is_written(name: str, email: str, other: str) -> None:
    made = plan([row(2, "P1", email, name), row(3, "P9", "x.y@x.test", other)], [MEES])
    assert ("update", 2, "u1") in written(made)


def test_an_email_held_by_a_user_who_keeps_it_is_taken_and_so_are_those_that_wait() -> None:
    rows = [row(2, "P1", address(2)), row(3, "P2", address(3)), row(4, "P3", address(3))]
    users = [user(f"u{n}", f"P{n}", address(n), "Anna de Wit") for n in (1, 2, 3)]
    made = plan([*rows[:2], row(4, "P4", address(9)), rows[2]], users)
    assert problems(made) == [("taken", 2), ("taken", 3)]
    assert written(made) == [("create", 4, None)]
    assert made.unchanged == 1
    assert [problem.guid for problem in made.problems] == ["u2", "u3"]


def test_a_user_who_is_in_no_row_but_for_the_address_is_not_removed_for_it() -> None:
    made = plan([row(2, "P1", address(2))], [user("u1", "P1", address(1)), user("u2", None, address(2))], DELETE)
    assert problems(made) == [("taken", 2)]
    assert made.changes == ()


def test_an_email_of_a_user_who_stays_banned_is_taken() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2), banned=True)]
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(5))], users)
    assert problems(made) == [("taken", 2)]
    assert made.changes == ()


def test_an_email_of_a_user_who_is_reactivated_with_another_is_waited_for() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2), banned=True)]
    policy = Policy(reactivate=True, force=True)
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(5))], users, policy)
    assert [(write.action, write.waits_for) for write in writes(made)] == [("update", "u2"), ("reactivate", None)]


def test_an_email_of_users_who_share_it_is_taken() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2)), user("u3", "P3", address(2).upper())]
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(5)), row(4, "P3", address(6))], users)
    assert problems(made) == [("taken", 2), ("ambiguous", 3), ("ambiguous", 4)]
    assert made.changes == ()


def test_an_email_of_a_user_whom_a_skipped_row_names_is_taken() -> None:
    source = reading(row(2, "P1", address(2)), skipped=[skipped(3, "P2", address(5))])
    made = plan(source, [user("u1", "P1", address(1)), user("u2", "P2", address(2))])
    assert problems(made) == [("taken", 2), ("missing_name", 3)]


def test_two_who_swap_addresses_are_a_circle() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2))]
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(1))], users)
    assert problems(made) == [("circle", 2), ("circle", 3)]
    assert made.changes == ()


@pytest.mark.parametrize(
    ("address_of_the_second", "code"), [(address(1), "circle"), (address(3), "taken"), (address(4), "handed_over")]
)
def test_other_rows_are_told_by_their_own_places(address_of_the_second: str, code: str) -> None:
    users = [user(f"u{n}", f"P{n}", address(n)) for n in range(1, 4)]
    rows = [row(2, "P1", address(2)), row(3, "P2", address_of_the_second)]
    made = plan([replace(row, place=f"row {row.line} of the sheet Staff") for row in rows], users)
    assert {problem.code for problem in made.problems} >= {code}
    told = " ".join(problem.message.partition(": ")[2] for problem in made.problems)
    assert "row 2 of the sheet Staff" in told or "row 3 of the sheet Staff" in told
    assert "line" not in told


def test_a_circle_of_three_leaves_others_alone() -> None:
    users = [user(f"u{n}", f"P{n}", address(n)) for n in range(1, 5)]
    rows = [row(n + 1, f"P{n}", address(n % 3 + 1)) for n in (1, 2, 3)]
    made = plan([*rows, row(5, "P4", "nieuw@gemeente.test"), row(6, "P9", address(4))], users)
    assert problems(made) == [("circle", 2), ("circle", 3), ("circle", 4)]
    assert [(write.line, write.waits_for) for write in writes(made)] == [(5, None), (6, "u4")]


def test_whoever_waits_for_a_circle_is_taken() -> None:
    one, two = user("u1", "P1", address(1)), user("u2", "P2", address(2))
    claims = [(4, None, address(1)), (2, "u1", address(2)), (3, "u2", address(1))]
    assert settle(claims, {address(1): one, address(2): two})[4] == Taken(one, 2)


def test_those_that_wait_for_somebody_in_no_circle_but_behind_a_taken_one_are_taken() -> None:
    users = [user(f"u{n}", f"P{n}", address(n)) for n in range(1, 4)]
    made = plan([row(2, "P9", address(1)), row(3, "P1", address(2)), row(4, "P2", address(3))], users)
    assert problems(made) == [("taken", 2), ("taken", 3), ("taken", 4)]
    assert made.changes == ()


def test_other_differences_of_a_refused_row_are_not_written_either() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2))]
    made = plan([row(2, "P1", address(2), "Nieuwe Naam"), row(3, "P2", address(1))], users)
    assert made.changes == ()
