"""An Excel workbook (.xlsx, .xlsm) to records: one sheet of it, each value as the sheet shows it.

Read with the standard library, from the XML itself, since what matters here is what a library leaves out: the digits as
they were stored, formulas that have no result, merged cells, hidden rows, and how much a file unpacks to. What a
number's format shows is the business of `number_formats`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 # an exception

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.places import name_column, name_places
from pleio_profile_sync_client.errors import SheetNeededError, SourceError
from pleio_profile_sync_client.sources.columns import find_headers
from pleio_profile_sync_client.sources.findings import shown
from pleio_profile_sync_client.sources.number_formats import BUILT_IN_FORMATS, Formatter, formatter
from pleio_profile_sync_client.sources.records import Anomaly, Record, Records

LARGEST_UNPACKED = 512 * 1024 * 1024
"""What a workbook may unpack to, in bytes; one of 50,000 people takes about 30 MB."""

LONGEST_CELL = 32_767
"""The most characters that a spreadsheet holds in a cell."""

_WIDEST = 1_024
"""Columns that are kept in place; what stands further right is only kept as text."""

_CHUNK = 64 * 1024
_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # of "Strict Open XML"
)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DECLARATION = re.compile(rb"<!DOCTYPE|<!ENTITY|\x00", re.IGNORECASE)
_SAVE_AGAIN = "Open it in Excel or LibreOffice, save it again as .xlsx, and try that; or save it as CSV UTF-8."


class Sheet(Struct, frozen=True):
    """A sheet of a workbook: its name, whether it shows, and where its cells are in the file."""

    name: str
    is_visible: bool
    part: str


class _Row(Struct, frozen=True):
    """A row that holds something. `far` is what stands beyond the columns that are kept, `lost` as in `Anomaly`."""

    number: int
    cells: list[str]
    lost: dict[int, str]
    far: tuple[str, ...]
    is_hidden: bool


def parse_workbook(data: bytes, *, location: str, sheet: str | None, mapping: Mapping[str, str]) -> Records:
    """Return the records of a sheet; raise `SourceError` where the workbook can't be read as a whole.

    `sheet` is its name, in any case; None is the only visible one. `mapping` (fields to headers) tells in which row the
    headers stand.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _parse(_Package(archive, location), sheet, mapping)
    except (BadZipFile, ZlibError, EOFError, NotImplementedError) as error:
        raise _damaged(location) from error
    except RuntimeError as error:  # zipfile's word for a member that is encrypted
        raise SourceError(f"{location} is encrypted.", hint=_SAVE_AGAIN) from error
    except (expat.ExpatError, LookupError, ValueError, ArithmeticError) as error:  # what odd XML comes to
        raise _damaged(location) from error


class _Package:
    """The parts of a workbook's archive, read as streams, with what has been unpacked so far."""

    def __init__(self, archive: ZipFile, location: str) -> None:
        self.location = location
        self._archive = archive
        self._unpacked = 0
        self._names = {name.lower(): name for name in archive.namelist()}
        if sum(info.file_size for info in archive.infolist()) > LARGEST_UNPACKED:
            raise self._too_large()

    def has(self, part: str) -> bool:
        return part.lower() in self._names

    def parse(self, part: str, handlers: "_Handlers") -> Iterator[None]:
        """Parse a part, handing its elements on; stop after each piece, so that what came of it can be taken."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        handlers.attach(parser)
        end = b""
        with self._archive.open(self._names[part.lower()]) as stream:
            while chunk := self._read(stream):
                if _DECLARATION.search(end + chunk):
                    raise _damaged(self.location)
                end = chunk[-9:]
                parser.Parse(chunk)
                yield
        parser.Parse(b"", True)  # noqa: FBT003 # expat takes no names
        yield

    def parse_all(self, part: str, handlers: "_Handlers") -> None:
        for _ in self.parse(part, handlers):
            pass

    def _read(self, stream: IO[bytes]) -> bytes:
        chunk = stream.read(_CHUNK)
        self._unpacked += len(chunk)
        if self._unpacked > LARGEST_UNPACKED:
            raise self._too_large()
        return chunk

    def _too_large(self) -> SourceError:
        return SourceError(
            f"{self.location} unpacks to more than {LARGEST_UNPACKED // 1024**2} MB; no list of people is that large.",
            hint=_SAVE_AGAIN,
        )


def _parse(package: _Package, sheet: str | None, mapping: Mapping[str, str]) -> Records:
    location = package.location
    workbook = _read_workbook(package)
    chosen = _choose(workbook.sheets, sheet, location)
    strings = _read_strings(package, workbook.strings)
    formatters = _read_formatters(package, workbook.styles, uses_1904=workbook.uses_1904)
    rows, merged = _read_sheet(package, chosen.part, strings, formatters)
    rows = _without_merged(rows, merged, location)
    place = partial(_name_row, chosen.name)
    records: Iterator[Record] = ((row.number, row.cells, None) for row in rows)
    found = find_headers(records, mapping, location=f'{location}, sheet "{chosen.name}"', place=place)
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


class _Workbook(Struct):
    sheets: list[Sheet]
    strings: str | None
    styles: str | None
    uses_1904: bool


def _read_workbook(package: _Package) -> _Workbook:
    part = next(
        (target for kind, target in _relations(package, "").values() if kind == "officeDocument"), "xl/workbook.xml"
    )
    if not package.has(part):
        raise SourceError(f"{package.location} is a zip archive, but not a workbook.", hint=_SAVE_AGAIN)
    if part.lower().endswith(".bin"):
        raise SourceError(
            f"{package.location} is an Excel binary workbook (.xlsb).", hint="Save it as .xlsx, or as CSV UTF-8."
        )
    handlers = _WorkbookHandlers()
    package.parse_all(part, handlers)
    if not handlers.is_workbook:
        raise SourceError(f"{package.location} is an Office document, but not a workbook.", hint=_SAVE_AGAIN)
    relations = _relations(package, part)
    by_kind = dict(relations.values())
    sheets = [
        Sheet(name, state == "visible", relations[identity][1])
        for name, state, identity in handlers.sheets
        if relations.get(identity, ("", ""))[0] == "worksheet"
    ]
    return _Workbook(sheets, by_kind.get("sharedStrings"), by_kind.get("styles"), handlers.uses_1904)


def _relations(package: _Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part refers to, by id: what kind they are, and where."""
    folder, _, name = part.rpartition("/")
    relations = join(folder, "_rels", f"{name}.rels")
    if not package.has(relations):
        return {}
    handlers = _RelationHandlers()
    package.parse_all(relations, handlers)
    return {
        identity: (kind.rpartition("/")[2], normpath(join(dirname(part), target)).lstrip("/"))
        for identity, kind, target in handlers.found
    }


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
            f"{location} has no sheet that shows; hidden: {names or 'none'}.",
            hint="Name the one with the people in the configuration, under [workbook]: sheet.",
        )
    if len(visible) > 1:
        names = ", ".join(shown(sheet.name) for sheet in visible)
        raise SheetNeededError(
            f"{location} has several sheets: {names}.",
            hint="Name the one with the people in the configuration: [workbook], and below it sheet = "
            f"'{visible[0].name}', say.",
            sheets=tuple(sheet.name for sheet in visible),
        )
    return visible[0]


def _read_strings(package: _Package, part: str | None) -> list[str]:
    if part is None or not package.has(part):
        return []
    handlers = _StringHandlers(package.location)
    package.parse_all(part, handlers)
    return handlers.strings


def _read_formatters(package: _Package, part: str | None, *, uses_1904: bool) -> tuple[Formatter, ...]:
    """Return how numbers are shown, by the number of their style."""
    handlers = _StyleHandlers()
    if part is not None and package.has(part):
        package.parse_all(part, handlers)
    formats = BUILT_IN_FORMATS | handlers.formats
    made = {number: formatter(formats.get(number, "General"), uses_1904=uses_1904) for number in set(handlers.styles)}
    plain = formatter("General", uses_1904=uses_1904)
    return tuple(made[number] for number in handlers.styles) or (plain,)


def _read_sheet(
    package: _Package, part: str, strings: list[str], formatters: tuple[Formatter, ...]
) -> tuple[list[_Row], list[tuple[int, int, int, int]]]:
    handlers = _SheetHandlers(strings, formatters, package.location)
    rows: list[_Row] = []
    for _ in package.parse(part, handlers):
        rows += handlers.rows
        handlers.rows.clear()
    return rows, handlers.merged


def _without_merged(rows: list[_Row], merged: list[tuple[int, int, int, int]], location: str) -> list[_Row]:
    """Mark the cells that a merged one covers: they look as if they held its value, but hold none."""
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
                raise _damaged(location)
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
        odd = Anomaly(lost=lost, spilled=spilled) if lost or spilled else None
        yield row.number, [*cells[:width], *[""] * (width - len(cells))], odd


def _hidden(rows: list[_Row], place: Callable[[int], str]) -> Iterator[Finding]:
    hidden = [row.number for row in rows if row.is_hidden]
    if hidden:
        yield Finding(
            "hidden_rows",
            f"Hidden, by a filter perhaps: {name_places(list(map(place, hidden)))}. They count as the others do.",
            hidden[0],
            place=place(hidden[0]),
        )


def _beyond(rows: list[_Row], width: int, place: Callable[[int], str]) -> Iterator[Finding]:
    far = [row.number for row in rows if row.far or any(row.cells[width:])]
    if far:
        yield Finding(
            "unknown_header",
            f"Columns right of the last header ({name_column(width - 1)}) hold values, in "
            f"{name_places(list(map(place, far)))}: they have no header, so what they hold is not used.",
            far[0],
            place=place(far[0]),
        )


def _width(headers: list[str]) -> int:
    return max((index + 1 for index, header in enumerate(headers) if header.strip()), default=0)


def _name_row(sheet: str, number: int) -> str:
    return f"row {number} of the sheet {shown(sheet)}"


def _damaged(location: str) -> SourceError:
    return SourceError(f"{location} is a damaged workbook.", hint=_SAVE_AGAIN)


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _unescaped(text: str) -> str:
    """Return a text with what Excel writes as `_x000D_` put back."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class _Handlers:
    """What is done at the elements of a part: `start_NAME` and `end_NAME` of a subclass."""

    def __init__(self, *namespaces: str) -> None:
        names = [name for name in dir(self) if name.startswith(("start_", "end_"))]
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {}
        self._ends: dict[str, Callable[[], None]] = {}
        for name in names:
            kind, _, element = name.partition("_")
            for namespace in namespaces or _NAMESPACES:
                (self._starts if kind == "start" else self._ends)[f"{namespace}}}{element}"] = getattr(self, name)
        self.texts: list[str] = []

    def attach(self, parser: expat.XMLParserType) -> None:
        starts, ends = self._starts, self._ends

        def start(name: str, attributes: dict[str, str]) -> None:
            handler = starts.get(name)
            if handler is not None:
                handler(attributes)

        def end(name: str) -> None:
            handler = ends.get(name)
            if handler is not None:
                handler()

        self._parser = parser
        parser.StartElementHandler = start
        parser.EndElementHandler = end

    def listen(self) -> None:
        self._parser.CharacterDataHandler = self.texts.append

    def heard(self) -> str:
        self._parser.CharacterDataHandler = None
        text = "".join(self.texts)
        self.texts.clear()
        return text


class _RelationHandlers(_Handlers):
    def __init__(self) -> None:
        super().__init__("http://schemas.openxmlformats.org/package/2006/relationships")
        self.found: list[tuple[str, str, str]] = []

    def start_Relationship(self, attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        if attributes.get("TargetMode") != "External":
            target = attributes["Target"].replace("\\", "/")
            self.found.append((attributes["Id"], attributes["Type"], target))


class _WorkbookHandlers(_Handlers):
    def __init__(self) -> None:
        super().__init__()
        self.is_workbook = False
        self.uses_1904 = False
        self.sheets: list[tuple[str, str, str]] = []

    def start_workbook(self, _attributes: dict[str, str]) -> None:
        self.is_workbook = True

    def start_workbookPr(self, attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        self.uses_1904 = attributes.get("date1904") in ("1", "true", "on")

    def start_sheet(self, attributes: dict[str, str]) -> None:
        identity = next((value for name, value in attributes.items() if name.endswith("}id")), "")
        self.sheets.append((attributes["name"], attributes.get("state", "visible"), identity))


class _TextHandlers(_Handlers):
    """Texts in several parts. What says how Japanese is pronounced (`rPh`) is no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._is_phonetic = False

    def start_rPh(self, _attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        self._is_phonetic = True

    def end_rPh(self) -> None:  # noqa: N802 # the element's name
        self._is_phonetic = False

    def start_t(self, _attributes: dict[str, str]) -> None:
        if not self._is_phonetic:
            self.listen()

    def end_t(self) -> None:
        if not self._is_phonetic:
            self.parts.append(self.heard())


class _StringHandlers(_TextHandlers):
    """The texts that cells share."""

    def __init__(self, location: str) -> None:
        super().__init__()
        self.strings: list[str] = []
        self._location = location

    def end_si(self) -> None:
        self.strings.append(_cell_text("".join(self.parts), self._location))
        self.parts.clear()


class _StyleHandlers(_Handlers):
    def __init__(self) -> None:
        super().__init__()
        self.formats: dict[int, str] = {}
        self.styles: list[int] = []
        self._is_inside = False

    def start_numFmt(self, attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        self.formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "General")

    def start_cellXfs(self, _attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        self._is_inside = True

    def end_cellXfs(self) -> None:  # noqa: N802 # the element's name
        self._is_inside = False

    def start_xf(self, attributes: dict[str, str]) -> None:
        if self._is_inside:
            self.styles.append(int(attributes.get("numFmtId", "0")))


class _SheetHandlers(_TextHandlers):
    """The rows of a sheet. Only what is there costs anything: a lone cell in the last row and column is one cell."""

    def __init__(self, strings: list[str], formatters: tuple[Formatter, ...], location: str) -> None:
        super().__init__()
        self.rows: list[_Row] = []
        self.merged: list[tuple[int, int, int, int]] = []
        self._strings = strings
        self._formatters = formatters
        self._location = location
        self._columns: dict[str, int] = {}
        self._row = 0
        self._column = -1
        self._is_hidden = False
        self._cells: dict[int, str] = {}
        self._lost: dict[int, str] = {}
        self._kind = "n"
        self._style = 0
        self._has_formula = False
        self._value: str | None = None

    def start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        before, self._row = self._row, self._row + 1 if number is None else int(float(number))
        if self._row <= before:  # a row's number tells it from all others
            raise _damaged(self._location)
        self._column = -1
        self._is_hidden = attributes.get("hidden") in ("1", "true")

    def end_row(self) -> None:
        if not self._cells and not self._lost:
            return
        last = min(max(max(self._cells, default=0), max(self._lost, default=0)), _WIDEST - 1)
        row = [""] * (last + 1)
        far: list[str] = []
        for column, text in self._cells.items():
            if column <= last:
                row[column] = text
            else:
                far.append(text)
        self.rows.append(_Row(self._row, row, self._lost, tuple(far), self._is_hidden))
        self._cells.clear()
        self._lost = {}

    def start_c(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = _column(letters)
            self._column = column
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", 0))
        self._has_formula = False
        self._value = None

    def start_f(self, _attributes: dict[str, str]) -> None:
        self._has_formula = True

    def start_v(self, _attributes: dict[str, str]) -> None:
        self.listen()

    def end_v(self) -> None:
        self._value = self.heard()

    def end_c(self) -> None:
        value, kind = self._value, self._kind
        if kind == "inlineStr" or self.parts:
            value = "".join(self.parts)
            self.parts.clear()
            kind = "str"
        if not value:
            # An empty text is a result too; nothing at all is one that was never calculated.
            if self._has_formula and kind != "str":
                self._lost[self._column] = "is a formula whose result the file does not hold"
            return
        text = self._text(value, kind)
        if text:
            self._cells[self._column] = text

    def _text(self, value: str, kind: str) -> str:
        match kind:
            case "s":
                return self._strings[int(value)]
            case "n":
                return self._formatter()(value)
            case "b":
                return "TRUE" if value.strip() == "1" else "FALSE"
            case "d":
                return value.strip().removesuffix("T00:00:00")
            case _:  # str, inlineStr, and e: an error, such as #N/A
                return _cell_text(value, self._location)

    def _formatter(self) -> Formatter:
        return self._formatters[self._style if self._style < len(self._formatters) else 0]

    def start_mergeCell(self, attributes: dict[str, str]) -> None:  # noqa: N802 # the element's name
        corners = [_REFERENCE.fullmatch(corner) for corner in attributes["ref"].replace("$", "").split(":")]
        first, last = corners[0], corners[-1]
        if first is None or last is None:
            raise _damaged(self._location)
        self.merged.append((int(first[2]), _column(first[1]), int(last[2]), _column(last[1])))


def _cell_text(text: str, location: str) -> str:
    if len(text) > LONGEST_CELL:
        raise SourceError(
            f"{location} holds a cell of {len(text):,} characters; spreadsheets hold {LONGEST_CELL:,}.",
            hint=_SAVE_AGAIN,
        )
    return _unescaped(text)
