"""A town's export and its subsite on an ordinary morning: who stands in the file, and who on the subsite."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pleio_profile_sync_client.core.models import SubsiteUser
from tests.properties.inhabitants import OCCUPATIONS, SURNAMES, Inhabitant, somebody
from tests.properties.planning import Files

FIELDS = ("external_id", "name", "email", "profile.functie", "profile.manager", "status")
VACANT = "Vacant"
EXTERNAL_IDS: dict[str, Callable[[int, random.Random], str]] = {
    "running": lambda number, _: str(number),
    "padded": lambda number, _: f"{number * 7:06}",
    "lettered": lambda number, _: f"P{number * 13:05}",
    "spread": lambda number, chance: str(100_000 + number * 1_000 + chance.randrange(1_000)),
    "slashed": lambda number, _: f"{number:03}/{number % 9}",
    "guid": lambda _, chance: f"{chance.getrandbits(32):08x}-{chance.getrandbits(16):04x}-{chance.getrandbits(16):04x}",
}
AS_EMAIL, NO_COLUMN = "as e-mail", "no column"
NAMES = ("full", "full", "initials", "surname first", "surname first, initials")


@dataclass(frozen=True)
class Export:
    """A good file of a town (headers and cells, and how they are put down), and the subsite beside it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    users: tuple[SubsiteUser, ...]
    delimiter: str
    is_quoted: bool
    line_end: str
    files: Files = field(default_factory=lambda: Files(skip={"status": [f"{VACANT}*"]}))

    def place(self, name: str) -> int:
        """Return where a column stands; beyond all cells if it does not."""
        return self.headers.index(name) if name in self.headers else 1_000

    def put_down(self, cells: tuple[str, ...] | list[str]) -> str:
        """Return a record as a line of the file."""
        return self.delimiter.join(map(self._quoted, cells))

    def text_of(self, lines: list[str]) -> str:
        return "".join(line + self.line_end for line in (self.put_down(self.headers), *lines))

    def _quoted(self, cell: str) -> str:
        is_needed = any(special in cell for special in (self.delimiter, '"', "\n", "\r"))
        return '"' + cell.replace('"', '""') + '"' if self.is_quoted or is_needed else cell


def export(chance: random.Random, size: int, ids: str | None = None) -> Export:
    """Return a town of so many people: some left, some are new, married, moved to another address, or were banned.

    In some towns everybody has one of a few surnames. `ids` says what the external_ids look like; without it they may
    also be the e-mails, or not there at all.
    """
    ids = ids or chance.choice((*EXTERNAL_IDS, *EXTERNAL_IDS, AS_EMAIL, NO_COLUMN))
    number_of = EXTERNAL_IDS.get(ids)
    surnames = chance.sample(SURNAMES, 5) if chance.random() < 0.2 else SURNAMES
    name_style, local_style = chance.choice(NAMES), chance.choice(("full", "initial"))
    headers = [name for name in FIELDS if name != "external_id" or ids != NO_COLUMN]
    chance.shuffle(headers)
    users: list[SubsiteUser] = []
    rows: list[tuple[str, ...]] = []
    emails: set[str] = set()
    managers: list[str] = []
    for number in range(1, size + 1):
        who = somebody(chance, surnames)
        name, email = who.written(name_style), _free_email(who, local_style, emails)
        external_id = number_of(number, chance) if number_of else email * (ids == AS_EMAIL)
        functie = chance.choice(OCCUPATIONS)
        fate = chance.choices(
            ("stays", "left", "new", "married", "moved", "unlinked", "guest", "banned"), (80, 5, 2, 3, 3, 2, 2, 2)
        )[0]
        if fate != "new":
            users.append(_user(number, who, name_style, email, external_id, fate, functie, chance))
        if fate not in {"left", "guest", "banned"}:
            moved = _free_email(who, "moved", emails) if fate == "moved" else email
            cells = {
                "external_id": moved if ids == AS_EMAIL else external_id,
                "name": name,
                "email": moved,
                "profile.functie": functie,
                "profile.manager": chance.choice(managers[-5:]) if managers else "",
                "status": "In dienst",
            }
            rows.append(tuple(cells[header] for header in headers))
            managers.append(moved)
        if chance.random() < 0.03:
            rows.append(_vacancy(headers, chance))
    if chance.random() < 0.5:
        name_place = headers.index("name")
        rows.sort(key=lambda cells: cells[name_place])
    return Export(
        tuple(headers),
        tuple(rows),
        tuple(users),
        chance.choice(",;\t"),
        chance.random() < 0.3,
        chance.choice(("\n", "\r\n")),
    )


def _user(
    number: int,
    who: Inhabitant,
    style: str,
    email: str,
    external_id: str,
    fate: str,
    functie: str,
    chance: random.Random,
) -> SubsiteUser:
    if fate == "married":
        who = Inhabitant(who.first, somebody(chance).surname)
    return SubsiteUser(
        f"u{number}",
        None if fate in {"unlinked", "guest"} else external_id or None,
        who.written(style),
        email,
        fate == "banned",
        {"functie": functie, "manager": ""},
    )


def _vacancy(headers: list[str], chance: random.Random) -> tuple[str, ...]:
    cells = {"name": f"Vacature {chance.choice(OCCUPATIONS)}", "status": VACANT, "profile.functie": "x"}
    return tuple(cells.get(header, "") for header in headers)


def _free_email(who: Inhabitant, style: str, emails: set[str]) -> str:
    domain = "gemeente-nieuw.test" if style == "moved" else "gemeente.test"
    local = who.local_part(style)
    email = next(email for n in range(10_000) if (email := f"{local}{n or ''}@{domain}") not in emails)
    emails.add(email)
    return email
