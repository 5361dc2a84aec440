"""What a run knows so far.

Everything that it leaves (report, state, metrics) is made from this, however far it got.
"""

import logging
from datetime import datetime

from pleio_profile_sync_client.core.models import Change, Finding, Guid, Outcome, Removal, SourceReading, Status, Write
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.errors import EXIT_BUG, EXIT_FUSE, EXIT_OK, EXIT_PROBLEMS, ClientError, OutputError
from pleio_profile_sync_client.runlog.lines import log_finding

log = logging.getLogger(__name__)

WITHHELD = "withheld, since it may be about somebody who is in the source"
AWAITING_APPROVAL = "waits for an approval"
"""Why a planned change is not attempted."""

ChangeKey = tuple[str, Guid | int]


class RunResult:
    """One run from its start: filled in step by step by `sync.run`, asked at the end what became of it.

    `has_ended` says that it ended as foreseen, and not with a bug; `stopped` is the exit status if a signal came first.
    """

    def __init__(self, run: str, started: datetime, *, dry_run: bool, force: bool, takes_back: bool = False) -> None:
        self.run = run
        self.started = started
        self.dry_run = dry_run
        self.force = force
        self.takes_back = takes_back
        self.reading: SourceReading | None = None
        self.subsite_users = 0
        self.plan: Plan | None = None
        self.outcomes: dict[ChangeKey, Outcome] = {}
        self.warnings: list[Finding] = []
        self.error: ClientError | None = None
        self.stopped: int | None = None
        self.has_ended = False

    def warn(self, warning: Finding) -> None:
        """Log a warning at once, and keep it for the report."""
        log_finding(log, warning, logging.WARNING)
        self.warnings.append(warning)

    def note(self, change: Change, outcome: Outcome) -> None:
        """Keep the outcome of a change."""
        self.outcomes[_key_of(change)] = outcome

    def lose_output(self, why: str) -> None:
        """Note that lines are missing on standard output, which is all that a dry run is for."""
        if self.dry_run and self.has_ended and self.error is None:
            self.error = OutputError(f"The plan could not be written: {why}.")

    @property
    def is_refused(self) -> bool:
        """Whether a fuse refuses the plan, or it is not the one that was approved."""
        return self.plan is not None and self.plan.is_refused

    def outcome_of(self, change: Change) -> Outcome:
        """Return the outcome of a change; without one, it is planned, or was not attempted."""
        if self.dry_run:
            return Outcome(Status.PLANNED, change.guid, self._why_not_made(change))
        not_attempted = Outcome(Status.NOT_ATTEMPTED, change.guid, self._why_not_attempted(change))
        return self.outcomes.get(_key_of(change), not_attempted)

    def exit_status(self) -> int:
        """Return the exit status: the first that applies, in the order of the documentation."""
        if not self.has_ended and self.error is None:
            return EXIT_BUG
        if self.stopped is not None:
            return self.stopped
        if self.error is not None:
            return self.error.exit_status
        if self.is_refused:
            return EXIT_FUSE
        problems, _ = self.findings()
        return EXIT_PROBLEMS if problems or not self._is_in_sync() else EXIT_OK

    def _is_in_sync(self) -> bool:
        """Tell whether every change of the plan was applied, or is only planned in a dry run."""
        changes = self.plan.changes if self.plan else ()
        return all(self.outcome_of(change).status in (Status.APPLIED, Status.PLANNED) for change in changes)

    def findings(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Return the problems and the warnings that are known."""
        if self.plan is not None:
            return self.plan.problems, (*self.plan.warnings, *self.warnings)
        if self.reading is not None:
            return self.reading.problems, (*self.reading.warnings, *self.warnings)
        return (), tuple(self.warnings)

    def _why_not_made(self, change: Change) -> str | None:
        """Return why a real run would not make a change that a dry run shows."""
        if self._is_withheld(change):
            return WITHHELD
        waits = self.plan is not None and self.plan.awaits_approval(change)
        return AWAITING_APPROVAL if waits else None

    def _why_not_attempted(self, change: Change) -> str:
        if self.plan is not None and self.plan.difference is not None:
            return "the plan is not the one that was approved"
        if self.is_refused:
            return "a fuse refused the plan"
        if self._is_withheld(change):
            return WITHHELD
        return f"the run was given up: {self.error}" if self.error else "the run was stopped"

    def _is_withheld(self, change: Change) -> bool:
        return self.plan is not None and isinstance(change, Removal) and change.guid in self.plan.withheld


def _key_of(change: Change) -> ChangeKey:
    """Return what identifies a change in its plan: a row's line, or the guid of a removal."""
    return ("line", change.line) if isinstance(change, Write) else ("guid", change.guid)
