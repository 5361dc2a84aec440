"""The log as programs read it."""

import io
import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Finding, Outcome, Status, Step
from pleio_profile_sync_client.runlog.lines import log_change, log_finding

from .builders import BAN, LOG, UPDATE, log_a_bug, log_to


def records(stream: io.StringIO) -> list[dict[str, object]]:
    parsed = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(record.pop("time").endswith("Z") and record.pop("run") == "run-1" for record in parsed)
    return parsed


def test_every_line_is_an_object_with_the_same_first_keys() -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        LOG.info("start")
    (line,) = stream.getvalue().splitlines()
    assert list(json.loads(line)) == ["time", "level", "event", "run", "message"]


def test_a_change_has_its_values_under_keys_of_their_own() -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        log_change(LOG, UPDATE, Outcome(Status.FAILED, "guid-7", "refused", steps=(Step.USER,)))
    (record,) = records(stream)
    assert str(record.pop("message")).startswith("failed: update line 7")
    assert record == {
        "level": "ERROR",
        "event": "change",
        "action": "update",
        "outcome": "failed",
        "line": 7,
        "external_id": "P7",
        "guid": "guid-7",
        "email": "fatma@gemeente.test",
        "fields": {"name": ["Fatma", "Fatma Yildiz"], "profile.phone": ["", "06-1"]},
        "groups": ["g1", "g2"],
        "avatar": "fatma.jpg",
        "marks": ["relinked"],
        "error": "refused",
    }


def test_what_does_not_apply_is_absent() -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        log_change(LOG, BAN, Outcome(Status.APPLIED, "guid-8", steps=(Step.BAN,)))
    (record,) = records(stream)
    assert not {"line", "fields", "groups", "avatar", "marks", "error"} & set(record)
    assert record["level"] == "INFO"


def test_problems_and_warnings_are_events_with_their_code() -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        log_finding(LOG, Finding("taken", "Line 3: taken.", 3, "P3", "guid-3"), logging.ERROR)
        log_finding(LOG, Finding("unknown_header", "Functei?"), logging.WARNING)
    problem, warning = records(stream)
    assert (problem["event"], problem["code"], problem["line"], problem["external_id"], problem["guid"]) == (
        "problem",
        "taken",
        3,
        "P3",
        "guid-3",
    )
    assert (warning["event"], warning["code"]) == ("warning", "unknown_header")


def test_a_traceback_is_a_value() -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        log_a_bug("value")
    (record,) = records(stream)
    assert "ValueError: " in str(record["exception"])


@given(st.text())
def test_any_text_comes_back_as_it_was_from_one_ascii_line(value: str) -> None:
    stream = io.StringIO()
    with log_to(stream, log_format="json"):
        LOG.info("%s", value)
    assert stream.getvalue().isascii()
    assert len(stream.getvalue().splitlines()) == 1
    (record,) = records(stream)
    assert record["message"] == value
