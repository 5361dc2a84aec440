"""What openpyxl doesn't tell of a sheet that it only reads: hidden rows, merged cells, formulas without a result.

One look at the sheet's own XML, which also makes sure that its rows and cells stand in order, since openpyxl leaves out
without a word those that don't.
"""

import re
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from msgspec import Struct

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_CELL, _FORMULA, _VALUE = (f"{_MAIN} {name}" for name in ("c", "f", "v"))
_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384
_MOST_TAGS = 1_000_000
"""Tags between two rows, which openpyxl keeps in memory."""

_CHUNK = 64 * 1024
_LETTERS = re.compile(r"[A-Z]{1,3}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Hints(Struct, frozen=True):
    """Hidden rows and, by row, the columns (from 0) of formulas without a result; merged: top, first, bottom, last."""

    hidden: set[int]
    no_result: dict[int, list[int]]
    merged: list[tuple[int, int, int, int]]


def look_at(stream: IO[bytes]) -> Hints:
    """Return what a sheet's XML tells; raise `ValueError` or `ExpatError` where it is none to be read."""
    parser = expat.ParserCreate(namespace_separator=" ")
    look = _Look(parser)
    tags = 0
    while chunk := stream.read(_CHUNK):
        row = look.row
        parser.Parse(chunk)
        tags = chunk.count(b"<") + (tags if look.row == row else 0)
        if tags > _MOST_TAGS:
            raise ValueError("too much between two rows")
    parser.Parse(b"", True)  # noqa: FBT003 # expat takes no names
    return look.hints


def column_of(letters: str) -> int:
    """Return the number of a column, from 0."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


class _Columns(dict[str, int]):
    def __missing__(self, reference: str) -> int:
        if not _LETTERS.fullmatch(reference):
            raise ValueError("a cell without a place")
        self[reference] = column_of(reference)
        return self[reference]


class _Look:
    def __init__(self, parser: expat.XMLParserType) -> None:
        self.hints = Hints(set(), {}, [])
        self.row = 0
        self._column = -1
        self._columns = _Columns()
        self._kind: str | None = None
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
        self._column = before + 1 if reference is None else self._columns[reference.rstrip("0123456789")]
        if not before < self._column < _LAST_COLUMN:
            raise ValueError("cells out of order")
        self._kind = attributes.get("t")

    def _start_inline(self, _attributes: dict[str, str]) -> None:
        if self._kind != "inlineStr":  # openpyxl would take the cell for an empty one
            raise ValueError("a text in a cell of another kind")

    def _start_formula(self, _attributes: dict[str, str]) -> None:
        self._has_value = self._kind == "str"  # an empty text is a result too
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
        corners = [_REFERENCE.fullmatch(corner) for corner in attributes["ref"].replace("$", "").split(":")]
        first, last = corners[0], corners[-1]
        if first is None or last is None:
            raise ValueError("merged cells without a place")
        self.hints.merged.append((int(first[2]), column_of(first[1]), int(last[2]), column_of(last[1])))


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("a document type")
