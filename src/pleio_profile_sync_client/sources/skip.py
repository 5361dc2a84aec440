"""Records that are not people, by the administrator's `[skip]`: vacancies, totals, who has left."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate

from msgspec import Struct

from pleio_profile_sync_client.sources.headers import plain
from pleio_profile_sync_client.sources.values import DELIMITERS

_DELIMITER = re.compile(f"[{''.join(DELIMITERS)}]")
_MOST_IN_FOOTER = 2
"""How many cells of a footer hold something: a word and a number."""


class Skip(Struct, frozen=True):
    """Records that are not people: those whose cell in this column matches one of the globs, in any case."""

    index: int
    header: str
    globs: tuple[str, ...]


class Skipping:
    """Tells which records `[skip]` fits, and in the end which of its globs fitted none."""

    def __init__(self, skips: Iterable[Skip]) -> None:
        self._columns = [
            (skip.index, re.compile("|".join(translate(plain(glob)) for glob in skip.globs) or r"(?!)"), skip)
            for skip in skips
        ]
        self._unused = {(skip.header, glob): glob for _, _, skip in self._columns for glob in skip.globs}

    def fits(self, row: Sequence[str]) -> bool:
        """Tell whether a record is no person; a torn one may have its cells under the wrong headers."""
        fitting = [skip for index, expression, skip in self._columns if _matches(expression, row, index)]
        for skip in fitting if self._unused else ():
            cell = row[skip.index].lower()
            for glob in skip.globs:
                if (skip.header, glob) in self._unused and re.match(translate(plain(glob)), cell):
                    del self._unused[skip.header, glob]
        return bool(fitting)

    def fits_footer(self, row: Sequence[str]) -> bool:
        """Tell whether a torn record may be what programs add below the last row: `(39 rows affected)`, `Totaal;39`.

        That is little: a row that lost a cell, or all of whose cells became one, is somebody's.
        """
        text = "\t".join(row)
        return (
            any(index == 0 and _matches(expression, row, index) for index, expression, _ in self._columns)
            and "@" not in text
            and sum(map(bool, map(str.strip, _DELIMITER.split(text)))) <= _MOST_IN_FOOTER
        )

    @property
    def unused(self) -> Iterator[tuple[str, str]]:
        """The headers and globs that fitted no record."""
        return iter(self._unused)


def _matches(expression: re.Pattern[str], row: Sequence[str], index: int) -> bool:
    return index < len(row) and expression.match(row[index].lower()) is not None
