import pytest

from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.decoding import decode, line_at


def read(data: bytes, *, encoding: str | None = None) -> str:
    return decode(data, location="people.csv", encoding=encoding).content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_being_told(encoding: str) -> None:
    assert read("naam\nLoïs 😀\n".encode(encoding)) == "naam\nLoïs 😀\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp850"])
@pytest.mark.parametrize("ends", ["\x1a", "\x1a\x1a\x1a"])
def test_the_end_mark_of_dos_programs_is_no_text(encoding: str, ends: str) -> None:
    told = encoding if encoding == "cp850" else None
    assert read(f"naam\nLoïs\n{ends}".encode(encoding), encoding=told) == "naam\nLoïs\n"


def test_a_control_z_elsewhere_stays_to_be_found() -> None:
    assert read(b"naam\nJ\x1an\n") == "naam\nJ\x1an\n"


def test_what_is_no_utf_8_is_windows_1252_and_a_guess() -> None:
    text = decode("Loïs".encode("cp1252") + b"\n", location="people.csv", encoding=None)
    assert (text.content, text.is_guess) == ("Loïs\n", True)


def test_an_encoding_that_was_given_is_no_guess() -> None:
    assert not decode("Loïs".encode("cp1252"), location="people.csv", encoding="cp1252").is_guess


@pytest.mark.parametrize(("valid", "places"), [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (5, 6)])
def test_damage_is_weighed_against_characters(valid: int, places: int) -> None:
    data = b"a\n" + "ë ".encode() * valid + b"\xeb\xef " * places + b"\n"
    if valid >= places:
        with pytest.raises(SourceError, match="line 2: damaged"):
            read(data)
    else:
        assert read(data) == data.decode("cp1252")


@pytest.mark.parametrize("rest", [b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xe2"])
def test_a_file_that_ends_inside_its_last_character_is_damaged(rest: bytes) -> None:
    with pytest.raises(SourceError, match="line 2: damaged"):
        read(b"name\nJan" + rest)


def test_windows_1252_may_end_with_an_accent() -> None:
    assert read("één, Zoë, René".encode("cp1252")) == "één, Zoë, René"


@pytest.mark.parametrize("data", [b"a\nb\0c", b"\0", b"a\0b\0"])
def test_nuls_without_a_mark_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"line \d: a NUL"):
        read(data)
    with pytest.raises(SourceError, match=r"line \d: a NUL"):
        read(data, encoding="cp1252")


def test_the_line_of_the_damage_is_the_files_own() -> None:
    with pytest.raises(SourceError, match="line 4:"):
        read(b"\xef\xbb\xbfa\r\nb\rc\nd\xff")


def test_damage_in_utf_16_is_named_by_line() -> None:
    with pytest.raises(SourceError, match="line 3: damaged"):
        read(b"\xff\xfe" + "a\nb\nc".encode("utf-16-le") + b"\x00\xdc\x41\x00")


@pytest.mark.parametrize(("position", "line"), [(0, 1), (1, 1), (2, 2), (4, 3), (7, 4)])
def test_lines_are_counted_whatever_ends_them(position: int, line: int) -> None:
    assert line_at(b"a\nb\rc\r\nd", position) == line


@pytest.mark.parametrize("name", ["idna", "punycode", "unicode_escape", "utf-7", "gb18030", "shift_jis"])
def test_what_an_odd_encoding_cannot_read_right_is_refused(name: str) -> None:
    with pytest.raises(SourceError):
        read(b"name,email\n\\ud800\xff\xfe..\xe4+2AA-\n\xff", encoding=name)
