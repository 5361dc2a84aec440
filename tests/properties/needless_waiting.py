"""The counterpart of `lost_people`: damaged rows that hold nothing back. Who really left has to go that night."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from pleio_profile_sync_client.core.models import Action, Memory, RemovalAction, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.properties.damage import INVISIBLE
from tests.properties.exports import EXTERNAL_IDS, VACANT, Export, export
from tests.properties.oracle import as_read, texts_to_read, trace_in, words_in
from tests.properties.planning import Files, Night, plan_night, read_file, without_limits

Row = dict[str, str]


@dataclass(frozen=True)
class Scene:
    """One row of a file, and what stands around it."""

    chance: random.Random
    town: Export
    cells: Row
    number: int

    @property
    def user(self) -> SubsiteUser | None:
        """Return the subsite's user who has the row's external_id."""
        wanted = as_read(self.cells["external_id"])
        return next((user for user in self.town.users if as_read(user.external_id or "") == wanted), None)

    def put_down(self, **cells: str) -> str:
        """Return the row as a line with these cells instead."""
        now = {**self.cells, **cells}
        return self.town.put_down([now[header] for header in self.town.headers])


Harmless = Callable[[Scene], str]
"""Returns the line that the row becomes."""


def no_email(scene: Scene) -> str:
    return scene.put_down(email=scene.chance.choice(("", "geen", "jan@", "a b@x", "a@b@c")))


def no_name(scene: Scene) -> str:
    return scene.put_down(name="")


def damaged_external_id(scene: Scene) -> str:
    return scene.put_down(external_id=scene.chance.choice(("1,23E+05", "#N/A", "5-jan", "0000", "#VERW!", "########")))


def only_the_name_left(scene: Scene) -> str:
    return scene.put_down(external_id="1,23E+05", email="")


def invisible_in_email(scene: Scene) -> str:
    return scene.put_down(email=scene.chance.choice(INVISIBLE).join(scene.cells["email"].split("@", 1)))


def unreadable_name(scene: Scene) -> str:
    return scene.put_down(name=scene.chance.choice(("JosÃ© Bos", "Jos? Bos", "Jos\ufffd Bos", "x" * 101)))


def a_cell_too_many(scene: Scene) -> str:
    return scene.put_down() + scene.town.delimiter + "x"


def a_cell_too_few(scene: Scene) -> str:
    """Lose the profile cells, wherever they stand; whoever it is can still be read."""
    left = [scene.cells[header] for header in scene.town.headers if header not in {"profile.functie", "status"}]
    return scene.town.put_down(left)


def lost_zeros(scene: Scene) -> str:
    return scene.put_down(external_id=scene.cells["external_id"].lstrip("0"))


def twice(scene: Scene) -> str:
    return scene.put_down() + scene.town.line_end + scene.put_down(name="Iemand Anders")


def another_id(scene: Scene) -> str:
    return scene.put_down(external_id=f"77{scene.number:05}")


def vacancy(scene: Scene) -> str:
    row = dict.fromkeys(scene.cells, "") | {"name": "Vacature", "status": VACANT}
    return scene.put_down() + scene.town.line_end + scene.town.put_down([row[header] for header in scene.town.headers])


def blank(scene: Scene) -> str:
    return scene.put_down() + scene.town.line_end + scene.town.delimiter * (len(scene.town.headers) - 1)


def newcomer(scene: Scene) -> str:
    return scene.put_down() + scene.town.line_end + _newcomer(scene)


def newcomer_without_email(scene: Scene) -> str:
    lacking = scene.chance.choice(({"email": ""}, {"email": "volgt"}, {"name": ""}))
    return scene.put_down() + scene.town.line_end + _newcomer(scene, **lacking)


def _newcomer(scene: Scene, **cells: str) -> str:
    new = {
        "external_id": f"88{scene.number:05}",
        "name": f"Nieuw Gekomen {'abcdefghij'[scene.number % 10] * 4}",
        "email": f"nieuw.{'abcdefghij'[scene.number // 10]}{'abcdefghij'[scene.number % 10] * 4}@gemeente.test",
    }
    return scene.put_down(**{**new, **cells})


OF_A_STAYER: tuple[Harmless, ...] = (
    *(no_email, no_name, damaged_external_id, only_the_name_left, invisible_in_email, unreadable_name),
    *(a_cell_too_many, a_cell_too_few, lost_zeros, twice, another_id, vacancy, blank, newcomer),
)
TORN = (a_cell_too_many, a_cell_too_few)
WITHOUT_GUESTS: tuple[Harmless, ...] = (newcomer_without_email,)
"""Harmless where users without an external_id stay: else it may be one of these, of whom nothing else is known."""

REMOVALS: tuple[RemovalAction, ...] = (Action.BAN, Action.DELETE)


@dataclass(frozen=True)
class Needless:
    """Removals that waited, or a leaver who stayed, for no reason."""

    seed: int
    what: str
    done: tuple[str, ...]
    text: str

    @property
    def fault(self) -> str:
        return "withheld" if "withheld" in self.what else "stays"

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.what}\n  done: {', '.join(self.done)}\n  file: {self.text!r}"


def try_file(seed: int) -> list[Needless]:
    """Damage a file harmlessly, and return what was held back although nothing asked for it."""
    chance = random.Random(seed)
    town = export(chance, chance.randrange(15, 50), chance.choice(list(EXTERNAL_IDS)))
    footer = chance.random() < 0.2
    if footer:
        first = town.headers[0]
        skip = {**town.files.skip, first: [*town.files.skip.get(first, ()), "Totaal*", "(* rows affected)"]}
        town = replace(town, files=Files(skip=skip))
    only_linked = chance.choice((None, True, False))
    lines, done = _damaged(chance, town, OF_A_STAYER if only_linked is False else OF_A_STAYER + WITHOUT_GUESTS)
    if footer:
        lines.append(chance.choice((f"Totaal{town.delimiter}39", "(39 rows affected)")))
        done.append("footer")
    text = town.text_of(lines)
    reading = read_file(text.encode(), town.files)
    assert reading is not None
    policy = without_limits(Policy(removal=chance.choice(REMOVALS), only_linked=only_linked))
    night = plan_night(reading, town.users, policy, Memory({}, b"salt"))
    return [Needless(seed, what, tuple(done), text) for what in _held_back(town, text, night, policy)]


def _damaged(chance: random.Random, town: Export, harmless: tuple[Harmless, ...]) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    done: list[str] = []
    likely = min(0.3, 3 / len(town.rows))
    last = max(number for number, row in enumerate(town.rows) if VACANT not in row)
    for number, row in enumerate(town.rows):
        scene = Scene(chance, town, dict(zip(town.headers, row, strict=True)), number)
        user = scene.user
        is_known = user is not None and as_read(user.name) == as_read(scene.cells["name"])
        if chance.random() < likely and is_known and user is not None and user.email == scene.cells["email"]:
            spoil = chance.choice(harmless)
            if spoil in TORN and number == last:
                spoil = blank  # a torn row at the end makes a file look cut off
            done.append(f"{spoil.__name__} in row {number + 2}")
            lines.append(spoil(scene))
        else:
            lines.append(scene.put_down())
    return lines, done


def _held_back(town: Export, text: str, night: Night, policy: Policy) -> list[str]:
    wrong = []
    if night.is_withheld:
        wrong.append(
            f"removals are withheld: {[one.message for one in night.plan.problems if one.code == 'removals_withheld']}"
        )
    own, whole = texts_to_read(town, text, night)
    told = [line for _, line in whole] + [f"{external_id}; {name}; {email}" for _, external_id, name, email in own]
    for user in town.users:
        may_go = bool(user.external_id) or policy.only_linked is False
        is_gone = user.guid in night.removed or (user.is_banned and policy.removal is Action.BAN)
        if may_go and not is_gone and not night.is_withheld and not any(_may_be_seen(user, line) for line in told):
            wrong.append(f"{user.guid} ({user.external_id}, {user.name}, {user.email}) stays")
    return wrong


def _may_be_seen(user: SubsiteUser, line: str) -> bool:
    """Tell whether a line bears a trace of the user, if a name's words or a number may stand anywhere, glued too."""
    if trace_in(user, line) or words_in(user.name) <= words_in(line):
        return True
    return (user.external_id or "-") in _numbers(line)


@lru_cache(maxsize=2_000)
def _numbers(line: str) -> frozenset[str]:
    return frozenset(re.findall(r"\d+", line))
