"""The log as people read it."""

import io
import logging
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Finding, Outcome, Status, Step
from pleio_profile_sync_client.runlog.configuration import configure
from pleio_profile_sync_client.runlog.lines import log_change, log_finding, log_lines

from .builders import BAN, LOG, UPDATE, log_a_bug, log_to

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
APPLIED = Outcome(Status.APPLIED, "guid-7", steps=(Step.USER,))


def texts(stream: io.StringIO) -> list[str]:
    """Return the lines without their time."""
    lines = stream.getvalue().splitlines()
    assert all(re.match(TIME, line) for line in lines)
    return [line.partition(" ")[2] for line in lines]


def test_a_line_has_time_level_and_text() -> None:
    stream = io.StringIO()
    with log_to(stream):
        LOG.info("%d rows", 12)
        LOG.warning("slow")
    assert re.fullmatch(f"{TIME} INFO 12 rows\n{TIME} WARNING slow\n", stream.getvalue())


def test_a_change_shows_who_and_the_old_and_new_values() -> None:
    stream = io.StringIO()
    with log_to(stream):
        log_change(LOG, UPDATE, APPLIED)
    assert texts(stream) == [
        'INFO update line 7, P7, fatma@gemeente.test: name "Fatma" -> "Fatma Yildiz"; profile.phone "" -> "06-1"; '
        "2 groups; avatar fatma.jpg; (relinked)"
    ]


def test_a_failed_change_is_an_error_with_its_reason() -> None:
    stream = io.StringIO()
    with log_to(stream):
        log_change(LOG, BAN, Outcome(Status.FAILED, "guid-8", "refused (400)"))
    (text,) = texts(stream)
    assert text.startswith("ERROR failed: ban jan@gemeente.test")
    assert text.endswith("-- refused (400)")


def test_a_finding_ends_in_its_code() -> None:
    stream = io.StringIO()
    with log_to(stream):
        log_finding(LOG, Finding("taken", "Line 3 (Fatma): taken.", 3), logging.ERROR)
    assert texts(stream) == ["ERROR Line 3 (Fatma): taken. [taken]"]


def test_what_is_not_verbose_leaves_out_changes_that_went_well() -> None:
    stream = io.StringIO()
    with log_to(stream, verbose=False):
        LOG.info("start")
        log_change(LOG, UPDATE, APPLIED)
        log_change(LOG, UPDATE, Outcome(Status.FAILED, "guid-7", "no"))
        log_lines(LOG, ["counts"], "summary", uploaded=True)
        LOG.warning("careful")
    assert [text.split()[0:2] for text in texts(stream)] == [
        ["INFO", "start"],
        ["ERROR", "failed:"],
        ["INFO", "counts"],
        ["WARNING", "careful"],
    ]


@given(st.text())
def test_no_value_can_add_a_line_or_a_control_character(value: str) -> None:
    stream = io.StringIO()
    with log_to(stream):
        LOG.info("name %s", value)
        log_finding(LOG, Finding("taken", value, 3, value), logging.ERROR)
    assert len(stream.getvalue().splitlines()) == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", stream.getvalue())


def test_a_traceback_is_one_line_too() -> None:
    stream = io.StringIO()
    with log_to(stream):
        log_a_bug("value")
    (text,) = texts(stream)
    assert text.startswith("ERROR bug Traceback")
    assert "\\nValueError: " in text


def test_lines_are_coloured_after_escaping_only_where_it_was_asked() -> None:
    stream = io.StringIO()
    style = lambda line, level: f"\x1b[31m{line}\x1b[0m" if level >= logging.ERROR else line  # noqa: E731 -- one line
    with configure(run="run-1", stream=stream, secret="", style=style):
        LOG.info("plain \x1b[32m")
        LOG.error("red")
    plain, red = stream.getvalue().splitlines()
    assert "\x1b" not in plain
    assert red.startswith("\x1b[31m")
    assert red.endswith("red\x1b[0m")


def test_leaving_the_log_takes_its_handlers_off() -> None:
    stream = io.StringIO()
    with log_to(stream):
        pass
    LOG.info("later")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_that_the_stream_lacks_are_written_out(encoding: str) -> None:
    raw = io.BytesIO()
    with log_to(io.TextIOWrapper(raw, encoding=encoding)):
        LOG.info("Łukasz")
        assert raw.getvalue().endswith(b"INFO \\u0141ukasz" + os.linesep.encode())
