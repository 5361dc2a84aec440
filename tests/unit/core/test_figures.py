"""What each fuse counts, and of how many, seen in the fuses of small plans."""

import pytest

from pleio_profile_sync_client.core.models import Action, Memory, Remembered
from pleio_profile_sync_client.core.policy import Policy
from tests.unit.core.builders import (
    BAN,
    DELETE,
    SALT,
    digest_of,
    digest_of_email,
    figures,
    people,
    percent,
    plan,
    reading,
    row,
    skipped,
    user,
)

ALL_CHANGES = Policy(max_changes=percent("100"))
PEOPLE_ROWS, PEOPLE_USERS = people(12)


def test_removals_are_active_users_of_the_active_ones_that_may_be_removed() -> None:
    users = [
        *PEOPLE_USERS,
        user("a1", "A1", "a1@gemeente.test"),
        user("b1", "B1", "b1@gemeente.test", banned=True),
        user("p1", "X1", "x1@beheer.test"),
        user("g1", None, "gast@elders.test"),
        user("s1", None, "externalcontent@localhost", banned=True),
    ]
    delete = Policy(removal=Action.DELETE, only_linked=True, protect=("*@beheer.test",))
    made = plan(PEOPLE_ROWS, users, delete)
    assert figures(made, "removals") == (1, 13, 2, False)
    assert figures(made, "removals_banned") == (1, 14, 2, False)
    made = plan(PEOPLE_ROWS, users, Policy(removal=Action.DELETE, only_linked=False, protect=("*@beheer.test",)))
    assert figures(made, "removals") == (2, 14, 2, False)
    assert figures(made, "removals_banned") == (1, 15, 2, False)
    made = plan(PEOPLE_ROWS, users, Policy(removal=Action.DELETE, only_linked=False, scope=("a*", "b*")))
    assert figures(made, "removals") == (1, 1, 1, False)
    assert figures(made, "removals_banned") == (1, 2, 1, False)


def test_while_it_is_undecided_users_without_external_id_do_not_count() -> None:
    users = [*PEOPLE_USERS, user("g1", None, "gast@elders.test")]
    assert figures(plan(PEOPLE_ROWS, users, Policy(removal=Action.BAN)), "removals") == (0, 12, 2, False)


def test_grace_does_not_count_for_whom_the_options_allow_to_be_removed() -> None:
    made = plan(PEOPLE_ROWS[:11], PEOPLE_USERS, Policy(removal=Action.BAN, only_linked=True, grace_s=60.0))
    assert figures(made, "removals") == (0, 12, 2, False)


def test_removal_fuses_exist_only_with_ban_or_delete() -> None:
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS), "removals") is None
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, BAN), "removals_banned") is None
    assert figures(plan(PEOPLE_ROWS, PEOPLE_USERS, DELETE), "removals_banned") == (0, 12, 2, False)


def test_reactivations_are_of_the_active_users() -> None:
    banned = [user("b1", "B1", "b1@gemeente.test", banned=True), user("b2", "B2", "b2@gemeente.test", banned=True)]
    rows = [*PEOPLE_ROWS, row(2, "B1", "b1@gemeente.test"), row(3, "B2", "b2@gemeente.test")]
    made = plan(rows, [*PEOPLE_USERS, *banned], Policy(reactivate=True))
    assert figures(made, "reactivations") == (2, 12, 2, False)
    made = plan(rows, [*PEOPLE_USERS, *banned])
    assert figures(made, "reactivations") == (0, 12, 2, False)


def test_changed_names_and_emails_are_of_the_matched_users() -> None:
    rows = [
        *PEOPLE_ROWS[:9],
        row(2, "N10", "n10@gemeente.test", "Ander"),
        row(3, "N11", "nieuw@gemeente.test", "Naam 11"),
        row(4, "N12", "n12@gemeente.test", "Ander"),
        row(5, "N13", "n13@gemeente.test"),
    ]
    made = plan(rows, PEOPLE_USERS)
    assert figures(made, "changed.name") == (2, 12, 4, False)
    assert figures(made, "changed.email") == (1, 12, 4, False)
    assert figures(made, "changed.external_id") == (0, 12, 4, False)


def test_what_sign_in_set_back_does_not_count_as_changed() -> None:
    remembered = {
        f"n{n}": Remembered(name_digest=digest_of(f"Naam {n}"), email_digest=digest_of_email(f"n{n}@gemeente.test"))
        for n in range(1, 13)
    }
    users = [user(f"n{n}", f"N{n}", f"set.back{n}@pleio.test", f"N. {n}") for n in range(1, 13)]
    made = plan(PEOPLE_ROWS, users, memory=Memory(remembered, SALT))
    assert figures(made, "changed.name") == (0, 12, 4, False)
    assert figures(made, "changed.email") == (0, 12, 4, False)


def test_an_external_id_for_a_user_without_one_is_no_changed_one() -> None:
    users = [user(f"n{n}", None, f"n{n}@gemeente.test", f"Naam {n}") for n in range(1, 13)]
    assert figures(plan(PEOPLE_ROWS, users), "changed.external_id") == (0, 12, 4, False)


def test_other_ids_and_lost_zeros_count_as_changed_external_ids() -> None:
    rows = [
        *PEOPLE_ROWS[:10],
        row(2, "X", "n11@gemeente.test"),
        row(3, "12", "nieuw@gemeente.test"),
    ]
    users = [*PEOPLE_USERS[:11], user("n12", "0012", "n12@gemeente.test")]
    made = plan(rows, users)
    assert figures(made, "changed.external_id") == (2, 12, 4, False)
    assert figures(made, "changed.name") == (0, 10, 3, False)


def test_relinked_users_count_as_changed_external_ids() -> None:
    rows = [*PEOPLE_ROWS[:11], row(2, "X", "n12@gemeente.test")]
    assert figures(plan(rows, PEOPLE_USERS, Policy(relink=True)), "changed.external_id") == (1, 12, 4, False)


def test_a_user_of_several_problems_counts_once() -> None:
    rows = [*PEOPLE_ROWS[:11], row(2, "12", "a@gemeente.test"), row(3, "012", "b@gemeente.test")]
    users = [*PEOPLE_USERS[:11], user("n12", "0012", "n12@gemeente.test")]
    assert figures(plan(rows, users), "changed.external_id") == (1, 12, 4, False)


def test_refused_and_banned_users_are_not_matched() -> None:
    rows = [*PEOPLE_ROWS[:10], row(2, "N11", "n12@gemeente.test"), row(3, "N12", "n11@gemeente.test")]
    assert figures(plan(rows, PEOPLE_USERS), "changed.name") == (0, 10, 3, False)
    users = [*PEOPLE_USERS[:11], user("n12", "N12", "n12@gemeente.test", banned=True)]
    assert figures(plan(PEOPLE_ROWS, users), "changed.name") == (0, 11, 4, False)


@pytest.mark.parametrize("count", [9, 10])
def test_changed_and_emptied_exist_from_ten_users_on(count: int) -> None:
    rows = [row(n + 1, f"N{n}", f"n{n}@x.test", "Nieuw", profile={"functie": ""}) for n in range(count)]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", "Oud", profile={"functie": "Klerk"}) for n in range(count)]
    made = plan(rows, users)
    expected = None if count < 10 else (10, 10, 3, True)
    assert figures(made, "changed.name") == expected
    assert figures(made, "emptied.profile.functie") == expected


def test_emptied_values_are_of_the_matched_users_who_have_one() -> None:
    rows = [row(n + 1, f"N{n}", f"n{n}@x.test", profile={"functie": "" if n < 2 else "Klerk"}) for n in range(20)]
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test", profile={"functie": "Klerk" if n < 11 else ""}) for n in range(20)]
    assert figures(plan(rows, users), "emptied.profile.functie") == (2, 11, 4, False)


def test_handed_over_counts_rows_whose_new_email_is_held_by_somebody_who_is_to_get_another() -> None:
    rows = [
        row(2, "N1", "n2@gemeente.test", "Naam 1"),
        row(3, "N2", "nieuw@gemeente.test", "Naam 2"),
        row(4, "N3", "n4@gemeente.test", "Naam 3"),
        row(5, "N4", "n3@gemeente.test", "Naam 4"),
        row(6, "N5", "n12@gemeente.test", "Naam 5"),
        row(7, "X9", "n6@gemeente.test", "Nieuw"),
        row(8, "N6", "nieuw6@gemeente.test", "Naam 6"),
    ]
    made = plan([*rows, *PEOPLE_ROWS[6:11]], PEOPLE_USERS)
    # 2 waits, 4 and 5 are a circle, 7 is a create that waits; 6 is taken by somebody who keeps it.
    assert figures(made, "handed_over") == (4, 8, 3, True)


def test_handed_over_counts_rows_behind_a_taken_one() -> None:
    rows = [row(2, "N1", "n2@gemeente.test"), row(3, "N2", "n3@gemeente.test")]
    assert figures(plan(rows, PEOPLE_USERS), "handed_over") == (1, 0, 3, False)


def test_matched_takes_the_side_with_the_larger_share() -> None:
    newcomers = [row(n, f"X{n}", f"x{n}@gemeente.test") for n in range(300, 336)]
    made = plan([*PEOPLE_ROWS, *newcomers], PEOPLE_USERS)
    assert figures(made, "matched") == (12, 12, 6, False)
    assert figures(plan(PEOPLE_ROWS[:3], PEOPLE_USERS), "matched") == (3, 3, 2, False)
    assert figures(plan([*PEOPLE_ROWS[:3], *newcomers], PEOPLE_USERS), "matched") == (3, 12, 6, True)


def test_matched_counts_active_linked_users_named_by_any_row() -> None:
    users = [
        *PEOPLE_USERS,
        user("b1", "B1", "b1@gemeente.test", banned=True),
        user("g1", None, "gast@elders.test"),
    ]
    source = reading(*PEOPLE_ROWS[:3], skipped=[skipped(2, "N4"), skipped(3, None, "n5@gemeente.test")])
    newcomers = [row(n, f"X{n}", f"x{n}@gemeente.test") for n in range(300, 310)]
    source = reading(*source.users, *newcomers, skipped=source.skipped)
    assert figures(plan(source, users), "matched") == (5, 12, 6, True)


@pytest.mark.parametrize("count", [9, 10])
def test_matched_exists_from_ten_active_linked_users_on(count: int) -> None:
    users = [user(f"n{n}", f"N{n}", f"n{n}@x.test") for n in range(count)]
    made = plan([row(2, "X", "x@y.test")], [*users, user("g1", None, "g@y.test")])
    assert figures(made, "matched") == (None if count < 10 else (0, 10, 5, True))


def test_withheld_removals_count_for_the_fuses() -> None:
    made = plan(reading(*PEOPLE_ROWS[:6], cut_off="cut"), PEOPLE_USERS, BAN)
    assert made.withheld
    assert figures(made, "removals") == (6, 12, 2, True)


def test_only_is_taken_out_before_the_fuses_are_checked_but_matched_looks_at_all() -> None:
    rows = [row(100 + n, f"N{n}", f"n{n}@gemeente.test", "Anders") for n in range(1, 7)]
    made = plan(rows, PEOPLE_USERS, Policy(removal=Action.DELETE, only_linked=True, only="N9"))
    assert figures(made, "removals") == (1, 12, 2, False)
    assert figures(made, "changed.name") is None
    assert figures(made, "matched") == (6, 6, 3, False)
