import pytest

from pleio_profile_sync_client.sources import values

GUID = "11111111-1111-4111-8111-11111111111a"


@pytest.mark.parametrize("email", ["a@b", "a@intern", "o'd+x@[10.0.0.1]", "ü@gemeente.test", "A@GEMEENTE.TEST"])
def test_an_odd_address_is_an_email(email: str) -> None:
    assert values.is_email(email)


@pytest.mark.parametrize("email", ["", "a", "@", "@b", "a@", "a@b@c", "a b@c", "a@b\u00a0c", "a@b c", "a@\nb"])
def test_what_has_not_one_at_sign_between_two_sides_is_no_email(email: str) -> None:
    assert not values.is_email(email)


@pytest.mark.parametrize("cell", ["ZoÃ«", "Ã‰va", "VisÃ\u00a0", "\u00a0ZoÃ«", "Ren\ufffde", "â€™t Hart"])
def test_utf_8_read_as_windows_1252_is_mojibake(cell: str) -> None:
    assert values.is_mojibake(cell)


@pytest.mark.parametrize("cell", ["", "Jan", "Zoë", "Ângela Ñuñez", "Ã", "Łukasz «Ã»", "ZoÃ« Müller"])
def test_other_texts_are_no_mojibake(cell: str) -> None:
    assert not values.is_mojibake(cell)


@pytest.mark.parametrize("cell", ["a\x00", "\x1b[1m", "a\x7f", "a\x85b", "a\tb", "a\nb", "a\r\nb", "a\x1f", "\x0ba"])
def test_control_characters_are_found_where_no_blanks_are_trimmed(cell: str) -> None:
    assert values.find_control(cell) is not None


@pytest.mark.parametrize(
    ("cell", "expected"), [("a\tb\r\nc", False), ("a\x1b", True), (" a\n", False), ("\u00a0a", False)]
)
def test_profile_fields_may_hold_tabs_and_line_breaks(cell: str, expected: bool) -> None:
    assert (values.find_control(cell, in_profile=True) is not None) is expected


@pytest.mark.parametrize(
    "written", [GUID, GUID.upper(), GUID.replace("-", ""), f"{{{GUID}}}", f"urn:uuid:{GUID}", f"  {GUID} "]
)
def test_a_group_is_sent_lower_case_and_dashed(written: str) -> None:
    assert values.split_groups(written) == ((GUID,), ())


def test_groups_are_separated_by_commas_and_sent_once() -> None:
    assert values.split_groups(f"{GUID},, 57979220 ,{GUID.upper()}") == ((GUID, "57979220"), ())


def test_what_is_no_guid_among_groups_is_told_apart() -> None:
    assert values.split_groups(f"Griffie,{GUID},a;b,Griffie") == ((GUID,), ("Griffie", "a;b"))


def test_a_cell_is_trimmed_and_composed() -> None:
    assert values.normalised(" \u00a0Zoe\u0308\t") == "Zoë"
