"""Which delimiter a text has: the one with which the required headers appear."""

from collections.abc import Iterator, Mapping

from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.columns import count_required
from pleio_profile_sync_client.sources.records import DELIMITERS, Record, Table, read_records, separator_line

_LONGEST_HEADERS = 1_000_000


def find_table(content: str, *, delimiter: str | None, mapping: Mapping[str, str], location: str) -> Table:
    """Return the text with its delimiter: the one given, or that of a line `sep=;`, or that which fits the headers."""
    named, offset = separator_line(content)
    first_line = 2 if named else 1
    chosen = delimiter or named
    if chosen:
        return Table(content, chosen, first_line, offset)
    start = content[:_LONGEST_HEADERS]

    def fitness(candidate: str) -> tuple[int, int, int]:
        _, cells, _ = read_headers(read_records(Table(start, candidate)), location)
        return count_required(cells, mapping)

    return Table(content, max(DELIMITERS, key=fitness))


def read_headers(records: Iterator[Record], location: str) -> Record:
    """Take the first record that is not blank, be it with bad quotes; raise `SourceError` where there is none."""
    for record in records:
        _, cells, oddity = record
        if any(cell.strip() for cell in cells) or (oddity is not None and oddity.is_bad):
            return record
    raise SourceError(f"{location} is empty.", hint="Export it again; the first row has to hold the headers.")
