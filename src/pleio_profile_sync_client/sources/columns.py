"""Headers to fields: which column holds what, by the product's own headers or the administrator's `[columns]`.

And which records are not people, by `[skip]`: vacancies, totals, leavers.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from fnmatch import translate

from msgspec import Struct

from pleio_profile_sync_client.core.models import PROFILE, Column, Finding, Layout
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.headers import (
    LONGEST_HEADER,
    OWN_ADDITIONS,
    REQUIRED_FIELDS,
    field_named,
    likely_field,
    likely_header,
    listed,
    plain,
    usual_header,
)
from pleio_profile_sync_client.sources.values import DELIMITERS, shown

_DELIMITER = re.compile(f"[{''.join(DELIMITERS)}]")
_MOST_IN_FOOTER = 2
"""How many cells of a footer are not empty: a word and a number."""


class Skip(Struct, frozen=True):
    """Records that are not people: those whose cell in this column matches one of the globs, in any case."""

    index: int
    header: str
    globs: tuple[str, ...]


class Columns(Struct, frozen=True):
    """Where each field is. `headers` are the file's, in its order, fit to be shown."""

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


def understand_headers(
    cells: Sequence[str],
    *,
    layout: Layout,
    location: str,
    line: int,
    place: str,
) -> Columns:
    """Return where each field stands; raise `SourceError` where a required or mapped header is missing or doubled."""
    table = _HeaderRow(cells, where=f"{location}, {place}")
    index_by_field, doubled = table.find_fields(layout.columns, layout.skip)
    skips = tuple(Skip(table.index_of(header), header, tuple(globs)) for header, globs in layout.skip.items())
    warnings, notes = _look_over(
        table, index_by_field, doubled=doubled, skips=skips, layout=layout, line=line, place=place
    )
    return Columns(table.shown, index_by_field, skips, warnings, notes)


def warn_of_columns(columns: Columns, *, empty: Container[int], absent: Iterable[str]) -> Iterator[Finding]:
    """Yield the warnings about columns once all rows are read.

    `empty` are those without a single value, `absent` the fields that therefore count as absent. A source without
    external_ids is a warning, since the subsite may refuse newcomers (`POST /users`, create, observed).
    """
    for index, header in enumerate(columns.headers):
        if not header and index not in empty:
            yield Finding("unknown_header", f"Column {index + 1} has no header, so it is not used.")
    for index, field in sorted((columns.index_by_field[field], field) for field in absent):
        yield Finding(
            "empty_column",
            f'The column "{columns.headers[index]}" is empty throughout, so it counts as absent: '
            f"{field} is left as it is on the subsite.",
            uploaded=field,
        )
    key_index = columns.index_by_field.get("external_id")
    if key_index is None or key_index in empty:
        what = "The source has no external_id column"
        if key_index is not None:
            what = f'The column "{columns.headers[key_index]}", which is the external_id, is empty throughout'
        yield Finding(
            "no_external_id",
            f"{what}: new users can't be added while anybody on the subsite (an administrator is enough) has no "
            "external_id. Map a column with [columns]; the e-mail column will do.",
        )


class Skipping:
    """Tells which records `[skip]` matches, and at the end which of its globs matched none."""

    def __init__(self, skips: Sequence[Skip]) -> None:
        self._columns = [
            (skip.index, re.compile("|".join(translate(plain(glob)) for glob in skip.globs) or r"(?!)"))
            for skip in skips
        ]
        self._unused = {(skip, glob): re.compile(translate(plain(glob))) for skip in skips for glob in skip.globs}

    def fits(self, row: Sequence[str]) -> bool:
        """Tell whether a record is not a person; a torn one may have its cells under the wrong headers."""
        if not any(_matches(expression, row, index) for index, expression in self._columns):
            return False
        for (skip, glob), expression in list(self._unused.items()):
            if _matches(expression, row, skip.index):
                del self._unused[skip, glob]
        return True

    def fits_footer(self, row: Sequence[str]) -> bool:
        """Tell whether a torn record may be what programs add below the last row: `(39 rows affected)`, `Totaal;39`.

        Such a footer is short: a row that lost a cell, or whose cells all became one, is somebody's.
        """
        text = "\t".join(row)
        return (
            any(index == 0 and _matches(expression, row, index) for index, expression in self._columns)
            and "@" not in text
            and sum(map(bool, map(str.strip, _DELIMITER.split(text)))) <= _MOST_IN_FOOTER
        )

    @property
    def warnings(self) -> list[Finding]:
        """A warning for each pattern that matched no record: a typing error, or no longer needed."""
        return [
            Finding(
                "unused_skip", f"[skip] {shown(skip.header)} = {shown(glob)} matches no record. Correct or remove it."
            )
            for skip, glob in self._unused
        ]


class _HeaderRow:
    """A file's header row, asked by name."""

    def __init__(self, cells: Sequence[str], *, where: str) -> None:
        self.cells = tuple(cells)
        self.where = where
        self.shown = tuple(shortened(visible(cell.strip()), LONGEST_HEADER) for cell in cells)
        self.indexes: dict[str, list[int]] = {}
        for index, cell in enumerate(cells):
            self.indexes.setdefault(plain(cell), []).append(index)

    def find_fields(self, mapping: Mapping[str, str], skip: Iterable[str]) -> tuple[dict[str, int], dict[int, str]]:
        """Return the fields' columns, and the columns of optional fields that are there twice."""
        found: dict[str, list[int]] = {}
        for index, cell in enumerate(self.cells):
            field = field_named(cell)
            if field is not None and field not in mapping:
                found.setdefault(field, []).append(index)
        self._refuse_missing(
            {field: header for field, header in mapping.items() if plain(header) not in self.indexes},
            [field for field in REQUIRED_FIELDS if field not in mapping and field not in found],
            [header for header in skip if plain(header) not in self.indexes],
            takes_id="external_id" in mapping or "external_id" in found,
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

    def _refuse_missing(
        self, mapped: Mapping[str, str], required: Sequence[str], skipped: Sequence[str], *, takes_id: bool
    ) -> None:
        """Raise `SourceError` that names all missing headers, with lines for the configuration.

        A column that looks like the external_id is suggested too: without it, hardly anybody could be added.
        """
        wishes = [
            *(f'"{visible(header)}" (for [columns] {visible(field)})' for field, header in mapped.items()),
            *(f'"{field}"' for field in required),
            *(f'"{visible(header)}" (for [skip])' for header in skipped),
        ]
        if not wishes:
            return
        there = [header for header in self.shown if header]
        if not takes_id and usual_header("external_id", there):
            required = ("external_id", *required)
        wanted = {**mapped, **{name: name for name in (*required, *skipped)}}
        likely = {name: likely_header(header, there) or likely_header(name, there) for name, header in wanted.items()}
        paste = "\n".join(["[columns]", *(_assignment(field, likely[field]) for field in (*mapped, *required))])
        raise SourceError(
            f"{self.where}: no header {', no header '.join(wishes)}; the headers there are {listed(there) or 'empty'}.",
            hint=self._hint(likely, required),
            paste=paste if len(self.cells) > 1 and (mapped or required) else "",
        )

    def _hint(self, likely: Mapping[str, str | None], required: Sequence[str]) -> str:
        if len(self.cells) == 1 and any(delimiter in self.cells[0] for delimiter in DELIMITERS):
            return (
                "The whole line is one cell. If --delimiter (or the file's line sep=) names the delimiter, leave that "
                "out, and it is detected. If not, a spreadsheet saved the lines without splitting them into cells, in "
                "a CSV each in quotes: export the source again, without opening it in a spreadsheet."
            )
        found = listed(dict.fromkeys(header for header in likely.values() if header))
        if not found:
            return "Are the headers in the first row, and is it the right file?"
        hint = f"Probably meant: {found}."
        known = [_assignment(field, likely[field]) for field in required if likely[field]]
        if known:
            hint += f" Rename, or add to the configuration file, under [columns]: {' and '.join(known)}."
        return hint

    def doubled(self, shown: str) -> SourceError:
        return SourceError(
            f'{self.where}: the header "{shown}" is there more than once; '
            f"the headers there are {listed(header for header in self.shown if header)}.",
            hint="Rename or remove the wrong one.",
        )


def _assignment(field: str, header: str | None) -> str:
    """Return a line of TOML, with dots if it is not known which header is meant."""
    key = f'"{field}"' if "." in field else field
    quote = '"' if header and "'" in header else "'"  # as it is, between single ones
    return f"{key} = {quote}{header or '...'}{quote}"


def _look_over(
    table: _HeaderRow,
    index_by_field: Mapping[str, int],
    *,
    doubled: Mapping[int, str],
    skips: Sequence[Skip],
    layout: Layout,
    line: int,
    place: str,
) -> tuple[tuple[Finding, ...], dict[int, str]]:
    """Say what is odd about unused columns; the notes are by the column's index."""
    warnings: list[Finding] = []
    known = frozenset(map(plain, layout.ignore))
    notes = {entry.index: "used by [skip]" for entry in skips}
    used = {*index_by_field.values(), *notes}
    for index, (cell, header) in enumerate(zip(table.cells, table.shown, strict=True)):
        if index in used or not header:
            continue
        if plain(cell) in OWN_ADDITIONS:
            notes[index] = OWN_ADDITIONS[plain(cell)]
            continue
        if plain(cell) in known:
            notes[index] = "known and not used (ignore)"
            continue
        if index in doubled:
            code, note = "doubled_header", f"{doubled[index]} is there twice, so neither is used"
        elif (field := field_named(cell)) in layout.columns:
            code, note = "unused_header", f'[columns] takes {field} from "{visible(layout.columns[field or ""])}"'
        else:
            code, note = "unknown_header", _unknown(cell)
        notes[index] = note
        warnings.append(
            Finding(code, f'The column "{header}" is not used: {note}.', line or None, place=place if line else "")
        )
    return tuple(warnings), notes


def _unknown(cell: str) -> str:
    likely = likely_field(cell)
    if likely:
        return f"unknown header; likely meant: {likely} (rename it, or map it under [columns])"
    return "unknown header; for a profile field, map it under [columns] to profile.KEY"


def _matches(expression: re.Pattern[str], row: Sequence[str], index: int) -> bool:
    return index < len(row) and expression.match(row[index].lower()) is not None
