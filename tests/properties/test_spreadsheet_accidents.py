"""What spreadsheets and hands do to a row of a file, with everything that removes.

A hundred people are in the file and on the subsite, and two who left. Nobody who stands in the file may be lost, and
whether the leavers go says whether the row was explained.
"""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action, RemovalAction, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.properties.changing_hands import Morning, spend_night
from tests.properties.exports import Export
from tests.properties.planning import Files

Row = list[str]
Accident = Callable[[Row], str]

HEADERS = ["external_id", "name", "email", "profile.note"]
SIZE, VICTIM = 100, 40


def person(number: int) -> Row:
    letters = f"{chr(97 + number % 26)}{chr(97 + number // 26)}"
    return [f"{number:04}", f"Kanarie{letters} Naam{letters}", f"kanarie.{letters}@gemeente.test", "x"]


def line(row: Row) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue()


def changed(**cells: str) -> Accident:
    return lambda row: line(
        [cells.get(header, cell) for header, cell in zip(("id", "name", "email", "note"), row, strict=True)]
    )


def wide(text: str) -> str:
    """Return the text in full-width letters, digits and marks."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def wrapped(row: Row) -> str:
    """Return what a Dutch Excel makes of a line of commas that holds a quote: one cell."""
    inner = line([row[0], f'{row[1]} "Joop"', row[2], row[3]])
    return '"' + inner.replace('"', '""') + '"'


EXPLAINED: dict[str, Accident] = {
    "external_id and e-mail swapped": lambda row: line([row[2], row[1], row[0], row[3]]),
    "Jan <m@x>": lambda row: line([row[0], row[1], f"Jan <{row[2]}>", row[3]]),
    "Jan <m@x> and another external_id": lambda row: line(["9999", row[1], f"Jan <{row[2]}>", row[3]]),
    "two addresses in one cell": lambda row: line(["9999", row[1], f"{row[2]}; thuis@elders.test", row[3]]),
    "a delimiter lost between external_id and name": lambda row: f"{row[0]}{row[1]},{row[2]},{row[3]}",
    "a delimiter lost between name and e-mail": lambda row: f"{row[0]},{row[1]}{row[2]},{row[3]}",
    "wrapped into one cell": wrapped,
    "a zero-width space in both keys": lambda row: line([f"00\u200b{row[0][2:]}", row[1], f"\u200b{row[2]}", row[3]]),
    "a left-to-right mark in both keys": lambda row: line([f"{row[0]}\u200e", row[1], f"{row[2]}\u200e", row[3]]),
    "#N/A and no e-mail": changed(id="#N/A", email=""),
    "NULL and no e-mail": changed(id="NULL", email=""),
    "- and no e-mail": changed(id="-", email=""),
    "40.0 and no e-mail": lambda row: line([f"{int(row[0])}.0", row[1], "", row[3]]),
    "5-jan and no e-mail": changed(id="5-jan", email=""),
}
"""Their own e-mail, name or external_id still tells whose row it is."""

OTHERWISE: dict[str, tuple[Accident, set[str]]] = {
    "full-width letters in both keys": (
        lambda row: line([wide(row[0]), row[1], wide(row[2]).replace("\uff20", "@"), row[3]]),
        set(),
    ),
    "all of the e-mail in full width": (lambda row: line(["9999", row[1], wide(row[2]), row[3]]), {"invalid_email"}),
    "both keys changed": (lambda row: line(["9999", row[1], "nieuw@elders.test", row[3]]), {"same_name"}),
    "both keys changed, no e-mail yet": (changed(id="9999", email=""), {"missing_email"}),
    "#VERW! beside a valid e-mail": (changed(id="#VERW!", email="nieuw@elders.test"), {"no_value"}),
    "a newcomer's external_id in the row's place": (changed(id="9999"), {"other_id"}),
}


def users() -> tuple[SubsiteUser, ...]:
    people = ((number, person(number)) for number in range(1, SIZE + 3))
    return tuple(
        SubsiteUser(f"u{number}", external_id, name, email, is_banned=False)
        for number, (external_id, name, email, _) in people
    )


def spend(
    damaged: str, *, removal: RemovalAction = Action.DELETE, skip: dict[str, list[str]] | None = None, **policy: Any
) -> Morning:
    """Spend a night with a file in which this stands in the place of the victim's row."""
    return spend_with(
        [damaged if one == VICTIM else line(person(one)) for one in range(1, SIZE + 1)], removal, skip, policy
    )


def spend_with(
    lines: list[str], removal: RemovalAction, skip: dict[str, list[str]] | None, policy: dict[str, Any]
) -> Morning:
    town = Export(tuple(HEADERS), (), users(), ",", is_quoted=False, line_end="\n", files=Files(skip=skip or {}))
    morning = spend_night(town.text_of(lines), town, Policy(removal=removal, only_linked=True, **policy))
    assert morning is not None
    return morning


def left(morning: Morning) -> set[str]:
    return {user.email for user in morning.after.values() if not user.is_banned}


STAY = {person(number)[2] for number in range(1, SIZE + 1)}
LEAVERS = {person(number)[2] for number in (SIZE + 1, SIZE + 2)}


@pytest.mark.parametrize("removal", [Action.BAN, Action.DELETE])
@pytest.mark.parametrize("accident", EXPLAINED.values(), ids=EXPLAINED.keys())
def test_whoever_can_be_read_stays_and_leavers_go(removal: RemovalAction, accident: Accident) -> None:
    morning = spend(accident(person(VICTIM)), removal=removal)
    assert morning.night.codes
    assert left(morning) == STAY


@pytest.mark.parametrize(("accident", "codes"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_nobody_is_lost_whatever_else_becomes_of_the_row(accident: Accident, codes: set[str]) -> None:
    morning = spend(accident(person(VICTIM)))
    assert codes <= told(morning)
    assert left(morning) >= STAY


def told(morning: Morning) -> set[str]:
    plan = morning.night.plan
    return {finding.code for finding in (*plan.problems, *plan.warnings)}


def test_accepting_the_problem_takes_no_protection_away() -> None:
    morning = spend(changed(id="#N/A", email="")(person(VICTIM)), accept=frozenset({"no_value"}))
    assert left(morning) == STAY


def test_a_row_that_nothing_explains_keeps_all_removals_waiting() -> None:
    morning = spend("#N/A,Iemand Anders,,x", accept=frozenset({"no_value"}))
    assert morning.night.is_withheld
    assert left(morning) == STAY | LEAVERS


def test_a_torn_row_whose_email_slides_under_skip_is_no_vacancy() -> None:
    external_id, name, email, _ = person(VICTIM)
    morning = spend(f"{external_id}x,,{name},{email},", skip={"profile.note": ["kanarie*"]})
    assert "ragged_row" in told(morning)
    assert left(morning) == STAY


def test_a_typing_error_in_protect_deletes_nobody() -> None:
    mistyped: dict[str, Any] = {"protect": ("kanari.*@gemeente.test",)}
    morning = spend(line(person(VICTIM)), **mistyped)
    assert "unused_pattern" in told(morning)
    assert left(morning) == STAY | LEAVERS
    assert left(spend(line(person(VICTIM)), **mistyped, accept=frozenset({"unused_pattern"}))) == STAY


def test_eight_rows_that_a_spreadsheet_wrapped_lose_nobody() -> None:
    lines = [wrapped(person(one)) if one <= 8 else line(person(one)) for one in range(1, SIZE + 1)]
    morning = spend_with(lines, Action.DELETE, None, {})
    assert morning.night.codes.count("ragged_row") == 8
    assert left(morning) == STAY
