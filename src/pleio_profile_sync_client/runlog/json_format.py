"""What a line of the log looks like to programs: one JSON object."""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from pleio_profile_sync_client.runlog.formats import Redact, format_time, name_level

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


class JsonLineFormatter(JsonFormatter):
    """Makes one JSON object a line, in ASCII, with the keys of `DETAIL_KEYS`."""

    def __init__(self, redact: Redact, run: str) -> None:
        super().__init__()
        self._redact = redact
        self._run = run

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill in the keys, in their order."""
        log_data["time"] = format_time(record)
        log_data["level"] = name_level(record)
        log_data["event"] = getattr(record, "event", "message")
        log_data["run"] = self._run
        log_data["message"] = self._clean(record.getMessage())
        details = getattr(record, "details", {})
        log_data.update(
            (key, self._clean(details[key])) for key in DETAIL_KEYS if details.get(key) not in (None, "", ())
        )
        if message_dict.get("exc_info"):
            log_data["exception"] = self._clean(message_dict["exc_info"])

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
