"""From records to a reading, in the same way for every kind of source. A kind only makes its records."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Self

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import PROFILE, Avatar, Finding, Layout, SkippedRow, SourceReading
from pleio_profile_sync_client.core.ports import Ending, Progress
from pleio_profile_sync_client.core.wording import at_start, counted, place_of
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.avatars import AvatarFolder
from pleio_profile_sync_client.sources.columns import Columns, understand_headers, warn_of_columns
from pleio_profile_sync_client.sources.comparison import compare_rows
from pleio_profile_sync_client.sources.records import Record, Records
from pleio_profile_sync_client.sources.rows import RowReader
from pleio_profile_sync_client.sources.values import normalised

_ROWS_A_STEP = 4096
_SAMPLE = 50


class Examination(Struct, frozen=True):
    """A reading with the records that it was made from, to show the bad rows as they were."""

    reading: SourceReading
    records: Records


class RecordSource(ABC):
    """A source of people, whatever its kind."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def with_layout(self, layout: Layout) -> Self:
        """Return the same source, to be read in another way: a program is not run again."""
        other = copy(self)
        other._layout = layout
        return other

    @property
    @abstractmethod
    def location(self) -> str:
        """Where it is, fit to be shown."""

    @abstractmethod
    def load(self, progress: Progress, ending: Ending | None = None) -> Records:
        """Fetch the records, once; raise `SourceError` if the source as a whole is unusable.

        So it is if the run is to end before the source does.
        """

    def is_changed(self) -> bool:
        """Tell whether the source has changed since it was read: this is known only for a file."""
        return False

    @abstractmethod
    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Check an avatar; its bytes are read only if it is not as `known`."""

    @abstractmethod
    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read an avatar's bytes, checked again, and describe them."""

    def close(self) -> None:  # noqa: B027 -- most kinds keep nothing open
        """Close the connection for avatars."""

    def read(self, progress: Progress, ending: Ending | None = None) -> SourceReading:
        """Read all rows; raise `SourceError` if the source is unusable or has no good row, or the run is to end."""
        reading = self.examine(progress, ending).reading
        refuse_empty(reading)
        return reading

    def examine(self, progress: Progress, ending: Ending | None = None) -> Examination:
        """Read all rows as `read` does, but also a source without a good row, and return the records too."""
        records = self.load(progress, ending)
        columns = understand_headers(
            records.headers,
            layout=self._layout,
            location=self.location,
            line=records.headers_number,
            place=records.place(records.headers_number),
        )
        reader = RowReader(columns, records)
        below = records.below()
        with progress.phase("reading the source", records.count) as advance:
            while taken := reader.take(islice(below, _ROWS_A_STEP)):
                advance(taken)
        reader.end()
        return Examination(_put_together(reader, columns, records), records)


class FolderSource(RecordSource):
    """A source in a folder, to which avatars are relative."""

    def __init__(self, layout: Layout, folder: Path) -> None:
        super().__init__(layout)
        self._avatars = AvatarFolder(folder)

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Check an avatar in the source's folder; its bytes are read only where it is not as `known`."""
        return self._avatars.examine(path, known)

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read an avatar's bytes, checked again, with what they are."""
        return self._avatars.read(path)


def refuse_empty(reading: SourceReading, *, where_shown: str = "The command check shows them by line.") -> None:
    """Raise `SourceError` if a source has no good row; `where_shown` says where its problems can be seen."""
    if reading.users:
        return
    if not reading.rows:
        raise SourceError(
            f"{reading.location} holds no rows below its headers.", hint="Did the export run, and is the file whole?"
        )
    counts = Counter(finding.code for finding in reading.problems)
    named = ", ".join(f"{code} {count:,}" for code, count in counts.most_common())
    raise SourceError(
        f"{reading.location} has no good row: {counted(reading.rows, 'row')}, all with problems ({named}).",
        hint=where_shown,
    )


def _put_together(reader: RowReader, columns: Columns, records: Records) -> SourceReading:
    empty = frozenset(reader.empty)
    absent = {field for field, index in columns.index_by_field.items() if index in empty and field != "external_id"}
    reader.forget_profile_fields(field.removeprefix(PROFILE) for field in absent if field.startswith(PROFILE))
    found = compare_rows(reader.users, reader.skipped, suspects=reader.suspects, place=records.place)
    skipped = [*found.skipped, *_with_cells(found.late, records.below, reader.own)]
    problems = sorted([*reader.findings, *found.problems], key=lambda finding: finding.line or 0)
    return SourceReading(
        location=records.location,
        rows=reader.rows,
        users=tuple(found.users),
        skipped=tuple(sorted(skipped, key=lambda row: row.line)),
        problems=(*map(_with_place, problems), *records.problems),
        warnings=(
            *records.warnings,
            *columns.warnings,
            *warn_of_columns(columns, empty=empty, absent=absent),
            *reader.warnings,
            *reader.skipping.warnings,
            *map(_with_place, found.warnings),
        ),
        fields=frozenset(columns.index_by_field) - absent,
        columns=columns.describe(empty, _examples(records)),
        cut_off=reader.cut_off,
        doubts=records.doubts,
    )


def _examples(records: Records) -> dict[int, str]:
    """Return the first value of each column, by its index, if there is one near the top."""
    examples: dict[int, str] = {}
    for _, cells, anomaly in islice(records.below(), _SAMPLE):
        if not anomaly.is_bad:
            for index, cell in enumerate(cells):
                if index not in examples and cell.strip():
                    examples[index] = cell.strip()
    return examples


def _with_cells(
    skipped: Sequence[SkippedRow], below: Callable[[], Iterable[Record]], own: frozenset[int]
) -> Iterator[SkippedRow]:
    """Give rows that were set aside late all their cells, including those that no field uses."""
    if not skipped:
        return
    wanted = {row.line for row in skipped}
    cells_by_line = {
        line: (*map(normalised, cells), *anomaly.spilled) for line, cells, anomaly in below() if line in wanted
    }
    for row in skipped:
        yield replace(row, cells=cells_by_line[row.line], own=own)


def _with_place(finding: Finding) -> Finding:
    """Begin the message with the place, as the plan's messages do: it is all that the log shows."""
    return replace(finding, message=f"{at_start(place_of(finding))}: {finding.message}")
