"""A CSV file, or standard input, as a source: reads it once, and puts together what its parts make of it."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Avatar, Finding, SourceReading
from pleio_profile_sync_client.core.ports import Progress
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import SourceError, UsageError
from pleio_profile_sync_client.sources import findings
from pleio_profile_sync_client.sources.avatars import AvatarFolder
from pleio_profile_sync_client.sources.columns import Columns, understand_headers
from pleio_profile_sync_client.sources.delimiters import find_table, read_headers
from pleio_profile_sync_client.sources.duplicates import settle_duplicates
from pleio_profile_sync_client.sources.files import IrregularFileError, Stamp, opened_regular, read_all, stamp_of
from pleio_profile_sync_client.sources.headers import PROFILE
from pleio_profile_sync_client.sources.records import Record, Table, read_records
from pleio_profile_sync_client.sources.rows import RowReader
from pleio_profile_sync_client.sources.survey import survey
from pleio_profile_sync_client.sources.text import decode

STANDARD_INPUT = "-"
_ROWS_A_STEP = 4096
_FRESH_NS = 2_000_000_000
"""A file written so shortly before it was read may be written again without its time moving on."""


class Examination(Struct, frozen=True):
    """A reading with the text that it was made from, for who wants to see the bad rows as they were."""

    reading: SourceReading
    table: Table


class CsvSource:
    """A CSV file (or `-`) as a source of people.

    `columns` maps the product's fields to headers, `skip` headers to globs. `encoding` is one that Python knows,
    `delimiter` one character; without them they are found out. `now` (seconds since 1970) and `stdin` are for tests.
    """

    def __init__(
        self,
        location: str,
        *,
        columns: Mapping[str, str] = {},
        skip: Mapping[str, Sequence[str]] = {},
        encoding: str | None = None,
        delimiter: str | None = None,
        max_age_s: float | None = None,
        now: Callable[[], float] = time.time,
        stdin: BinaryIO | None = None,
    ) -> None:
        if max_age_s is not None and location == STANDARD_INPUT:
            raise UsageError("Standard input has no age.", hint="Leave --max-source-age out, or give a file.")
        self._path = None if location == STANDARD_INPUT else Path(location)
        self._columns = columns
        self._skip = skip
        self._encoding = encoding
        self._delimiter = delimiter
        self._max_age_s = max_age_s
        self._now = now
        self._stdin = stdin
        self._avatars = AvatarFolder(Path() if self._path is None else self._path.parent)
        self._was_read: tuple[Stamp, bytes, bool] | None = None

    @property
    def location(self) -> str:
        """The path as it was given, fit to be shown."""
        return "standard input" if self._path is None else visible(str(self._path))

    def read(self, progress: Progress) -> SourceReading:
        """Read all rows; raise `SourceError` where the source is unusable or has no good row."""
        reading = self.examine(progress).reading
        refuse_empty(reading)
        return reading

    def examine(self, progress: Progress) -> Examination:
        """Read all rows as `read` does, but give also what has no good row, and the text."""
        text = decode(self._load(), location=self.location, encoding=self._encoding)
        table = find_table(text.content, delimiter=self._delimiter, mapping=self._columns, location=self.location)
        records = read_records(table)
        line, cells = _headers(records, self.location)
        columns = understand_headers(cells, mapping=self._columns, skip=self._skip, location=self.location, line=line)
        reader = RowReader(
            columns,
            survey(table.content, table.delimiter),
            delimiter=table.delimiter,
            location=self.location,
            is_guessed_encoding=text.is_guess,
        )
        with progress.phase("reading", table.content.count("\n")) as advance:
            while taken := reader.take(islice(records, _ROWS_A_STEP)):
                advance(taken)
        warnings = [findings.guessed_encoding(text.content)] if text.is_guess else []
        return Examination(_put_together(reader, columns, self.location, warnings), table)

    def is_changed(self) -> bool:
        """Tell whether the file's content is another than what was read; standard input never is."""
        if self._path is None or self._was_read is None:
            return False
        stamp, digest, is_fresh = self._was_read
        try:
            with opened_regular(self._path) as (descriptor, result):
                if stamp_of(result) == stamp and not is_fresh:
                    return False
                return _digest(read_all(descriptor)) != digest
        except OSError:
            return True

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Check an avatar in the source's folder; its bytes are read only where it is not as `known`."""
        return self._avatars.examine(path, known)

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read an avatar's bytes, checked again, with what they are."""
        return self._avatars.read(path)

    def _load(self) -> bytes:
        if self._path is None:
            return self._load_standard_input()
        try:
            with opened_regular(self._path) as (descriptor, before):
                self._refuse_old(before.st_mtime)
                data = read_all(descriptor)
                after = os.fstat(descriptor)
        except IrregularFileError as error:
            raise SourceError(
                f"{self.location} is {error}, not a file.", hint="Give a CSV file, or - for standard input."
            ) from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or error
            raise SourceError(
                f"{self.location} can't be read: {reason}.", hint="Is the path right, and may this user read it?"
            ) from error
        if stamp_of(before) != stamp_of(after) or len(data) != after.st_size:
            raise SourceError(
                f"{self.location} was changed while it was read.",
                hint="Start the run when the export is done; best is to write it elsewhere and move it here.",
            )
        is_fresh = self._now() * 1e9 - after.st_mtime_ns < _FRESH_NS
        self._was_read = (stamp_of(after), _digest(data), is_fresh)
        return data

    def _load_standard_input(self) -> bytes:
        stdin = self._stdin or sys.stdin.buffer
        if stdin.isatty():
            raise SourceError("Standard input is a terminal.", hint="Pipe the CSV into the command: ... < people.csv")
        return stdin.read()

    def _refuse_old(self, mtime: float) -> None:
        age_s = self._now() - mtime
        if self._max_age_s is not None and age_s > self._max_age_s:
            raise SourceError(
                f"{self.location} is {findings.duration(age_s)} old; --max-source-age allows "
                f"{findings.duration(self._max_age_s)}.",
                hint="Did the export run?",
            )


def refuse_empty(reading: SourceReading, *, where_shown: str = "The command check shows them by line.") -> None:
    """Raise `SourceError` where a source has no good row; `where_shown` says where its problems are to be seen."""
    if not reading.users:
        raise findings.no_good_row(reading, where_shown=where_shown)


def _headers(records: Iterator[Record], location: str) -> tuple[int, list[str]]:
    line, cells, oddity = read_headers(records, location)
    if oddity is not None and oddity.is_bad:
        raise SourceError(
            f"{location}, line {line}: the quotes of the headers can't be read right.", hint="Export it again."
        )
    return line, cells


def _put_together(reader: RowReader, columns: Columns, location: str, warnings: Sequence[Finding]) -> SourceReading:
    empty = frozenset(reader.empty)
    absent = {field for field, index in columns.places.items() if index in empty and field != "external_id"}
    reader.forget_profile_fields(field.removeprefix(PROFILE) for field in absent if field.startswith(PROFILE))
    settled = settle_duplicates(reader.users, reader.skipped_keys)
    return SourceReading(
        location=location,
        rows=reader.rows,
        users=tuple(settled.users),
        skipped=tuple(sorted([*reader.skipped, *settled.skipped], key=lambda row: row.line)),
        problems=tuple(
            map(_with_line, sorted([*reader.findings, *settled.problems], key=lambda finding: finding.line or 0))
        ),
        warnings=(
            *warnings,
            *columns.warnings,
            *findings.nameless_columns(columns, empty),
            *findings.empty_columns(columns, absent),
            *findings.no_external_id(columns, empty),
            *findings.strange_groups(reader.strange_groups),
            *map(_with_line, settled.warnings),
        ),
        fields=frozenset(columns.places) - absent,
        columns=columns.describe(empty),
        cut_off=reader.cut_off,
    )


def _with_line(finding: Finding) -> Finding:
    """Begin the message with the line, as those of the plan do: it is all that the log shows."""
    return replace(finding, message=f"Line {finding.line}: {finding.message}")


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
