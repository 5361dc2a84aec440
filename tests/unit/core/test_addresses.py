"""E-mails that pass from one user to another: chains, newcomers, taken ones, circles."""

from pleio_profile_sync_client.core.addresses import Circle, Claim, Granted, Taken, settle_claims
from pleio_profile_sync_client.core.models import SourceUser, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import DELETE, plan, problems, reading, row, skipped, tripped, user, writes, written


def address(number: int) -> str:
    return f"a{number}@gemeente.test"


def chain(length: int) -> tuple[list[SourceUser], list[SubsiteUser]]:
    """Each person takes the next one's address; the last one's new address is free."""
    rows = [row(n + 1, f"P{n}", address(n + 1), f"Naam {n}") for n in range(1, length + 1)]
    users = [user(f"u{n}", f"P{n}", address(n), f"Naam {n}") for n in range(1, length + 1)]
    return rows, users


def test_a_free_email_is_granted() -> None:
    assert settle_claims([Claim(2, "u1", "new@x.test")], {}) == {2: Granted()}


def test_the_users_own_email_in_another_case_is_free() -> None:
    holder = user("u1", "P1", "a@x.test")
    assert settle_claims([Claim(2, "u1", "A@X.test")], {"a@x.test": holder}) == {2: Granted()}


def test_an_email_that_is_given_up_is_waited_for() -> None:
    holders = {"b@x.test": user("u2", "P2", "b@x.test")}
    claims = [Claim(2, "u1", "B@x.test"), Claim(3, "u2", "c@x.test")]
    assert settle_claims(claims, holders) == {2: Granted("u2"), 3: Granted()}


def test_an_email_of_somebody_who_asks_for_none_is_taken() -> None:
    holder = user("u2", "P2", "b@x.test")
    assert settle_claims([Claim(2, None, "b@x.test")], {"b@x.test": holder}) == {2: Taken(holder)}


def test_a_circle_names_all_its_lines_beginning_with_its_own() -> None:
    one, two, three = (user(f"u{n}", f"P{n}", address(n)) for n in (1, 2, 3))
    holders = {address(1): one, address(2): two, address(3): three}
    claims = [Claim(2, "u1", address(2)), Claim(3, "u2", address(3)), Claim(4, "u3", address(1))]
    assert settle_claims(claims, holders) == {
        2: Circle(two, (2, 3, 4)),
        3: Circle(three, (3, 4, 2)),
        4: Circle(one, (4, 2, 3)),
    }


def test_numeric_guids_wait_too() -> None:
    holders = {"b@x.test": user(2, "P2", "b@x.test")}
    assert settle_claims([Claim(2, 1, "b@x.test"), Claim(3, 2, "c@x.test")], holders)[2] == Granted(2)


def test_a_chain_of_renames_comes_right_in_one_run() -> None:
    made = plan(*chain(3))
    assert written(made) == [("update", 2, "u1"), ("update", 3, "u2"), ("update", 4, "u3")]
    assert [write.waits_for for write in writes(made)] == ["u2", "u3", None]
    assert problems(made) == []
    assert tripped(made) == []


def test_a_chain_in_any_order_of_rows_waits_alike() -> None:
    rows, users = chain(3)
    made = plan(rows[::-1], users[::-1])
    assert {write.guid: write.waits_for for write in writes(made)} == {"u1": "u2", "u2": "u3", "u3": None}


def test_a_thousand_people_who_take_the_next_ones_address_are_planned_and_trip_handed_over() -> None:
    made = plan(*chain(1000))
    assert [write.waits_for for write in writes(made)] == [*(f"u{n}" for n in range(2, 1001)), None]
    assert problems(made) == []
    assert "handed_over" in tripped(made)


def test_an_address_passed_on_to_a_newcomer_waits_for_its_holder() -> None:
    made = plan([row(2, "P9", address(1)), row(3, "P1", address(7))], [user("u1", "P1", address(1))])
    assert written(made) == [("create", 2, None), ("update", 3, "u1")]
    assert [write.waits_for for write in writes(made)] == ["u1", None]


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
    made = plan([row(2, "P1", address(2)), row(3, "P2", address(5))], users, Policy(reactivate=True))
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


def test_a_circle_of_three_leaves_others_alone() -> None:
    users = [user(f"u{n}", f"P{n}", address(n)) for n in range(1, 5)]
    rows = [row(n + 1, f"P{n}", address(n % 3 + 1)) for n in (1, 2, 3)]
    made = plan([*rows, row(5, "P4", "nieuw@gemeente.test"), row(6, "P9", address(4))], users)
    assert problems(made) == [("circle", 2), ("circle", 3), ("circle", 4)]
    assert [(write.line, write.waits_for) for write in writes(made)] == [(5, None), (6, "u4")]


def test_whoever_waits_for_a_circle_is_taken() -> None:
    one, two = user("u1", "P1", address(1)), user("u2", "P2", address(2))
    claims = [Claim(4, None, address(1)), Claim(2, "u1", address(2)), Claim(3, "u2", address(1))]
    assert settle_claims(claims, {address(1): one, address(2): two})[4] == Taken(one)


def test_those_that_wait_for_somebody_in_no_circle_but_behind_a_taken_one_are_taken() -> None:
    users = [user(f"u{n}", f"P{n}", address(n)) for n in range(1, 4)]
    made = plan([row(2, "P9", address(1)), row(3, "P1", address(2)), row(4, "P2", address(3))], users)
    assert problems(made) == [("taken", 2), ("taken", 3), ("taken", 4)]
    assert made.changes == ()


def test_other_differences_of_a_refused_row_are_not_written_either() -> None:
    users = [user("u1", "P1", address(1)), user("u2", "P2", address(2))]
    made = plan([row(2, "P1", address(2), "Nieuwe Naam"), row(3, "P2", address(1))], users)
    assert made.changes == ()
