"""Whose account it is, end to end: nights on which an account would have gone to another person, and first runs."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import cycle, islice, product
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.core.policy import Limit
from tests.integration.world import Run, World

Row = dict[str, str]
Rows = list[Row]

SIZE = 60
GROUP = "11111111-1111-4111-8111-111111111111"
SECRET_GROUP = "22222222-2222-4222-8222-222222222222"
NAMES = [
    f"{first} {family}"
    for family, first in product(
        ("Aalders", "Boersma", "Coolen", "Dijkstra", "El Amrani", "Fokkens", "Geurts", "Hofman"),
        ("Karin", "Lex", "Mehmet", "Noor", "Otto", "Petra", "Quinten", "Rosa", "Sven", "Tess"),
    )
]
"""In the order of the family names, as an export has them."""

KIM = {"name": "Kim Smit", "email": "kim.smit@gemeente.test"}


def person(number: int, **cells: str) -> Row:
    name = NAMES[number - 1]
    occupation = f"Vak {number}"
    email = f"{name.lower().replace(' ', '.')}@gemeente.test"
    return {"external_id": str(number), "name": name, "email": email, "profile.occupation": occupation} | cells


PEOPLE = [person(number) for number in range(1, SIZE + 1)]


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture
def town(world: World) -> World:
    """A world whose subsite and state are as last night's run left them."""
    add_users(world, PEOPLE)
    world.sandbox.store.groups.add("Allen", guid=GROUP)
    world.sandbox.store.groups.add("Vertrouwelijk", guid=SECRET_GROUP)
    world.write([row | {"groups": GROUP} for row in PEOPLE])
    assert world.sync().exit_status == 0
    return world


def add_users(world: World, rows: Rows) -> None:
    for row in rows:
        world.sandbox.store.users.add(
            external_id=row["external_id"],
            name=row["name"],
            email=row["email"],
            profile={"occupation": row["profile.occupation"]},
        )


def accounts(world: World) -> dict[str, tuple[str, str, bool]]:
    """Name, e-mail and ban, by guid."""
    return {user.guid: (user.name, user.email, user.is_banned) for user in world.sandbox.store.users.everybody()}


def sync(world: World, rows: Rows, **options: Any) -> Run:
    world.write([*rows])
    return world.sync(**options)


def tripped(run: Run) -> list[str]:
    return [fuse["fuse"] for fuse in run.report["fuses"] if fuse["tripped"]]


def assert_refused(run: Run, *options: str) -> None:
    """Nothing was sent, and the log names the option with this plan's figure."""
    assert (run.exit_status, run.writes) == (3, [])
    for option in options:
        assert option in run.log


def numbered(rows: Rows) -> Rows:
    return [row | {"external_id": str(number)} for number, row in enumerate(rows, start=1)]


def test_a_newcomer_between_running_numbers_gets_nobodys_account(town: World) -> None:
    before = accounts(town)
    newcomer = person(1) | KIM
    run = sync(town, numbered([*PEOPLE[:-10], newcomer, *PEOPLE[-10:]]))
    assert (run.exit_status, run.writes) == (1, [])
    assert run.codes() == ["other_person"] * 10 + ["taken"]
    assert accounts(town) == before


def test_a_cell_inserted_in_the_addresses_gives_nobody_the_next_ones_account(town: World) -> None:
    before = accounts(town)
    addresses = [
        *(row["email"] for row in PEOPLE[:-11]),
        "nieuw@gemeente.test",
        *(row["email"] for row in PEOPLE[-11:]),
    ]
    run = sync(town, [row | {"email": email} for row, email in zip(PEOPLE, addresses, strict=False)])
    assert (run.exit_status, run.writes, tripped(run)) == (1, [], [])
    assert run.codes() == ["handed_over"] * 11
    assert accounts(town) == before


@pytest.mark.parametrize("options", [{}, {"reactivate": True}, {"force": True}], ids=str)
def test_a_banned_leavers_number_does_not_give_the_account_to_a_newcomer(
    town: World, options: Mapping[str, Any]
) -> None:
    sync(town, PEOPLE[1:], removal=Action.BAN, only_linked=True)
    before = accounts(town)
    run = sync(town, [person(1) | KIM, *PEOPLE[1:]], removal=Action.BAN, only_linked=True, **options)
    assert (run.exit_status, run.writes, run.codes()) == (1, [], ["other_person"])
    assert accounts(town) == before
    assert "--relink --only 1 " in run.log


def test_a_test_file_with_small_numbers_renames_nobody(town: World) -> None:
    before = accounts(town)
    rows = [
        person(number) | {"name": f"Test {letter}", "email": f"test.{letter}@test.test"}
        for number, letter in enumerate("abcdefghi", start=1)
    ]
    run = sync(town, rows)
    assert (run.exit_status, run.writes) == (1, [])
    assert run.codes() == ["other_person"] * 9
    assert accounts(town) == before


def test_outsiders_who_are_many_beside_the_users_are_not_created(world: World) -> None:
    add_users(world, PEOPLE[:12])
    assert_refused(sync(world, PEOPLE), "--max-creates 48")
    assert len(world.sandbox.store.users.everybody()) == 12
    assert sync(world, PEOPLE, max_creates=Limit(Fraction(48))).exit_status == 0


def test_deleted_leavers_are_not_created_anew_from_an_old_file(town: World) -> None:
    everything = Limit.percentage(100)
    sync(town, PEOPLE[:30], removal=Action.DELETE, only_linked=True, max_removals=everything)
    assert len(town.sandbox.store.users.everybody()) == 30
    assert_refused(sync(town, [*PEOPLE, person(61)]), "--max-creates 31")


def test_a_group_that_was_filled_down_takes_nobody_in(town: World) -> None:
    rows = [row | {"groups": f"{GROUP},{SECRET_GROUP}"} for row in PEOPLE]
    assert_refused(sync(town, rows), "--max-changes 60")
    everybody = town.sandbox.store.users.everybody()
    assert {guid for user in everybody for guid in town.sandbox.store.groups.of_user(user.guid)} == {GROUP}


def test_a_profile_column_that_was_shifted_changes_nobody(town: World) -> None:
    values = [row["profile.occupation"] for row in PEOPLE]
    rows = [row | {"profile.occupation": value} for row, value in zip(PEOPLE, ["Nieuw", *values[:-1]], strict=True)]
    run = sync(town, rows)
    assert_refused(run, "--max-changes 60")
    assert tripped(run) == ["changed.profile.occupation"]


def test_a_wrong_file_that_was_forced_once_does_not_pass_unforced_ever_after(town: World) -> None:
    wrong = [row | {"name": f"Wijk {number}"} for number, row in enumerate(PEOPLE)]
    assert sync(town, wrong, force=True).exit_status == 0
    for row in PEOPLE:
        assert town.sandbox.store.sign_in(row["email"], row["email"], row["name"])
    assert_refused(sync(town, wrong), "--max-changes 60")


def test_what_was_confirmed_one_by_one_is_written(town: World) -> None:
    newcomer = person(1) | KIM
    chain = [person(2, email=PEOPLE[2]["email"]), person(3, email="vrij@gemeente.test")]
    rows = [newcomer, *chain, *PEOPLE[3:]]
    assert sync(town, rows).codes() == ["other_person", "handed_over", "handed_over"]
    assert sync(town, rows, relink=True, only="1").exit_status == 0
    assert sync(town, rows, relink=True, only="2").exit_status == 0
    again = sync(town, rows)
    assert (again.exit_status, again.writes) == (0, [])
    names = {email: name for name, email, _ in accounts(town).values()}
    assert names[KIM["email"]] == KIM["name"]
    assert (names[PEOPLE[2]["email"]], names["vrij@gemeente.test"]) == (PEOPLE[1]["name"], PEOPLE[2]["name"])


def test_force_writes_a_whole_chain_in_one_run(town: World) -> None:
    addresses = islice(cycle(row["email"] for row in PEOPLE), 1, SIZE)
    rows = [row | {"email": email} for row, email in zip(PEOPLE, [*addresses, "vrij@gemeente.test"], strict=True)]
    assert_refused(sync(town, rows), "--force")
    assert sync(town, rows, force=True).exit_status == 0
    assert sync(town, rows).writes == []


def test_a_marriage_a_new_domain_a_name_turned_round_and_a_new_first_name_are_written_without_a_word(
    town: World,
) -> None:
    rows = [
        person(1, name="Karin de Groot", email="karin.degroot@gemeente.test"),
        person(2, email="lex.aalders@regio.test"),
        person(3, name="Aalders, Mehmet", email="m.aalders@gemeente.test"),
        person(4, name="Noortje Aalders", email="noortje.aalders@gemeente.test"),
        *PEOPLE[4:],
    ]
    run = sync(town, rows)
    assert (run.exit_status, run.codes(), run.lines_told() - {1}) == (0, [], set())
    assert len(run.writes) == 4


def test_the_first_run_into_an_empty_subsite_needs_no_option(world: World) -> None:
    world.sandbox.store.users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True)
    run = sync(world, PEOPLE)
    assert (run.exit_status, len(run.writes)) == (0, SIZE)


def test_the_first_run_into_a_half_filled_subsite_says_all_that_it_needs(world: World) -> None:
    for number, row in enumerate(PEOPLE[:20]):
        world.sandbox.store.users.add(name=f"eigen naam {number}", email=row["email"])
    run = sync(world, PEOPLE, dry_run=True)
    assert_refused(run, "run once with", "--max-creates 40 --max-changes 20")
    assert tripped(run) == ["creates", "changed.name"]
    passed = [line for line in run.log.splitlines() if "Fuses that did not trip" in line]
    assert len(passed) == 1
    assert "handed_over (0 of 20)" in passed[0]
    run = sync(world, PEOPLE, max_creates=Limit(Fraction(40)), max_changes=Limit(Fraction(20)))
    assert (run.exit_status, len(run.writes)) == (0, SIZE)
