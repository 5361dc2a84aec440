"""Which field a header names, or probably means."""

import pytest

from pleio_profile_sync_client.sources.headers import field_named, likely_field, likely_header


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
