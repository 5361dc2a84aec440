"""A night's accidents end to end, with ban and with delete: the run ends as it should, and who should stay stays.

Three hundred people are on the subsite, and its only administrator, who has no external_id. What the fuses count is
tested in tests/properties; here a real file is read, a real subsite is listed, and nobody may be lost.
"""

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping

import pytest

from pleio_profile_sync_client.core.models import Action, RemovalAction
from tests.integration.world import Run, World

Row = dict[str, str]
Rows = list[Row]

SIZE = 300
FIELDS = ("external_id", "name", "email", "profile.phone", "profile.occupation")
both = pytest.mark.parametrize("removal", [Action.BAN, Action.DELETE])


def spelled(number: int) -> str:
    """Return a number as a name: one with a digit in it looks damaged."""
    return str(number).translate(str.maketrans("0123456789", "abcdefghij")).capitalize()


def row_of(number: int, town: str = "gemeente") -> Row:
    cells = (
        f"{number:05}",
        f"Zoë {spelled(number)} van {town}",
        f"zoe{number}@{town}.test",
        f"06-{number}",
        f"Vak {number % 7}",
    )
    return dict(zip(FIELDS, cells, strict=True))


PEOPLE = [row_of(number) for number in range(1, SIZE + 1)]


def file_of(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        users = world.sandbox.store.users
        users.add(name="Beheer", email="beheer@gemeente.test", is_admin=True, is_superadmin=True)
        for external_id, name, email, phone, occupation in map(Row.values, PEOPLE):
            profile = {"phone": phone, "occupation": occupation}
            users.add(external_id=external_id, name=name, email=email, profile=profile)
        yield world


def assert_everybody_is_there(world: World) -> None:
    everybody = world.sandbox.store.users.everybody()
    assert len(everybody) == SIZE + 1
    assert [user.email for user in everybody if user.is_banned] == []


def tripped(run: Run) -> set[str]:
    return {fuse["fuse"] for fuse in run.report["fuses"] if fuse["tripped"]}


@both
@pytest.mark.parametrize("only_linked", [None, True, False])
def test_five_rows_for_a_subsite_of_301_remove_nobody(
    world: World, removal: RemovalAction, only_linked: bool | None
) -> None:
    world.source.write_bytes(file_of(PEOPLE[:5]))

    run = world.sync(removal=removal, only_linked=only_linked)

    assert run.exit_status == 3
    assert run.writes == []
    assert_everybody_is_there(world)
    removed = SIZE - 5 + (only_linked is False)
    assert f"--max-removals {removed}" in run.log
    assert run.report["counts"][removal] == removed
    assert run.codes() == (["undecided"] if only_linked is None else [])
    assert "refuses the plan" in world.sandbox.store.logs.text()


def with_cells(column: str, cells: Iterable[str]) -> Rows:
    return [row | {column: cell} for row, cell in zip(PEOPLE, cells, strict=True)]


def swapped(one: str, other: str) -> Rows:
    return [row | {one: row[other], other: row[one]} for row in PEOPLE]


def shifted_addresses(start: int) -> Rows:
    """Insert a cell: from there on, everybody has the address of the one above."""
    addresses = [row["email"] for row in PEOPLE]
    return with_cells("email", [*addresses[:start], "nieuw@gemeente.test", *addresses[start:-1]])


NEIGHBOURS = [row_of(number, "buurgemeente") for number in range(1, SIZE + 1)]
NO_ZEROS = [row["external_id"].lstrip("0") for row in PEOPLE]

REFUSED: Mapping[str, tuple[Rows, set[str], set[str]]] = {  # the rows, the fuses that trip, the problems
    "the second half is missing": (PEOPLE[: SIZE // 2], {"removals"}, set()),
    "the first half is missing": (PEOPLE[SIZE // 2 :], {"removals"}, set()),
    "every second row is missing": (PEOPLE[::2], {"removals"}, set()),
    "another organisation's file": (
        [row | {"external_id": f"B{row['external_id']}"} for row in NEIGHBOURS],
        {"removals", "creates", "matched"},
        set(),
    ),
    "another organisation's file, numbered alike": (NEIGHBOURS, {"changed.name", "changed.email"}, set()),
    "leading zeros are lost": (with_cells("external_id", NO_ZEROS), {"changed.external_id"}, {"lost_zeros"}),
    "leading zeros are lost, and everybody has another address": (
        [row | {"email": f"z.{row['email']}"} for row in with_cells("external_id", NO_ZEROS)],
        {"changed.external_id"},
        {"lost_zeros"},
    ),
    "the addresses shift from half-way": (shifted_addresses(SIZE // 2), {"handed_over"}, {"handed_over"}),
    "a profile column is empty but for a few": (
        [*PEOPLE[:5], *(row | {"profile.phone": ""} for row in PEOPLE[5:])],
        {"emptied.profile.phone"},
        set(),
    ),
    "names and occupations are swapped": (
        swapped("name", "profile.occupation"),
        {"changed.name", "changed.profile.occupation"},
        set(),
    ),
    "names and external_ids are swapped": (swapped("name", "external_id"), {"changed.external_id"}, {"other_id"}),
}


@both
@pytest.mark.parametrize(("rows", "fuses", "problems"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_gone_wrong_trips_its_fuses_and_changes_nobody(
    world: World, removal: RemovalAction, rows: Rows, fuses: set[str], problems: set[str]
) -> None:
    world.source.write_bytes(file_of(rows))

    run = world.sync(removal=removal, only_linked=True)

    assert run.exit_status == 3
    assert tripped(run) == fuses
    assert [fuse for fuse in fuses if f"The fuse {fuse} refuses the plan" not in run.log] == []
    assert set(run.codes()) == problems
    assert run.writes == []
    assert_everybody_is_there(world)


@both
@pytest.mark.parametrize("start", [SIZE - 2, SIZE - 10, SIZE - 13])
def test_addresses_that_shift_near_the_end_give_nobody_the_next_ones_account(
    world: World, removal: RemovalAction, start: int
) -> None:
    world.source.write_bytes(file_of(shifted_addresses(start)))

    run = world.sync(removal=removal, only_linked=True)

    assert (run.exit_status, tripped(run)) == (1, set())
    assert run.codes() == ["handed_over"] * (SIZE - start)
    assert run.writes == []
    assert_everybody_is_there(world)


WHOLE = file_of(PEOPLE)
NEAR_THE_END, HALF_WAY = WHOLE.index(b'"00296"'), WHOLE.index(b'"00150"')


@both
@pytest.mark.parametrize("start", [NEAR_THE_END, HALF_WAY], ids=["near the end", "half-way"])
@pytest.mark.parametrize(
    ("last_row", "problem"),
    [(b'"00296","Zo', "bad_quotes"), (b'"00296","Zo\xc3\xab 296 van gemeente"', "ragged_row")],
    ids=["inside a quoted cell", "between two cells"],
)
def test_a_file_that_is_cut_off_removes_nobody(
    world: World, removal: RemovalAction, start: int, last_row: bytes, problem: str
) -> None:
    world.source.write_bytes(WHOLE[:start] + last_row)

    run = world.sync(removal=removal, only_linked=True)

    assert (run.exit_status, tripped(run)) == ((1, set()) if start == NEAR_THE_END else (3, {"removals"}))
    assert run.codes() == ["removals_withheld", problem]
    assert {change["outcome"] for change in run.report["changes"]} == {"not_attempted"}
    assert run.writes == []
    assert_everybody_is_there(world)


UNUSABLE = {
    "empty": (b"", "empty"),
    "headers only": (file_of([]), "no rows below its headers"),
    "in another encoding": (WHOLE.decode().encode("cp850"), "--encoding cp850"),
    "names and addresses are swapped": (file_of(swapped("name", "email")), "invalid_email 300"),
}


@both
@pytest.mark.parametrize(("content", "said"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_file_ends_the_run_before_the_first_request(
    world: World, removal: RemovalAction, content: bytes, said: str
) -> None:
    world.source.write_bytes(content)
    assert_refused_unasked(world, world.sync(removal=removal, only_linked=False), said)


@both
def test_an_old_file_ends_the_run_before_the_first_request(world: World, removal: RemovalAction) -> None:
    world.source.write_bytes(file_of(PEOPLE))
    os.utime(world.source, (1_600_000_000, 1_600_000_000))
    run = world.sync(removal=removal, only_linked=False, max_source_age_s=172_800.0)
    assert_refused_unasked(world, run, "--max-source-age")


def assert_refused_unasked(world: World, run: Run, said: str) -> None:
    assert run.exit_status == run.report["exit_code"] == 4
    assert said in run.log
    assert run.statuses == []
    assert_everybody_is_there(world)
