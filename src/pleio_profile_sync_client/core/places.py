"""Where in the source something stands, in words: a line of a file, a row of a sheet, an entry of a directory."""

from collections.abc import Sequence
from typing import Protocol

FEW = 5
_PLURALS = {"line": "lines", "row": "rows", "entry": "entries", "change": "changes"}


class Placed(Protocol):
    """What stands somewhere in the source: a row, a skipped row, a finding, a write."""

    @property
    def line(self) -> int | None:
        """The line of a file, the row of a sheet, the number of an entry; None where no row is meant."""

    @property
    def place(self) -> str:
        """The same in words, beginning with a word and the number; empty for a file's line."""


def place_of(placed: Placed) -> str:
    """Return where in the source something stands: `line 7`, `row 7 of the sheet Staff`; empty for nowhere."""
    return placed.place or ("" if placed.line is None else f"line {placed.line}")


def short_place_of(placed: Placed) -> str:
    """Return the same without anything that may name somebody, as an entry's name does: `entry 7`."""
    return shorten_place(place_of(placed))


def shorten_place(place: str) -> str:
    """Return a place's word and number alone: `entry 7`."""
    return " ".join(place.split(" ")[:2])


def name_places(places: Sequence[str], most: int = FEW, *, of: int | None = None) -> str:
    """Return the first of these places, what they share once: `line 7`, or `lines 3, 4 and 12 more`.

    `of` says how many there are where `places` are the first of them only.
    """
    named = places[:most]
    left = (len(places) if of is None else of) - len(named)
    more = f" and {left:,} more" if left else ""
    parts = [place.split(" ", 2) for place in named]
    word, _, *rest = parts[0]
    if len(places) == 1 or any(part[0] != word or part[2:] != rest for part in parts):
        return ", ".join(named) + more
    return " ".join((_PLURALS[word], ", ".join(part[1] for part in parts) + more, *rest))


def name_column(index: int) -> str:
    """Return a column's name as spreadsheets have it: `A` for 0, `AA` for 26."""
    letter = chr(ord("A") + index % 26)
    return letter if index < 26 else name_column(index // 26 - 1) + letter


def at_start(text: str) -> str:
    """Return the text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]
