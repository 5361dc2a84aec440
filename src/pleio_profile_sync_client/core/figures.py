"""What the fuses count in a plan."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pleio_profile_sync_client.core.fuses import Figures
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import Action, Guid
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.core.removals import Removals, make_allowance
from pleio_profile_sync_client.core.rules import Judgement, Unchanged, Unwritable, Written

ID_PROBLEMS = ("other_id", "lost_zeros")


def count_figures(
    judgements: Sequence[Judgement],
    handed_over: frozenset[int],
    removals: Removals,
    *,
    matching: Matching,
    policy: Policy,
) -> Figures:
    """Count what each fuse looks at. Only the figures on matches look past what `--only` selects."""
    users = matching.directory.users
    allowance = make_allowance(policy)
    removable = [user for user in users if allowance.covers(user)] if policy.removal else []
    linked_active = [user for user in users if user.external_id and not user.is_banned]
    matched = sum(_is_matched(judgement) for judgement in judgements)
    return Figures(
        removals=sum(not removal.is_banned for removal in removals.removals),
        removable_active=sum(not user.is_banned for user in removable),
        banned_removals=sum(removal.is_banned for removal in removals.removals),
        removable=len(removable),
        reactivations=sum(
            judgement.write.action is Action.REACTIVATE for judgement in judgements if isinstance(judgement, Written)
        ),
        active=sum(not user.is_banned for user in users),
        matched=matched,
        handed_over=len(handed_over),
        changed=_count_changed(judgements, matched),
        emptied=_count_emptied(judgements),
        linked_active=len(linked_active),
        linked_active_named=sum(user.guid in matching.named for user in linked_active),
        source_users=len(matching.matches),
        source_users_matching=sum(match.user is not None for match in matching.matches),
    )


def _is_matched(judgement: Judgement) -> bool:
    return isinstance(judgement, (Unchanged, Written)) and judgement.match.user is not None


def _count_changed(judgements: Iterable[Judgement], matched: int) -> dict[str, tuple[int, int]]:
    """Count values that change, not those that sign-in set back, nor an external_id for a user without one.

    Users whose row seems to mean them under another external_id count as if that were changed.
    """
    changed: Counter[str] = Counter()
    about: set[Guid] = set()
    for judgement in judgements:
        if isinstance(judgement, Written) and judgement.match.user is not None:
            fields = judgement.write.fields
            changed.update(field for field in ("name", "email") if field in fields)
            changed.subtract(judgement.differences.set_back)
            changed["external_id"] += "external_id" in fields and bool(judgement.match.user.external_id)
        elif isinstance(judgement, Unwritable) and judgement.problem.code in ID_PROBLEMS:
            about.update(user.guid for user in judgement.about)
    return {
        "name": (changed["name"], matched),
        "email": (changed["email"], matched),
        "external_id": (changed["external_id"] + len(about), matched + len(about)),
    }


def _count_emptied(judgements: Sequence[Judgement]) -> dict[str, tuple[int, int]]:
    """Count by profile field whose value is emptied, of the matched users who have one."""
    emptied = Counter(
        field
        for judgement in judgements
        if isinstance(judgement, Written) and judgement.match.user is not None
        for field, (old, new) in judgement.write.fields.items()
        if field.startswith("profile.") and old and not new
    )
    return {field: (count, _count_having(judgements, field)) for field, count in sorted(emptied.items())}


def _count_having(judgements: Sequence[Judgement], field: str) -> int:
    name = field.removeprefix("profile.")
    return sum(
        bool(judgement.match.user and _is_matched(judgement) and judgement.match.user.profile.get(name))
        for judgement in judgements
    )
