"""What is wrong with a row that has as many cells as headers; rows that can't be taken apart are in `rows`."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pleio_profile_sync_client.core.models import PROFILE
from pleio_profile_sync_client.core.words import find_invisible
from pleio_profile_sync_client.sources import spreadsheets, values
from pleio_profile_sync_client.sources.columns import Columns
from pleio_profile_sync_client.sources.records import Anomaly, Survey
from pleio_profile_sync_client.sources.spreadsheets import SUSPECTS, Damage
from pleio_profile_sync_client.sources.values import LONGEST_EMAIL, LONGEST_EXTERNAL_ID, LONGEST_NAME, is_email

_LOST_LETTER = re.compile(r"[^\W\d_]\?|\?[^\W\d_]")


class Faults:
    """Finds the faults of rows, looking only for what the source may hold at all. Cells are as they were, untrimmed."""

    def __init__(self, columns: Columns, survey: Survey) -> None:
        self._headers = columns.headers
        self._index_by_field = columns.index_by_field
        own = ("external_id", "name", "email")
        self._own = {field: index for field, index in columns.index_by_field.items() if field in own}
        self._has_controls = survey.has_controls or survey.has_tabs or survey.has_invisible
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
        anomaly: Anomaly | None,
    ) -> str | None:
        """Return the code of a row's first problem."""
        if (self._has_controls or anomaly is not None) and self.find_control(cells):
            return "control_character"
        if (self.has_errors or anomaly is not None) and self.find_lost(cells, anomaly):
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
        """Tell whether a row holds what nobody can read, whatever its first problem."""
        if _is_too_long(name, email, external_id) or self._is_mojibake(name, cells):
            return True
        return self.find_control(cells) is not None

    def find_control(self, cells: Sequence[str]) -> tuple[str, str] | None:
        """Return the header of the first cell that holds a control or (in a key) an invisible character, and that."""
        for field, index in self._index_by_field.items():
            control = values.find_control(cells[index], in_profile=field.startswith(PROFILE))
            if control is None and field in ("external_id", "email"):
                control = find_invisible(cells[index])
            if control is not None:
                return self._headers[index], control
        return None

    def find_lost(self, cells: Sequence[str], anomaly: Anomaly | None) -> tuple[str, str] | None:
        """Return which of external_id, name and e-mail has no value although its cell holds something, and what."""
        return next(self._lost(self._own, cells, anomaly), None)

    def find_all_lost(self, cells: Sequence[str], anomaly: Anomaly | None) -> dict[str, str]:
        """Return the same of all fields."""
        return dict(self._lost(self._index_by_field, cells, anomaly))

    def _lost(
        self, index_by_field: Mapping[str, int], cells: Sequence[str], anomaly: Anomaly | None
    ) -> Iterator[tuple[str, str]]:
        lost = anomaly.lost if anomaly is not None else {}
        for field, index in index_by_field.items():
            if index in lost:
                yield field, lost[index]
            elif spreadsheets.is_error(cells[index].strip()):
                yield field, f"holds {cells[index].strip()}"

    def _is_mojibake(self, name: str, cells: Sequence[str]) -> bool:
        if "?" in name and _LOST_LETTER.search(name):
            return True
        return self._has_mojibake and any(values.is_mojibake(cells[index]) for index in self._own.values())


def _is_too_long(name: str, email: str, external_id: str) -> bool:
    return len(name) > LONGEST_NAME or len(email) > LONGEST_EMAIL or len(external_id) > LONGEST_EXTERNAL_ID
