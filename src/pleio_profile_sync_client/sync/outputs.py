"""What a run leaves, however it ends: the log's end, reports, metrics, its line in the state, the ping."""

import logging
from collections.abc import Callable
from typing import Literal

from msgspec.structs import asdict

from pleio_profile_sync_client.core.models import Finding, Removal, Write
from pleio_profile_sync_client.core.wording import as_datetime, place_of
from pleio_profile_sync_client.errors import EXIT_OK, OutputError, UsageError
from pleio_profile_sync_client.reports.files import FOR_ALL, check_writable, write_file
from pleio_profile_sync_client.reports.run_report import Report, complete_report, to_json
from pleio_profile_sync_client.reports.summary import describe_requests, name_report, summarise
from pleio_profile_sync_client.runlog.configuration import RunLog
from pleio_profile_sync_client.runlog.events import log_lines
from pleio_profile_sync_client.settings.load import are_same
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.state.peek import peek_runs
from pleio_profile_sync_client.state.store import State
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.subsite.ping import ping
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_profile_sync_client.sync.origins import Origin
from pleio_profile_sync_client.sync.parts import state_path
from pleio_profile_sync_client.sync.result import RunResult

log = logging.getLogger(__name__)

_BESIDE_THE_STATE = (".lock", "-wal", "-shm", "-journal")


def check_files(settings: Settings) -> None:
    """Raise `UsageError` where a report or the metrics could not be written at the end, or would replace the state."""
    state = state_path(settings)
    kept = [state, *(state.with_name(state.name + ending) for ending in _BESIDE_THE_STATE)]
    places = [("--report", path) for path in settings.reports]
    places += [("--metrics", settings.metrics)] if settings.metrics is not None else []
    for option, path in places:
        if any(are_same(path, other) for other in kept):
            raise UsageError(
                f"{option} would overwrite the state of this client, at {path}.", hint="Name another place."
            )
        check_writable(path, option)


class RunOutputs:
    """Begins with the run and concludes it."""

    def __init__(
        self,
        settings: Settings,
        origin: Origin,
        *,
        result: RunResult,
        ending: RunEnding,
        client: ApiClient,
        state: State | None,
        run_log: RunLog,
        now_s: Callable[[], float],
    ) -> None:
        is_uploaded = settings.remote_log and not settings.dry_run
        self._uploader = run_log.collect_for_upload(client.upload_log, result.warn) if is_uploaded else None
        self._settings = settings
        self._source = origin.location
        self._is_partial = origin.is_partial
        self._result = result
        self._ending = ending
        self._client = client
        self._state = state
        self._run_log = run_log
        self._now_s = now_s

    def begin(self) -> None:
        """Note and tell that the run has begun."""
        if self._state is not None:
            self._state.start_run(self._result.run, self._result.started, is_partial=self._is_partial)
        self._ping("/start")

    def start_upload(self) -> None:
        """Upload the log from here on: the subsite has answered, so it may be asked for that too."""
        if self._uploader is not None:
            self._uploader.start()

    def conclude(self) -> int:
        """Leave all that a run leaves, and return its exit status."""
        result = self._result
        report = self._report(result.exit_status())
        self._tell_end(report)
        if result.dry_run and self._run_log.loss is not None and result.error is None:
            result.error = OutputError(f"The plan could not be written: {self._run_log.loss}.")
        status = result.exit_status()
        report = complete_report(
            report,
            finished=as_datetime(self._now_s()),
            exit_code=status,
            requests=self._client.requests,
            warnings=result.findings()[1],
        )
        if self._state is not None:
            self._state.finish_run(result.run, report.finished, status, asdict(report.counts))
        self._write(report)
        self._ping("" if status == EXIT_OK else "/fail")
        return status

    def _tell_end(self, report: Report) -> None:
        """End the log, here and on the subsite. The last upload is a request too, so they are told after it."""
        error = self._result.error
        if error is not None:
            log.error("%s %s", error, error.hint, extra={"uploaded": error.uploadable})
        log_lines(log, summarise(report, takes_back=self._result.takes_back), "summary", uploaded=True)
        if self._uploader is not None:
            self._uploader.finish(self._ending.upload_s())
        log_lines(log, [describe_requests(self._client.requests)], "summary", uploaded=False)

    def _report(self, status: int) -> Report:
        return self._result.report(
            finished=as_datetime(self._now_s()),
            exit_code=status,
            source=self._source,
            subsite=self._settings.destination,
            requests=self._client.requests,
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
        changes = self._result.plan.changes if self._result.plan is not None else ()
        places = ["" if isinstance(change, Removal) else place_of(change) for change in changes]
        return to_html(
            report, runs, names=_names(self._result), places=places, takes_back=self._result.takes_back
        ).encode()

    def _ping(self, event: Literal["", "/start", "/fail"]) -> None:
        if self._settings.ping is None:
            return
        failure = ping(self._settings.ping, event, within_s=self._ending.ping_s())
        if failure is not None:
            self._warn(Finding("ping_failed", failure))

    def _warn(self, finding: Finding | None) -> None:
        if finding is not None:
            self._result.warn(finding)


def _names(result: RunResult) -> list[str]:
    """Return whom the plan's changes concern, in their order: the rows' names, for a removal the user's."""
    if result.plan is None or result.reading is None:
        return []
    rows = {row.line: row.name for row in result.reading.users}
    return [
        change.name if isinstance(change, Removal) else rows.get(change.line) or _name_in(change)
        for change in result.plan.changes
    ]


def _name_in(change: Write) -> str:
    return change.record.name if change.record is not None else ""
