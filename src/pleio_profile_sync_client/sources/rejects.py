"""The rejects file: the bad rows as they were, with two columns added, for somebody to mend in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.sources.records import Records

_FORMULA = re.compile(r"((?:\A|[,;|\t\r\n\"])\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 # wide ones count in Excel
"""Where a spreadsheet would begin a formula: at a cell's start, also where it takes another delimiter for one."""


def format_rejects(records: Records, problems: Iterable[Finding]) -> str:
    """Return the rows that these problems name, as a CSV with the source's delimiter (`;` where it has none).

    `line` and `problem` come first, since rows with too few or too many cells would shift what stands behind them.
    """
    codes: dict[int, str] = {}
    for finding in problems:
        if finding.line is not None:
            codes[finding.line] = f"{codes[finding.line]}, {finding.code}" if finding.line in codes else finding.code
    text = io.StringIO()
    writer = csv.writer(text, delimiter=records.delimiter or ";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["line", "problem", *map(harmless, records.headers)])
    for line, cells, oddity in records.below():
        if line in codes:
            row = [oddity.raw.rstrip("\r\n")] if oddity is not None and oddity.is_bad else cells
            writer.writerow([line, codes[line], *map(harmless, row)])
    return text.getvalue()


def harmless(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it, or a part of it, for a formula: an apostrophe goes before."""
    return _FORMULA.sub(r"\1'", cell)
