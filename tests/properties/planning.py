"""The client's way from bytes to a plan, in one process without a subsite: what a night would do, and what it says.

What the client's modules are called and how they are wired stands here only, so that the proofs don't depend on it.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import Guid, Layout, Memory, Remembered, Removal, SourceReading, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Limit, Policy
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.file import FileSource
from tests.silence import SILENCE
from tests.unit.core.builders import A_NIGHT

NOW_S = 1_000_000_000.0
GRACE_S = 7 * 86_400.0
_ALL, _NONE = Limit.percentage(100), Limit.percentage(0)


def without_limits(policy: Policy) -> Policy:
    """Return the policy without the fuses that have a limit, so that none hides what the rules would do."""
    most = dict.fromkeys(("max_removals", "max_changes", "max_creates"), _ALL)
    least = dict.fromkeys(("min_matched", "min_listed"), _NONE)
    limits = {name: limit for name, limit in (most | least).items() if name in Policy.__struct_fields__}
    return replace(policy, **limits)


@dataclass(frozen=True)
class Night:
    """What a night would do: its plan, and whom it would remove (nobody where a fuse trips or removals wait)."""

    reading: SourceReading
    plan: Plan

    @property
    def tripped(self) -> frozenset[str]:
        return frozenset(fuse.fuse for fuse in self.plan.fuses if fuse.tripped)

    @property
    def removed(self) -> frozenset[Guid]:
        return frozenset() if self.tripped else frozenset(removal.guid for removal in attempted_removals(self.plan))

    @property
    def is_withheld(self) -> bool:
        return "removals_withheld" in {finding.code for finding in (*self.plan.problems, *self.plan.warnings)}

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.plan.problems]


@dataclass(frozen=True)
class Files:
    """How a town's file is to be read: the configuration's tables."""

    columns: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_file(data: bytes, files: Files) -> SourceReading | None:
    """Read a file as the client does; None where the client refuses it as a whole."""
    try:
        return FileSource("-", Layout(files.columns, files.skip), stdin=io.BytesIO(data)).read(SILENCE)
    except SourceError:
        return None


def plan_night(
    reading: SourceReading, users: Iterable[SubsiteUser], policy: Policy, memory: Memory, now_s: float = NOW_S
) -> Night:
    """Plan a night from what was read and what the subsite lists."""
    matching = match_rows(reading, users)
    draft = draft_plan(matching, reading, memory=memory, policy=policy, avatars={}, now_s=now_s)
    return Night(reading, make_plan(draft, A_NIGHT))


def attempted_removals(plan: Plan) -> list[Removal]:
    """Return the removals that a run would carry out."""
    removals = (change for change in plan.changes if isinstance(change, Removal))
    return [removal for removal in removals if removal.guid not in plan.withheld]


def absent_for_long(users: Iterable[SubsiteUser]) -> Memory:
    """Return the memory of a state in which everybody has been absent for longer than any grace."""
    return Memory(
        {str(user.guid): Remembered(absent_s=10 * GRACE_S, counted_s=NOW_S - 3_600.0) for user in users}, b"salt"
    )
