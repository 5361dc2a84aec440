"""Who is banned or deleted, from when, and why not tonight: only those whom no row names, who have been absent for long
enough, and while no row may be about anybody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import ceil
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import (
    NOTHING_REMEMBERED,
    Finding,
    Memory,
    Removal,
    SkippedRow,
    SourceReading,
    SourceUser,
    SubsiteUser,
    Waiting,
)
from pleio_profile_sync_client.core.policy import Allowance, Patterns, Policy, find_unused
from pleio_profile_sync_client.core.wording import place_of

_NIGHT_S = 24 * 3600
MOST_A_RUN_S = 36 * 3600
"""What one run can add to an absence, however long ago the last one was."""


class Removals(Struct, frozen=True):
    """The removals that the options ask for, and what stands in their way.

    `undecided` are users without an external_id about whom nobody has decided; `in_grace` are those who are absent, but
    not for long enough yet.
    """

    removals: tuple[Removal, ...] = ()
    ambiguous: tuple[Finding, ...] = ()
    undecided: tuple[SubsiteUser, ...] = ()
    in_grace: tuple[SubsiteUser, ...] = ()


class Absence(Struct, frozen=True):
    """For how long a user was absent at the last count, and when that was (seconds since 1970)."""

    absent_s: float
    counted_s: float


Absences = Mapping[str, Absence | None]
"""By the guid as text, what becomes of the absence in this run: a new count, or None if it has ended."""


class Doubts(Struct, frozen=True):
    """The reasons, in words: those that concern everybody, and those for users without an external_id alone."""

    of_all: tuple[str, ...] = ()
    of_unlinked: tuple[str, ...] = ()

    def about(self, removal: Removal) -> tuple[str, ...]:
        """Return why this removal is withheld; no reasons if it isn't."""
        return self.of_all if self.of_all or removal.external_id else self.of_unlinked


def find_removals(matching: Matching, allowance: Allowance, policy: Policy, memory: Memory) -> Removals:
    """Return whom to ban or delete, in the order of the list, as the options say."""
    if policy.removal is None:
        return Removals()
    removals: list[Removal] = []
    ambiguous: list[Finding] = []
    undecided: list[SubsiteUser] = []
    in_grace: list[SubsiteUser] = []
    for user in matching.listed.users:
        if user.guid in matching.named or not allowance.concerns(user):
            continue
        if not user.external_id and policy.only_linked is not False:
            if policy.only_linked is None:
                undecided.append(user)
        elif _is_in_grace(user, policy, memory):
            in_grace.append(user)
        elif user.guid in matching.listed.ambiguous:
            ambiguous.append(messages.ambiguous_user(user, matching.listed.sharing_with(user)))
        else:
            removals.append(Removal(policy.removal, user.guid, user.external_id, user.email, user.name, user.is_banned))
    return Removals(tuple(removals), tuple(ambiguous), tuple(undecided), tuple(in_grace))


def find_leavers(matching: Matching, allowance: Allowance, policy: Policy, memory: Memory) -> list[SubsiteUser]:
    """Return who would be removed, now or after grace, if traces in other people's rows did not keep them.

    Their own row may be a newcomer's, with a new external_id and a new e-mail.
    """
    if policy.removal is None:
        return []
    in_rows, ambiguous = matching.in_own_rows(), matching.listed.ambiguous
    left = (user for user in matching.listed.users if user.guid not in in_rows and allowance.covers(user))
    return [user for user in left if user.guid not in ambiguous or _is_in_grace(user, policy, memory)]


def count_absences(matching: Matching, scope: Patterns | None, memory: Memory, now_s: float) -> Absences:
    """Return what becomes of everybody's absence in this run; users for whom nothing changes are left out.

    The first run in which a user is missing adds nothing; a later one adds the time since that user was last counted.
    """
    absences: dict[str, Absence | None] = {}
    for user in matching.listed.users:
        if user.guid in matching.named:
            continue
        if scope is None or scope.covers(user):
            known = memory.of(user.guid)
            absences[str(user.guid)] = _count(known.absent_s, known.counted_s, now_s)
    named = set(map(str, matching.named))
    absences.update(
        (guid, None) for guid, known in memory.users.items() if known.absent_s is not None and guid in named
    )
    return absences


def with_absences(memory: Memory, absences: Absences) -> Memory:
    """Return the memory as it is after this count."""
    if not absences:
        return memory
    counted = {
        guid: replace(
            memory.users.get(guid, NOTHING_REMEMBERED),
            absent_s=absence and absence.absent_s,
            counted_s=absence and absence.counted_s,
        )
        for guid, absence in absences.items()
    }
    return replace(memory, users={**memory.users, **counted})


def find_doubts(reading: SourceReading, matching: Matching, policy: Policy, removals: Sequence[Removal]) -> Doubts:
    """Return why these removals are withheld, `--force` aside."""
    if not removals:
        return Doubts()
    open_rows = [row for row in reading.skipped if row.code == "bad_quotes" or row.line not in matching.explained]
    return Doubts(
        (
            *reading.doubts,
            *([f"the file looks cut off ({reading.cut_off})"] if reading.cut_off else []),
            *_no_external_ids(reading, removals),
            *_unused_protections(policy, matching),
            *(f"{place_of(row)} ({row.code}) {why}" for row in open_rows if (why := _why_anybody(row))),
        ),
        tuple(
            f"{place_of(row)} ({row.code}) has no valid e-mail, and users without an external_id have no other key"
            for row in open_rows
            if not row.email_valid
        ),
    )


def wait_for_grace(users: Iterable[SubsiteUser], policy: Policy, memory: Memory, *, today: date) -> Iterator[Waiting]:
    """Yield those who are not absent for long enough yet, with the day of the first run that would remove them.

    This assumes a run every night; each adds at most the time since the last one, so it may be later.
    """
    if policy.removal is None or not policy.grace_s:
        return
    for user in users:
        absent_s = memory.of(user.guid).absent_s
        nights = ceil((policy.grace_s - (absent_s or 0.0)) / _NIGHT_S)
        due = today + timedelta(days=nights)
        yield Waiting(user.guid, user.external_id, user.email, user.name, policy.removal, "grace", absent_s, due)


def wait_for_somebody(
    removals: Iterable[Removal], why: Literal["withheld", "awaiting_approval"], memory: Memory
) -> Iterator[Waiting]:
    """Yield those whose removal only waits for `why`: `withheld` or `awaiting_approval`; no day is known."""
    for removal in removals:
        absent_s = memory.of(removal.guid).absent_s
        yield Waiting(removal.guid, removal.external_id, removal.email, removal.name, removal.action, why, absent_s)


def _is_in_grace(user: SubsiteUser, policy: Policy, memory: Memory) -> bool:
    if not policy.grace_s:
        return False
    absent_s = memory.of(user.guid).absent_s
    return absent_s is None or absent_s < policy.grace_s


def _count(absent_s: float | None, counted_s: float | None, now_s: float) -> Absence:
    if absent_s is None:
        return Absence(0.0, now_s)
    since_s = 0.0 if counted_s is None else now_s - counted_s
    return Absence(absent_s + min(max(since_s, 0.0), MOST_A_RUN_S), now_s)


def _no_external_ids(reading: SourceReading, removals: Sequence[Removal]) -> Iterator[str]:
    rows: tuple[SourceUser | SkippedRow, ...] = (*reading.users, *reading.skipped)
    if any(removal.external_id for removal in removals) and not any(row.external_id for row in rows):
        yield "the source has no external_ids, so anybody whose e-mail has changed is in no row"


def _unused_protections(policy: Policy, matching: Matching) -> Iterator[str]:
    if "unused_pattern" not in policy.accept:
        for glob in find_unused(policy.protect, matching.listed.users):
            yield f"--protect {glob} matches nobody, so those whom it should protect are not protected"


def _why_anybody(row: SkippedRow) -> str:
    """Return why a row that nothing explains may be about anybody, or hide others."""
    if row.code == "bad_quotes":
        return "may hide other rows"
    if row.is_garbled:
        return "is torn or garbled, and nothing in it tells whose it is"
    if row.external_id_damaged:
        return "has a damaged external_id, and nothing else tells whose it is"
    if not row.external_id and not row.email_valid:
        return "has neither an external_id nor a valid e-mail"
    return ""
