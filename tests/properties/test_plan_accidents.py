"""Files that go wrong, with ban and with delete: the fuses let no accident through, and ordinary nights pass."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_options

from pleio_profile_sync_client.core.keys import digest
from pleio_profile_sync_client.core.models import Action, Memory, Remembered, RemovalAction, SubsiteUser
from pleio_profile_sync_client.core.policy import Limit, Policy
from tests.keys import key
from tests.properties.towns import Cells, Night, accounts_of, file_of, person, read, run

SIZES = (12, 40, 200, 1_000)
REMOVALS: tuple[RemovalAction, ...] = (Action.BAN, Action.DELETE)
SALT = b"salt"
both = pytest.mark.parametrize("removal", REMOVALS)
sizes = pytest.mark.parametrize("size", SIZES)


def policy_of(removal: RemovalAction) -> Policy:
    return Policy(removal=removal, only_linked=True)


def assert_harmless(night: Night) -> None:
    """No removals beyond 10 %, no account handed to another beyond 1 % (at least 3)."""
    assert night.removed <= max(1, -(-night.size // 10))
    assert night.handed_over <= max(3, -(-night.size // 100))


def shift(records: list[Cells], column: str, start: int, filler: str) -> list[Cells]:
    """Insert a cell in one column from some row on: all below get their upper neighbour's."""
    cells = [getattr(one, column) for one in records]
    moved = [*cells[:start], filler, *cells[start:-1]]
    return [replace(one, **{column: cell}) for one, cell in zip(records, moved, strict=True)]


def pull(records: list[Cells], column: str, start: int, filler: str) -> list[Cells]:
    """Take a cell out of one column at some row: all below get their lower neighbour's."""
    cells = [getattr(one, column) for one in records]
    moved = [*cells[:start], *cells[start + 1 :], filler]
    return [replace(one, **{column: cell}) for one, cell in zip(records, moved, strict=True)]


FILLERS = {"external_id": "999999", "name": "Nieuwe Naam", "email": "nieuw@gemeente.test"}


@both
@given(
    size=st.integers(2, 400),
    place=st.floats(0, 1, exclude_max=True),
    column=st.sampled_from(("external_id", "name", "email")),
    move=st.sampled_from((shift, pull)),
    empty=st.booleans(),
)
def test_a_cell_too_many_or_too_few_in_a_column_is_harmless(
    removal: RemovalAction,
    size: int,
    place: float,
    column: str,
    move: Callable[[list[Cells], str, int, str], list[Cells]],
    empty: bool,
) -> None:
    filler = "" if empty else FILLERS[column]
    records = move(file_of(size), column, int(place * size), filler)
    assert_harmless(run(records, accounts_of(size), policy_of(removal)))


@both
@pytest.mark.parametrize(("column", "fuse"), [("external_id", "changed.external_id"), ("email", "handed_over")])
@pytest.mark.parametrize("move", [shift, pull])
def test_a_column_shifted_from_half_way_trips(
    removal: RemovalAction, column: str, fuse: str, move: Callable[[list[Cells], str, int, str], list[Cells]]
) -> None:
    records = move(file_of(1_000), column, 500, FILLERS[column])
    night = run(records, accounts_of(1_000), policy_of(removal))
    assert fuse in night.tripped
    assert night.handed_over == 0


@both
def test_names_shifted_in_most_rows_trip(removal: RemovalAction) -> None:
    night = run(shift(file_of(100), "name", 30, "Nieuwe Naam"), accounts_of(100), policy_of(removal))
    assert "changed.name" in night.tripped


@both
@given(
    size=st.integers(1, 300),
    columns=st.permutations(("external_id", "name", "email", "functie")),
)
def test_swapped_columns_are_harmless_and_remove_nobody(removal: RemovalAction, size: int, columns: list[str]) -> None:
    names = ("external_id", "name", "email", "functie")
    records = [
        Cells(**{name: getattr(one, other) for name, other in zip(names, columns, strict=True)})
        for one in file_of(size)
    ]
    night = run(records, accounts_of(size), policy_of(removal))
    assert_harmless(night)
    assert night.removed == 0


@both
@sizes
def test_names_and_external_ids_swapped_trip(removal: RemovalAction, size: int) -> None:
    records = [replace(one, external_id=one.name, name=one.external_id) for one in file_of(size)]
    assert "changed.external_id" in run(records, accounts_of(size), policy_of(removal)).tripped


@both
@sizes
@pytest.mark.parametrize("numbered", ["alike", "otherwise"])
def test_another_organisations_file_trips(removal: RemovalAction, size: int, numbered: str) -> None:
    other = file_of(size, "buurgemeente")
    if numbered == "otherwise":
        other = [replace(one, external_id=f"B{one.external_id}") for one in other]
    night = run(other, accounts_of(size), policy_of(removal))
    assert night.tripped & ({"matched"} if numbered == "otherwise" else {"changed.name", "changed.email"})
    assert_harmless(night)
    assert night.removed == 0


@both
@given(size=st.integers(1, 300), left=st.floats(0, 1), town=st.sampled_from(("gemeente", "buurgemeente")))
def test_a_file_of_which_part_is_missing_or_somebody_elses_is_harmless(
    removal: RemovalAction, size: int, left: float, town: str
) -> None:
    records = file_of(size)[: int(left * size)]
    records += [replace(person(number, town), external_id=f"B{number}") for number in range(size + 1, size + 20)]
    assert_harmless(run(records, accounts_of(size), policy_of(removal)))


@both
@sizes
@pytest.mark.parametrize("half", ["first", "second", "every other"])
def test_half_of_the_file_trips(removal: RemovalAction, size: int, half: str) -> None:
    records = file_of(size)
    parts = {"first": records[: size // 2], "second": records[size // 2 :], "every other": records[::2]}
    night = run(parts[half], accounts_of(size), policy_of(removal))
    assert "removals" in night.tripped
    assert night.removed == 0


@both
@sizes
@pytest.mark.parametrize("column", ["external_id", "name", "email", "functie"])
def test_an_emptied_column_removes_nobody(removal: RemovalAction, size: int, column: str) -> None:
    records = [replace(one, **{column: ""}) for one in file_of(size)]
    night = run(records, accounts_of(size), policy_of(removal))
    assert night.removed == 0
    expected = {"external_id": {"changed.external_id"}, "functie": {"emptied.profile.functie"}}
    assert night.tripped >= expected.get(column, set())


@both
@sizes
@pytest.mark.parametrize("first", [1, 500_000])
def test_renumbered_external_ids_trip(removal: RemovalAction, size: int, first: int) -> None:
    """Beginning at 1, old numbers come back for other people: in the order of names, say."""
    numbers = [first + (7 * place + 3) % size for place in range(size)]
    records = [replace(one, external_id=f"{n:06}") for one, n in zip(file_of(size), numbers, strict=True)]
    night = run(records, accounts_of(size), policy_of(removal))
    assert night.tripped & {"changed.external_id", "changed.name", "handed_over"}
    assert night.handed_over == 0
    assert night.removed == 0


@both
@sizes
@pytest.mark.parametrize("readdressed", [False, True])
def test_lost_zeros_trip(removal: RemovalAction, size: int, readdressed: bool) -> None:
    records = [replace(one, external_id=one.external_id.lstrip("0")) for one in file_of(size)]
    if readdressed:
        records = [replace(one, email=f"nieuw.{one.email}") for one in records]
    night = run(records, accounts_of(size), policy_of(removal))
    assert "changed.external_id" in night.tripped
    assert night.removed == 0
    assert {problem.code for problem in night.plan.problems} == {"lost_zeros"}


@both
def test_lost_zeros_of_a_few_remove_nobody(removal: RemovalAction) -> None:
    records = file_of(100)
    records[:5] = [replace(one, external_id=one.external_id.lstrip("0")) for one in records[:5]]
    night = run(records, accounts_of(100), policy_of(removal))
    assert (night.tripped, night.removed) == (set(), 0)


@both
@given(data=st.data(), size=st.integers(10, 200))
def test_a_column_mixed_up_at_random_is_harmless(removal: RemovalAction, data: st.DataObject, size: int) -> None:
    """Sorting one column without the others."""
    column = data.draw(st.sampled_from(("external_id", "email")))
    cells = data.draw(st.permutations([getattr(one, column) for one in file_of(size)]))
    records = [replace(one, **{column: cell}) for one, cell in zip(file_of(size), cells, strict=True)]
    assert_harmless(run(records, accounts_of(size), policy_of(removal)))


@both
@sizes
def test_a_quiet_night_does_nothing(removal: RemovalAction, size: int) -> None:
    night = run(file_of(size), accounts_of(size), policy_of(removal))
    assert (night.tripped, night.plan.changes, night.plan.problems, night.plan.warnings) == (set(), (), (), ())


@both
@sizes
def test_an_ordinary_night_passes(removal: RemovalAction, size: int) -> None:
    """5 % leave, 5 % change their name, address or work, and a department arrives."""
    share = max(1, size // 20)
    stay = file_of(size)[share:]
    changed = [replace(one, name=f"{one.name}-Jansen", email=f"j.{one.email}", functie="Hoofd") for one in stay[:share]]
    newcomers = [person(number) for number in range(size + 1, size + 1 + size // 5)]
    night = run([*changed, *stay[share:], *newcomers], accounts_of(size), policy_of(removal))
    assert night.tripped == set()
    assert night.removed == share
    assert night.handed_over == 0
    assert {key(one.email) for one in (*changed, *newcomers)} <= {
        key(account.email) for account in night.subsite.accounts.values()
    }


@both
@sizes
def test_sign_ins_that_set_a_quarter_of_the_names_and_addresses_back_pass(removal: RemovalAction, size: int) -> None:
    remembered = {
        f"u{number}": Remembered(name_digest=digest(SALT, one.name), email_digest=digest(SALT, key(one.email)))
        for number, one in enumerate(file_of(size), start=1)
    }
    accounts = [
        SubsiteUser(user.guid, user.external_id, f"N. {place}", f"eigen{place}@pleio.test", False, dict(user.profile))
        if place % 4 == 0
        else user
        for place, user in enumerate(accounts_of(size))
    ]
    night = run(file_of(size), accounts, policy_of(removal), Memory(remembered, SALT))
    assert night.tripped == set()
    assert len(night.plan.changes) == size // 4
    assert [warning.code for warning in night.plan.warnings] == ["set_back_at_sign_in"]


@both
def test_a_department_that_is_all_new_to_a_small_subsite_passes_once_it_is_said(removal: RemovalAction) -> None:
    records = [*file_of(12), *(person(number) for number in range(20, 320))]
    assert run(records, accounts_of(12), policy_of(removal)).tripped == {"creates"}
    night = run(records, accounts_of(12), replace_options(policy_of(removal), max_creates=Limit(Fraction(300))))
    assert night.tripped == set()
    assert len(night.plan.changes) == 300


@both
def test_leavers_of_many_years_do_not_trip_matched(removal: RemovalAction) -> None:
    leavers = [
        SubsiteUser(f"old{n}", f"OUD{n}", f"oud{n}@gemeente.test", f"oud{n}@gemeente.test", True, {"functie": ""})
        for n in range(500)
    ]
    night = run(file_of(50), [*accounts_of(50), *leavers], policy_of(removal))
    assert "matched" not in night.tripped
    assert night.tripped == (set() if removal is Action.BAN else {"removals_banned"})


def test_the_towns_file_reads_without_a_problem() -> None:
    reading = read(file_of(30))
    assert (len(reading.users), reading.skipped) == (30, ())
