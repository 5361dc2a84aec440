"""The fuses: limits that refuse a whole plan before its first write. Exact arithmetic on counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core.draft import Draft
from pleio_profile_sync_client.core.matching import Match
from pleio_profile_sync_client.core.models import PROFILE, Action, Fuse, Memory
from pleio_profile_sync_client.core.policy import Limit, Policy, make_allowance
from pleio_profile_sync_client.core.rules import Unwritable, Written
from pleio_profile_sync_client.core.words import words_of

FEWEST_FOR_SHARES = 10
"""Below so many users a share says nothing, and most fuses that are one don't exist."""

HELD_BACK_UNCOUNTED = 10
"""So many rows may be held back as `handed_over` before that is a sign that the whole column is wrong."""

FORCE = "--force"


class Figures(Struct, frozen=True):
    """What the fuses count in a plan, and of how many. `changed` and `emptied` are value and total by field.

    `matched` are the users whom a row matches, also one that can't be written. `listed` are the users of the last run's
    list, `listed_again` those of them who are listed now; both are 0 where no list is known. `renamed_to_others` are
    the users who would get the name of one who is to get another name. `is_filling` says that an all but empty subsite
    gets its first people, in this run or an earlier one that was cut short.
    """

    removals: int
    removable_active: int
    banned_removals: int
    removable: int
    reactivations: int
    creates: int
    active: int
    matched: int
    handed_over: int
    renamed_to_others: int
    is_filling: bool
    changed: Mapping[str, tuple[int, int]]
    emptied: Mapping[str, tuple[int, int]]
    listed: int
    listed_again: int
    linked_active: int
    linked_active_named: int
    source_users: int
    source_users_matching: int


class _Wording(Struct, frozen=True):
    """What a fuse counts, in words, the option that moves it, and whether its limit is the least or the most."""

    counted: str
    option: str
    of: str = "of {of:,}"
    is_least: bool = False


_WORDINGS = {
    "removals": _Wording("active users to be banned or deleted", "--max-removals"),
    "removals_banned": _Wording("banned users to be deleted", "--max-removals"),
    "reactivations": _Wording("users to be reactivated", "--max-removals", "beside {of:,} active ones"),
    "creates": _Wording("users to be created (many are, on a first run)", "--max-creates", "beside {of:,} active ones"),
    "changed": _Wording("users whose {field} changes", "--max-changes"),
    "changed.external_id": _Wording(
        "users whose external_id changes, or who seem to be another person in the source (other_id, lost_zeros, "
        "other_person)",
        "--max-changes",
    ),
    "changed.groups": _Wording("users who would come into a group for the first time", "--max-changes"),
    "emptied": _Wording("users whose {field} is emptied", "--max-changes"),
    "handed_over": _Wording("rows whose e-mail is held by a user who is to get another one", FORCE),
    "handed_over.name": _Wording("users who would get the name of one who is to get another name", FORCE),
    "listed": _Wording("users of the last run's list who are listed again", "--min-listed", is_least=True),
    "matched": _Wording("users who are found in both source and subsite", "--min-matched", is_least=True),
}
_ID_PROBLEMS = ("other_id", "lost_zeros", "other_person")


def check_fuses(figures: Figures, policy: Policy) -> tuple[Fuse, ...]:
    """Return all fuses that exist for this plan, tripped ones marked."""
    return tuple(_fuses(figures, policy))


def above(name: str, value: int, total: int, limit: Limit) -> Fuse:
    """Return the fuse that trips above a limit, of so many users in all."""
    most = limit.of(total)
    return Fuse(name, value, total, most, tripped=value > most)


def explain_fuse(fuse: Fuse, fuses: Iterable[Fuse] = ()) -> str:
    """Return one line with the figures, and the option, with this plan's figure, that would let it pass.

    `fuses` are those of the whole plan: an option that moves several has to let all of them pass.
    """
    wording = _wording(fuse)
    field = fuse.fuse.partition(".")[2]
    figures = f"{wording.counted.format(field=field)}: {fuse.value:,} {wording.of.format(of=fuse.of)}"
    if not fuse.tripped:
        return f"{figures} ({'at least' if wording.is_least else 'at most'} {fuse.limit:,})"
    bound = f"at least {fuse.limit:,} have to be" if wording.is_least else f"at most {fuse.limit:,} may be"
    return f"{figures}, where {bound}. If that is right: {_way_out(wording, (fuse, *fuses))}"


def explain_way_out(fuses: Iterable[Fuse]) -> str:
    """Return the options that let a plan pass, with its figures: `--force` where no other does, empty if none trips."""
    known = tuple(fuses)
    needed = {_wording(fuse).option: _wording(fuse) for fuse in known if fuse.tripped}
    return FORCE if FORCE in needed else " ".join(_way_out(wording, known) for wording in needed.values())


def count_figures(draft: Draft) -> Figures:
    """Count what each fuse looks at. Only the figures on matches and lists look past what `--only` selects."""
    judgements, removals, policy, memory = draft.judgements, draft.removals, draft.policy, draft.memory
    passing, held_back = judgements.passing, judgements.held_back
    users = draft.matching.listed.users
    active = [user for user in users if not user.is_banned]
    linked_active = [user for user in active if user.external_id]
    removable = list(filter(make_allowance(policy).covers, users)) if policy.removal is not None else []
    updated = [judgement for judgement in judgements.written if judgement.match.user is not None]
    matched = [judgement.match for judgement in judgements.unchanged]
    matched += [judgement.match for judgement in updated]
    banned_removals = sum(removal.is_banned for removal in removals.removals)
    last_list = memory.last_list or frozenset()
    creates = len(judgements.written) - len(updated)
    return Figures(
        removals=len(removals.removals) - banned_removals,
        removable_active=sum(not user.is_banned for user in removable),
        banned_removals=banned_removals,
        removable=len(removable),
        reactivations=sum(judgement.write.action is Action.REACTIVATE for judgement in updated),
        creates=creates,
        active=len(active),
        matched=len(matched) + sum(judgement.match.user is not None for judgement in judgements.unwritable),
        renamed_to_others=_count_renamed_to_others(updated),
        is_filling=memory.is_filling or (creates > 0 and len(active) < FEWEST_FOR_SHARES),
        handed_over=len(passing - held_back) + max(0, len(passing & held_back) - HELD_BACK_UNCOUNTED),
        changed={
            "name": _count_sent("name", updated, len(matched), policy.max_changes),
            "email": _count_sent("email", updated, len(matched), policy.max_changes),
            "external_id": _count_external_ids(updated, matched, judgements.unwritable),
            **_count_profile(updated, matched, is_emptied=False),
            **_count_groups(updated, matched, memory),
        },
        emptied=_count_profile(updated, matched, is_emptied=True),
        listed=len(last_list),
        listed_again=len(last_list.intersection([str(user.guid) for user in users])) if last_list else 0,
        linked_active=len(linked_active),
        linked_active_named=sum(user.guid in draft.met for user in linked_active),
        source_users=len(draft.matching.matches),
        source_users_matching=len([match for match in draft.matching.matches if match.user is not None]),
    )


def _wording(fuse: Fuse) -> _Wording:
    return _WORDINGS.get(fuse.fuse) or _WORDINGS[fuse.fuse.partition(".")[0]]


def _way_out(wording: _Wording, fuses: Iterable[Fuse]) -> str:
    if wording.option == FORCE:
        return wording.option
    values = [fuse.value for fuse in fuses if _wording(fuse).option == wording.option]
    return f"{wording.option} {min(values) if wording.is_least else max(values)}"


def _fuses(figures: Figures, policy: Policy) -> Iterator[Fuse]:
    if policy.removal is not None:
        yield above("removals", figures.removals, figures.removable_active, policy.max_removals)
    if policy.removal is Action.DELETE:
        yield above("removals_banned", figures.banned_removals, figures.removable, policy.max_removals)
    yield above("reactivations", figures.reactivations, figures.active, policy.max_removals)
    if figures.active >= FEWEST_FOR_SHARES and not figures.is_filling:
        yield above("creates", figures.creates, figures.active, policy.max_creates)
    yield from _shares("changed", figures.changed.items(), policy.max_changes)
    yield from _shares("emptied", figures.emptied.items(), policy.max_changes)
    limit = max(3, Limit.percentage(1).of(figures.matched))
    yield Fuse("handed_over", figures.handed_over, figures.matched, limit, tripped=figures.handed_over > limit)
    renamed = figures.renamed_to_others
    if renamed:
        yield Fuse("handed_over.name", renamed, figures.matched, limit, tripped=renamed > limit)
    if figures.listed >= FEWEST_FOR_SHARES and policy.min_listed.value:
        yield _below("listed", figures.listed_again, figures.listed, policy.min_listed)
    if figures.linked_active >= FEWEST_FOR_SHARES and policy.min_matched.value:
        yield _matched(figures, policy.min_matched)


def _shares(name: str, counts: Iterable[tuple[str, tuple[int, int]]], limit: Limit) -> Iterator[Fuse]:
    for field, (value, total) in counts:
        if total >= FEWEST_FOR_SHARES:
            yield above(f"{name}.{field}", value, total, limit)


def _below(name: str, value: int, total: int, limit: Limit) -> Fuse:
    least = limit.of(total)
    return Fuse(name, value, total, least, tripped=value < least)


def _matched(figures: Figures, least: Limit) -> Fuse:
    """Take the side with the larger share: leavers pile up on the subsite, newcomers in the source."""
    value, total = figures.linked_active_named, figures.linked_active
    if figures.source_users_matching * total > value * figures.source_users:
        value, total = figures.source_users_matching, figures.source_users
    return _below("matched", value, total, least)


def _count_sent(field: str, updated: Iterable[Written], total: int, limit: Limit) -> tuple[int, int]:
    """Count the users whose name or e-mail changes.

    Those to whom sign-in had given the old one back count only where such alone are more than the limit: a few every
    night are ordinary, but a wrong file that was forced once must not pass from then on.
    """
    sent = [judgement for judgement in updated if field in judgement.write.fields]
    set_back = sum(field in judgement.differences.set_back for judgement in sent)
    return len(sent) if set_back > limit.of(total) else len(sent) - set_back, total


def _count_renamed_to_others(updated: Iterable[Written]) -> int:
    """Count who would get a name that another one gives up in the same run: the names have shifted, most likely."""
    renamed = [
        (words_of(judgement.match.user.name), words_of(judgement.match.row.name))
        for judgement in updated
        if judgement.match.user is not None and "name" in judgement.write.fields
    ]
    given_up = {old for old, new in renamed if old != new}
    return sum(old != new and new in given_up for old, new in renamed)


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


def _count_profile(
    updated: Iterable[Written], matched: Sequence[Match], *, is_emptied: bool
) -> dict[str, tuple[int, int]]:
    """Count by profile field whose value is emptied, or becomes another one, of the matched users who have one."""
    counts = Counter(
        field
        for judgement in updated
        for field, (old, new) in judgement.write.fields.items()
        if old and field.startswith(PROFILE) and is_emptied is not bool(new)
    )
    return {field: (count, _count_having(matched, field)) for field, count in sorted(counts.items())}


def _count_having(matched: Iterable[Match], field: str) -> int:
    name = field.removeprefix(PROFILE)
    return sum(bool(match.user and match.user.profile.get(name)) for match in matched)


def _count_groups(updated: Iterable[Written], matched: Iterable[Match], memory: Memory) -> dict[str, tuple[int, int]]:
    """Count who would come into a group that the state does not hold, of those whose groups it knows."""
    coming = {
        str(judgement.write.guid): frozenset(judgement.write.record.groups)
        for judgement in updated
        if judgement.write.record is not None and judgement.write.record.groups
    }
    if not coming:
        return {}
    known = {guid: remembered.groups for guid, remembered in memory.users.items() if remembered.groups is not None}
    count = sum(guid in known and not groups <= known[guid] for guid, groups in coming.items())
    return {"groups": (count, sum(match.user is not None and str(match.user.guid) in known for match in matched))}
