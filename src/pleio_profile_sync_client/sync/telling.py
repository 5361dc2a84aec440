"""What a run says of itself before it writes anything: the start, and the plan."""

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, Memory, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.wording import counted
from pleio_profile_sync_client.runlog.events import log_change, log_finding
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.sync.result import RunResult

log = logging.getLogger(__name__)


def tell_start(result: RunResult, settings: Settings, location: str) -> None:
    """Say what is synced into what, and what the administrator should know about the options."""
    what = "Dry run, nothing is written" if result.dry_run else "Taking back" if result.takes_back else "Sync"
    log.info(
        "%s: %s %s %s (version %s, run %s)",
        what,
        location,
        "on" if result.takes_back else "into",
        settings.destination,
        __version__,
        result.run,
    )
    if settings.secret_on_command_line:
        log.warning(
            "The API secret is on the command line, where everybody on this machine can see it; use "
            "--api-secret-file or the environment variable API_SECRET."
        )
    if settings.policy.removal is Action.DELETE and not settings.policy.grace_s:
        log.info(
            "Deleted users can't be brought back; --grace 7d would delete only those who have been absent for a week."
        )


def tell_state(path: Path, memory: Memory) -> None:
    """Say which state is used, and how much it knows."""
    knows = f"knows {counted(memory.runs, 'run')}" if memory.runs else "is new"
    log.info("The state file %s %s.", path, knows)


def warn_of_new_state(result: RunResult, path: Path, users: Iterable[SubsiteUser]) -> None:
    """Warn where nothing is remembered of a subsite that somebody has synced before."""
    linked = sum(1 for user in users if user.external_id)
    if linked:
        result.warn(messages.new_state(str(path), linked))


def tell_plan(result: RunResult, plan: Plan) -> None:
    """Say what is planned, what is wrong and which fuses tripped; in a dry run, each change."""
    for problem in plan.problems:
        log_finding(log, problem, logging.ERROR)
    for warning in plan.warnings:
        log_finding(log, warning, logging.WARNING)
    log.info("%s", _counts(result, plan))
    if result.dry_run:
        for change in plan.changes:
            log_change(log, change, result.outcome_of(change))
    _tell_fuses(result, plan)
    if plan.difference is not None:
        log.error("Refused: %s. Make a new dry run, look at it, and give its code.", plan.difference)
    if result.dry_run and plan.approval is not None:
        _tell_approval(plan.approval)


def _tell_approval(approval: Approval) -> None:
    """Say how this very plan is approved."""
    log.info("To approve this plan and no other, until %s: --approved %s", approval.expires, approval.code)
    if approval.removals_code is not None:
        log.info("Its bans and deletes alone, under --approval removals: --approved %s", approval.removals_code)


def _tell_fuses(result: RunResult, plan: Plan) -> None:
    """Say why a plan is refused, one fuse a line; in a dry run, those that let it pass in a line together."""
    for fuse in plan.fuses:
        if fuse.tripped:
            is_refusing = fuse in plan.refusing
            passed_by = "--force" if result.force else "the approval"
            log.log(
                logging.ERROR if is_refusing else logging.WARNING,
                "The fuse %s %s: %s.",
                fuse.fuse,
                "refuses the plan" if is_refusing else f"would refuse the plan, but for {passed_by}",
                explain_fuse(fuse, plan.fuses),
            )
    passed = [f"{fuse.fuse} ({fuse.value:,} of {fuse.of:,})" for fuse in plan.fuses if not fuse.tripped]
    if result.dry_run and passed:
        log.info("Fuses that let the plan pass: %s.", ", ".join(passed))


def _counts(result: RunResult, plan: Plan) -> str:
    reading = result.reading
    counts = Counter(change.action for change in plan.changes)
    planned = [f"{action} {counts[action]:,}" for action in Action if counts[action]]
    rows, users = (reading.rows, len(reading.users)) if reading else (0, 0)
    read = f"Changes of that run: {rows:,}" if result.takes_back else f"Rows in the source: {rows:,}, users: {users:,}"
    in_grace = sum(one.why == "grace" for one in plan.waiting)
    grace = f", {in_grace:,} absent but not for long enough" if in_grace else ""
    return (
        f"{read}; users on the subsite: {result.subsite_users:,}. Plan: "
        f"{', '.join(planned) or 'nothing to do'}; {plan.unchanged:,} unchanged{grace}."
    )
