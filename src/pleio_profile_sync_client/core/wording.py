"""How counts, lists and durations are put into words, so that every message puts them alike."""

from collections.abc import Sequence

_FEW = 5
"""How many examples a message names before it only counts."""

_UNITS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))
"""The two units in which a duration is told: how many seconds the larger and the smaller have, and their names."""


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Return a number with its noun, `1 user` or `1,234 users`; `nouns` where the plural is not made with an s."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def name_few(texts: Sequence[object], most: int = _FEW) -> str:
    """Return the first of these, and how many more there are: `a, b and 3 more`."""
    named = ", ".join(map(str, texts[:most]))
    return named if len(texts) <= most else f"{named} and {len(texts) - most:,} more"


def name_lines(lines: Sequence[int], most: int = _FEW) -> str:
    """Return the first of these lines of the source: `line 7`, or `lines 3, 4 and 12 more`."""
    return f"{'line' if len(lines) == 1 else 'lines'} {name_few(lines, most)}"


def describe_duration(duration_s: float) -> str:
    """Return a duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`, `2 d 3 h`."""
    if duration_s < 10:
        return f"{max(duration_s, 0):.1f} s"
    whole_s = round(duration_s)
    for larger_s, larger, smaller_s, smaller in _UNITS:
        if whole_s >= larger_s:
            return f"{whole_s // larger_s} {larger} {whole_s % larger_s // smaller_s} {smaller}"
    return f"{whole_s} s"
