"""What a line of the log looks like, to people and to programs: when, how grave, what. Every record is one line.

Colours come from outside.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pleio_profile_sync_client.core.text import visible

DETAIL = 15
"""The level of a line for each change: below INFO, shown as INFO; left out with `--verbose false`."""

DETAIL_KEYS = (
    "code",
    "action",
    "outcome",
    "line",
    "external_id",
    "guid",
    "email",
    "fields",
    "groups",
    "avatar",
    "marks",
    "error",
)
"""What a JSON line may hold after time, level, event, run and message, in this order; what does not apply is absent."""

Redact = Callable[[str], str]
Style = Callable[[str, int], str]
"""Colours a line by its level."""


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
    """Makes one JSON object a line, in ASCII, with the keys of `DETAIL_KEYS`."""

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
        line |= {key: self._clean(details[key]) for key in DETAIL_KEYS if details.get(key) not in (None, "", ())}
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
