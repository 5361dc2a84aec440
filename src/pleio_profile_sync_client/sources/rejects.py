"""The rejects file: the bad rows as they were, with two columns added, for somebody to fix in a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.text import harmless
from pleio_profile_sync_client.sources.records import Records


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
    for line, cells, anomaly in records.below():
        if line in codes:
            row = [anomaly.raw.rstrip("\r\n")] if anomaly is not None and anomaly.is_bad else cells
            writer.writerow([line, codes[line], *map(harmless, row)])
    return text.getvalue()
