"""How counts, lists, durations, moments, places and changes are put into words, for every message of the program.

A place is where something is in the source: a line of a file, a row of a sheet, an entry of a directory.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pleio_profile_sync_client.core.models import Change, Removal, Write
from pleio_profile_sync_client.core.text import shortened, visible

FEW = 5
"""How many examples or places a message names before it only counts."""

_PLURALS = {"line": "lines", "row": "rows", "entry": "entries", "change": "changes"}
_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
"""The two units of a duration: how many seconds the larger and the smaller have, and their names."""

_SHOWN_CHARACTERS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Placed(Protocol):
    """What has a place in the source: a row, a skipped row, a finding, a write."""

    @property
    def line(self) -> int | None:
        """The line of a file, the row of a sheet, the number of an entry; None if no row is meant."""

    @property
    def place(self) -> str:
        """The same in words, beginning with a word and the number; empty for a file's line."""


def place_of(placed: Placed) -> str:
    """Return where in the source something is: `line 7`, `row 7 of the sheet Staff`; empty for nowhere."""
    return placed.place or ("" if placed.line is None else f"line {placed.line}")


def short_place_of(placed: Placed) -> str:
    """Return the same without anything that may name somebody, as an entry's name does: `entry 7`."""
    return shorten_place(place_of(placed))


def shorten_place(place: str) -> str:
    """Return a place's word and number alone: `entry 7`."""
    return " ".join(place.split(" ")[:2])


def name_places(places: Sequence[str], most: int = FEW, *, of: int | None = None) -> str:
    """Return the first of these places, with what they share only once: `line 7`, or `lines 3, 4 and 12 more`.

    `of` says how many there are if `places` are only the first of them.
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


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with its noun, `1 user` or `1,234 users`; `nouns` if the plural is not made with an s."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def name_few(texts: Sequence[object]) -> str:
    """Return the first of these, and how many more there are: `a, b and 3 more`."""
    named = ", ".join(map(str, texts[:FEW]))
    return named if len(texts) <= FEW else f"{named} and {len(texts) - FEW:,} more"


def describe_duration(duration_s: float) -> str:
    """Return a duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`, `2 d`."""
    if duration_s < 10:
        return f"{max(duration_s, 0):.1f} s"
    whole_s = round(duration_s)
    for larger_s, larger, smaller_s, smaller in _UNITS:
        if whole_s >= larger_s:
            left = whole_s % larger_s // smaller_s
            return f"{whole_s // larger_s} {larger}" + (f" {left} {smaller}" if left else "")
    return f"{whole_s} s"


def as_datetime(since_1970_s: float) -> datetime:
    """Return the date of so many seconds since 1970, negative ones too; those that no date can show are cut off."""
    try:
        return _EPOCH + timedelta(seconds=since_1970_s)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if since_1970_s > 0 else datetime.min.replace(tzinfo=UTC)


def describe_change(change: Change) -> str:
    """Return action, user and what differs, old and new; long values are cut, for the eye only."""
    if isinstance(change, Removal):
        return f"{change.action} {_who(change)}" + (" (banned already)" if change.is_banned else "")
    parts = [_describe_difference(change, name, old, new) for name, (old, new) in change.fields.items()]
    if change.groups:
        parts.append(counted(len(change.groups), "group"))
    if change.avatar is not None:
        parts.append(f"avatar {_shown(change.avatar.path)}")
    parts += [f"({mark})" for mark in change.marks]
    return f"{change.action} {short_place_of(change)}, {_who(change)}" + (f": {'; '.join(parts)}" if parts else "")


def _who(change: Change) -> str:
    named = f"{visible(change.external_id)}, " if change.external_id else ""
    return f"{named}{visible(change.email)}"


def _describe_difference(change: Write, name: str, old: str | None, new: str | None) -> str:
    before = "" if change.guid is None and old is None else f'"{_shown(old or "")}" -> '
    return f'{visible(name)} {before}"{_shown(new or "")}"'


def _shown(text: str) -> str:
    return visible(shortened(text, _SHOWN_CHARACTERS))
