"""The fuses: limits that refuse a whole plan before its first write. Exact arithmetic on counts."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pleio_profile_sync_client.core.models import Action, Fuse
from pleio_profile_sync_client.core.policy import Limit, Policy

FEWEST_FOR_SHARES = 10
"""Below so many users a share says nothing, and the fuses on changed and emptied values and on matches don't exist."""


class Figures(Struct, frozen=True):
    """What the fuses count in a plan, and of how many. `changed` and `emptied` are value and total by field."""

    removals: int
    removable_active: int
    banned_removals: int
    removable: int
    reactivations: int
    active: int
    matched: int
    handed_over: int
    changed: Mapping[str, tuple[int, int]]
    emptied: Mapping[str, tuple[int, int]]
    linked_active: int
    linked_active_named: int
    source_users: int
    source_users_matching: int


def check_fuses(figures: Figures, policy: Policy) -> tuple[Fuse, ...]:
    """Return all fuses that exist for this plan, tripped ones marked."""
    return tuple(_fuses(figures, policy))


def explain_fuse(fuse: Fuse) -> str:
    """Return one line with the figures, and the option, with this plan's figure, that would let it pass."""
    kind, _, field = fuse.fuse.partition(".")
    counted, option = _DESCRIPTIONS.get(fuse.fuse) or _DESCRIPTIONS[kind]
    figures = f"{counted.format(field=field)}: {fuse.value:,} of {fuse.of:,}"
    is_least = kind == "matched"
    if not fuse.tripped:
        return f"{figures} ({'at least' if is_least else 'at most'} {fuse.limit:,})"
    bound = f"at least {fuse.limit:,} have to be" if is_least else f"at most {fuse.limit:,} may be"
    way_out = option if option == "--force" else f"{option} {fuse.value}"
    return f"{figures}, where {bound}. If that is right: {way_out}"


_DESCRIPTIONS = {
    "removals": ("active users to be banned or deleted", "--max-removals"),
    "removals_banned": ("banned users to be deleted", "--max-removals"),
    "reactivations": ("users to be reactivated", "--max-removals"),
    "changed": ("users whose {field} changes", "--max-changes"),
    "changed.external_id": (
        "users whose external_id changes, or is another one in the source (other_id, lost_zeros)",
        "--max-changes",
    ),
    "emptied": ("users whose {field} is emptied", "--max-changes"),
    "handed_over": ("rows whose e-mail is held by a user who is to get another one", "--force"),
    "matched": ("users who are found on the other side", "--min-matched"),
}


def _fuses(figures: Figures, policy: Policy) -> Iterator[Fuse]:
    if policy.removal is not None:
        yield _above("removals", figures.removals, figures.removable_active, policy.max_removals)
    if policy.removal is Action.DELETE:
        yield _above("removals_banned", figures.banned_removals, figures.removable, policy.max_removals)
    yield _above("reactivations", figures.reactivations, figures.active, policy.max_removals)
    yield from _shares("changed", figures.changed.items(), policy.max_changes)
    yield from _shares("emptied", figures.emptied.items(), policy.max_changes)
    limit = max(3, Limit.percentage(1).of(figures.matched))
    yield Fuse("handed_over", figures.handed_over, figures.matched, limit, tripped=figures.handed_over > limit)
    if figures.linked_active >= FEWEST_FOR_SHARES and policy.min_matched.value:
        yield _matched(figures, policy.min_matched)


def _shares(name: str, counts: Iterable[tuple[str, tuple[int, int]]], limit: Limit) -> Iterator[Fuse]:
    for field, (value, total) in counts:
        if total >= FEWEST_FOR_SHARES:
            yield _above(f"{name}.{field}", value, total, limit)


def _above(name: str, value: int, total: int, limit: Limit) -> Fuse:
    most = limit.of(total)
    return Fuse(name, value, total, most, tripped=value > most)


def _matched(figures: Figures, least: Limit) -> Fuse:
    """Take the side with the larger share: leavers pile up on the subsite, newcomers in the source."""
    value, total = figures.linked_active_named, figures.linked_active
    if figures.source_users_matching * total > value * figures.source_users:
        value, total = figures.source_users_matching, figures.source_users
    required = least.of(total)
    return Fuse("matched", value, total, required, tripped=value < required)
