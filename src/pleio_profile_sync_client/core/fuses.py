"""The fuses: limits that refuse a whole plan before its first write. Exact arithmetic on counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core.matching import Match, Matching
from pleio_profile_sync_client.core.models import Action, Fuse, SubsiteUser
from pleio_profile_sync_client.core.policy import Limit, Policy
from pleio_profile_sync_client.core.removals import Removals, make_allowance
from pleio_profile_sync_client.core.rules import Kinds, Unwritable, Written

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


_ID_PROBLEMS = ("other_id", "lost_zeros")


def count_figures(
    kinds: Kinds,
    handed_over: frozenset[int],
    removals: Removals,
    *,
    matching: Matching,
    policy: Policy,
) -> Figures:
    """Count what each fuse looks at. Only the figures on matches look past what `--only` selects."""
    users = matching.directory.users
    active = [user for user in users if not user.is_banned]
    linked_active = [user for user in active if user.external_id]
    removable = _removable(users, policy)
    updated = [judgement for judgement in kinds.written if judgement.match.user is not None]
    matched = [judgement.match for judgement in kinds.unchanged]
    matched += [judgement.match for judgement in updated]
    banned_removals = sum(removal.is_banned for removal in removals.removals)
    return Figures(
        removals=len(removals.removals) - banned_removals,
        removable_active=sum(not user.is_banned for user in removable),
        banned_removals=banned_removals,
        removable=len(removable),
        reactivations=sum(judgement.write.action is Action.REACTIVATE for judgement in updated),
        active=len(active),
        matched=len(matched),
        handed_over=len(handed_over),
        changed={
            "name": (_count_sent("name", updated), len(matched)),
            "email": (_count_sent("email", updated), len(matched)),
            "external_id": _count_external_ids(updated, matched, kinds.unwritable),
        },
        emptied=_count_emptied(updated, matched),
        linked_active=len(linked_active),
        linked_active_named=len(matching.named.intersection([user.guid for user in linked_active])),
        source_users=len(matching.matches),
        source_users_matching=len([match for match in matching.matches if match.user is not None]),
    )


def _removable(users: Iterable[SubsiteUser], policy: Policy) -> list[SubsiteUser]:
    if policy.removal is None:
        return []
    allowance = make_allowance(policy)
    return [user for user in users if allowance.covers(user)]


def _count_sent(field: str, updated: Iterable[Written]) -> int:
    """Count the users whose name or e-mail changes, but for those to whom sign-in had given the old one back."""
    return sum(field in judgement.write.fields and field not in judgement.differences.set_back for judgement in updated)


def _count_external_ids(
    updated: Iterable[Written], matched: Sequence[Match], unwritable: Iterable[Unwritable]
) -> tuple[int, int]:
    """Count users whose external_id changes (not those without one), or is said by a row to be another, and of whom."""
    about = {
        user.guid for judgement in unwritable if judgement.problem.code in _ID_PROBLEMS for user in judgement.about
    }
    changing = {
        judgement.match.user.guid
        for judgement in updated
        if judgement.match.user is not None and judgement.match.user.external_id
        if "external_id" in judgement.write.fields
    }
    also_matched = sum(match.user is not None and match.user.guid in about for match in matched) if about else 0
    return len(changing | about), len(matched) + len(about) - also_matched


def _count_emptied(updated: Iterable[Written], matched: Sequence[Match]) -> dict[str, tuple[int, int]]:
    """Count by profile field whose value is emptied, of the matched users who have one."""
    emptied = Counter(
        field
        for judgement in updated
        for field, (old, new) in judgement.write.fields.items()
        if field.startswith("profile.") and old and not new
    )
    return {field: (count, _count_having(matched, field)) for field, count in sorted(emptied.items())}


def _count_having(matched: Iterable[Match], field: str) -> int:
    name = field.removeprefix("profile.")
    return sum(bool(match.user and match.user.profile.get(name)) for match in matched)
