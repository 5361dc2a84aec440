"""What a run says and leaves: the log from start to end, reports, metrics, its line in the state, the ping."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from os import environ
from pathlib import Path
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

from msgspec.structs import asdict

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core import messages
from pleio_profile_sync_client.core.approval import Approval
from pleio_profile_sync_client.core.fuses import explain_fuse
from pleio_profile_sync_client.core.models import Action, Change, Finding, Memory, Removal, SubsiteUser
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.wording import as_datetime, counted, place_of
from pleio_profile_sync_client.errors import EXIT_OK, ClientError, UsageError
from pleio_profile_sync_client.reports.files import FOR_ALL, check_writable, write_file
from pleio_profile_sync_client.reports.run_report import (
    Report,
    ReportedSource,
    ReportedSubsite,
    build_report,
    complete_report,
    to_json,
)
from pleio_profile_sync_client.reports.summary import describe_requests, name_report, summarise
from pleio_profile_sync_client.runlog.configuration import RunLog
from pleio_profile_sync_client.runlog.lines import log_change, log_finding, log_lines
from pleio_profile_sync_client.settings.load import are_same
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.store import peek_runs
from pleio_profile_sync_client.subsite.transport import Request, Temporary, Transport
from pleio_profile_sync_client.sync.parts import RunParts, state_path
from pleio_profile_sync_client.sync.result import RunResult

log = logging.getLogger(__name__)

_BESIDE_THE_STATE = (".lock", "-wal", "-shm", "-journal")
_PING_ANSWER_LIMIT_BYTES = 2**20


def check_files(settings: Settings) -> None:
    """Raise `UsageError` if a report or the metrics could not be written at the end, or would replace the state."""
    state = state_path(settings)
    kept = [state, *(state.with_name(state.name + ending) for ending in _BESIDE_THE_STATE)]
    files = [("--report", path) for path in settings.reports]
    files += [("--metrics", settings.metrics)] if settings.metrics is not None else []
    for option, path in files:
        if any(are_same(path, other) for other in kept):
            raise UsageError(
                f"{option} would overwrite the state of this client, at {path}.", hint="Name another file."
            )
        check_writable(path, option)


class RunOutputs:
    """Tells and leaves it all for one run: `begin` at its beginning, `conclude` at its end."""

    def __init__(self, parts: RunParts, run_log: RunLog) -> None:
        is_uploaded = parts.settings.remote_log and not parts.settings.dry_run
        self._uploader = run_log.collect_for_upload(parts.client.upload_log, parts.result.warn) if is_uploaded else None
        self._parts = parts
        self._settings = parts.settings
        self._result = parts.result
        self._state = parts.state
        self._run_log = run_log

    def begin(self) -> None:
        """Record and log that the run has begun."""
        if self._state is not None:
            self._state.start_run(self._result.run, self._result.started, is_partial=self._parts.origin.is_partial)
        self._ping("/start")

    def start_upload(self) -> None:
        """Upload the log from here on: the subsite has answered, so it can take that too."""
        if self._uploader is not None:
            self._uploader.start()

    def conclude(self) -> int:
        """End the log, write state, reports and metrics, ping, and return the exit status."""
        result = self._result
        report = self._report(result.exit_status())
        self._tell_end(report)
        if self._run_log.loss is not None:
            result.lose_output(self._run_log.loss)
        status = result.exit_status()
        report = complete_report(
            report,
            finished=as_datetime(self._parts.timing.now_s()),
            exit_code=status,
            requests=self._parts.client.requests,
            warnings=result.findings()[1],
        )
        if self._state is not None:
            self._state.finish_run(result.run, report.finished, status, asdict(report.counts))
        self._write(report)
        self._ping("" if status == EXIT_OK else "/fail")
        return status

    def _tell_end(self, report: Report) -> None:
        """End the log, here and on the subsite. The last upload is a request too, so they are logged after it."""
        error = self._result.error
        if error is not None:
            log.error("%s %s", error, error.hint, extra={"uploaded": error.uploadable})
        log_lines(log, summarise(report, takes_back=self._result.takes_back), "summary", uploaded=True)
        if self._uploader is not None:
            self._uploader.finish(self._parts.ending.upload_s())
        log_lines(log, [describe_requests(self._parts.client.requests)], "summary", uploaded=False)

    def _report(self, status: int) -> Report:
        result, reading, plan = self._result, self._result.reading, self._result.plan
        problems, warnings = result.findings()
        rows, users = (reading.rows, len(reading.users)) if reading else (0, 0)
        return build_report(
            run=result.run,
            started=result.started,
            finished=as_datetime(self._parts.timing.now_s()),
            dry_run=result.dry_run,
            exit_code=status,
            source=ReportedSource(self._parts.origin.source.location, rows, users),
            subsite=ReportedSubsite(self._settings.destination, result.subsite_users),
            unchanged=plan.unchanged if plan else 0,
            changes=[(change, result.outcome_of(change)) for change in plan.changes] if plan else (),
            problems=problems,
            warnings=warnings,
            fuses=plan.fuses if plan else (),
            requests=self._parts.client.requests,
            waiting=plan.waiting if plan else (),
            approval=plan.approval if plan and result.dry_run else None,
        )

    def _write(self, report: Report) -> None:
        for path in self._settings.reports:
            content = self._html(report) if path.suffix.lower() == ".html" else to_json(report)
            failure = write_file(path, content)
            self._warn(failure)
            if failure is None:
                log_lines(log, [name_report(str(path))], "summary", uploaded=False)
        if self._settings.metrics is not None:
            from pleio_profile_sync_client.reports.metrics import to_metrics  # noqa: PLC0415 -- only where used

            self._warn(write_file(self._settings.metrics, to_metrics(report).encode(), mode=FOR_ALL))

    def _html(self, report: Report) -> bytes:
        from pleio_profile_sync_client.reports.html_report import to_html  # noqa: PLC0415 -- only where used

        runs = (
            self._state.runs()
            if self._state is not None
            else peek_runs(state_path(self._settings), subsite_url=self._settings.destination, warn=self._warn)
        )
        return to_html(report, runs, named=_named(self._result), takes_back=self._result.takes_back).encode()

    def _ping(self, event: Literal["", "/start", "/fail"]) -> None:
        if self._settings.ping is None:
            return
        failure = ping(self._settings.ping, event, within_s=self._parts.ending.ping_s())
        if failure is not None:
            self._warn(Finding("ping_failed", failure))

    def _warn(self, finding: Finding | None) -> None:
        if finding is not None:
            self._result.warn(finding)


def _named(result: RunResult) -> list[tuple[str, str]]:
    """Return for each of the plan's changes the person's name and the place of the row, if it has one."""
    names = {row.line: row.name for row in result.reading.users} if result.reading is not None else {}

    def name(change: Change) -> tuple[str, str]:
        if isinstance(change, Removal):
            return change.name, ""
        in_record = change.record.name if change.record is not None else ""
        return names.get(change.line, in_record), place_of(change)

    return list(map(name, result.plan.changes)) if result.plan is not None else []


def tell_start(result: RunResult, settings: Settings, location: str) -> None:
    """Say what is synced where, and what the administrator should know about the options."""
    what = "Dry run, nothing is written" if result.dry_run else "Revert" if result.takes_back else "Sync"
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
    """Say which state is used, and how many runs are in it."""
    knows = f"knows {counted(memory.runs, 'run')}" if memory.runs else "is new"
    log.info("The state file %s %s.", path, knows)


def warn_of_new_state(result: RunResult, path: Path, users: Iterable[SubsiteUser]) -> None:
    """Warn if nothing is remembered of a subsite that seems to have been synced before."""
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
    """Say how to approve this plan."""
    log.info("To approve this plan and no other, until %s: --approved %s", approval.expires, approval.code)
    if approval.removals_code is not None:
        log.info("Its bans and deletes alone, under --approval removals: --approved %s", approval.removals_code)


def _tell_fuses(result: RunResult, plan: Plan) -> None:
    """Say why a plan is refused, with a line for each fuse; in a dry run, name the others in one line."""
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
        log.info("Fuses that did not trip: %s.", ", ".join(passed))


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


def ping(
    url: str, event: Literal["", "/start", "/fail"], *, within_s: float, variables: Mapping[str, str] = environ
) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    It takes at most `within_s`: looking up a name has no time-out of its own, so a thread does it. The message names
    only the host: anybody who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    failures: list[str | None] = []
    asking = Thread(target=lambda: failures.append(_ask(url, event, within_s, variables)), name="ping", daemon=True)
    asking.start()
    asking.join(within_s)
    failure = failures[0] if failures else f"no answer within {within_s:.0f} s"
    return None if failure is None else f"The ping to {host} failed: {failure}."


def _ask(url: str, event: str, within_s: float, variables: Mapping[str, str]) -> str | None:
    try:
        with closing(Transport(url, {}, variables=variables)) as transport:
            answer = transport.send(
                Request("GET", event, answer_limit_bytes=_PING_ANSWER_LIMIT_BYTES), within_s=within_s
            )
    except ClientError as error:
        return str(error).rstrip(".")
    if isinstance(answer, Temporary):
        return answer.message
    return None if 200 <= answer.status < 300 else f"it was answered with status {answer.status}"
