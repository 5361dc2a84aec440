"""What the subsite gets of the log, and when."""

import io
import json
import logging
from collections.abc import Callable
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import (
    Answer,
    Change,
    Done,
    Finding,
    Outcome,
    Refused,
    Status,
    Step,
    Unavailable,
)
from pleio_profile_sync_client.runlog.lines import log_change, log_finding, log_lines
from pleio_profile_sync_client.runlog.upload import LogUploader
from tests.patience import PATIENCE_S

from .builders import BAN, LOG, UPDATE, log_a_bug, log_to

LARGEST_BODY = 2_621_440
APPLIED = Outcome(Status.APPLIED, "guid-7", steps=(Step.USER,))


class Logs:
    """A subsite that takes logs, and answers with what it was told to, one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.contents: list[str] = []
        self.runs: set[str] = set()
        self.calls = 0
        self.called = Event()
        self.taken = Event()
        self._answers = list(answers)

    def upload(self, run: str, content: str) -> Answer:
        self.runs.add(run)
        answer = self._answers.pop(0) if self._answers else Done()
        if isinstance(answer, Done):
            self.contents.append(content)
            self.taken.set()
        self.calls += 1
        self.called.set()
        return answer

    @property
    def texts(self) -> list[str]:
        """All lines without their time."""
        return [line.partition(" ")[2] for content in self.contents for line in content.splitlines()]


def uploaded_by(write: Callable[[], None], logs: Logs | None = None) -> Logs:
    logs = logs or Logs()
    warnings: list[Finding] = []
    with log_to(io.StringIO()) as run_log:
        uploader = run_log.collect_for_upload(logs.upload, warnings.append)
        write()
        uploader.start()
        uploader.finish(PATIENCE_S)
    assert warnings == []
    return logs


def test_nothing_is_uploaded_before_the_start_and_then_all_of_it_under_the_runs_uuid() -> None:
    logs = Logs()
    with log_to(io.StringIO()) as run_log:
        uploader = run_log.collect_for_upload(logs.upload, print)
        LOG.info("early")
        assert logs.contents == []
        uploader.start()
        LOG.info("late")
        uploader.finish(PATIENCE_S)
    assert logs.texts == ["INFO early", "INFO late"]
    assert logs.runs == {"run-1"}


def test_without_a_start_nothing_is_ever_uploaded() -> None:
    logs = Logs()
    with log_to(io.StringIO()) as run_log:
        uploader = run_log.collect_for_upload(logs.upload, print)
        LOG.info("early")
        uploader.finish(PATIENCE_S)
    assert not logs.called.is_set()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (UPDATE, "INFO update line 7, external_id P7: name, profile.phone, groups, avatar, (relinked)"),
        (BAN, "INFO ban guid guid-8"),
    ],
)
def test_a_change_is_uploaded_without_names_emails_and_values(change: Change, text: str) -> None:
    outcome = Outcome(Status.APPLIED, change.guid, steps=(Step.USER,))
    assert uploaded_by(lambda: log_change(LOG, change, outcome)).texts == [text]


def test_a_failed_change_is_uploaded_without_the_reason_which_may_hold_an_email() -> None:
    failed = Outcome(Status.FAILED, "guid-7", "fatma@gemeente.test is taken")
    (text,) = uploaded_by(lambda: log_change(LOG, UPDATE, failed)).texts
    assert text.startswith("ERROR failed: update line 7, external_id P7")
    assert "@" not in text


def test_a_failed_change_is_uploaded_with_the_status_of_the_answer() -> None:
    failed = Outcome(Status.FAILED, "guid-7", "the subsite answered with status 400: fatma@gemeente.test is taken")
    (text,) = uploaded_by(lambda: log_change(LOG, UPDATE, failed)).texts
    assert text.endswith(" (status 400)")
    assert "@" not in text


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding("taken", "Fatma", 3, "P3", "guid-3"), "ERROR taken: line 3, external_id P3"),
        (Finding("taken", "Fatma", 3, "fatma@gemeente.test", "guid-3"), "ERROR taken: line 3, guid guid-3"),
        (Finding("other_id", "Fatma", 3, "Fatma Yildiz", "guid-3"), "ERROR other_id: line 3, guid guid-3"),
        (Finding("missing_name", "fatma@gemeente.test", 3, "fatma@gemeente.test"), "ERROR missing_name: line 3"),
        (
            Finding("missing_name", "", 3, place="entry 3 (CN=Fatma Yildiz)"),
            "ERROR missing_name: entry 3",
        ),
        (Finding("undecided", "12 users (fatma@gemeente.test)"), "ERROR undecided"),
        (Finding("undecided", "12 users (fatma@…)", uploaded="12 users"), "ERROR undecided: 12 users"),
        (
            Finding("not_taken", "Fatma", 3, "P3", uploaded="profile.phone"),
            "ERROR not_taken: line 3, external_id P3: profile.phone",
        ),
    ],
)
def test_a_finding_is_uploaded_as_code_and_record(finding: Finding, text: str) -> None:
    assert uploaded_by(lambda: log_finding(LOG, finding, logging.ERROR)).texts == [text]


def test_a_record_may_say_what_is_uploaded_instead_or_that_nothing_is() -> None:
    def write() -> None:
        LOG.info("for the console", extra={"uploaded": "for the subsite"})
        LOG.info("for the console alone", extra={"uploaded": None})
        log_lines(LOG, ["plan"], "plan", uploaded=False)
        log_lines(LOG, ["summary"], "summary", uploaded=True)

    assert uploaded_by(write).texts == ["INFO for the subsite", "INFO summary"]


def test_a_traceback_is_not_uploaded() -> None:
    assert uploaded_by(lambda: log_a_bug("fatma@gemeente.test")).texts == ["ERROR bug"]


@given(st.text(min_size=1))
def test_no_value_can_add_a_line_or_a_nul(value: str) -> None:
    logs = uploaded_by(lambda: LOG.info("name %s", value))
    assert len(logs.texts) == 1
    assert "\0" not in logs.contents[0]


def test_batches_stay_far_below_what_the_subsite_takes_even_where_a_character_counts_six() -> None:
    def write() -> None:
        for _ in range(60):
            LOG.info("%s", "ë" * 19_000)
            LOG.info("%s", "short")

    logs = uploaded_by(write)
    assert len(logs.texts) == 120
    assert len(logs.contents) > 1
    assert max(len(json.dumps({"uuid": "run-1", "content": content})) for content in logs.contents) < LARGEST_BODY // 4


def test_one_endless_line_is_cut() -> None:
    logs = uploaded_by(lambda: LOG.info("%s", "x" * 3_000_000))
    assert len(logs.contents[0]) < 200_000
    assert logs.texts[0].endswith("...")


def test_a_full_batch_is_sent_while_the_run_goes_on() -> None:
    logs = Logs()
    uploader = LogUploader(logs.upload, "run-1", warn=print, interval_s=10 * PATIENCE_S)
    uploader.start()
    for _ in range(20):
        uploader.handle(logging.LogRecord("x", logging.INFO, "", 0, "x" * 15_000, (), None))
    assert logs.called.wait(PATIENCE_S)
    uploader.finish(PATIENCE_S)


def test_lines_are_sent_every_so_often_although_few() -> None:
    logs = Logs()
    uploader = LogUploader(logs.upload, "run-1", warn=print, interval_s=0.001)
    uploader.handle(logging.LogRecord("x", logging.INFO, "", 0, "few", (), None))
    uploader.start()
    assert logs.called.wait(PATIENCE_S)
    uploader.finish(PATIENCE_S)
    assert logs.texts == ["INFO few"]


def upload_first(logs: Logs, *, until: Callable[[], object]) -> list[Finding]:
    """Upload one line every so often until then; return the warnings."""
    warnings: list[Finding] = []
    uploader = LogUploader(logs.upload, "run-1", warn=warnings.append, interval_s=0.001)
    uploader.handle(logging.LogRecord("x", logging.INFO, "", 0, "first", (), None))
    uploader.start()
    until()
    uploader.handle(logging.LogRecord("x", logging.INFO, "", 0, "last", (), None))
    uploader.finish(PATIENCE_S)
    return warnings


@pytest.mark.parametrize("failure", [Unavailable("503"), Refused(500, "Server error")])
def test_the_lines_of_a_failed_upload_go_with_the_next_and_nothing_is_told(failure: Answer) -> None:
    logs = Logs(failure, failure)
    assert upload_first(logs, until=lambda: logs.taken.wait(PATIENCE_S)) == []
    assert logs.texts == ["INFO first", "INFO last"]


@pytest.mark.parametrize("failure", [Unavailable("503"), Refused(500, "Server error")])
def test_uploads_that_fail_to_the_end_are_one_warning(failure: Answer) -> None:
    logs = Logs(*[failure] * 10_000)
    (warning,) = upload_first(logs, until=lambda: logs.called.wait(PATIENCE_S))
    assert warning.code == "log_not_uploaded"
    assert failure.message in warning.message  # type: ignore[union-attr] # it is none that is done


@pytest.mark.parametrize("status", [0, 301, 403, 404])
def test_an_upload_that_is_refused_is_the_last_one_and_one_warning(status: int) -> None:
    logs = Logs(Refused(status, "a firewall's page."))
    (warning,) = upload_first(logs, until=lambda: logs.called.wait(PATIENCE_S))
    assert warning.code == "log_not_uploaded"
    assert "a firewall's page. The log on this machine" in warning.message
    assert logs.calls == 1


def test_a_subsite_that_never_answers_holds_the_end_up_no_longer_than_was_said() -> None:
    may_answer = Event()
    warnings: list[Finding] = []

    def upload(_run: str, _content: str) -> Answer:
        may_answer.wait(PATIENCE_S)
        return Done()

    with log_to(io.StringIO()) as run_log:
        uploader = run_log.collect_for_upload(upload, warnings.append)
        LOG.info("first")
        uploader.start()
        uploader.finish(0.01)
    assert [warning.code for warning in warnings] == ["log_not_uploaded"]
    may_answer.set()


def test_what_cannot_be_uploaded_is_kept_within_bounds_and_the_loss_is_told() -> None:
    def write() -> None:
        for number in range(900):
            LOG.info("%d %s", number, "x" * 10_000)

    logs = uploaded_by(write)
    assert sum(map(len, logs.contents)) < 8_080_000
    assert "earlier lines could not be uploaded" in logs.texts[0]
    assert logs.texts[-1].startswith("INFO 899 ")


def test_what_the_uploading_itself_logs_is_not_uploaded() -> None:
    logs = Logs()

    def upload(run: str, content: str) -> Answer:
        LOG.warning("a repeat of the upload")
        return logs.upload(run, content)

    console = io.StringIO()
    with log_to(console) as run_log:
        uploader = run_log.collect_for_upload(upload, print)
        LOG.info("first")
        uploader.start()
        uploader.finish(PATIENCE_S)
    assert logs.texts == ["INFO first"]
    assert "a repeat of the upload" in console.getvalue()
