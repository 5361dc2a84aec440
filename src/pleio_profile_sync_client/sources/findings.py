"""What is said about a source: the sentences for rows that are skipped, warnings, and the error where nothing is left.

Each says what is wrong with which value, and the way out.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from pleio_profile_sync_client.core.models import Finding, SourceReading
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.core.wording import counted, name_places
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.columns import Columns
from pleio_profile_sync_client.sources.text import line_at
from pleio_profile_sync_client.sources.values import LONGEST_EMAIL, LONGEST_EXTERNAL_ID, LONGEST_NAME

_SHOWN = 60
_FIELDS = {"email": "e-mail"}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_AROUND = 20
_UNITS = ((3_600, "h"), (60, "m"))


def shown(value: str) -> str:
    """Return a value for a message: in quotes, on one line, not too long."""
    return f'"{visible(shortened(value, _SHOWN))}"'


def describe(code: str, name: str, email: str, external_id: str) -> str:
    """Return the sentence for a problem of a row with these values, without its line."""
    return _SENTENCES[code](name, email, external_id)


def describe_control(whose: str, header: str, control: str) -> str:
    """Return the sentence for a row in which a column holds a control character."""
    what = {"\t": "a tab", "\n": "a line break", "\r": "a line break"}.get(
        control, f"the control character U+{ord(control):04X}"
    )
    return (
        f"The row{_of(whose)} holds {what} under {header}. Take it out; "
        "line breaks and tabs are fine in profile fields only."
    )


def describe_lost(name: str, email: str, external_id: str, field: str, why: str) -> str:
    """Return the sentence for a row in which a field that is needed has no value although its cell holds something."""
    whose = next((value for value in (name, email, external_id) if value and value not in why), "")
    return (
        f"The {_FIELDS.get(field, field)}{_of(whose)} {visible(shortened(why, _SHOWN))}, which is not a value. Correct "
        "it where the source is made: a formula that failed, a column too narrow, several values where one is meant."
    )


def describe_ragged(cells: int, headers: int) -> str:
    """Return the sentence for a row with more or fewer cells than headers."""
    return (
        f"The row has {cells} cells where there are {headers} headers, so its values may be in the wrong columns. "
        "A cell that holds the delimiter or a line break has to be in quotes."
    )


def describe_bad_quotes(lines: int) -> str:
    """Return the sentence for a record whose quotes can't be trusted."""
    span = f" It takes {lines} lines of the file, so rows may be hidden in it." if lines > 1 else ""
    return (
        f"The quotes of this row can't be read reliably.{span} A quote (\") inside a quoted cell has to be doubled "
        '(""), and each opening one needs its closing one.'
    )


def describe_duplicate(field: str, value: str, places: Sequence[str]) -> str:
    """Return the sentence for a row that shares its external_id or e-mail with other rows."""
    return f"The {field} {shown(value)} is in {name_places(places)}. Each person needs their own."


def guessed_encoding(content: str) -> Finding:
    """Return the warning for a source that was read as Windows-1252, with the first place where that matters."""
    found = _NOT_ASCII.search(content)
    start = found.start() if found else 0
    before = content[:start].encode("utf-8")
    around = re.split(r"[\r\n]", content[max(start - _AROUND, 0) : start])[-1]
    around += re.split(r"[\r\n]", content[start : start + _AROUND])[0]
    return Finding(
        "read_as_windows_1252",
        f"The file is not UTF-8, so it was read as Windows-1252. If {shown(around)} looks right, all is well: "
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
            f'The column "{columns.headers[index]}" is empty throughout, so it counts as absent: '
            f"{field} is left as it is on the subsite.",
            uploaded=field,
        )
        for index, field in sorted((columns.index_by_field[field], field) for field in absent)
    ]


def no_external_id(columns: Columns, empty: Container[int]) -> list[Finding]:
    """Return a warning for a source that gives nobody an external_id (`POST /users`, create: refused, observed)."""
    index = columns.index_by_field.get("external_id")
    if index is None:
        what = "The source has no external_id column"
    elif index in empty:
        what = f'The column "{columns.headers[index]}", which is the external_id, is empty throughout'
    else:
        return []
    return [
        Finding(
            "no_external_id",
            f"{what}: new users can't be added while anybody on the subsite (an administrator is enough) has no "
            "external_id. Map a column with [columns]; the e-mail column will do.",
        )
    ]


def strange_groups(lines_by_value: Mapping[str, Sequence[int]], place: Callable[[int], str]) -> list[Finding]:
    """Return a warning for each value among the groups that is no guid."""
    return [
        Finding(
            "not_a_guid",
            f"{shown(value)} among the groups is not a guid ({counted(len(lines), 'row')}, the first in "
            f"{place(lines[0])}), so it is not sent. A group's guid is in the address of its page on the subsite.",
            lines[0],
            place=place(lines[0]),
        )
        for value, lines in lines_by_value.items()
    ]


def lost_values(lines_by_field: Mapping[tuple[str, str], Sequence[int]], place: Callable[[int], str]) -> list[Finding]:
    """Return a warning for each field that has no value in some rows although its cells hold something."""
    return [
        Finding(
            "no_value",
            f"The cell under {field} {visible(shortened(why, _SHOWN))} in {counted(len(lines), 'row')}, the first in "
            f"{place(lines[0])}: that is not a value, so {field} is left as it is on the subsite.",
            lines[0],
            place=place(lines[0]),
        )
        for (field, why), lines in lines_by_field.items()
    ]


def words_for_none(lines_by_word: Mapping[str, Sequence[int]], place: Callable[[int], str]) -> list[Finding]:
    """Return a warning for each word that stands where an external_id should, and means that there is none."""
    return [
        Finding(
            "placeholder",
            f"{shown(word)} as external_id counts as none ({counted(len(lines), 'row')}, the first in "
            f"{place(lines[0])}). Leave the cell empty, or fill it in.",
            lines[0],
            place=place(lines[0]),
        )
        for word, lines in lines_by_word.items()
    ]


def unused_skips(unused: Iterable[tuple[str, str]]) -> list[Finding]:
    """Return a warning for each pattern of [skip] that fits no record: a typing error, or no longer needed."""
    return [
        Finding("unused_skip", f"[skip] {shown(header)} = {shown(glob)} fits no record. Correct it, or take it out.")
        for header, glob in unused
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


def _of(value: str) -> str:
    return f" of {shown(value)}" if value else ""


def _too_long(name: str, email: str, external_id: str) -> str:
    limits = (("name", name, LONGEST_NAME), ("e-mail", email, LONGEST_EMAIL))
    found = [(field, value, limit) for field, value, limit in limits if len(value) > limit]
    field, value, limit = (*found, ("external_id", external_id, LONGEST_EXTERNAL_ID))[0]
    return f"The {field} {shown(value)} has {len(value)} characters; the subsite takes {limit}. Shorten it."


_SENTENCES: dict[str, Callable[[str, str, str], str]] = {
    "missing_name": lambda name, email, external_id: (
        f"The row{_of(email or external_id)} has no name. Fill it in; rows that are not people go under [skip]."
    ),
    "missing_email": lambda name, email, external_id: (
        f"{shown(name)} has no e-mail. Fill it in; rows that are not people go under [skip]."
    ),
    "invalid_email": lambda name, email, external_id: (
        f"The e-mail {shown(email)} of {shown(name)} is not valid: it needs one @, something on both sides, and no "
        f"blanks."
    ),
    "too_long": _too_long,
    "scientific_number": lambda name, email, external_id: (
        f"The external_id {shown(external_id)} of {shown(name)} is a number that a spreadsheet has shortened. "
        "Make the column text before the number is entered or imported, and export again."
    ),
    "placeholder": lambda name, email, external_id: (
        f"The external_id {shown(external_id)} of {shown(name)} is none: zeros alone, a date or decimals that a "
        "spreadsheet made of a number, or a word for nothing. Make the column text before the number is entered or "
        "imported, and export again; who has none yet gets an empty cell."
    ),
    "mojibake": lambda name, email, external_id: (
        f"{shown(name)}, {shown(email)}, {shown(external_id)}: characters were garbled on the way here (read as "
        "Windows-1252 where they were UTF-8, or replaced, as by a ?). Export again as CSV UTF-8."
    ),
}
