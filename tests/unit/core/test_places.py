"""Where in the source something stands, in words."""

import pytest

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.places import name_column, name_places, place_of, short_place_of


@pytest.mark.parametrize(
    ("places", "named"),
    [
        (["line 7"], "line 7"),
        (["line 7", "line 8", "line 9"], "lines 7, 8 and 1 more"),
        (["row 7 of the sheet Staff", "row 8 of the sheet Staff"], "rows 7, 8 of the sheet Staff"),
        (["entry 7 (CN=Jan)", "entry 8 (CN=Piet)"], "entry 7 (CN=Jan), entry 8 (CN=Piet)"),
    ],
)
def test_a_few_places_are_named_what_they_share_once(places: list[str], named: str) -> None:
    assert name_places(places, 2) == named


def test_a_place_that_may_name_somebody_has_a_short_form_that_does_not() -> None:
    entry = Finding("taken", "", 7, place="entry 7 (CN=Jan de Vries)")
    assert (place_of(entry), short_place_of(entry)) == ("entry 7 (CN=Jan de Vries)", "entry 7")
    line = Finding("taken", "", 7)
    assert (place_of(line), short_place_of(line)) == ("line 7", "line 7")
    nowhere = Finding("undecided", "")
    assert (place_of(nowhere), short_place_of(nowhere)) == ("", "")


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_spreadsheets_do(index: int, name: str) -> None:
    assert name_column(index) == name
