"""A file, or standard input, as a source: read once, with what shows whether it has changed since."""

import sys
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.core.ports import Ending, Progress
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import SourceError, UsageError
from pleio_profile_sync_client.sources.csv_text import parse_csv
from pleio_profile_sync_client.sources.file_formats import is_workbook
from pleio_profile_sync_client.sources.files_and_pipes import (
    IrregularFileError,
    PipeReader,
    Stamp,
    opened_regular,
    stamp_of,
    wait_until,
)
from pleio_profile_sync_client.sources.records import Records
from pleio_profile_sync_client.sources.source import FolderSource

STANDARD_INPUT = "-"
_FRESH_NS = 2_000_000_000
"""A file written this shortly before it was read may be written again without a new mtime."""

_MOST_AHEAD_S = 300.0
"""How far in the future a file may be dated under `--max-source-age`: clocks differ a little."""


class FileSource(FolderSource):
    """A CSV file (or `-`) or a workbook as a source of people; its content decides which.

    `now` (seconds since 1970) and `stdin` are for tests.
    """

    def __init__(
        self,
        location: str,
        layout: Layout = Layout(),  # noqa: B008 -- frozen
        *,
        max_age_s: float | None = None,
        now: Callable[[], float] = time.time,
        stdin: BinaryIO | None = None,
    ) -> None:
        if max_age_s is not None and location == STANDARD_INPUT:
            raise UsageError("Standard input has no age.", hint="Leave --max-source-age out, or give a file.")
        self._path = None if location == STANDARD_INPUT else Path(location)
        super().__init__(layout, Path() if self._path is None else self._path.parent)
        self._max_age_s = max_age_s
        self._now = now
        self._stdin = stdin
        self._was_read: tuple[Stamp | None, bytes] | None = None
        if (layout.encoding or layout.delimiter) and self._looks_like_workbook():
            raise UsageError(
                f"{self.location} is a workbook, which has no encoding and no delimiter.",
                hint="Leave --encoding and --delimiter out.",
            )

    @property
    def location(self) -> str:
        """The path as it was given, fit to be shown."""
        return "standard input" if self._path is None else visible(str(self._path))

    def load(self, progress: Progress, ending: Ending | None = None) -> Records:
        """Read the file, once, as a workbook or a CSV, depending on its content."""
        data = self._read_standard_input(ending) if self._path is None else self._read_file(self._path)
        if is_workbook(data):
            from pleio_profile_sync_client.sources.workbook import parse_workbook  # noqa: PLC0415 -- most are none

            return parse_workbook(data, location=self.location, layout=self._layout)
        return parse_csv(data, location=self.location, layout=self._layout)

    def is_changed(self) -> bool:
        """Tell whether the file's content has changed since it was read; that of standard input never has."""
        if self._path is None or self._was_read is None:
            return False
        stamp, digest = self._was_read
        try:
            with opened_regular(self._path) as file:
                return stamp_of(file) != stamp and _digest(file.read()) != digest
        except OSError:
            return True

    def _read_file(self, path: Path) -> bytes:
        try:
            with opened_regular(path) as file:
                before = stamp_of(file)
                self._refuse_old(before.mtime_ns / 1e9)
                data = file.read()
                after = stamp_of(file)
        except IrregularFileError as error:
            raise SourceError(
                f"{self.location} is {error}, not a file.", hint="Give a CSV file, or - for standard input."
            ) from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or error
            raise SourceError(
                f"{self.location} can't be read: {reason}.", hint="Is the path right, and may this user read it?"
            ) from error
        if before != after or len(data) != after.size:
            raise SourceError(
                f"{self.location} was changed while it was read.",
                hint="Start the run after the export, or let it write elsewhere and move the finished file here.",
            )
        is_fresh = self._now() * 1e9 - after.mtime_ns < _FRESH_NS
        self._was_read = (None if is_fresh else after, _digest(data))
        return data

    def _looks_like_workbook(self) -> bool:
        if self._path is None:
            return False
        try:
            with opened_regular(self._path) as file:
                return is_workbook(file.read())
        except (OSError, ValueError):
            return False  # why it can't be read is told when it is

    def _read_standard_input(self, ending: Ending | None) -> bytes:
        stdin = self._stdin or sys.stdin.buffer
        if stdin.isatty():
            raise SourceError("Standard input is a terminal.", hint="Pipe the CSV into the command: ... < people.csv")
        pipe = PipeReader(stdin)
        wait_until(pipe.has_ended, ending=ending)
        if pipe.trouble is not None:
            raise SourceError(
                f"Standard input can't be read: {pipe.trouble.strerror or pipe.trouble}.", hint="Give a file."
            )
        if not pipe.is_whole:
            why = "" if ending is None else ending.reason
            raise SourceError(
                f"Standard input did not end before the run had to: {why}.",
                hint="Does the program that writes to it ever end?",
            )
        return pipe.content

    def _refuse_old(self, mtime: float) -> None:
        age_s = self._now() - mtime
        if self._max_age_s is None:
            return
        if age_s < -_MOST_AHEAD_S:
            ahead = describe_duration(-age_s)
            raise SourceError(
                f"{self.location} is dated {ahead} in the future, so nobody can tell how old it is.",
                hint="Is the clock right, here and where the export runs?",
            )
        if age_s > self._max_age_s:
            age, excess = describe_duration(age_s), describe_duration(age_s - self._max_age_s)
            raise SourceError(
                f"{self.location} is {age} old, which is {excess} more than --max-source-age allows.",
                hint="Did the export run?",
            )


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
