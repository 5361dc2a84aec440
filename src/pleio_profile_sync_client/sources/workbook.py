"""An Excel workbook (.xlsx, .xlsm) to records: one sheet of it, each value as the sheet shows it.

openpyxl reads it, an extra that is imported only if there is a workbook. `workbook_parts` finds what openpyxl should
not get and what it doesn't tell; `number_formats` has what a number's format shows.
"""

import gc
import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import datetime
from functools import lru_cache, partial
from io import BytesIO, StringIO
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Finding, Layout
from pleio_profile_sync_client.core.wording import name_column, name_places
from pleio_profile_sync_client.errors import SheetNeededError, SourceError, UsageError
from pleio_profile_sync_client.sources.headers import find_headers
from pleio_profile_sync_client.sources.number_formats import BUILT_IN_FORMATS, Formatter, formatter
from pleio_profile_sync_client.sources.records import ORDINARY, Anomaly, Record, Records
from pleio_profile_sync_client.sources.values import shown

try:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.numbers import BUILTIN_FORMATS_MAX_SIZE, is_date_format
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

    from pleio_profile_sync_client.sources.workbook_parts import SAVE_AGAIN, Hints, damaged, look_at, look_over
except ImportError as missing:  # pragma: no cover -- it is there where this is measured
    raise UsageError(
        "Reading a workbook needs openpyxl, which is not installed.",
        hint="Install it with: pip install 'pleio-profile-sync-client[workbook]'; or save the sheet as CSV UTF-8.",
    ) from missing

LONGEST_CELL = 32_767
"""The most characters that a spreadsheet keeps in a cell."""

_WIDEST = 1_024
"""Columns that are kept in place; anything further right is only kept as text."""

_MOST_REMEMBERED = 10_000
"""Numbers and dates whose text is remembered: few columns have a different one in each row."""

_NO_RESULT = "is a formula whose result is not in the file"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Sheet(Struct, frozen=True):
    """A sheet of a workbook: its name, whether it is visible, and where its cells are in the file."""

    name: str
    is_visible: bool
    part: str


class _Row(Struct, frozen=True):
    """A row that is not empty. `far` is what is beyond the columns that are kept, `lost` as in `Anomaly`."""

    number: int
    cells: list[str]
    lost: dict[int, str]
    far: tuple[str, ...]
    is_hidden: bool


def parse_workbook(data: bytes, *, location: str, layout: Layout) -> Records:
    """Return the records of a sheet; raise `SourceError` if the workbook can't be read as a whole.

    The layout's sheet is its name, in any case; None is the only visible one. Its columns show which row has the
    headers.
    """
    reader, sheets = _open(look_over(data, location), location)
    chosen = _choose(sheets, layout.sheet, location)
    with _refusing_damage(location):
        with reader.archive.open(chosen.part) as stream:
            hints = look_at(stream)
        with _uncollected():
            rows = list(_read_rows(reader.wb, chosen.name, hints, location))
    rows = _without_merged(rows, hints.merged, location)
    place = partial(_name_row, chosen.name)
    records: Iterator[Record] = ((row.number, row.cells, ORDINARY) for row in rows)
    found = find_headers(records, layout.columns, location=f'{location}, sheet "{chosen.name}"', place=place)
    width = _width(found.cells)
    below = rows[bisect_right([row.number for row in rows], found.number) :]
    return Records(
        location,
        [*found.cells, *[""] * (width - len(found.cells))][:width],
        found.number,
        below=partial(_records, below, width),
        place=place,
        count=len(below),
        warnings=(*found.warnings, *_hidden(below, place), *_beyond(below, width, place)),
    )


@contextmanager
def _refusing_damage(location: str) -> Iterator[None]:
    """Refuse the workbook on any exception: openpyxl has none of its own, and warns about trifles."""
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):  # it prints, too
            warnings.simplefilter("ignore")
            yield
    except SourceError:
        raise
    except Exception as error:
        raise damaged(location) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from scanning the growing rows again and again: a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _open(data: bytes, location: str) -> tuple[ExcelReader, list[Sheet]]:
    with _refusing_damage(location):
        reader = ExcelReader(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            reader.read()
        except OSError as error:  # no file is missing: openpyxl says this
            raise SourceError(f"{location} is an Office document, but not a workbook.", hint=SAVE_AGAIN) from error
        sheets = [
            Sheet(str(sheet.name), sheet.state == "visible", relation.target)
            for sheet, relation in reader.parser.find_sheets()
            if relation.Type.endswith("/worksheet")
        ]
    return reader, sheets


def _read_rows(book: Any, name: str, hints: Hints, location: str) -> Iterator[_Row]:
    sheet = book[name]
    sheet.reset_dimensions()  # the size in the file may be wrong, or that of a lone cell in the last row
    texts = _Texts(location, book.epoch)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if not cells:
            continue
        row = [texts.text_of(cell) for cell in cells]
        lost = {column: _NO_RESULT for column in hints.no_result.get(number, ()) if not row[column]}
        while row and not row[-1]:
            row.pop()
        if row or lost:
            far = tuple(filter(None, row[_WIDEST:]))
            yield _Row(number, row[:_WIDEST], lost, far, number in hints.hidden)


class _Texts:
    """What cells show, with what is known of their formats so far."""

    def __init__(self, location: str, epoch: datetime) -> None:
        self._location = location
        self._epoch = epoch
        self._formatters: dict[str, Formatter] = {}
        self._show = lru_cache(_MOST_REMEMBERED)(self._show_anew)

    def text_of(self, cell: Any) -> str:
        value = cell.value
        if value is None:
            return ""
        if isinstance(value, str):  # an error, such as #N/A, too
            return _cell_text(value, self._location)
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        return self._show(_format_of(cell), value)

    def _show_anew(self, code: str, value: Any) -> str:
        if not isinstance(value, int | float):
            if not is_date_format(code):  # a date that is a text in the file
                return str(value.isoformat()).removesuffix("T00:00:00")
            value = to_excel(value, self._epoch)  # type: ignore[no-untyped-call]
        show = self._formatters.get(code)
        if show is None:
            show = self._formatters[code] = formatter(code, uses_1904=self._epoch == CALENDAR_MAC_1904)
        return show(str(value))


def _format_of(cell: Any) -> str:
    try:
        number = cell.style_array.numFmtId
    except IndexError:  # a style that the file does not have
        return "General"
    # openpyxl knows fewer formats by their numbers alone, and money as dollars
    return BUILT_IN_FORMATS.get(number, "General") if number < BUILTIN_FORMATS_MAX_SIZE else str(cell.number_format)


def _choose(sheets: list[Sheet], wanted: str | None, location: str) -> Sheet:
    names = ", ".join(shown(sheet.name) for sheet in sheets)
    if wanted is not None:
        fitting = [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()]
        if not fitting:
            raise SourceError(
                f"{location} has no sheet {shown(wanted)}; its sheets are {names or 'none'}.",
                hint="Put the right name into the configuration, under [workbook]: sheet.",
            )
        return fitting[0]
    visible = [sheet for sheet in sheets if sheet.is_visible]
    if not visible:
        raise SourceError(
            f"{location} has no visible sheet; the hidden ones are {names or 'none'}.",
            hint="Name the one with the people in the configuration, under [workbook]: sheet.",
        )
    if len(visible) > 1:
        names = ", ".join(shown(sheet.name) for sheet in visible)
        raise SheetNeededError(
            f"{location} has several sheets: {names}.",
            hint="Name the one with the people in the configuration, under [workbook]; for example sheet = "
            f"'{visible[0].name}'.",
            sheets=tuple(sheet.name for sheet in visible),
        )
    return visible[0]


def _without_merged(rows: list[_Row], merged: list[tuple[int, int, int, int]], location: str) -> list[_Row]:
    """Mark the cells that a merged one covers: they seem to have its value, but have none."""
    if not merged:
        return rows
    numbers = [row.number for row in rows]
    covered: dict[int, dict[int, str]] = {}
    left = len(rows) * _WIDEST  # merged cells don't overlap, so there can't be more
    for top, first, bottom, last in merged:
        reason = f"is part of the merged cells from {name_column(first)}{top} to {name_column(last)}{bottom}"
        for index in range(bisect_left(numbers, top), bisect_right(numbers, bottom)):
            kept = min(last, _WIDEST - 1)
            left -= kept - first + 1
            if left < 0:
                raise damaged(location)
            columns = range(first + (numbers[index] == top), kept + 1)
            covered.setdefault(index, {}).update(dict.fromkeys(columns, reason))
    return [
        replace(row, lost={**row.lost, **covered[index]}) if index in covered else row for index, row in enumerate(rows)
    ]


def _records(rows: list[_Row], width: int) -> Iterator[Record]:
    for row in rows:
        cells = row.cells
        spilled = (*filter(None, cells[width:]), *row.far)
        lost = {column: reason for column, reason in row.lost.items() if column < width} if row.lost else {}
        odd = Anomaly(lost=lost, spilled=spilled) if lost or spilled else ORDINARY
        yield row.number, [*cells[:width], *[""] * (width - len(cells))], odd


def _hidden(rows: list[_Row], place: Callable[[int], str]) -> Iterator[Finding]:
    hidden = [row.number for row in rows if row.is_hidden]
    if hidden:
        yield Finding(
            "hidden_rows",
            f"Hidden, perhaps by a filter: {name_places(list(map(place, hidden)))}. They count like the others.",
            hidden[0],
            place=place(hidden[0]),
        )


def _beyond(rows: list[_Row], width: int, place: Callable[[int], str]) -> Iterator[Finding]:
    far = [row.number for row in rows if row.far or any(row.cells[width:])]
    if far:
        yield Finding(
            "unknown_header",
            f"Columns to the right of the last header ({name_column(width - 1)}) hold values, in "
            f"{name_places(list(map(place, far)))}: they have no header, so they are not used.",
            far[0],
            place=place(far[0]),
        )


def _width(headers: list[str]) -> int:
    return max((index + 1 for index, header in enumerate(headers) if header.strip()), default=0)


def _name_row(sheet: str, number: int) -> str:
    return f"row {number} of the sheet {shown(sheet)}"


def _unescaped(text: str) -> str:
    """Return a text with what Excel writes as `_x000D_` put back."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _cell_text(text: str, location: str) -> str:
    if len(text) > LONGEST_CELL:
        raise SourceError(
            f"{location} has a cell of {len(text):,} characters; spreadsheets allow {LONGEST_CELL:,}.", hint=SAVE_AGAIN
        )
    return _unescaped(text)
