"""What is said about a source as a whole: its warnings, and the error where nothing of it is left."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from pleio_profile_sync_client.core.messages import counted
from pleio_profile_sync_client.core.models import Finding, SourceReading
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.columns import Columns
from pleio_profile_sync_client.sources.problems import shown
from pleio_profile_sync_client.sources.text import line_at

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_AROUND = 20
_UNITS = ((3_600, "h"), (60, "m"))


def guessed_encoding(content: str) -> Finding:
    """Return the warning for a source that was read as Windows-1252, with the first place where that matters."""
    found = _NOT_ASCII.search(content)
    start = found.start() if found else 0
    before = content[:start].encode("utf-8")
    around = re.split(r"[\r\n]", content[max(start - _AROUND, 0) : start])[-1]
    around += re.split(r"[\r\n]", content[start : start + _AROUND])[0]
    return Finding(
        "read_as_windows_1252",
        f"The file is no UTF-8, so it was read as Windows-1252. If {shown(around)} looks right, all is well: "
        "--encoding cp1252 ends this warning, and so does an export as CSV UTF-8.",
        line_at(before, len(before)),
    )


def nameless_columns(columns: Columns, empty: Container[int]) -> list[Finding]:
    """Return a warning for each column that holds values but has no header."""
    return [
        Finding("unknown_header", f"Column {index + 1} has no header, so what it holds is not used.")
        for index, header in enumerate(columns.headers)
        if not header and index not in empty
    ]


def empty_columns(columns: Columns, absent: Iterable[str]) -> list[Finding]:
    """Return a warning for each field whose column holds nothing at all, in the file's order."""
    return [
        Finding(
            "empty_column",
            f'The column "{columns.headers[columns.places[field]]}" is empty throughout, so it counts as absent: '
            f"{field} is left as it is on the subsite.",
        )
        for field in sorted(absent, key=columns.places.__getitem__)
    ]


def no_external_id(columns: Columns, empty: Container[int]) -> list[Finding]:
    """Return a warning for a source that gives nobody an external_id (`POST /users`, create: refused, observed)."""
    place = columns.places.get("external_id")
    if place is None:
        what = "The source has no external_id column"
    elif place in empty:
        what = f'The column "{columns.headers[place]}", which is the external_id, is empty throughout'
    else:
        return []
    return [
        Finding(
            "no_external_id",
            f"{what}: new users can't be added while anybody on the subsite (an administrator is enough) has no "
            "external_id. Map a column with [columns]; the e-mail column will do.",
        )
    ]


def strange_groups(lines_by_value: Mapping[str, Sequence[int]]) -> list[Finding]:
    """Return a warning for each value among the groups that is no guid."""
    return [
        Finding(
            "not_a_guid",
            f"{shown(value)} among the groups is no guid ({counted(len(lines), 'row')}, the first in this "
            "line), so it is not sent. A group's guid stands in the address of its page on the subsite.",
            lines[0],
        )
        for value, lines in lines_by_value.items()
    ]


def no_good_row(reading: SourceReading, *, where_shown: str) -> SourceError:
    """Return the error for a source in which nobody is left to sync; `where_shown` says where its problems are."""
    if not reading.rows:
        return SourceError(
            f"{reading.location} holds no rows below its headers.", hint="Did the export run, and is the file whole?"
        )
    counts = Counter(finding.code for finding in reading.problems)
    named = ", ".join(f"{code} {count:,}" for code, count in counts.most_common())
    return SourceError(
        f"{reading.location} has no good row: {counted(reading.rows, 'row')}, all with problems ({named}).",
        hint=where_shown,
    )


def duration(seconds: float) -> str:
    """Return a duration as the options take it: `49.2h`, `30m`; in days nobody could tell 49 hours from 48."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.4g}{unit}"
    return f"{seconds:.4g}s"
