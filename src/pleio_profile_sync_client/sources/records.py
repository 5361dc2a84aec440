"""What every kind of source gives: headers, and below them records of cells, each with its place.

`csv_text`, `workbook` and `directory` make them; from here on all go the same way: `columns`, `rows`, `comparison`.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from pleio_profile_sync_client.core.models import Finding


class Anomaly(Struct, frozen=True):
    """What is special about a record.

    In a text: the `raw` lines that it spans, or whose quotes can't be read (`is_bad`), or in which the file ends
    (`is_cut`). In any kind of source: `lost` has the cells that are not empty but have no usable value, by column, with
    the reason in words (`has 3 values`); `spilled` are cells beyond the headers that shift nothing, as in a sheet.
    """

    raw: str = ""
    is_bad: bool = False
    is_cut: bool = False
    lost: dict[int, str] = {}
    spilled: tuple[str, ...] = ()


ORDINARY = Anomaly()
"""What nearly all records have: nothing special."""

Record = tuple[int, list[str], Anomaly]
"""The number of its place (the line where it starts), its cells as they are, what is special about it."""


class Survey(Struct, frozen=True):
    """What may occur somewhere in the cells, so that most sources need no check of each character.

    `has_controls` counts invisible characters too, but no tabs that can only be delimiters.
    """

    is_normal: bool = False
    has_controls: bool = True
    has_mojibake: bool = True
    has_errors: bool = True


class Records(Struct, frozen=True):
    """A source's headers and records.

    Each call of `below` starts again with the first record below the headers, including blank ones. `place` names a
    record's place by its number; it begins with a word and that number (`line 7`, `row 7 of the sheet Staff`), which
    are all that the uploaded log shows. `count` is about how many there are. `delimiter` is empty if the cells were
    never a text. `problems` are those of the source as a whole; `doubts` say why people may be missing from it.
    """

    location: str
    headers: list[str]
    headers_number: int
    below: Callable[[], Iterator[Record]]
    place: Callable[[int], str]
    survey: Survey = Survey()
    count: int | None = None
    delimiter: str = ""
    is_guessed_encoding: bool = False
    warnings: tuple[Finding, ...] = ()
    problems: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
