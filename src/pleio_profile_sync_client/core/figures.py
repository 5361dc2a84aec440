"""What the fuses count in a plan."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pleio_profile_sync_client.core.fuses import Figures
from pleio_profile_sync_client.core.matching import Match, Matching
from pleio_profile_sync_client.core.models import Action, SubsiteUser
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.removals import Removals, make_allowance
from pleio_profile_sync_client.core.rules import Kinds, Unwritable, Written

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
