"""For how long users have been absent, counted run by run: a clock that jumps or a timer that stood still adds little.

Whoever is named by a row is absent no longer, wherever they are; whoever is outside `--scope` is not counted, since
this source says nothing about them.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.differences import NOTHING_REMEMBERED
from pleio_profile_sync_client.core.matching import Matching
from pleio_profile_sync_client.core.models import Memory
from pleio_profile_sync_client.core.patterns import Patterns

MOST_A_RUN_S = 36 * 3600
"""What one run can add, however long ago the last one was."""


class Absence(Struct, frozen=True):
    """For how long a user was absent at the last count, and when that was (seconds since 1970)."""

    absent_s: float
    counted_s: float


Absences = Mapping[str, Absence | None]
"""By the guid as text, what became of the absence in this run: a new count, or None where it ended."""


def count_absences(matching: Matching, scope: Patterns | None, memory: Memory, now_s: float) -> Absences:
    """Return what this run makes of everybody's absence; those of whom nothing changes are left out.

    The first run that misses a user adds nothing, a later one the time since that user was last counted.
    """
    absences: dict[str, Absence | None] = {}
    for user in matching.directory.users:
        if user.guid in matching.named:
            continue
        if scope is None or scope.covers(user):
            known = memory.users.get(str(user.guid), NOTHING_REMEMBERED)
            absences[str(user.guid)] = _count(known.absent_s, known.counted_s, now_s)
    named = set(map(str, matching.named))
    absences.update(
        (guid, None) for guid, known in memory.users.items() if known.absent_s is not None and guid in named
    )
    return absences


def with_absences(memory: Memory, absences: Absences) -> Memory:
    """Return the memory as it is after that count."""
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


def _count(absent_s: float | None, counted_s: float | None, now_s: float) -> Absence:
    if absent_s is None:
        return Absence(0.0, now_s)
    since_s = 0.0 if counted_s is None else now_s - counted_s
    return Absence(absent_s + min(max(since_s, 0.0), MOST_A_RUN_S), now_s)
