"""Which field a header names, or probably means, and which record holds them."""

import pytest

from pleio_profile_sync_client.sources.headers import Headers, field_named, find_headers, likely_field, likely_header
from pleio_profile_sync_client.sources.records import ORDINARY


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("e-mail", "email"),
        ("E-mailadres", "email"),
        ("Personeelsnummer", "external_id"),
        ("Functie", "profile.occupation"),
    ],
)
def test_a_usual_header_has_a_likely_field(header: str, field: str) -> None:
    assert likely_field(header) == field


def test_a_header_that_resembles_nothing_has_no_likely_field() -> None:
    assert likely_field("schoenmaat") is None
    assert likely_header("email", ["schoenmaat"]) is None


@pytest.mark.parametrize("header", ["", "profile.", "profile. ", "name2", "profiel.a"])
def test_other_headers_name_no_field(header: str) -> None:
    assert field_named(header) is None


def found(*rows: list[str], mapping: dict[str, str] | None = None) -> Headers:
    records = [(number, cells, ORDINARY) for number, cells in enumerate(rows, 1)]
    return find_headers(records, mapping or {}, location="people.csv", place=lambda number: f"line {number}")


def test_headers_that_lack_something_are_still_told_from_a_title_above_them() -> None:
    headers = found(["Overzicht personeel"], ["Personeelsnummer", "Naam", "E-mailadres"], ["1", "An", "an@x.test"])
    assert (headers.number, [warning.code for warning in headers.warnings]) == (2, ["title_above_headers"])


def test_a_mapped_header_tells_that_it_is_not_a_title() -> None:
    assert found(["Overzicht"], ["Nr", "Wie", "Post"], mapping={"name": "Wie", "external_id": "Nr"}).number == 2


def test_where_nothing_reads_as_headers_the_first_record_is_named() -> None:
    headers = found(["Overzicht"], ["Naam"], ["a", "b"])
    assert (headers.number, headers.warnings) == (1, ())
