"""What the administrator chose that the plan depends on: removals, fuses, whom to leave alone, problems to accept."""

from fractions import Fraction
from math import ceil
from typing import Literal, Self

from msgspec import Struct

from pleio_profile_sync_client.core.approval_code import Code
from pleio_profile_sync_client.core.models import RemovalAction

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
    """The options that decide what a plan holds; their meaning is that of the command's options of the same names."""

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
