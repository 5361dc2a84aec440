"""What is wrong with a row that has as many cells as headers, in words: which value, and the way out.

Rows that can't be taken apart are in `rows`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from pleio_profile_sync_client.core.models import PROFILE
from pleio_profile_sync_client.core.words import find_invisible
from pleio_profile_sync_client.sources import values
from pleio_profile_sync_client.sources.columns import Columns
from pleio_profile_sync_client.sources.headers import plain
from pleio_profile_sync_client.sources.records import ORDINARY, Anomaly, Survey
from pleio_profile_sync_client.sources.values import (
    LONGEST_EMAIL,
    LONGEST_EXTERNAL_ID,
    LONGEST_NAME,
    SUSPECTS,
    Damage,
    is_email,
    shown,
    shown_bare,
)

_FIELDS = {"email": "e-mail"}
_CONTROLS = {"\t": "a tab", "\n": "a line break", "\r": "a line break"}
_LOST_LETTER = re.compile(r"[^\W\d_]\?|\?[^\W\d_]")


class Faults:
    """Finds the faults of rows, looking only for those that the source can have. Cells are untrimmed."""

    def __init__(self, columns: Columns, survey: Survey) -> None:
        self._headers = columns.headers
        self._index_by_field = columns.index_by_field
        own = ("external_id", "name", "email")
        self._own = {field: index for field, index in columns.index_by_field.items() if field in own}
        self._has_controls = survey.has_controls
        self._has_mojibake = survey.has_mojibake
        self.has_errors = survey.has_errors

    def first(  # noqa: PLR0911 # one return for each problem, in the order in which the first one counts
        self,
        name: str,
        email: str,
        external_id: str,
        *,
        damage: Damage | None,
        cells: Sequence[str],
        anomaly: Anomaly,
    ) -> str | None:
        """Return the code of a row's first problem."""
        if (self._has_controls or anomaly is not ORDINARY) and self._find_control(cells):
            return "control_character"
        if (self.has_errors or anomaly.lost) and any(self._lost(self._own, cells, anomaly)):
            return "no_value"
        if not name:
            return "missing_name"
        if not email:
            return "missing_email"
        if not is_email(email):
            return "invalid_email"
        if _is_too_long(name, email, external_id):
            return "too_long"
        if damage is not None and damage not in SUSPECTS:
            return "scientific_number" if damage == "scientific" else "placeholder"
        return "mojibake" if self._is_mojibake(name, cells) else None

    def is_garbled(self, name: str, email: str, external_id: str, cells: Sequence[str]) -> bool:
        """Tell whether a row contains something unreadable, whatever its first problem."""
        if _is_too_long(name, email, external_id) or self._is_mojibake(name, cells):
            return True
        return self._find_control(cells) is not None

    def describe(
        self, code: str, name: str, email: str, external_id: str, *, cells: Sequence[str], anomaly: Anomaly
    ) -> str:
        """Return the sentence for a row's problem, without its place."""
        if code == "control_character":
            header, control = self._find_control(cells) or ("", "")
            what = _CONTROLS.get(control, f"the control character U+{ord(control):04X}")
            return (
                f"The row{_of(name or email or external_id)} contains {what} under {header}. Remove it; "
                "line breaks and tabs are fine in profile fields only."
            )
        if code == "no_value":
            field, why = next(self._lost(self._own, cells, anomaly))
            whose = next((value for value in (name, email, external_id) if value and value not in why), "")
            return (
                f"The {_FIELDS.get(field, field)}{_of(whose)} {shown_bare(why)}, which is not a value. Correct it "
                "where the source is made: a formula that failed, a column too narrow, several values where one is "
                "meant."
            )
        if code == "invalid_email" and plain(email) == plain(self._headers[self._own["email"]]):
            return (
                "The row repeats the headers, as happens when two files are joined. Take it out, and check that the "
                "rows below it have the same columns."
            )
        return describe(code, name, email, external_id)

    def find_lost(self, cells: Sequence[str], anomaly: Anomaly) -> dict[str, str]:
        """Return the fields that have no value although their cells are not empty, and why."""
        return dict(self._lost(self._index_by_field, cells, anomaly))

    def _find_control(self, cells: Sequence[str]) -> tuple[str, str] | None:
        """Return the header of the first cell with a control or (in a key) an invisible character, and which."""
        for field, index in self._index_by_field.items():
            control = values.find_control(cells[index], in_profile=field.startswith(PROFILE))
            if control is None and field in ("external_id", "email"):
                control = find_invisible(cells[index])
            if control is not None:
                return self._headers[index], control
        return None

    def _lost(
        self, index_by_field: Mapping[str, int], cells: Sequence[str], anomaly: Anomaly
    ) -> Iterator[tuple[str, str]]:
        for field, index in index_by_field.items():
            if index in anomaly.lost:
                yield field, anomaly.lost[index]
            elif values.is_error(cells[index].strip()):
                yield field, f"is {cells[index].strip()}"

    def _is_mojibake(self, name: str, cells: Sequence[str]) -> bool:
        if "?" in name and _LOST_LETTER.search(name):
            return True
        return self._has_mojibake and any(values.is_mojibake(cells[index]) for index in self._own.values())


def describe(code: str, name: str, email: str, external_id: str) -> str:
    """Return the sentence for a problem that these values show."""
    return _SENTENCES[code](name, email, external_id)


def _is_too_long(name: str, email: str, external_id: str) -> bool:
    return len(name) > LONGEST_NAME or len(email) > LONGEST_EMAIL or len(external_id) > LONGEST_EXTERNAL_ID


def _of(value: str) -> str:
    return f" of {shown(value)}" if value else ""


def _too_long(name: str, email: str, external_id: str) -> str:
    limits = (("name", name, LONGEST_NAME), ("e-mail", email, LONGEST_EMAIL))
    found = [(field, value, limit) for field, value, limit in limits if len(value) > limit]
    field, value, limit = (*found, ("external_id", external_id, LONGEST_EXTERNAL_ID))[0]
    return f"The {field} {shown(value)} has {len(value)} characters; the subsite takes {limit}. Shorten it."


_SENTENCES: dict[str, Callable[[str, str, str], str]] = {
    "missing_name": lambda name, email, external_id: (
        f"The row{_of(email or external_id)} has no name. Fill it in; rows that are not people go under [skip]."
    ),
    "missing_email": lambda name, email, external_id: (
        f"{shown(name)} has no e-mail. Fill it in; rows that are not people go under [skip]."
    ),
    "invalid_email": lambda name, email, external_id: (
        f"The e-mail {shown(email)} of {shown(name)} is not valid: it needs one @, something on both sides, and no "
        f"blanks."
    ),
    "too_long": _too_long,
    "scientific_number": lambda name, email, external_id: (
        f"The external_id {shown(external_id)} of {shown(name)} is a number that a spreadsheet has shortened. "
        "Make the column text before the number is entered or imported, and export again."
    ),
    "placeholder": lambda name, email, external_id: (
        f"The external_id {shown(external_id)} of {shown(name)} is not a real one: only zeros, a date or decimals "
        "that a spreadsheet made of a number, or a word that means none. Make the column text before the number is "
        "entered or imported, and export again; leave the cell empty for anybody who has none yet."
    ),
    "mojibake": lambda name, email, external_id: (
        f"{shown(name)}, {shown(email)}, {shown(external_id)}: characters were garbled on the way here (read as "
        "Windows-1252 instead of UTF-8, or replaced, for instance by a ?). Export again as CSV UTF-8."
    ),
}
