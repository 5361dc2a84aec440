"""Cells to source users or problems, row by row; what rows say about each other is in `duplicates`."""

import re
from collections.abc import Callable, Iterable
from operator import itemgetter

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.core.text import sharing
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources import findings, values
from pleio_profile_sync_client.sources.columns import Columns
from pleio_profile_sync_client.sources.csv_text import parse_leniently
from pleio_profile_sync_client.sources.headers import PROFILE
from pleio_profile_sync_client.sources.records import Oddity, Record, Records
from pleio_profile_sync_client.sources.values import LONGEST_EMAIL, LONGEST_EXTERNAL_ID, LONGEST_NAME, is_email

_OTHER_CODE_PAGES = re.compile(
    "[‚ƒ„…†‡ˆ‰‹•˜™›¡¢£¤¥]|(?<=[a-z])[ŠŽŸ]|(?<=[A-Z])[ŠŽŸ](?=[a-z])"  # noqa: RUF001 # these are meant
)
"""What é, ä, ë, ó, ñ of code page 850 and é, ä, ü of older Macs look like in Windows-1252. `ŠŽŸ` may stand in a name,
but hardly between other letters."""

_LINE_END = re.compile(r"\r\n|\r|\n")


class RowReader:
    """Takes records and gathers what they are: users, skipped rows, findings."""

    def __init__(self, columns: Columns, source: Records) -> None:
        self.rows = 0
        self.users: list[SourceUser] = []
        self.skipped: list[SkippedRow] = []
        self.findings: list[Finding] = []
        self.skipped_keys: list[tuple[str, str, int]] = []
        self.strange_groups: dict[str, list[int]] = {}
        self.cut_off: str | None = None
        self._unfilled = list(range(len(columns.headers)))
        self._width = len(columns.headers)
        self._columns = columns
        self._delimiter = source.delimiter
        self._location = source.location
        self._name_place = source.place
        self._has_places = not source.has_lines
        self._is_guessed_encoding = source.is_guessed_encoding
        self._has_controls = source.survey.has_controls or source.survey.has_tabs
        self._has_mojibake = source.survey.has_mojibake
        self._trimmed: Callable[[str], str] = str.strip if source.survey.is_normal else values.normalised
        absent = self._width  # each row gets an empty cell at its end, where columns that are absent are read
        self._name, self._email, self._external_id, avatar, groups = (
            columns.places.get(field, absent) for field in ("name", "email", "external_id", "avatar", "groups")
        )
        self._keys = [index for index in (self._name, self._email, self._external_id) if index != absent]
        self._own_cells = itemgetter(self._name, self._email, self._external_id, avatar, groups)
        self._profile_keys = tuple(key for key, _ in columns.profile)
        # With two more, there are always several: of a single one, itemgetter would give no tuple.
        self._profile_cells = itemgetter(*(index for _, index in columns.profile), absent, absent)
        self._texts: dict[str, str] = {}
        self._groups_by_cell: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    @property
    def empty(self) -> list[int]:
        """The columns in which no row that can be read has a value; none where there is no such row."""
        return self._unfilled if self.users or self.skipped_keys else []

    def forget_profile_fields(self, keys: Iterable[str]) -> None:
        """Take profile fields out of all users: columns that turned out to be empty throughout."""
        for profile_key in keys:
            for user in self.users:
                del user.profile[profile_key]

    def take(self, records: Iterable[Record]) -> int:
        """Take the next records below the headers; return how many there were."""
        count = 0
        share = sharing(self._texts)
        for line, cells, oddity in records:
            count += 1
            row = list(map(self._trimmed, cells))
            if self._is_set_aside(line, row, cells, oddity):
                continue
            row.append("")
            name, email, external_id, avatar, groups = self._own_cells(row)
            if self._is_guessed_encoding:
                self._refuse_other_code_page(name, line)
            code = self._problem(name, email, external_id, cells, has_line_breaks=oddity is not None)
            if code is not None:
                self._skip(code, line, row, cells)
                continue
            profile = self._profile_cells(row)
            self.users.append(
                SourceUser(
                    line,
                    external_id or None,
                    name,
                    email,
                    avatar or None,
                    self._guids(groups, line) if groups else (),
                    dict(zip(self._profile_keys, map(share, profile, profile), strict=False)),
                    self._place(line),
                )
            )
        return count

    def _place(self, line: int) -> str:
        return self._name_place(line) if self._has_places else ""

    def _is_set_aside(self, line: int, row: list[str], cells: list[str], oddity: Oddity | None) -> bool:
        """Count a record among the rows, unless it is none; tell whether its cells stand for anything."""
        if oddity is not None and oddity.raw and (oddity.is_bad or self._hides_rows(oddity, cells)):
            self.rows += 1
            self.cut_off = "its last quoted cell is never closed" if oddity.is_cut else None
            self._skip_unreadable("bad_quotes", line, row, oddity)
            return True
        if not any(row) or (self._columns.skips and self._is_nobody(row)):
            return True
        self.rows += 1
        if len(row) != self._width:
            self.cut_off = f"its last row has {len(row)} cells where there are {self._width} headers"
            self._skip_unreadable("ragged_row", line, row, oddity)
            return True
        self.cut_off = None
        if self._unfilled:
            self._unfilled = [index for index in self._unfilled if not row[index]]
        return False

    def _skip(self, code: str, line: int, row: list[str], cells: list[str]) -> None:
        name, email, external_id, *_ = self._own_cells(row)
        self.skipped_keys.append((key(external_id), key(email), line))
        control = self._find_control(cells) if code == "control_character" else None
        if control is not None:
            message = findings.describe_control(name or email or external_id, *control)
        else:
            message = findings.describe(code, name, email, external_id)
        self.findings.append(Finding(code, message, line, external_id or None, place=self._place(line)))
        self.skipped.append(
            SkippedRow(
                line,
                code,
                external_id or None,
                email or None,
                external_id_damaged=values.is_damaged_key([*cells, ""][self._external_id]),
                email_valid=is_email(email) is not None,
                text=tuple(filter(None, row)),
                place=self._place(line),
            )
        )

    def _skip_unreadable(self, code: str, line: int, row: list[str], oddity: Oddity | None) -> None:
        """Skip a row whose cells may stand anywhere, so that any of them may name somebody."""
        fragments = row if oddity is None or not oddity.raw else [*row, *_fragments(oddity.raw, self._delimiter)]
        cells = tuple(dict.fromkeys(filter(None, fragments)))
        readable = min(len(row), self._width)
        external_id = row[self._external_id] if self._external_id < readable else ""
        email = row[self._email] if self._email < readable else ""
        if not is_email(email):
            email = next(filter(is_email, cells), email)
        if code == "ragged_row":
            message = findings.describe_ragged(len(row), self._width)
        else:
            message = findings.describe_bad_quotes(len(_LINE_END.split(oddity.raw.rstrip("\r\n"))) if oddity else 1)
        self.findings.append(
            Finding(code, message, line, place=self._place(line))
        )  # what stands under external_id may be a name
        self.skipped.append(
            SkippedRow(
                line,
                code,
                external_id or None,
                email or None,
                cells,
                external_id_damaged=values.is_damaged_key(external_id),
                email_valid=is_email(email) is not None,
                text=cells,
                place=self._place(line),
            )
        )

    def _problem(  # noqa: PLR0911 # one return for each problem, in the order in which the first one counts
        self, name: str, email: str, external_id: str, cells: list[str], *, has_line_breaks: bool
    ) -> str | None:
        """Return the code of the first problem of a row that has as many cells as headers."""
        if (self._has_controls or has_line_breaks) and self._find_control(cells):
            return "control_character"
        if not name:
            return "missing_name"
        if not email:
            return "missing_email"
        if not is_email(email):
            return "invalid_email"
        if len(name) > LONGEST_NAME or len(email) > LONGEST_EMAIL or len(external_id) > LONGEST_EXTERNAL_ID:
            return "too_long"
        if external_id and not external_id.isdecimal() and values.is_scientific(external_id):
            return "scientific_number"
        if self._has_mojibake and any(values.is_mojibake(cells[index]) for index in self._keys):
            return "mojibake"
        return None

    def _find_control(self, cells: list[str]) -> tuple[str, str] | None:
        """Return the header of the first cell that holds a control character, and that character."""
        for field, index in self._columns.places.items():
            control = values.find_control(cells[index], in_profile=field.startswith(PROFILE))
            if control is not None:
                return self._columns.headers[index], control
        return None

    def _hides_rows(self, oddity: Oddity, cells: list[str]) -> bool:
        """Tell whether a line inside a record that spans several reads as a row of its own.

        The record's own lines are looked at too: its last one is a row where an opening and a closing quote are missing
        in different rows. A line that is only the rest of the record begins with the end of the quoted cell.
        """
        inside = [line for cell in cells if _LINE_END.search(cell) for line in _LINE_END.split(cell)]
        if any(self._reads_as_row(line) is not None for line in inside):
            return True
        rows = filter(None, map(self._reads_as_row, _LINE_END.split(oddity.raw)[1:]))
        return any('"' not in row[0] for row in rows)

    def _reads_as_row(self, line: str) -> list[str] | None:
        if "@" not in line or line.count(self._delimiter) < self._width - 1:
            return None
        row = parse_leniently([line], self._delimiter)
        return row if len(row) == self._width and is_email(row[self._email].strip()) else None

    def _is_nobody(self, row: list[str]) -> bool:
        width = len(row)
        return any(
            skip.index < width and skip.expression.match(row[skip.index].lower()) for skip in self._columns.skips
        )

    def _refuse_other_code_page(self, name: str, line: int) -> None:
        found = _OTHER_CODE_PAGES.search(name)
        if found:
            where = f"{self._location}, {self._name_place(line)}"
            raise SourceError(
                f"{where}: the name {findings.shown(name)} holds {found[0]!r}, which names "
                "don't: the file is neither UTF-8 nor, it seems, Windows-1252.",
                hint="Export as CSV UTF-8, or name the encoding: --encoding cp850 (DOS), mac_roman (older Macs), or, "
                "if the name is right, cp1252.",
                uploadable=f"{where}: a name that can't be Windows-1252; see --encoding.",
            )

    def _guids(self, cell: str, line: int) -> tuple[str, ...]:
        known = self._groups_by_cell.get(cell)
        if known is None:
            known = self._groups_by_cell[cell] = values.split_groups(cell)
        guids, others = known
        for other in others:
            self.strange_groups.setdefault(other, []).append(line)
        return guids


def _fragments(raw: str, delimiter: str) -> list[str]:
    """Return all that might be a cell of the rows in an unreadable record: between delimiters, and between quotes."""
    lines = _LINE_END.split(raw)
    parsed = [cell for line in lines for cell in parse_leniently([line], delimiter)]
    torn = [part.strip().strip('"') for line in lines for part in line.split(delimiter)]
    return [values.normalised(fragment) for fragment in (*parsed, *torn)]
