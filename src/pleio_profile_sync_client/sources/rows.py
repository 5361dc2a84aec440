"""Cells to source users or problems, row by row; rows are compared with each other in `comparison`."""

import re
from collections.abc import Callable, Collection, Iterable
from operator import itemgetter

from pleio_profile_sync_client.core.models import PROFILE, Finding, SkippedRow, SourceUser
from pleio_profile_sync_client.core.text import sharing
from pleio_profile_sync_client.core.wording import counted
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources import values
from pleio_profile_sync_client.sources.columns import Columns, Skipping
from pleio_profile_sync_client.sources.csv_text import parse_leniently
from pleio_profile_sync_client.sources.faults import Faults
from pleio_profile_sync_client.sources.records import Anomaly, Record, Records
from pleio_profile_sync_client.sources.values import SUSPECTS, Damage, damage_of, is_email, shown, shown_bare

_OTHER_CODE_PAGES = re.compile(
    "[‚ƒ„…†‡ˆ‰‹•˜™›¡¢£¤¥]|(?<=[a-z])[ŠŽŸ]|(?<=[A-Z])[ŠŽŸ](?=[a-z])"  # noqa: RUF001 # these are meant
)
"""What é, ä, ë, ó, ñ of code page 850 and é, ä, ü of older Macs look like in Windows-1252. `ŠŽŸ` may be in a name, but
hardly between other letters."""

_LINE_END = re.compile(r"\r\n|\r|\n")


class RowReader:
    """Reads records, and collects users, skipped rows and findings.

    `suspects` are the lines of rows whose external_id looks like a date or has decimals: the other external_ids decide
    whether it is damaged. `own` are the columns of external_id, name and e-mail.
    """

    def __init__(self, columns: Columns, source: Records) -> None:
        self.rows = 0
        self.users: list[SourceUser] = []
        self.skipped: list[SkippedRow] = []
        self.findings: list[Finding] = []
        self.suspects: set[int] = set()
        self.cut_off: str | None = None
        self.skipping = Skipping(columns.skips)
        self._lines_by_warning: dict[tuple[str, str, str], list[int]] = {}
        self._footers: list[Record] = []
        self._unfilled = list(range(len(columns.headers)))
        self._width = len(columns.headers)
        self._has_skips = bool(columns.skips)
        self._delimiter = source.delimiter
        self._location = source.location
        self._name_place = source.place
        self._has_places = not source.delimiter  # the lines of a text need not be kept in words
        self._is_guessed_encoding = source.is_guessed_encoding
        self._faults = Faults(columns, source.survey)
        self._trimmed: Callable[[str], str] = str.strip if source.survey.is_normal else values.normalised
        absent = self._width  # each row gets an empty cell at its end, which is read for absent columns
        self._name, self._email, self._external_id, avatar, groups = (
            columns.index_by_field.get(field, absent) for field in ("name", "email", "external_id", "avatar", "groups")
        )
        self.own = frozenset((self._name, self._email, self._external_id)) - {absent}
        self._own_cells = itemgetter(self._name, self._email, self._external_id, avatar, groups)
        self._profile_keys = tuple(key for key, _ in columns.profile)
        # With two more, there are always several: for a single one, itemgetter would not return a tuple.
        self._profile_cells = itemgetter(*(index for _, index in columns.profile), absent, absent)
        self._texts: dict[str, str] = {}
        self._groups_by_cell: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    @property
    def empty(self) -> list[int]:
        """The columns in which no readable row has a value; none if there is no such row."""
        return self._unfilled if self.users or any(row.own for row in self.skipped) else []

    @property
    def warnings(self) -> list[Finding]:
        """The findings that are reported once for all their rows."""
        return [
            Finding(code, _describe(code, field, text, self._count(lines)), lines[0], place=self._name_place(lines[0]))
            for (code, field, text), lines in self._lines_by_warning.items()
        ]

    def forget_profile_fields(self, keys: Iterable[str]) -> None:
        """Remove profile fields from all users: columns that turned out to be empty throughout."""
        for profile_key in keys:
            for user in self.users:
                user.profile.pop(profile_key, None)

    def take(self, records: Iterable[Record]) -> int:
        """Take the next records below the headers; return how many there were."""
        count = 0
        share = sharing(self._texts)
        for line, cells, anomaly in records:
            count += 1
            row = list(map(self._trimmed, cells))
            if self._is_set_aside(line, row, cells, anomaly):
                continue
            row.append("")
            name, email, external_id, avatar, groups = self._own_cells(row)
            if self._is_guessed_encoding:
                self._refuse_other_code_page(name, line)
            damage = damage_of(external_id)
            if damage == "nothing":
                row[self._external_id] = ""
                if is_email(email):
                    self._warn("placeholder", "external_id", external_id, line)
                    damage = None
                external_id = ""
            code = self._faults.first(name, email, external_id, damage=damage, cells=cells, anomaly=anomaly)
            if code is not None:
                self._skip(code, (line, cells, anomaly), row, damage)
                continue
            if damage is not None:
                self.suspects.add(line)
            texts = self._profile_cells(row)
            profile = dict(zip(self._profile_keys, map(share, texts, texts), strict=False))
            lost: Collection[str] = ()
            if self._faults.has_errors or anomaly.lost:
                lost = self._leave_out_lost((line, cells, anomaly), profile)
            self.users.append(
                SourceUser(
                    line,
                    external_id or None,
                    name,
                    email,
                    None if "avatar" in lost else avatar or None,
                    None if "groups" in lost else self._guids(groups, line) if groups else (),
                    profile,
                    self._place(line),
                )
            )
        return count

    def end(self) -> None:
        """Handle the end of the source: what `[skip]` matches below the last row is not a row."""
        for _, row, _ in self._footers:
            self.skipping.fits(row)

    def _warn(self, code: str, field: str, text: str, line: int) -> None:
        self._lines_by_warning.setdefault((code, field, text), []).append(line)

    def _count(self, lines: list[int]) -> str:
        return f"{counted(len(lines), 'row')}, the first in {self._name_place(lines[0])}"

    def _place(self, line: int) -> str:
        return self._name_place(line) if self._has_places else ""

    def _is_set_aside(self, line: int, row: list[str], cells: list[str], anomaly: Anomaly) -> bool:
        """Count a record as a row, unless it is not one; tell whether its cells are to be read."""
        if anomaly.raw and (anomaly.is_bad or self._hides_rows(anomaly, cells)):
            self._count_row()
            self.cut_off = "its last quoted cell is never closed" if anomaly.is_cut else None
            self._skip_unreadable(
                "bad_quotes", _describe_bad_quotes(anomaly.raw), line, (values.normalised(anomaly.raw),)
            )
            return True
        if not any(row):
            return True
        if len(row) != self._width:
            if self._has_skips and self.skipping.fits_footer(row):
                self._footers.append((line, row, anomaly))
            else:
                self._count_row()
                self._skip_ragged(line, row, anomaly)
            return True
        if self._has_skips and self.skipping.fits(row):
            return True
        self._count_row()
        self.cut_off = None
        if self._unfilled:
            self._unfilled = [index for index in self._unfilled if not row[index] and index not in anomaly.lost]
        return False

    def _count_row(self) -> None:
        """Count a row; torn records before it that `[skip]` matches are not the end of the source, but rows."""
        footers, self._footers = self._footers, []
        for line, row, anomaly in footers:
            self.rows += 1
            self._skip_ragged(line, row, anomaly)
        self.rows += 1

    def _skip_ragged(self, line: int, row: list[str], anomaly: Anomaly) -> None:
        if self._has_skips:
            self.skipping.fits(row)
        self.cut_off = f"its last row has {len(row)} cells where there are {self._width} headers"
        message = (
            f"The row has {len(row)} cells where there are {self._width} headers, so its values may be in the wrong "
            "columns. A cell that holds the delimiter or a line break has to be in quotes."
        )
        raw = [values.normalised(anomaly.raw)] if anomaly.raw else []
        self._skip_unreadable("ragged_row", message, line, (*row, *raw))

    def _skip(self, code: str, record: Record, row: list[str], damage: Damage | None) -> None:
        line, cells, anomaly = record
        name, email, external_id, *_ = self._own_cells(row)
        if damage in SUSPECTS:
            self.suspects.add(line)
        message = self._faults.describe(code, name, email, external_id, cells=cells, anomaly=anomaly)
        self.findings.append(Finding(code, message, line, external_id or None, place=self._place(line)))
        self.skipped.append(
            SkippedRow(
                line,
                code,
                external_id or None,
                email or None,
                (*row[:-1], *anomaly.spilled),
                self.own,
                is_garbled=self._faults.is_garbled(name, email, external_id, cells),
                external_id_damaged=damage is not None,
                email_valid=is_email(email) is not None,
                place=self._place(line),
            )
        )

    def _skip_unreadable(self, code: str, message: str, line: int, cells: tuple[str, ...]) -> None:
        """Skip a row whose cells may be anywhere; it gets no external_id, since that may be a name."""
        place = self._place(line)
        self.findings.append(Finding(code, message, line, place=place))
        self.skipped.append(SkippedRow(line, code, None, None, cells, is_garbled=True, place=place))

    def _leave_out_lost(self, record: Record, profile: dict[str, str]) -> Collection[str]:
        """Leave out the fields that have no value although their cells are not empty, and return them."""
        line, cells, anomaly = record
        lost = self._faults.find_lost(cells, anomaly)
        for field, why in lost.items():
            self._warn("no_value", field, why, line)
            profile.pop(field.removeprefix(PROFILE), None)
        return lost

    def _hides_rows(self, anomaly: Anomaly, cells: list[str]) -> bool:
        """Tell whether a line inside a record that spans several looks like a row of its own.

        This includes the record's last line: it is a row if an opening and a closing quote are missing in different
        rows. A line that is only the rest of the record begins with the end of the quoted cell.
        """
        inside = [line for cell in cells if _LINE_END.search(cell) for line in _LINE_END.split(cell)]
        if any(self._reads_as_row(line) is not None for line in inside):
            return True
        rows = filter(None, map(self._reads_as_row, _LINE_END.split(anomaly.raw)[1:]))
        return any('"' not in row[0] for row in rows)

    def _reads_as_row(self, line: str) -> list[str] | None:
        if "@" not in line or line.count(self._delimiter) < self._width - 1:
            return None
        row = parse_leniently([line], self._delimiter)
        return row if len(row) == self._width and is_email(row[self._email].strip()) else None

    def _refuse_other_code_page(self, name: str, line: int) -> None:
        found = _OTHER_CODE_PAGES.search(name)
        if found:
            where = f"{self._location}, {self._name_place(line)}"
            raise SourceError(
                f"{where}: the name {shown(name)} holds {found[0]!r}, which names "
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
            self._warn("not_a_guid", "groups", other, line)
        return guids


def _describe(code: str, field: str, text: str, rows: str) -> str:
    """Return the sentence for a finding about several rows."""
    match code:
        case "not_a_guid":
            return (
                f"{shown(text)} among the {field} is not a guid ({rows}), so it is not sent. A group's guid is in the "
                "address of its page on the subsite."
            )
        case "no_value":
            return (
                f"The cell under {field} {shown_bare(text)} in {rows}: that is not a value, so {field} is left as it "
                "is on the subsite."
            )
        case _:
            return f"{shown(text)} as {field} counts as empty ({rows}). Leave the cell empty, or fill it in."


def _describe_bad_quotes(raw: str) -> str:
    lines = len(_LINE_END.split(raw.rstrip("\r\n")))
    span = f" It takes {lines} lines of the file, so rows may be hidden in it." if lines > 1 else ""
    return (
        f"The quotes of this row can't be read reliably.{span} A quote (\") inside a quoted cell has to be doubled "
        '(""), and each opening one needs its closing one.'
    )
