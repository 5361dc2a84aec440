"""What an administrator signs: a code that stands for one plan and no other, and what is said if the plan is another
now.

A code reads `plan-20261124-c12u3b4-k7q2m9x4wp3nabcd`: what it covers, the day, the counts by action, and a digest of
the day, the subsite and every change. Nothing personal can be read from it, and no state is needed to check it.
"""

import re
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import blake2b
from typing import Literal, Self

import msgspec
from msgspec import Struct

from pleio_profile_sync_client.core.models import Action, Change, Removal

Coverage = Literal["plan", "removals"]
"""What a code covers: every change of the plan, or its bans and deletes alone."""

GOOD_FOR = timedelta(days=7)
_DIGEST_BYTES = 10  # 80 bits: more than anybody tries out against a subsite
_LETTERS = {
    Action.CREATE: "c",
    Action.UPDATE: "u",
    Action.REACTIVATE: "r",
    Action.BAN: "b",
    Action.DELETE: "d",
}
_CODE = re.compile(r"(plan|removals)-(\d{8})-((?:[curbd][1-9]\d*)*)-([a-z2-7]{16})")
_COUNT = re.compile(r"([curbd])(\d+)")


class Code(Struct, frozen=True):
    """A code taken apart: what it covers, the day it was made, how many changes of each action, and their digest."""

    coverage: Coverage
    day: date
    counts: Mapping[Action, int]
    digest: str

    def __str__(self) -> str:
        """Return the code as it is shown and typed."""
        counts = "".join(f"{_LETTERS[action]}{self.counts[action]}" for action in Action if self.counts.get(action))
        return f"{self.coverage}-{self.day:%Y%m%d}-{counts}-{self.digest}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the code that a text spells, in any case; raise ValueError if it is not a code."""
        found = _CODE.fullmatch(text.strip().lower())
        if found is None:
            raise ValueError("not a code that a dry run shows")
        coverage, day, counts, digest = found.groups()
        actions = {letter: action for action, letter in _LETTERS.items()}
        return cls(
            "plan" if coverage == "plan" else "removals",
            date(int(day[:4]), int(day[4:6]), int(day[6:])),
            {actions[letter]: int(number) for letter, number in _COUNT.findall(counts)},
            digest,
        )

    @property
    def expires(self) -> date:
        """The last day on which the code is valid."""
        return self.day + GOOD_FOR


def make_code(coverage: Coverage, changes: Iterable[Change], *, day: date, destination: str) -> Code:
    """Return the code of these changes, whatever their order; of the removals among them alone if it covers those."""
    covered = [change for change in changes if coverage == "plan" or isinstance(change, Removal)]
    hashed = blake2b(digest_size=_DIGEST_BYTES)
    hashed.update(msgspec.json.encode((coverage, day, destination)))
    for line in sorted(map(_spell, covered)):
        hashed.update(line)
    counts = Counter(change.action for change in covered)
    return Code(coverage, day, counts, b32encode(hashed.digest()).decode().lower())


def explain_difference(approved: Code, now: Code, *, today: date) -> str | None:
    """Return why an approval is not valid for the plan as it is now; None if it is.

    `now` is the present plan's code, made for the approved code's day.
    """
    if today > approved.expires:
        return f"the approval of {approved.day:%Y-%m-%d} has expired: it was valid until {approved.expires:%Y-%m-%d}"
    if today < approved.day:
        return f"the approval is dated {approved.day:%Y-%m-%d}, which is in the future; is this machine's clock right?"
    if approved.digest == now.digest and approved.counts == now.counts:
        return None
    if approved.counts == now.counts:
        return (
            f"the plan is not the one that was approved: still {_count(now)}, but for other people or with other values"
        )
    return f"the plan is not the one that was approved: {_count(approved)} then, {_count(now)} now"


def _count(code: Code) -> str:
    return (
        ", ".join(f"{code.counts[action]:,} {action}" for action in Action if code.counts.get(action)) or "no changes"
    )


def _spell(change: Change) -> bytes:
    """Return everything that the change does, so that two different changes never look alike.

    The row's line is not part of it, since rows may change places; the avatar counts by its bytes.
    """
    if isinstance(change, Removal):
        facts: tuple[object, ...] = (change.external_id, change.email, change.name, change.is_banned)
    else:
        groups = sorted(change.groups)
        avatar = change.avatar.digest if change.avatar is not None else None
        facts = (change.external_id, change.email, sorted(change.fields.items()), groups, avatar, change.marks)
    return msgspec.json.encode((change.action, change.guid, facts)) + b"\n"
