"""What the administrator chose that the plan depends on: removals, limits, whom to leave alone, problems to accept."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from fractions import Fraction
from math import ceil
from typing import Literal, Self

from msgspec import Struct

from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Action, RemovalAction, SubsiteUser

ROW_PROBLEMS = (
    "bad_quotes",
    "ragged_row",
    "control_character",
    "no_value",
    "missing_name",
    "missing_email",
    "invalid_email",
    "too_long",
    "scientific_number",
    "placeholder",
    "mojibake",
    "duplicate_external_id",
    "duplicate_email",
)
"""The problems that a row is skipped for, in the order in which the first one counts."""

AVATAR_PROBLEMS = ("avatar_missing", "avatar_outside", "avatar_not_jpeg", "avatar_too_large")
MATCH_PROBLEMS = (
    "lost_zeros",
    "other_id",
    "other_person",
    "handed_over",
    "same_name",
    "taken",
    "circle",
    "ambiguous",
    "needs_external_id",
)
RUN_PROBLEMS = ("removals_withheld", "undecided", "awaiting_approval", "group_missing")
"""The problems of the whole run; these can't be accepted."""

ACCEPTABLE_PROBLEMS = (*ROW_PROBLEMS, *AVATAR_PROBLEMS, *MATCH_PROBLEMS, "unused_pattern")
"""All others: `unused_pattern` is one of the whole run, and the only one that no longer withholds once accepted."""


class Limit(Struct, frozen=True):
    """A fuse's limit: a number of users, or a percentage of them."""

    value: Fraction
    is_percentage: bool = False

    @classmethod
    def percentage(cls, value: int) -> Self:
        """Return a limit of so many per cent."""
        return cls(Fraction(value), is_percentage=True)

    def of(self, total: int) -> int:
        """Return the limit in users: a percentage rounded up, and at least 1 unless it is 0 %."""
        if not self.is_percentage:
            return int(self.value)
        if not self.value:
            return 0
        return max(1, ceil(total * self.value / 100))


class Policy(Struct, frozen=True):
    """The options that decide what is in a plan; they mean the same as the command's options with these names."""

    removal: RemovalAction | None = None
    grace_s: float | None = None
    max_removals: Limit = Limit.percentage(10)
    max_changes: Limit = Limit.percentage(30)
    max_creates: Limit = Limit.percentage(50)
    min_listed: Limit = Limit.percentage(90)
    min_matched: Limit = Limit.percentage(50)
    force: bool = False
    protect: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    only_linked: bool | None = None
    relink: bool = False
    reactivate: bool | None = None
    accept: frozenset[str] = frozenset()
    full: bool = False
    only: str | None = None
    approval: Literal["none", "removals", "all"] = "none"
    approved: Code | None = None


SYSTEM_USERS = "*@localhost"
"""The subsite's own users (`externalcontent@localhost`, observed); the subsite does not protect them."""


class Patterns(Struct, frozen=True):
    """Globs, ready for use; no globs cover nobody.

    Those that begin with `*` and have no other special character are in `endings` (a plain comparison is three times as
    fast, and everybody is compared with `*@localhost`), the others in `expression`.
    """

    endings: tuple[str, ...]
    expression: re.Pattern[str] | None

    def covers(self, user: SubsiteUser) -> bool:
        """Tell whether the user's e-mail or external_id matches one of the globs, in any case."""
        email, external_id = key(user.email), key(user.external_id)
        if email.endswith(self.endings) or external_id.endswith(self.endings):
            return True
        if self.expression is None:
            return False
        return bool(self.expression.match(email) or self.expression.match(external_id))


class Allowance(Struct, frozen=True):
    """Whom the options allow to be removed, whether or not a row names them; grace does not count here."""

    removal: RemovalAction | None
    protected: Patterns
    scope: Patterns | None
    only_linked: bool | None

    def covers(self, user: SubsiteUser) -> bool:
        """Tell whether the user may be removed; a banned user is not banned again."""
        return self.concerns(user) and (bool(user.external_id) or self.only_linked is False)

    def concerns(self, user: SubsiteUser) -> bool:
        """Tell the same, ignoring whether the user has an external_id."""
        if self.removal is None or (user.is_banned and self.removal is Action.BAN):
            return False
        return not self.protected.covers(user) and (self.scope is None or self.scope.covers(user))


def make_allowance(policy: Policy) -> Allowance:
    """Return whom the policy allows to be removed; the subsite's own users never are."""
    scope = compile_patterns(policy.scope) if policy.scope else None
    protected = compile_patterns((SYSTEM_USERS, *policy.protect))
    return Allowance(policy.removal, protected, scope, policy.only_linked)


def compile_patterns(globs: Iterable[str]) -> Patterns:
    """Return the globs ready for use; `*`, `?` and `[…]` as in a shell."""
    wanted = [key(glob) for glob in globs]
    endings = tuple(glob[1:] for glob in wanted if _is_ending(glob))
    others = [translate(glob) for glob in wanted if not _is_ending(glob)]
    return Patterns(endings, re.compile("|".join(others)) if others else None)


def find_unused(globs: Iterable[str], users: Sequence[SubsiteUser]) -> list[str]:
    """Return the globs that cover nobody; none while there are no users."""
    return [glob for glob in globs if users and not any(map(compile_patterns([glob]).covers, users))]


def _is_ending(glob: str) -> bool:
    return glob.startswith("*") and not any(special in glob[1:] for special in "*?[")
