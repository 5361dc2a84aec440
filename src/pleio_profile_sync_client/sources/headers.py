"""Headers: what each may mean, judging by the words that exports use, and which record of a source has them."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice

from msgspec import Struct

from pleio_profile_sync_client.core.models import FIELDS, PROFILE, Finding
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.records import Anomaly, Record

REQUIRED_FIELDS = ("name", "email")
LONGEST_HEADER = 60
"""Characters of a header that are shown."""

_MOST_TITLES = 20
"""How many records are searched for the headers."""

OWN_ADDITIONS = {
    "guid": "from an export",
    "is_banned": "from an export",
    "line": "from a rejects file",
    "problem": "from a rejects file",
}
"""Columns that the client adds to its own files, and does not use in a source."""

_USUAL_WORDS = {
    "external_id": (
        "personeelsnummer",
        "medewerkernummer",
        "medewerker",
        "employee id",
        "employeeid",
        "employeenumber",
        "externalid",
        "id",
        "nummer",
    ),
    "name": ("naam", "volledige naam", "weergavenaam", "roepnaam", "medewerkernaam", "full name", "display name"),
    "email": ("e-mail", "e-mailadres", "emailadres", "mail", "e-mail werk", "e-mail address", "mailadres"),
    "avatar": ("foto", "pasfoto", "photo", "picture", "thumbnailphoto", "jpegphoto"),
    "groups": ("groepen", "groep", "group"),
    "profile.occupation": ("functie", "job title", "title"),
    "profile.location": ("plaats", "woonplaats", "standplaats", "locatie"),
}
_FIELD_BY_WORD = {word: field for field, words in _USUAL_WORDS.items() for word in (*words, field)}


def plain(header: str) -> str:
    """Return the form in which headers compare: trimmed, NFC, lower case."""
    return unicodedata.normalize("NFC", header).strip().lower()


def field_named(header: str) -> str | None:
    """Return the product's field that this header names itself, ignoring case, except that of a profile KEY."""
    name = plain(header)
    if name in FIELDS:
        return name
    if name.startswith(PROFILE):
        key = unicodedata.normalize("NFC", header).strip()[len(PROFILE) :].strip()
        return f"{PROFILE}{key}" if key else None
    return None


def likely_field(header: str) -> str | None:
    """Return the field that a header probably stands for, for a suggestion."""
    near = get_close_matches(plain(header), _FIELD_BY_WORD, n=1, cutoff=0.75)
    return _FIELD_BY_WORD[near[0]] if near else None


def likely_header(wanted: str, headers: Sequence[str]) -> str | None:
    """Return the header that is probably meant by a field's name, or by a mistyped header."""
    words = (plain(wanted), *_USUAL_WORDS.get(wanted, ()))
    by_name = {plain(header): header for header in reversed(headers) if header}
    for word in words:
        if word in by_name:
            return by_name[word]
    for word in words:
        near = get_close_matches(word, by_name, n=1, cutoff=0.7)
        if near:
            return by_name[near[0]]
    return next((header for name, header in by_name.items() if any(word in name for word in words)), None)


def usual_header(field: str, headers: Iterable[str]) -> str | None:
    """Return the header with a usual name for this field, or for a profile field's key; nothing is guessed."""
    by_name = {plain(header): header for header in headers}
    words = (plain(field.removeprefix(PROFILE)), *_USUAL_WORDS.get(field, ()))
    return next((by_name[word] for word in words if word in by_name), None)


def listed(headers: Iterable[str]) -> str:
    """Return headers for a message, each in quotes."""
    return ", ".join(f'"{header}"' for header in headers)


def count_required(cells: Sequence[str], mapping: Mapping[str, str]) -> tuple[int, int, int]:
    """Return how well cells fit as headers: required fields found, all fields found, number of cells."""
    names = {plain(cell) for cell in cells}
    wanted = {field: plain(mapping.get(field, field)) for field in (*FIELDS, *mapping)}
    required = sum(wanted[field] in names for field in REQUIRED_FIELDS)
    found = sum(name in names for name in wanted.values()) + sum(name.startswith(PROFILE) for name in names)
    return required, found, len(cells)


class Headers(Struct, frozen=True):
    """The header row, and the warnings about records above it."""

    number: int
    cells: list[str]
    anomaly: Anomaly
    warnings: tuple[Finding, ...] = ()


def find_headers(
    records: Iterable[Record], mapping: Mapping[str, str], *, location: str, place: Callable[[int], str]
) -> Headers:
    """Return the first record with all required headers, or the one to name if there is none.

    That is the one of the first few that looks most like headers, or else the first. Above the headers there may be a
    title. Raise `SourceError` if every record is blank.
    """
    filled = (record for record in records if any(cell.strip() for cell in record[1]) or record[2].is_bad)
    first = list(islice(filled, _MOST_TITLES + 1))
    if not first:
        raise SourceError(f"{location} is empty.", hint="Export it again; the first row has to hold the headers.")
    complete = (i for i, (_, cells, _) in enumerate(first) if count_required(cells, mapping)[0] == len(REQUIRED_FIELDS))
    index = next(complete, None)
    if index is None:
        index = max(range(len(first)), key=lambda i: _likeness(first[i][1], mapping))
    above = [record[1] for record in first[:index]]
    number, cells, anomaly = first[index]
    return Headers(number, cells, anomaly, _titles(above, number, place) if above else ())


def _likeness(cells: Iterable[str], mapping: Mapping[str, str]) -> int:
    """Return how many cells read as headers; a single one may stand in any title."""
    usual = {*_FIELD_BY_WORD, *map(plain, mapping.values())}
    number = sum(field_named(cell) is not None or plain(cell) in usual for cell in cells)
    return number if number > 1 else 0


def _titles(above: Sequence[Sequence[str]], number: int, place: Callable[[int], str]) -> tuple[Finding, ...]:
    start = next(cell.strip() for cells in above for cell in cells if cell.strip())
    what = f'What is above it ("{shortened(visible(start), LONGEST_HEADER)}") is not read'
    if start.startswith("#TYPE"):
        what += ": PowerShell wrote it, and Export-Csv -NoTypeInformation leaves it out"
    return (
        Finding(
            "title_above_headers",
            f"The headers are in {place(number)}. {what}.",
            number,
            place=place(number),
        ),
    )
