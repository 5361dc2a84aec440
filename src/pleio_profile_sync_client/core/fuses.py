"""The fuses: limits that refuse a whole plan before its first write. Exact arithmetic on counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from pleio_profile_sync_client.core.draft import Draft
from pleio_profile_sync_client.core.matching import Match
from pleio_profile_sync_client.core.models import PROFILE, Action, Fuse, Memory, SubsiteUser
from pleio_profile_sync_client.core.policy import Limit, Policy, make_allowance
from pleio_profile_sync_client.core.rules import Judgements, Unwritable, Written
from pleio_profile_sync_client.core.words import words_of

FEWEST_FOR_SHARES = 10
"""Below this many users a share means nothing, and most fuses that are shares don't exist."""

HELD_BACK_UNCOUNTED = 10
"""This many rows may be held back as `handed_over` before it is a sign that the whole column is wrong."""

FORCE = "--force"

Count = tuple[str, int, int]
"""A fuse's name, how many it counts, and of how many."""


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


def check_fuses(draft: Draft) -> Iterator[Fuse]:
    """Yield all fuses that exist for a plan, tripped ones marked.

    Only `matched` and `listed` look past what `--only` selects.
    """
    policy, judgements = draft.policy, draft.judgements
    active = [user for user in draft.matching.listed.users if not user.is_banned]
    updated = [judgement for judgement in judgements.written if judgement.match.user is not None]
    matched = [judgement.match for judgement in judgements.unchanged]
    matched += [judgement.match for judgement in updated]
    yield from _check_removals(draft)
    reactivations = sum(judgement.write.action is Action.REACTIVATE for judgement in updated)
    yield above("reactivations", reactivations, len(active), policy.max_removals)
    if len(active) >= FEWEST_FOR_SHARES and not draft.memory.is_filling:
        yield above("creates", len(judgements.written) - len(updated), len(active), policy.max_creates)
    yield from check_changes(_count_changes(draft, updated, matched), policy)
    yield from _check_handed_over(judgements, updated, matched)
    yield from _check_listed(draft)
    yield from _check_matched(draft, active)


def is_filling(draft: Draft) -> bool:
    """Tell whether an almost empty subsite gets its first people, in this run or an earlier one that was cut short."""
    if draft.memory.is_filling or all(judgement.match.user is not None for judgement in draft.judgements.written):
        return draft.memory.is_filling
    return sum(not user.is_banned for user in draft.matching.listed.users) < FEWEST_FOR_SHARES


def check_changes(counts: Iterable[Count], policy: Policy) -> Iterator[Fuse]:
    """Yield the fuses of users whose values change; of too few users there is none."""
    for name, value, total in counts:
        if total >= FEWEST_FOR_SHARES:
            yield above(name, value, total, policy.max_changes)


def above(name: str, value: int, total: int, limit: Limit) -> Fuse:
    """Return the fuse that trips above a limit, of so many users in all."""
    most = limit.of(total)
    return Fuse(name, value, total, most, tripped=value > most)


def below(name: str, value: int, total: int, limit: Limit) -> Fuse:
    """Return the fuse that trips below a limit, of so many users in all."""
    least = limit.of(total)
    return Fuse(name, value, total, least, tripped=value < least)


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
    """Return the options that let a plan pass, with its figures: `--force` if no other does, empty if no fuse trips."""
    known = tuple(fuses)
    needed = {_wording(fuse).option: _wording(fuse) for fuse in known if fuse.tripped}
    return FORCE if FORCE in needed else " ".join(_way_out(wording, known) for wording in needed.values())


def _wording(fuse: Fuse) -> _Wording:
    return _WORDINGS.get(fuse.fuse) or _WORDINGS[fuse.fuse.partition(".")[0]]


def _way_out(wording: _Wording, fuses: Iterable[Fuse]) -> str:
    if wording.option == FORCE:
        return wording.option
    values = [fuse.value for fuse in fuses if _wording(fuse).option == wording.option]
    return f"{wording.option} {min(values) if wording.is_least else max(values)}"


def _check_removals(draft: Draft) -> Iterator[Fuse]:
    policy, removals = draft.policy, draft.removals.removals
    if policy.removal is None:
        return
    removable = list(filter(make_allowance(policy).covers, draft.matching.listed.users))
    active = sum(not user.is_banned for user in removable)
    banned_removals = sum(removal.is_banned for removal in removals)
    yield above("removals", len(removals) - banned_removals, active, policy.max_removals)
    if policy.removal is Action.DELETE:
        yield above("removals_banned", banned_removals, len(removable), policy.max_removals)


def _check_handed_over(judgements: Judgements, updated: Iterable[Written], matched: Sequence[Match]) -> Iterator[Fuse]:
    """Yield the fuses of addresses and of names that would pass to others; users of refused rows are matched too."""
    handed_over = len(judgements.passing) + max(0, len(judgements.passing_held) - HELD_BACK_UNCOUNTED)
    total = len(matched) + sum(judgement.match.user is not None for judgement in judgements.unwritable)
    limit = Limit(Fraction(max(3, Limit.percentage(1).of(total))))
    yield above("handed_over", handed_over, total, limit)
    renamed = _count_renamed_to_others(updated)
    if renamed:
        yield above("handed_over.name", renamed, total, limit)


def _check_listed(draft: Draft) -> Iterator[Fuse]:
    last_list = draft.memory.last_list or frozenset()
    if len(last_list) >= FEWEST_FOR_SHARES and draft.policy.min_listed.value:
        again = len(last_list.intersection([str(user.guid) for user in draft.matching.listed.users]))
        yield below("listed", again, len(last_list), draft.policy.min_listed)


def _check_matched(draft: Draft, active: Iterable[SubsiteUser]) -> Iterator[Fuse]:
    """Take the side with the larger share: leavers pile up on the subsite, newcomers in the source."""
    linked = [user for user in active if user.external_id]
    if len(linked) < FEWEST_FOR_SHARES or not draft.policy.min_matched.value:
        return
    value, total = sum(user.guid in draft.met for user in linked), len(linked)
    matches = draft.matching.matches
    matching = sum(match.user is not None for match in matches)
    if matching * total > value * len(matches):
        value, total = matching, len(matches)
    yield below("matched", value, total, draft.policy.min_matched)


def _count_changes(draft: Draft, updated: Sequence[Written], matched: Sequence[Match]) -> Iterator[Count]:
    for field in ("name", "email"):
        yield f"changed.{field}", _count_sent(field, updated, draft.policy.max_changes.of(len(matched))), len(matched)
    yield "changed.external_id", *_count_external_ids(updated, matched, draft.judgements.unwritable)
    yield from _count_profile("changed", updated, matched)
    yield from _count_groups(updated, matched, draft.memory)
    yield from _count_profile("emptied", updated, matched)


def _count_sent(field: str, updated: Iterable[Written], limit: int) -> int:
    """Count the users whose name or e-mail changes.

    Users whose old value sign-in had restored count only if they alone exceed the limit: a few every night are normal,
    but a wrong file that was forced once must not pass from then on.
    """
    sent = [judgement for judgement in updated if field in judgement.write.fields]
    set_back = sum(field in judgement.differences.set_back for judgement in sent)
    return len(sent) if set_back > limit else len(sent) - set_back


def _count_renamed_to_others(updated: Iterable[Written]) -> int:
    """Count users who would get a name that another user gives up in this run: the names have probably shifted."""
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
    """Count users whose external_id changes, or is another one according to a row, and of how many; not new ids."""
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
    kind: Literal["changed", "emptied"], updated: Iterable[Written], matched: Sequence[Match]
) -> Iterator[Count]:
    """Count by profile field the users whose value is replaced, or is emptied, of the matched users who have one."""
    counts = Counter(
        field
        for judgement in updated
        for field, (old, new) in judgement.write.fields.items()
        if old and field.startswith(PROFILE) and (kind == "changed") is bool(new)
    )
    for field, count in sorted(counts.items()):
        name = field.removeprefix(PROFILE)
        yield f"{kind}.{field}", count, sum(bool(match.user and match.user.profile.get(name)) for match in matched)


def _count_groups(updated: Iterable[Written], matched: Iterable[Match], memory: Memory) -> Iterator[Count]:
    """Count the users who would be added to a group that is not in the state, of those whose groups it knows."""
    coming = {
        str(judgement.write.guid): frozenset(judgement.write.groups) for judgement in updated if judgement.write.groups
    }
    if not coming:
        return
    known = {guid: remembered.groups for guid, remembered in memory.users.items() if remembered.groups is not None}
    count = sum(guid in known and not groups <= known[guid] for guid, groups in coming.items())
    total = sum(match.user is not None and str(match.user.guid) in known for match in matched)
    yield "changed.groups", count, total
