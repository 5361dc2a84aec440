"""The rejects file: the bad rows as they were, with two columns added, for somebody to mend in a spreadsheet."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.sources.records import Table

_FORMULA = re.compile(r"((?:\A|[,;|\t\r\n\"])\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 # wide ones count in Excel
"""Where a spreadsheet would begin a formula: at a cell's start, also where it takes another delimiter for one."""


def write_rejects(path: Path, table: Table, problems: Iterable[Finding]) -> None:
    """Write the rows that these problems name; raise `UsageError` where the file can't be written.

    `line` and `problem` come first, since rows with too few or too many cells would shift what stands behind them. The
    file is UTF-8 with a mark, has the source's delimiter, can be read by its owner only, and appears as a whole.
    """
    codes: dict[int, str] = {}
    for finding in problems:
        if finding.line is not None:
            codes[finding.line] = f"{codes[finding.line]}, {finding.code}" if finding.line in codes else finding.code
    text = _rejects(table, codes)
    try:
        _replace(path, text.encode("utf-8-sig"))
    except OSError as error:
        raise UsageError(
            f"{visible(str(path))} can't be written: {error.strerror}.", hint="Give another place with --rejects."
        ) from error


def harmless(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it, or a part of it, for a formula: an apostrophe goes before."""
    return _FORMULA.sub(r"\1'", cell)


def _rejects(table: Table, codes: Mapping[int, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=table.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    has_headers = False
    for line, cells, oddity in table.records():
        if not has_headers and any(cell.strip() for cell in cells):
            writer.writerow(["line", "problem", *map(harmless, cells)])
            has_headers = True
        elif line in codes:
            row = [oddity.raw.rstrip("\r\n")] if oddity is not None and oddity.is_bad else cells
            writer.writerow([line, codes[line], *map(harmless, row)])
    return text.getvalue()


def _replace(path: Path, data: bytes) -> None:
    """Put a file in its place as a whole; what `mkstemp` makes is for its owner alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
