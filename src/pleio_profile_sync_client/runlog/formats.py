"""What a line of the log looks like to people: when, how grave, what. Every record is one line.

JSON lines are made in `json_format`, colours come from outside.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from pleio_profile_sync_client.core.text import visible

DETAIL = 15
"""The level of a line for each change: below INFO, shown as INFO; left out with `--verbose false`."""

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
