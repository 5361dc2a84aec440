"""What every rule says of two lists of people, in the order in which one rule needs another: the draft of a plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.addresses import settle_addresses
from pleio_profile_sync_client.core.differences import (
    HELD_BACK_S,
    NO_DIFFERENCES,
    Comparison,
    ProfileColumns,
    find_other_dates,
    match_columns,
)
from pleio_profile_sync_client.core.matching import Matching, Selection
from pleio_profile_sync_client.core.models import Avatar, Change, Finding, Guid, Memory, SourceReading, SubsiteUser
from pleio_profile_sync_client.core.naming import (
    find_kept,
    name_by_traces,
    refuse_leavers_names,
    settle_newcomers,
    tell_kept,
    warn_of_kept,
)
from pleio_profile_sync_client.core.policy import Policy, find_unused, make_allowance
from pleio_profile_sync_client.core.removals import (
    Absences,
    Removals,
    count_absences,
    find_leavers,
    find_removals,
    with_absences,
)
from pleio_profile_sync_client.core.rules import Judgements, Rules, Unchanged, Written


class Draft(Struct, frozen=True):
    """What every rule said, before `--only` narrows it and the fuses look at it; and what it was said about.

    `selection` is what `--only` selects. `memory` has the absences of this run counted in. `met` are the users whom
    rows name, except by newcomers' names, which may be anybody's: another organisation's file has namesakes too.
    """

    matching: Matching
    reading: SourceReading
    policy: Policy
    judgements: Judgements
    selection: Selection | None
    met: frozenset[Guid]
    removals: Removals
    memory: Memory
    absences: Absences
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in the order of the rows, the removals last."""
        return (*(judgement.write for judgement in self.judgements.written), *self.removals.removals)


def draft_plan(
    matching: Matching,
    reading: SourceReading,
    *,
    memory: Memory,
    policy: Policy,
    avatars: Mapping[int, Avatar | Finding],
    now_s: float,
) -> Draft:
    """Return what every rule says of every row and of every user whom no row names.

    `avatars` holds a row's avatar, or what is wrong with it, by line.
    """
    users = matching.listed.users
    allowance = make_allowance(policy)
    columns = match_columns(reading.fields, users)
    good_avatars = {line: avatar for line, avatar in avatars.items() if isinstance(avatar, Avatar)}
    comparison = Comparison(columns, "groups" in reading.fields, memory, good_avatars, policy.full, now_s)
    rules = Rules(matching, comparison, policy, allowance.protected, "external_id" in reading.fields)
    judgements = rules.judge_all()
    leavers = find_leavers(matching, allowance, policy, memory) if judgements.written else []
    judgements = refuse_leavers_names(judgements, leavers, policy)
    judgements, selection = settle_addresses(judgements, matching, reading.skipped, policy)
    matching = name_by_traces(matching, judgements.unwritable)
    met = matching.named
    judgements, named = settle_newcomers(judgements, matching, leavers, rules.judge, policy)
    matching = matching.naming(named)
    absences = count_absences(matching, allowance.scope, memory, now_s) if policy.only is None else {}
    memory = with_absences(memory, absences)
    removals = find_removals(matching, allowance, policy, memory)
    kept = find_kept(matching, judgements.unwritable, allowance)
    return Draft(
        matching,
        reading,
        policy,
        judgements,
        selection,
        met,
        removals,
        memory,
        absences,
        problems=(
            *tell_kept((*reading.problems, *(judgement.problem for judgement in judgements.unwritable)), kept),
            *(avatar for avatar in avatars.values() if isinstance(avatar, Finding)),
            *removals.ambiguous,
            *_unused_patterns("--protect", policy.protect, policy, users),
        ),
        warnings=(
            *reading.warnings,
            *_warn_of_columns(columns, reading, users),
            *(judgement.warning for judgement in judgements.stays_banned),
            *_held_back((*judgements.written, *judgements.unchanged), memory),
            *warn_of_kept(judgements, kept),
            *_unused_patterns("--scope", policy.scope, policy, users),
        ),
    )


def _unused_patterns(
    option: str, globs: Sequence[str], policy: Policy, users: Sequence[SubsiteUser]
) -> Iterator[Finding]:
    """Report patterns that may be mistyped, which would leave somebody unprotected or untouched."""
    if policy.removal is not None:
        for glob in find_unused(globs, users):
            yield messages.unused_pattern(option, glob)


def _warn_of_columns(
    columns: ProfileColumns, reading: SourceReading, users: Sequence[SubsiteUser]
) -> Iterator[Finding]:
    if columns.unknown:
        yield messages.unknown_profile_columns(columns.unknown, columns.there)
    for field, row, value in find_other_dates(columns, reading.users, users):
        yield messages.date_format(field, row, value)


def _held_back(judgements: Iterable[Written | Unchanged], memory: Memory) -> Iterator[Finding]:
    for judgement in judgements:
        if judgement.differences is NO_DIFFERENCES:  # as most are
            continue
        fields, user = judgement.differences.held_back, judgement.match.user
        if fields and user is not None:
            marks = memory.of(user.guid).not_taken
            again_s = min(marks[field].sent_s for field in fields) + HELD_BACK_S
            yield messages.held_back(judgement.match.row, user.guid, fields, again_s)
