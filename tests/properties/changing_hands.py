"""Accounts that change hands: whether a night gives an account to another person, told as plainly as can be."""

import random
import re
import unicodedata
from dataclasses import dataclass

from pleio_profile_sync_client.core.models import Action, Change, Guid, Memory, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from tests.model_subsite import ModelSubsite, apply_plan
from tests.properties.column_accidents import Others, some_accident
from tests.properties.damage import damage
from tests.properties.exports import EXTERNAL_IDS, Export, export
from tests.properties.inhabitants import plain
from tests.properties.planning import NOW_S, Night, plan_night, read_file, without_limits

PROFILE = ("functie", "manager")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Morning:
    """A night that was carried out: the accounts before it and after it."""

    night: Night
    before: dict[Guid, SubsiteUser]
    after: dict[Guid, SubsiteUser]
    memory: Memory

    @property
    def changed(self) -> list[tuple[SubsiteUser, SubsiteUser]]:
        """Those who were there before and are otherwise now."""
        return [
            (old, self.after[guid])
            for guid, old in self.before.items()
            if guid in self.after and self.after[guid] != old
        ]


def spend_night(text: str, town: Export, policy: Policy, memory: Memory | None = None) -> Morning | None:
    """Read, plan and carry out a night, unless a fuse trips; None where the file is refused as a whole."""
    reading = read_file(text.encode("utf-8", "replace"), town.files)
    if reading is None:
        return None
    memory = memory or Memory({}, b"salt")
    night = plan_night(reading, town.users, policy, memory)
    subsite = ModelSubsite(town.users, PROFILE)
    if policy.force or not night.tripped:
        applied = apply_plan(subsite, night.plan, memory, now_s=NOW_S, seed=len(text))
        assert all(write.guid is None and not write.external_id for write in applied.refused), applied.refused
        memory = applied.memory
    return Morning(
        night, {user.guid: user for user in town.users}, {user.guid: user for user in subsite.users()}, memory
    )


def addresses_passed_on(morning: Morning) -> list[str]:
    """Return who got an address that another user had who was there before."""
    holders = {user.email.lower(): user for user in morning.before.values()}
    return [
        f"{old.guid} ({old.name}, {old.email}) got {new.email} of {holder.guid}"
        for old, new in morning.changed
        if (holder := holders.get(new.email.lower())) is not None and holder.guid != old.guid
    ]


def strangers(morning: Morning) -> list[str]:
    """Return whose name and e-mail share nothing with what they were: no word, and not what stands before the `@`."""
    return [
        f"{old.guid} ({old.name}, {old.email}) became {new.name}, {new.email}"
        for old, new in morning.changed
        if not traits(old) & traits(new)
    ]


def traits(user: SubsiteUser) -> set[str]:
    """Return what may be shared: words of three letters or more, the whole name in any order, the local part."""
    local = user.email.lower().rpartition("@")[0]
    text = unicodedata.normalize("NFC", f"{user.name} {local}".replace("'", ""))
    words = [plain(word).strip("0123456789") for word in _WORDS.findall(text)]
    name = " ".join(sorted(plain(word) for word in _WORDS.findall(user.name)))
    return {f"local {local}", f"name {name}", *(word for word in words if len(word) >= 3)} - {"local ", "name "}


def not_settled(morning: Morning, text: str, town: Export, policy: Policy) -> list[str]:
    """Return what planning again would still change."""
    if morning.night.tripped:
        return []
    reading = read_file(text.encode("utf-8", "replace"), town.files)
    assert reading is not None
    again = plan_night(reading, morning.after.values(), policy, morning.memory)
    return (
        [str(change) for change in again.plan.changes if not _may_be_refused(change)] if not again.is_withheld else []
    )


def _may_be_refused(change: Change) -> bool:
    """Tell whether the subsite may refuse it every night: a create without an external_id."""
    return change.action is Action.CREATE and not change.external_id


def others_of(chance: random.Random, town: Export, column: str) -> Others:
    """Return what else could stand in a column of this town."""
    elsewhere = export(chance, len(town.rows) + 5, "running")
    fillers = {
        "external_id": "999999",
        "name": "Nieuwe Collega",
        "email": "nieuw@gemeente.test",
    }
    place, other_place = town.place(column), elsewhere.place(column)
    yesterday = [row[place] for number, row in enumerate(town.rows) if number % 17 != 3]
    there = [row[other_place].replace("gemeente", "buurgemeente") for row in elsewhere.rows]
    return Others(fillers.get(column, "iets"), yesterday, there)


def settled_town(chance: random.Random, size: int, ids: str | None = None) -> Export:
    """Return a town whose subsite is as last night's run left it, and whose file says the same."""
    town = export(chance, size, ids)
    users = []
    rows = []
    for number, row in enumerate(town.rows):
        cells = dict(zip(town.headers, row, strict=True))
        if not cells["email"]:
            continue
        profile = {"functie": cells["profile.functie"], "manager": cells["profile.manager"]}
        users.append(
            SubsiteUser(
                f"u{number}", cells["external_id"], cells["name"], cells["email"], is_banned=False, profile=profile
            )
        )
        rows.append(row)
    return Export(town.headers, tuple(rows), tuple(users), town.delimiter, town.is_quoted, town.line_end, town.files)


def renumbered(chance: random.Random, town: Export) -> list[tuple[str, ...]]:
    """Return the rows after people came and left, with external_ids that are the places in the file."""
    rows = [list(row) for row in town.rows]
    for _ in range(chance.choice((0, 0, 1, 2))):
        del rows[chance.randrange(len(rows))]
    elsewhere = export(chance, 12, "running")
    for number in range(chance.choice((1, 1, 2, 5))):
        cells = dict(zip(elsewhere.headers, elsewhere.rows[number % len(elsewhere.rows)], strict=True))
        email = cells["email"].replace("@", f".nieuw{number}@")
        new = [email if header == "email" else cells[header] for header in town.headers]
        rows.insert(chance.randrange(len(rows) + 1), new)
    for number, row in enumerate(rows, start=1):
        row[town.place("external_id")] = str(number)
    return [tuple(row) for row in rows]


POLICIES = (
    Policy(),
    Policy(removal=Action.DELETE, only_linked=True),
    Policy(removal=Action.BAN, only_linked=False),
    without_limits(Policy(reactivate=True)),
    without_limits(Policy(removal=Action.DELETE, only_linked=False)),
)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a morning, and how it came."""

    fault: str
    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.fault}: {self.what}\n  {self.how}"


def try_file(seed: int) -> list[Wrong]:
    """Spoil a town's file in several ways, spend a night with it, and return what is wrong with the morning."""
    chance = random.Random(seed)
    size, ids = chance.choice((12, 30, 60, 120)), chance.choice(list(EXTERNAL_IDS))
    town = settled_town(chance, size, ids) if chance.random() < 0.5 else export(chance, size, ids)
    rows: list[tuple[str, ...]] = list(town.rows)
    done: list[str] = []
    if chance.random() < 0.2:
        rows = renumbered(chance, town)
        done.append("people inserted and taken out, and all numbered anew")
    for _ in range(chance.choice((1, 1, 2, 3)) if not done or chance.random() < 0.3 else 0):
        column = chance.choice(("external_id", "external_id", "name", "email", "email", "profile.functie"))
        name, rows = some_accident(chance, rows, town.place(column), others_of(chance, town, column))
        done.append(f"{column} {name}")
    spoilt = Export(town.headers, tuple(rows), town.users, town.delimiter, town.is_quoted, town.line_end, town.files)
    text = spoilt.text_of([spoilt.put_down(row) for row in rows])
    if chance.random() < 0.3:
        damaged = damage(chance, spoilt)
        text = damaged.text.replace("\ufffd", "?")
        done += damaged.done
    policy = chance.choice(POLICIES)
    morning = spend_night(text, spoilt, policy)
    if morning is None:
        return []
    how = f"seed {seed}, {size} people, {'; '.join(done)}, {policy.removal}, {policy.only_linked}, {policy.max_changes}"
    return [
        *(Wrong("an address passed on", one, how) for one in addresses_passed_on(morning)),
        *(Wrong("a stranger", one, how) for one in strangers(morning)),
        *(Wrong("not settled", one, how) for one in not_settled(morning, text, spoilt, policy)),
    ]
