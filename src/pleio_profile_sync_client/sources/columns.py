"""Headers to fields: which column holds what, by the product's own headers or the administrator's `[columns]`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from pleio_profile_sync_client.core.models import FIELDS, PROFILE, Column, Finding
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.headers import (
    OWN_ADDITIONS,
    REQUIRED_FIELDS,
    field_named,
    is_usual,
    likely_field,
    likely_header,
    listed,
    plain,
)
from pleio_profile_sync_client.sources.records import Anomaly, Record
from pleio_profile_sync_client.sources.skip import Skip
from pleio_profile_sync_client.sources.values import DELIMITERS

_LONGEST_HEADER = 60
_MOST_TITLES = 20
"""How many records above the headers are looked through for them."""


class Columns(Struct, frozen=True):
    """Where each field stands. `headers` are the file's, in its order, fit to be shown."""

    headers: tuple[str, ...]
    index_by_field: dict[str, int]
    skips: tuple[Skip, ...] = ()
    warnings: tuple[Finding, ...] = ()
    notes: dict[int, str] = {}

    @property
    def profile(self) -> tuple[tuple[str, int], ...]:
        """The profile keys with their columns."""
        return tuple(
            (field.removeprefix(PROFILE), index)
            for field, index in self.index_by_field.items()
            if field.startswith(PROFILE)
        )

    def describe(self, empty: frozenset[int], examples: Mapping[int, str] = {}) -> tuple[Column, ...]:
        """Tell how each column was understood, in the file's order, each with its example.

        `empty` are those without a single value.
        """
        columns = []
        for index, header in enumerate(self.headers):
            note = self.notes.get(index, "")
            fields = [field for field, its_index in self.index_by_field.items() if its_index == index]
            if fields and index in empty:
                note = "empty throughout"
                fields = [field for field in fields if field == "external_id"] or [""]
            columns += [Column(header, field or None, note, examples.get(index, "")) for field in fields or [""]]
        return tuple(columns)


def count_required(cells: Sequence[str], mapping: Mapping[str, str]) -> tuple[int, int, int]:
    """Return how well cells do as headers: required fields found, all fields found, number of cells."""
    names = {plain(cell) for cell in cells}
    wanted = {field: plain(mapping.get(field, field)) for field in (*FIELDS, *mapping)}
    required = sum(wanted[field] in names for field in REQUIRED_FIELDS)
    found = sum(name in names for name in wanted.values()) + sum(name.startswith(PROFILE) for name in names)
    return required, found, len(cells)


class Headers(Struct, frozen=True):
    """The record that holds the headers, and what is to be said of those above it."""

    number: int
    cells: list[str]
    anomaly: Anomaly | None
    warnings: tuple[Finding, ...] = ()


def find_headers(
    records: Iterable[Record], mapping: Mapping[str, str], *, location: str, place: Callable[[int], str]
) -> Headers:
    """Return the first record that holds all required headers, or the one to be named where none does.

    That is the one of the first few that reads most like headers, or else the first. Above the headers there may be a
    title. Raises `SourceError` where every record is blank.
    """
    filled = (
        record
        for record in records
        if any(cell.strip() for cell in record[1]) or (record[2] is not None and record[2].is_bad)
    )
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
    mapped = set(map(plain, mapping.values()))
    number = sum(is_usual(cell) or plain(cell) in mapped for cell in cells)
    return number if number > 1 else 0


def _titles(above: Sequence[Sequence[str]], number: int, place: Callable[[int], str]) -> tuple[Finding, ...]:
    start = next(cell.strip() for cells in above for cell in cells if cell.strip())
    what = f'What is above it ("{shortened(visible(start), _LONGEST_HEADER)}") is not read'
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


def understand_headers(
    cells: Sequence[str],
    *,
    mapping: Mapping[str, str],
    skip: Mapping[str, Sequence[str]],
    ignore: Iterable[str] = (),
    location: str,
    line: int,
    place: str = "",
) -> Columns:
    """Return where each field stands; raise `SourceError` where a required or mapped header is missing or doubled."""
    table = _HeaderRow(cells, where=f"{location}, {place or f'line {line}'}")
    index_by_field, doubled = table.find_fields(mapping, skip)
    skips = tuple(Skip(table.index_of(header), header, tuple(globs)) for header, globs in skip.items())
    known = frozenset(map(plain, ignore))
    warnings, notes = _look_over(
        table, index_by_field, doubled=doubled, skips=skips, mapping=mapping, known=known, line=line, place=place
    )
    return Columns(table.shown, index_by_field, skips, warnings, notes)


class _HeaderRow:
    """A file's header row, asked by name."""

    def __init__(self, cells: Sequence[str], *, where: str) -> None:
        self.cells = tuple(cells)
        self.where = where
        self.shown = tuple(shortened(visible(cell.strip()), _LONGEST_HEADER) for cell in cells)
        self.indexes: dict[str, list[int]] = {}
        for index, cell in enumerate(cells):
            self.indexes.setdefault(plain(cell), []).append(index)

    def find_fields(self, mapping: Mapping[str, str], skip: Iterable[str]) -> tuple[dict[str, int], dict[int, str]]:
        """Return the fields' columns, and the columns of optional fields that stand there twice."""
        found: dict[str, list[int]] = {}
        for index, cell in enumerate(self.cells):
            field = field_named(cell)
            if field is not None and field not in mapping:
                found.setdefault(field, []).append(index)
        self._refuse_missing(
            {field: header for field, header in mapping.items() if plain(header) not in self.indexes},
            [field for field in REQUIRED_FIELDS if field not in mapping and field not in found],
            [header for header in skip if plain(header) not in self.indexes],
        )
        index_by_field = {field: self.index_of(header) for field, header in mapping.items()}
        doubled: dict[int, str] = {}
        for field, indexes in found.items():
            if len(indexes) == 1:
                index_by_field[field] = indexes[0]
            elif field in REQUIRED_FIELDS or field == "external_id":
                raise self.doubled(self.shown[indexes[0]])
            else:
                doubled |= dict.fromkeys(indexes, field)
        return index_by_field, doubled

    def index_of(self, header: str) -> int:
        indexes = self.indexes[plain(header)]
        if len(indexes) > 1:
            raise self.doubled(self.shown[indexes[0]])
        return indexes[0]

    def _refuse_missing(self, mapped: Mapping[str, str], required: Sequence[str], skipped: Sequence[str]) -> None:
        """Raise `SourceError` that names all headers that are missing, with what to put into the configuration."""
        wishes = [
            *(f'"{visible(header)}" (for [columns] {visible(field)})' for field, header in mapped.items()),
            *(f'"{field}"' for field in required),
            *(f'"{visible(header)}" (for [skip])' for header in skipped),
        ]
        if not wishes:
            return
        there = [header for header in self.shown if header]
        likely = {
            field: likely_header(header, there) or likely_header(field, there) for field, header in mapped.items()
        }
        likely |= {field: likely_header(field, there) for field in required}
        likely |= {header: likely_header(header, there) for header in skipped}
        paste = "\n".join(["[columns]", *(_assignment(field, likely[field]) for field in (*mapped, *required))])
        raise SourceError(
            f"{self.where}: no header {', no header '.join(wishes)}; the headers there are {listed(there) or 'empty'}.",
            hint=self._hint(likely, required),
            paste=paste if len(self.cells) > 1 and (mapped or required) else "",
        )

    def _hint(self, likely: Mapping[str, str | None], required: Sequence[str]) -> str:
        if len(self.cells) == 1 and any(delimiter in self.cells[0] for delimiter in DELIMITERS):
            return (
                "The whole line arrived as one cell, so the delimiter is another one: leave --delimiter (or the "
                "file's line sep=) out, and it is detected."
            )
        found = listed(dict.fromkeys(header for header in likely.values() if header))
        if not found:
            return "Are the headers in the first row, and is it the right file?"
        hint = f"Likely meant: {found}."
        known = [_assignment(field, likely[field]) for field in required if likely[field]]
        if known:
            hint += f" Rename, or add to the configuration file, under [columns]: {' and '.join(known)}."
        return hint

    def doubled(self, shown: str) -> SourceError:
        return SourceError(
            f'{self.where}: the header "{shown}" stands there more than once; '
            f"the headers there are {listed(header for header in self.shown if header)}.",
            hint="Rename or remove the one that is not the right one.",
        )


def _assignment(field: str, header: str | None) -> str:
    """Return a line of TOML, with dots where it is not known which header is meant."""
    key = f'"{field}"' if "." in field else field
    quote = '"' if header and "'" in header else "'"  # as it is, between single ones
    return f"{key} = {quote}{header or '...'}{quote}"


def _look_over(
    table: _HeaderRow,
    index_by_field: Mapping[str, int],
    *,
    doubled: Mapping[int, str],
    skips: Sequence[Skip],
    mapping: Mapping[str, str],
    known: frozenset[str],
    line: int,
    place: str,
) -> tuple[tuple[Finding, ...], dict[int, str]]:
    """Say what is odd about the columns that are not used; the notes are by the column's index."""
    warnings: list[Finding] = []
    notes = {entry.index: "used by [skip]" for entry in skips}
    used = {*index_by_field.values(), *notes}
    for index, (cell, shown) in enumerate(zip(table.cells, table.shown, strict=True)):
        if index in used or not shown:
            continue
        if plain(cell) in OWN_ADDITIONS:
            notes[index] = OWN_ADDITIONS[plain(cell)]
            continue
        if plain(cell) in known:
            notes[index] = "known and not used (ignore)"
            continue
        if index in doubled:
            code, note = "doubled_header", f"{doubled[index]} is there twice, so neither is used"
        elif (field := field_named(cell)) in mapping:
            code, note = "unused_header", f'[columns] takes {field} from "{visible(mapping[field or ""])}"'
        else:
            code, note = "unknown_header", _unknown(cell)
        notes[index] = note
        warnings.append(
            Finding(code, f'The column "{shown}" is not used: {note}.', line or None, place=place if line else "")
        )
    return tuple(warnings), notes


def _unknown(cell: str) -> str:
    likely = likely_field(cell)
    if likely:
        return f"unknown header; likely meant: {likely} (rename it, or map it under [columns])"
    return "unknown header; for a profile field, map it under [columns] to profile.KEY"
