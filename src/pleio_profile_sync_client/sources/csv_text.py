"""A CSV, from bytes to records: its delimiter, cells, the file's own line where each record starts, odd quoting.

And back: the bad rows as they were, for somebody to fix in a spreadsheet.

The standard library's parser reads the cells; the raw text of a record that spans several lines or can't be read
reliably is kept too, since rows may be hidden in it.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from functools import partial

from msgspec import Struct

from pleio_profile_sync_client.core.models import Finding, Layout
from pleio_profile_sync_client.core.text import harmless
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.decoding import decode, survey, warn_of_guess
from pleio_profile_sync_client.sources.headers import count_required, find_headers
from pleio_profile_sync_client.sources.records import ORDINARY, Anomaly, Record, Records
from pleio_profile_sync_client.sources.values import DELIMITERS

_LONGEST_HEADERS = 1_000_000
LONGEST_CELL = 2**31 - 1
"""The standard parser's default of 131,072 characters is less than a profile field may hold."""

_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\nA-Za-z0-9])"?\1*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


class Table(Struct, frozen=True):
    """A text with its delimiter; `first_line` and `offset` are where the records start."""

    content: str
    delimiter: str
    first_line: int = 1
    offset: int = 0


def parse_csv(data: bytes, *, location: str, layout: Layout) -> Records:
    """Return the records of a CSV; raise `SourceError` if it can't be read as a whole.

    The layout's encoding and delimiter overrule detection; its columns show which delimiter fits.
    """
    text = decode(data, location=location, encoding=layout.encoding)
    table = find_table(text.content, layout, location)
    found = find_headers(read_records(table), layout.columns, location=location, place=_name_line)
    if found.anomaly.is_bad:
        raise SourceError(
            f"{location}, line {found.number}: the quotes in the headers can't be read reliably.",
            hint="Export it again.",
        )
    return Records(
        location,
        found.cells,
        found.number,
        below=partial(_read_below, table, found.number),
        place=_name_line,
        survey=survey(table.content, table.delimiter),
        count=table.content.count("\n"),
        delimiter=table.delimiter,
        is_guessed_encoding=text.is_guess,
        warnings=(*([warn_of_guess(text.content)] if text.is_guess else []), *found.warnings),
    )


def format_rejects(records: Records, problems: Iterable[Finding]) -> str:
    """Return the rows that these problems name, as a CSV with the source's delimiter (`;` where it has none).

    `line` and `problem` come first, since rows with too few or too many cells would shift anything after them.
    """
    codes: dict[int, str] = {}
    for finding in problems:
        if finding.line is not None:
            codes[finding.line] = f"{codes[finding.line]}, {finding.code}" if finding.line in codes else finding.code
    text = io.StringIO()
    writer = csv.writer(text, delimiter=records.delimiter or ";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["line", "problem", *map(harmless, records.headers)])
    for line, cells, anomaly in records.below():
        if line in codes:
            row = [anomaly.raw.rstrip("\r\n")] if anomaly.is_bad else cells
            writer.writerow([line, codes[line], *map(harmless, row)])
    return text.getvalue()


def read_records(table: Table) -> Iterator[Record]:
    """Read the records in order, blank ones too."""
    csv.field_size_limit(LONGEST_CELL)
    if '"' not in table.content:
        # Without quotes there is nothing to parse; the parser would take twice as long.
        for line, text in enumerate(split_lines(table.content, table.offset), table.first_line):
            yield line, text.rstrip("\r\n").split(table.delimiter), ORDINARY
        return
    tape = _Tape(split_lines(table.content, table.offset))
    reader = csv.reader(tape.play(), delimiter=table.delimiter, strict=True)
    has_blank_quotes = ' "' in table.content
    kept = tape.kept
    line = table.first_line
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raw = "".join(kept)
            yield line, parse_leniently(kept, table.delimiter), Anomaly(raw, is_bad=True, is_cut=tape.is_at_end)
        else:
            if len(kept) > 1:
                yield line, cells, Anomaly("".join(kept), is_bad=_hides_quotes(kept, cells, table.delimiter))
            elif has_blank_quotes and ' "' in kept[0] and _hides_quotes(kept, cells, table.delimiter):
                yield line, cells, Anomaly(kept[0], is_bad=True)
            else:
                yield line, cells, ORDINARY
        line += len(kept)
        kept.clear()


def separator_line(content: str) -> tuple[str, int]:
    """Return the delimiter that a first line `sep=;` names, and that line's length; empty and 0 without one."""
    match = _SEPARATOR_LINE.match(content)
    return (match[1], match.end()) if match else ("", 0)


def split_lines(content: str, offset: int = 0) -> Iterator[str]:
    r"""Split a text into lines with their ends: `\n`, `\r\n`, `\r`, and nothing else that Unicode calls a line end."""
    if "\r" in content and content.count("\r") != content.count("\r\n"):
        return io.StringIO(content[offset:], newline="")  # takes much memory, and is seldom needed
    return _split_at_newlines(content, offset)


def parse_leniently(lines: Iterable[str], delimiter: str) -> list[str]:
    """Read the cells of one record as well as possible, ignoring errors in quotes."""
    return next(csv.reader(lines, delimiter=delimiter), [])


def find_table(content: str, layout: Layout, location: str) -> Table:
    """Return the text with its delimiter: the one given, or that of a line `sep=;`, or that which fits the headers."""
    named, offset = separator_line(content)
    first_line = 2 if named else 1
    chosen = layout.delimiter or named
    if chosen:
        return Table(content, chosen, first_line, offset)
    start = content[:_LONGEST_HEADERS]

    def fitness(candidate: str) -> tuple[int, int, int]:
        found = find_headers(read_records(Table(start, candidate)), layout.columns, location=location, place=_name_line)
        return count_required(found.cells, layout.columns)

    return Table(content, max(DELIMITERS, key=fitness))


def _read_below(table: Table, headers_line: int) -> Iterator[Record]:
    records = read_records(table)
    for line, _, _ in records:
        if line == headers_line:
            break
    return records


def _name_line(line: int) -> str:
    return f"line {line}"


class _Tape:
    """Gives lines to the parser, and keeps those of the current record."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.kept: list[str] = []
        self.is_at_end = False

    def play(self) -> Iterator[str]:
        keep = self.kept.append
        for line in self._lines:
            keep(line)
            yield line
        self.is_at_end = True


def _hides_quotes(lines: list[str], cells: list[str], delimiter: str) -> bool:
    """Tell whether a cell begins with blanks and a quote, which the parser takes as part of the value."""
    other = next(csv.reader(lines, delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip() for cell in other] != [cell.strip() for cell in cells]


def _split_at_newlines(content: str, offset: int) -> Iterator[str]:
    find = content.find
    start = offset
    while (stop := find("\n", start) + 1) > 0:
        yield content[start:stop]
        start = stop
    if start < len(content):
        yield content[start:]
