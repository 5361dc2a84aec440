"""Taking uploaded log lines apart, to show them by level."""

import re
from dataclasses import dataclass

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
"""From the least to the gravest."""

_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\d\S*) +(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) +(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: a time, a level and a text; a line that is not written so has its text only."""

    text: str
    time: str = ""
    level: str = ""


def split_log(content: str) -> list[LogLine]:
    """Take an upload apart."""
    return [_log_line(line) for line in content.splitlines()]


def keep_graver(lines: list[LogLine], level: str) -> list[LogLine]:
    """Keep the lines of this level and graver ones; all for a level that does not exist."""
    if level not in LEVELS:
        return lines
    kept = LEVELS[LEVELS.index(level) :]
    return [line for line in lines if line.level in kept]


def _log_line(line: str) -> LogLine:
    found = _LINE.fullmatch(line)
    return LogLine(text=found["text"], time=found["time"], level=found["level"]) if found else LogLine(text=line)
