"""Which delimiter a text has: the one with which the required headers appear."""

from collections.abc import Mapping

from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.errors import SourceError, UsageError
from pleio_profile_sync_client.sources.columns import count_required
from pleio_profile_sync_client.sources.records import DELIMITERS, Record, Table, separator_line

_LONGEST_HEADERS = 1_000_000
_NAMES = {"tab": "\t", "\\t": "\t"}


def validated_delimiter(delimiter: str) -> str:
    r"""Return the delimiter; `tab` and `\t` mean a tab. Raise `UsageError` where it is none."""
    delimiter = _NAMES.get(delimiter.strip().lower(), delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise UsageError(f"{visible(delimiter)!r} is no delimiter.", hint="Give one character, or the word tab.")
    return delimiter


def find_table(content: str, *, delimiter: str | None, mapping: Mapping[str, str], location: str) -> Table:
    """Return the text with its delimiter: the one given, or that of a line `sep=;`, or that which fits the headers."""
    named, offset = separator_line(content)
    first_line = 2 if named else 1
    chosen = delimiter or named
    if chosen:
        return Table(content, chosen, first_line, offset)
    start = content[:_LONGEST_HEADERS]

    def fitness(candidate: str) -> tuple[int, int, int]:
        return count_required(read_headers(Table(start, candidate), location)[1], mapping)

    return Table(content, max(DELIMITERS, key=fitness))


def read_headers(table: Table, location: str) -> Record:
    """Return the first record that is not blank."""
    for record in table.records():
        if any(cell.strip() for cell in record[1]) or record[2] is not None:
            return record
    raise SourceError(f"{location} is empty.", hint="Export it again; the first row has to hold the headers.")
