"""A workbook's parts, looked at apart from openpyxl: what it must not be given, and what it doesn't tell."""

import re
from collections.abc import Callable
from io import BytesIO
from string import digits
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 # an exception

from msgspec import Struct
from openpyxl.utils import column_index_from_string
from openpyxl.utils.cell import coordinate_to_tuple

from pleio_profile_sync_client.errors import SourceError

LARGEST_UNPACKED = 512 * 1024 * 1024
"""What a workbook may unpack to, in bytes; one of 50,000 people takes about 40 MB."""

SAVE_AGAIN = "Open it in Excel or LibreOffice, save it again as .xlsx, and try that; or save it as CSV UTF-8."

_CHUNK = 64 * 1024
_MOST_TAGS = 2_000_000
"""Tags of a part that a library keeps in memory as a whole; those of sheets and of texts are read one by one."""

_MOST_TAGS_OF_TEXTS = 30_000_000
_LARGE = re.compile(r"xl/(worksheets/|sharedStrings\.xml)", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
}
"""The names that "Strict Open XML" has for the same things, and that libraries don't know."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_CELL, _FORMULA, _VALUE = (f"{_MAIN} {name}" for name in ("c", "f", "v"))
_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_MOST_TAGS_BETWEEN_ROWS = 1_000_000
"""What openpyxl keeps in memory."""


def damaged(location: str) -> SourceError:
    """Return the refusal of a damaged workbook."""
    return SourceError(f"{location} is a damaged workbook.", hint=SAVE_AGAIN)


def look_over(data: bytes, location: str) -> bytes:
    """Return the archive, if it is fit for a library; else raise `SourceError`."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            _require_workbook(archive, location)
            if sum(info.file_size for info in archive.infolist()) > LARGEST_UNPACKED:  # what zipfile unpacks at most
                raise SourceError(
                    f"{location} unpacks to more than {LARGEST_UNPACKED // 1024**2} MB; no list of people is that "
                    "large.",
                    hint=SAVE_AGAIN,
                )
            are_strict = [_look_over_part(archive, info, location) for info in archive.infolist() if _is_xml(info)]
            return _transitional(archive) if any(are_strict) else data
    except (BadZipFile, ZlibError, EOFError, NotImplementedError, LookupError, ValueError, OSError) as error:
        raise damaged(location) from error
    except RuntimeError as error:  # zipfile's word for a member that is encrypted
        raise SourceError(f"{location} is encrypted.", hint=SAVE_AGAIN) from error


def _require_workbook(archive: ZipFile, location: str) -> None:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise SourceError(f"{location} is an Excel binary workbook (.xlsb).", hint="Save it as .xlsx, or as CSV UTF-8.")
    if "[Content_Types].xml" not in names:
        raise SourceError(f"{location} is a zip archive, but not a workbook.", hint=SAVE_AGAIN)


def _is_xml(info: ZipInfo) -> bool:
    return info.filename.lower().endswith((".xml", ".rels"))


def _look_over_part(archive: ZipFile, info: ZipInfo, location: str) -> bool:
    """Unpack a part, bit by bit; return whether it is of a strict workbook."""
    is_strict = False
    tags, end = 0, b""
    most_tags = _MOST_TAGS_OF_TEXTS if _LARGE.match(info.filename) else _MOST_TAGS
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            seen = end + chunk
            tags += chunk.count(b"<")
            if tags > most_tags or b"\0" in seen or (b"<!" in seen and _DECLARATION.search(seen)):
                raise damaged(location)
            is_strict = is_strict or any(name in seen for name in _STRICT)
            end = chunk[-64:]
    return is_strict


def _transitional(archive: ZipFile) -> bytes:
    """Return a strict workbook with the names that every other one has."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1) as other:
        for info in archive.infolist():
            content = archive.read(info)
            if _is_xml(info):
                for strict, usual in _STRICT.items():
                    content = content.replace(strict, usual)
            other.writestr(info.filename, content)
    return stream.getvalue()


class Hints(Struct, frozen=True):
    """Hidden rows and, by row, the columns (from 0) of formulas without a result; merged: top, first, bottom, last."""

    hidden: set[int]
    no_result: dict[int, list[int]]
    merged: list[tuple[int, int, int, int]]


def look_at(stream: IO[bytes]) -> Hints:
    """Return what a sheet's XML says; raise `ValueError` or `ExpatError` if it can't be read."""
    parser = expat.ParserCreate(namespace_separator=" ")
    look = _Look(parser)
    tags = 0
    while chunk := stream.read(_CHUNK):
        row = look.row
        parser.Parse(chunk)
        tags = chunk.count(b"<") + (tags if look.row == row else 0)
        if tags > _MOST_TAGS_BETWEEN_ROWS:
            raise ValueError("too much data between two rows")
    parser.Parse(b"", True)  # noqa: FBT003 # expat takes no names
    return look.hints


class _Look:
    def __init__(self, parser: expat.XMLParserType) -> None:
        self.hints = Hints(set(), {}, [])
        self.row = 0
        self._column = -1
        self._cell_type: str | None = None
        self._has_value = False
        self._handlers: dict[str, Callable[[dict[str, str]], None]] = {
            f"{_MAIN} row": self._start_row,
            _CELL: self._start_cell,
            _FORMULA: self._start_formula,
            f"{_MAIN} is": self._start_inline,
            f"{_MAIN} mergeCell": self._merge,
        }
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = _refuse_doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._handlers.get(name)
        if handler is not None:
            handler(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        before, self.row = self.row, self.row + 1 if number is None else int(float(number))
        if not before < self.row <= _LAST_ROW:
            raise ValueError("rows out of order")
        self._column = -1
        if attributes.get("hidden") in ("1", "true"):
            self.hints.hidden.add(self.row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        before = self._column
        self._column = before + 1 if reference is None else column_index_from_string(reference.rstrip(digits)) - 1
        if not before < self._column < _LAST_COLUMN:
            raise ValueError("cells out of order")
        self._cell_type = attributes.get("t")

    def _start_inline(self, _attributes: dict[str, str]) -> None:
        if self._cell_type != "inlineStr":  # openpyxl would take the cell for an empty one
            raise ValueError("a text in a cell of another type")

    def _start_formula(self, _attributes: dict[str, str]) -> None:
        self._has_value = self._cell_type == "str"  # an empty text is a result too
        self._handlers[_VALUE] = self._start_value
        self._parser.EndElementHandler = self._end

    def _start_value(self, _attributes: dict[str, str]) -> None:
        self._parser.CharacterDataHandler = self._hear

    def _hear(self, _text: str) -> None:
        self._has_value = True

    def _end(self, name: str) -> None:
        if name == _VALUE:
            self._parser.CharacterDataHandler = None
        elif name == _CELL:
            self._parser.EndElementHandler = None
            del self._handlers[_VALUE]
            if not self._has_value:
                self.hints.no_result.setdefault(self.row, []).append(self._column)

    def _merge(self, attributes: dict[str, str]) -> None:
        corners = attributes["ref"].replace("$", "").split(":")
        (top, first), (bottom, last) = coordinate_to_tuple(corners[0]), coordinate_to_tuple(corners[-1])
        self.hints.merged.append((top, first - 1, bottom, last - 1))


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("a document type")
