"""Damaged files by the thousand: is anybody removed who can still be read in the file?

A file is told by its seed, and what is found is made as small as it goes.
"""

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pleio_profile_sync_client.core.models import Action, RemovalAction, SubsiteUser
from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, Policy
from tests.properties.damage import damage, lose_column, swap_headers
from tests.properties.exports import Export, export
from tests.properties.oracle import lost_people
from tests.properties.planning import GRACE_S, absent_for_long, plan_night, read_file, without_limits

REMOVALS: tuple[RemovalAction, ...] = (Action.BAN, Action.DELETE)
HARSHEST = without_limits(Policy(removal=Action.DELETE, only_linked=False, accept=frozenset(ACCEPTABLE_PROBLEMS)))
"""Whom the other combinations remove, this one removes too."""
POLICIES = tuple(
    without_limits(
        Policy(
            removal=removal,
            only_linked=only_linked,
            accept=accept,
            grace_s=grace_s,
            protect=protect,
            scope=scope,
            relink=relink,
            reactivate=True if relink else None,
        )
    )
    for removal, only_linked, accept, grace_s, protect, scope, relink in itertools.product(
        REMOVALS,
        (None, True, False),
        (frozenset[str](), frozenset(ACCEPTABLE_PROBLEMS)),
        (None, GRACE_S),
        ((), ("*1@gemeente.test",), ("nobody@nowhere.test",)),
        ((), ("*@gemeente.test", "*1")),
        (False, True),
    )
)
SIZES = range(20, 60)


@dataclass(frozen=True)
class Lost:
    """A person who is removed although the file still tells of them."""

    seed: int
    export: Export
    text: str
    policy: Policy
    user: SubsiteUser
    where: str
    done: tuple[str, ...]

    @property
    def fault(self) -> str:
        return self.where.partition(":")[0].split(", ")[-1]


def try_file(seed: int) -> list[Lost]:
    """Damage one file, plan with the harshest options and two others, and return who is lost."""
    chance = random.Random(seed)
    town = export(chance, chance.choice(SIZES))
    if chance.random() < 0.06:
        town = chance.choice((swap_headers, lose_column))(chance, town)
    damaged = damage(chance, town)
    reading = read_file(damaged.data, town.files)
    if reading is None:
        return []
    text = damaged.text
    memory = absent_for_long(town.users)
    return [
        Lost(seed, town, text, policy, user, where, damaged.done)
        for policy in (HARSHEST, *chance.sample(POLICIES, 2))
        for user, where in lost_people(town, text, plan_night(reading, town.users, policy, memory))
    ]


def shrink(lost: Lost) -> Lost:
    """Take lines and users away as long as the same person is still lost."""
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in _smaller(lost):
            found = _again(smaller)
            if found is not None:
                lost, is_smaller = found, True
                break
    return lost


def _smaller(lost: Lost) -> Iterator[Lost]:
    lines = re.split(r"(?<=\n)", lost.text)
    for size in (16, 8, 4, 2, 1):
        for start in range(1, len(lines), size):
            text = "".join((*lines[:start], *lines[start + size :]))
            if text != lost.text:
                yield replace(lost, text=text)
        users = lost.export.users
        for start in range(0, len(users), size):
            left = (*users[:start], *users[start + size :])
            if lost.user in left and left != users:
                yield replace(lost, export=replace(lost.export, users=left))


def _again(lost: Lost) -> Lost | None:
    reading = read_file(lost.text.encode(), lost.export.files)
    if reading is None:
        return None
    night = plan_night(reading, lost.export.users, lost.policy, absent_for_long(lost.export.users))
    found = {user.guid: where for user, where in lost_people(lost.export, lost.text, night)}
    return replace(lost, where=found[lost.user.guid]) if lost.user.guid in found else None


def describe(lost: Lost) -> str:
    options = {
        name: value
        for name in ("removal", "only_linked", "accept", "grace_s", "protect", "scope", "relink")
        if (value := getattr(lost.policy, name)) != getattr(Policy(), name)
    }
    if "accept" in options:
        options["accept"] = "all"
    users = "\n".join(
        f"  {user.guid} {user.external_id!r} {user.name!r} {user.email!r}{' banned' if user.is_banned else ''}"
        for user in lost.export.users
    )
    return (
        f"seed {lost.seed}: {lost.user.guid} is lost, {lost.where}\n  done: {'; '.join(lost.done)}\n"
        f"  options: {options}\n  file: {lost.text!r}\n  users:\n{users}"
    )
