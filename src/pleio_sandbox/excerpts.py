"""What a page shows of long lists and of logs: a part at a time, and the lines of a level."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list of `total` items, from its `first` on. Pages and items count from 1."""

    items: Sequence[Item]
    number: int
    pages: int
    total: int
    first: int

    @property
    def previous(self) -> int | None:
        """The page before this one; None before the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page behind this one; None behind the last."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def last(self) -> int:
        """The position of the last item that is shown, counted from 1."""
        return self.first + len(self.items) - 1


def cut_page(items: Sequence[Item], number: str | None, *, size: int) -> Page[Item]:
    """Cut out the page that is asked for; the nearest there is, where the number is out of range or none."""
    pages = max(1, -(-len(items) // size))
    wanted = int(number) if number and number.isascii() and number.isdigit() and len(number) < 10 else 1
    current = min(max(wanted, 1), pages)
    start = (current - 1) * size
    return Page(items=items[start : start + size], number=current, pages=pages, total=len(items), first=start + 1)


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
