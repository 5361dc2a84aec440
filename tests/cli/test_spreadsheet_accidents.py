"""What spreadsheets and hands do to a row of a file, each through the process, with everything that removes.

A hundred people are in the file and on the subsite, and two who left. Nobody who stands in the file may be lost, and
whether the leavers go says whether the row was explained.
"""

import csv
import io
from collections.abc import Callable

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended

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


class Town:
    def __init__(self, command: Command, sandbox: RunningSandbox) -> None:
        self.command = command
        self.sandbox = sandbox
        for number in range(1, SIZE + 3):
            external_id, name, email, _ = person(number)
            sandbox.store.users.add(external_id=external_id, name=name, email=email)

    def write(self, damaged: str, number: int = VICTIM, headers: Row = HEADERS) -> None:
        lines = [damaged if one == number else line(person(one)) for one in range(1, SIZE + 1)]
        text = "\n".join([line(headers), *lines]) + "\n"
        (self.command.folder / "users.csv").write_text(text, "utf-8")

    def sync(self, *options: str) -> Ended:
        return self.command(
            "--source", "users.csv", "--destination", self.sandbox.url, *options, environ={"API_SECRET": SECRET}
        )

    def left(self) -> set[str]:
        return {user.email for user in self.sandbox.store.users.everybody() if not user.is_banned}


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    return Town(command, sandbox)


STAY = {person(number)[2] for number in range(1, SIZE + 1)}
LEAVERS = {person(number)[2] for number in (SIZE + 1, SIZE + 2)}


@pytest.mark.parametrize("accident", EXPLAINED.values(), ids=EXPLAINED.keys())
def test_whoever_can_be_read_stays_and_leavers_go(town: Town, accident: Accident) -> None:
    town.write(accident(person(VICTIM)))
    ended = town.sync("--delete", "--only-linked", "true")
    assert ended.status == 1
    assert town.left() == STAY, ended.out


@pytest.mark.parametrize(("accident", "codes"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_nobody_is_lost_whatever_else_becomes_of_the_row(town: Town, accident: Accident, codes: set[str]) -> None:
    town.write(accident(person(VICTIM)))
    ended = town.sync("--delete", "--only-linked", "true")
    assert {code for code in codes if code in ended.out} == codes
    assert town.left() >= STAY, ended.out


def test_accepting_the_problem_takes_no_protection_away(town: Town) -> None:
    town.write(changed(id="#N/A", email="")(person(VICTIM)))
    ended = town.sync("--delete", "--only-linked", "true", "--accept", "no_value")
    assert ended.status == 0
    assert town.left() == STAY


def test_a_row_that_nothing_explains_keeps_all_removals_waiting(town: Town) -> None:
    town.write("#N/A,Iemand Anders,,x")
    ended = town.sync("--delete", "--only-linked", "true", "--accept", "no_value")
    assert "removals_withheld" in ended.out
    assert town.left() == STAY | LEAVERS


def test_a_torn_row_whose_email_slides_under_skip_is_no_vacancy(town: Town) -> None:
    (town.command.folder / "sync.toml").write_text('[skip]\n"profile.note" = ["kanarie*"]\n', "utf-8")
    external_id, name, email, _ = person(VICTIM)
    town.write(f"{external_id}x,,{name},{email},")
    ended = town.sync("--delete", "--only-linked", "true", "--config", "sync.toml")
    assert "ragged_row" in ended.out
    assert town.left() == STAY


def test_a_typing_error_in_protect_deletes_nobody(town: Town) -> None:
    town.write(line(person(VICTIM)))
    ended = town.sync("--delete", "--only-linked", "true", "--protect", "kanari.*@gemeente.test")
    assert ended.status == 1
    assert "unused_pattern" in ended.out
    assert town.left() == STAY | LEAVERS
    town.sync("--delete", "--only-linked", "true", "--protect", "kanari.*@gemeente.test", "--accept", "unused_pattern")
    assert town.left() == STAY


def test_eight_rows_that_a_spreadsheet_wrapped_lose_nobody(town: Town) -> None:
    lines = [wrapped(person(one)) if one <= 8 else line(person(one)) for one in range(1, SIZE + 1)]
    (town.command.folder / "users.csv").write_text("\n".join([line(HEADERS), *lines]) + "\n", "utf-8")
    ended = town.sync("--delete", "--only-linked", "true")
    assert ended.out.count("ragged_row") >= 8
    assert town.left() == STAY


def test_explain_says_what_keeps_somebody(town: Town) -> None:
    external_id, name, email, _ = person(VICTIM)
    town.write(f"9999,{name},Kanarie {email},x,y")
    ended = town.command(
        *("explain", external_id, "--source", "users.csv", "--destination", town.sandbox.url, "--delete"),
        environ={"API_SECRET": SECRET},
    )
    assert f"stays: line {VICTIM + 1}, which can't be read reliably, contains the e-mail" in ended.out


@pytest.mark.parametrize("debris", ["'{}", '="{}"', "{};", "({})"])
def test_a_key_with_a_spreadsheets_debris_around_it_makes_no_second_account(town: Town, debris: str) -> None:
    external_id, name, _, _ = person(VICTIM)
    town.write(line([debris.format(external_id), name, "nieuw.adres@gemeente.test", "x"]))
    ended = town.sync("--delete", "--only-linked", "true")
    assert ended.status == 1
    assert "same_name" in ended.out
    assert town.left() == STAY
