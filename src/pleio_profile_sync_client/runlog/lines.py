"""The lines of the log: what each looks like, to people and programs, and what the uploaded log may show of a person.

Every record is one line: time, level, text. Colours come from outside. The uploaded log names a user by external_id and
line; names, e-mails and values stay here. If the external_id contains an `@` or a blank, it may be an e-mail or a name
(from a column that shifted), and the guid replaces it.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from pleio_profile_sync_client.core.models import Change, Finding, Guid, Outcome, Status, Write
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import describe_change, short_place_of

DETAIL = 15
"""The level of a line for each change: below INFO, shown as INFO; left out with `--verbose false`."""

Redact = Callable[[str], str]
Style = Callable[[str, int], str]
"""Colours a line by its level."""

_STATUS = re.compile(r"\bstatus \d{3}\b")
"""The part of a failure's reason that can be uploaded: the subsite's own words may contain an e-mail."""


def format_time(record: logging.LogRecord) -> str:
    """Return when the record was made: ISO 8601 in UTC, in whole seconds."""
    return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def name_level(record: logging.LogRecord) -> str:
    """Return the level's name: DEBUG, INFO, WARNING, ERROR or CRITICAL."""
    return "INFO" if record.levelno == DETAIL else record.levelname


class TextFormatter(logging.Formatter):
    """Makes lines such as `2026-11-24T02:00:01Z INFO text`. Line breaks in a text or traceback are written out."""

    def __init__(self, redact: Redact, style: Style | None = None) -> None:
        super().__init__()
        self._redact = redact
        self._colour = style

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line without its line break."""
        text = record.getMessage()
        if record.exc_info:
            text = f"{text} {self.formatException(record.exc_info)}"
        line = f"{format_time(record)} {name_level(record)} {visible(self._redact(text))}"
        return line if self._colour is None else self._colour(line, record.levelno)


class JsonFormatter(logging.Formatter):
    """Makes one JSON object a line, in ASCII: time, level, event, run and message, then the details that apply."""

    def __init__(self, redact: Redact, run: str) -> None:
        super().__init__()
        self._redact = redact
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line without its line break."""
        line = {
            "time": format_time(record),
            "level": name_level(record),
            "event": getattr(record, "event", "message"),
            "run": self._run,
            "message": self._clean(record.getMessage()),
        }
        details = getattr(record, "details", {})
        line |= {key: self._clean(value) for key, value in details.items() if value not in (None, "", (), {})}
        if record.exc_info:
            line["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line, default=str)

    def _clean(self, value: Any) -> Any:
        match value:
            case str():
                return self._redact(value)
            case dict():
                return {key: self._clean(each) for key, each in value.items()}
            case list() | tuple():
                return [self._clean(each) for each in value]
            case _:
                return value


def log_finding(logger: logging.Logger, finding: Finding, level: int) -> None:
    """Log a problem (ERROR) or a warning (WARNING): the whole message here, code and record in the upload."""
    who = _uploaded_name(short_place_of(finding), finding.external_id, finding.guid)
    details = {
        "code": finding.code,
        "line": finding.line,
        "external_id": finding.external_id,
        "guid": finding.guid,
    }
    logger.log(
        level,
        "%s [%s]",
        finding.message,
        finding.code,
        extra={
            "event": "problem" if level >= logging.ERROR else "warning",
            "uploaded": ": ".join(filter(None, (finding.code, who, finding.uploaded))),
            "details": details,
        },
    )


def log_change(logger: logging.Logger, change: Change, outcome: Outcome) -> None:
    """Log the outcome of a change: old and new values here, only the names of the fields in the upload.

    A failed one is an error; one that was done, planned or not attempted is a line that `--verbose false` leaves out.
    """
    failed = outcome.status is Status.FAILED
    level = logging.ERROR if failed else DETAIL
    if not logger.isEnabledFor(level):
        return
    said = "" if outcome.status in (Status.APPLIED, Status.PLANNED) else f"{outcome.status.replace('_', ' ')}: "
    answered = _STATUS.search(outcome.error or "") if failed else None
    error = f" -- {outcome.error}" if outcome.error else ""
    logger.log(
        level,
        "%s%s%s",
        said,
        describe_change(change),
        error,
        extra={
            "event": "change",
            "uploaded": f"{said}{_uploaded_change(change, outcome)}" + (f" ({answered[0]})" if answered else ""),
            "details": _details(change, outcome),
        },
    )


def log_lines(logger: logging.Logger, lines: Iterable[str], event: str, *, uploaded: bool) -> None:
    """Log a text of several lines, a record for each; `uploaded` only where it names nobody."""
    for line in lines:
        extra: dict[str, object] = {"event": event}
        if not uploaded:
            extra["uploaded"] = None
        logger.info("%s", line, extra=extra)


def _uploaded_change(change: Change, outcome: Outcome) -> str:
    place = ""
    names: list[str] = []
    if isinstance(change, Write):
        place = short_place_of(change)
        names += change.fields
        names += ["groups"] if change.groups else []
        names += ["avatar"] if change.avatar is not None else []
        names += [f"({mark})" for mark in change.marks]
    who = _uploaded_name(place, change.external_id, outcome.guid)
    return f"{change.action} {who}" + (f": {', '.join(names)}" if names else "")


def _uploaded_name(place: str, external_id: str | None, guid: Guid | None) -> str:
    is_shown = external_id and "@" not in external_id and len(external_id.split()) == 1
    named = f"external_id {external_id}" if is_shown else ""
    if not named and guid is not None:
        named = f"guid {guid}"
    return ", ".join(part for part in (place, named) if part)


def _details(change: Change, outcome: Outcome) -> dict[str, object]:
    write = change if isinstance(change, Write) else None
    return {
        "action": change.action.value,
        "outcome": outcome.status.value,
        "line": write and write.line,
        "external_id": change.external_id,
        "guid": outcome.guid,
        "email": change.email,
        "fields": write and write.fields,
        "groups": write and write.groups,
        "avatar": write and write.avatar and write.avatar.path,
        "marks": write and write.marks,
        "error": outcome.error,
    }
