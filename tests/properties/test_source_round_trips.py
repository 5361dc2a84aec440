"""Any table of text, written in any way that can hold it, reads back the same; damage is never read as something."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Layout, SourceReading
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.csv_text import Table, read_records, split_lines
from pleio_profile_sync_client.sources.decoding import decode
from pleio_profile_sync_client.sources.file import FileSource
from tests.silence import SILENCE

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le", "cp850")
DELIMITERS = (",", ";", "\t", "|")
LINE_ENDS = ("\n", "\r\n", "\r")
DUTCH_LETTERS = "abcdeijkz ËëÏïöüéèçÁ'-"
WIDE_LETTERS = DUTCH_LETTERS + "ıŁżΩ李😀\u0301"

words = st.text(WIDE_LETTERS, min_size=1, max_size=12).filter(str.strip)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ('"', '""', "a,b", "x;y", "t\tt", "een\ntwee", "een\r\ntwee", "\r", "p|q", " ' ", '" x', "@", "sep=;")
)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of external_id, name, e-mail and two profile values; keys differ, values are any text."""
    count = draw(st.integers(1, 6))
    return [
        [f"p{number}", draw(words), f"p{number}@gemeente.test", draw(texts), draw(texts)] for number in range(count)
    ]


def written(rows: list[list[str]], *, delimiter: str = ",", line_end: str = "\n", quotes_all: bool = False) -> str:
    def cell(value: str) -> str:
        if quotes_all or any(mark in value for mark in (delimiter, '"', "\r", "\n")):
            return '"' + value.replace('"', '""') + '"'
        return value

    headers = ["external_id", "name", "email", "profile.a", "profile.b"]
    return "".join(delimiter.join(map(cell, row)) + line_end for row in (headers, *rows))


def read(folder: Path, data: bytes, *, encoding: str | None = None) -> SourceReading:
    path = folder / "people.csv"
    path.write_bytes(data)
    return FileSource(str(path), Layout(encoding=encoding)).read(SILENCE)


def outcome_of(folder: Path, data: bytes) -> SourceReading | SourceError:
    try:
        return read(folder, data)
    except SourceError as error:
        return error


def trimmed(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("source")


@given(
    tables(),
    st.sampled_from(ENCODINGS),
    st.sampled_from(DELIMITERS),
    st.sampled_from(LINE_ENDS),
    st.booleans(),
)
def test_a_table_reads_back_as_it_was_written(
    folder: Path, rows: list[list[str]], encoding: str, delimiter: str, line_end: str, quotes_all: bool
) -> None:
    text = written(rows, delimiter=delimiter, line_end=line_end, quotes_all=quotes_all)
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    told = encoding if encoding in {"cp1252", "utf-16-le", "cp850"} else None
    reading = read(folder, data, encoding=told)
    assert not reading.problems
    assert reading.rows == len(rows)
    columns = {"a", "b"} - {
        name for place, name in ((3, "a"), (4, "b")) if not any(trimmed(row[place]) for row in rows)
    }
    for user, row in zip(reading.users, rows, strict=True):
        assert (user.external_id, user.name, user.email) == (row[0], trimmed(row[1]), row[2])
        values = {"a": trimmed(row[3]), "b": trimmed(row[4])}
        assert user.profile == {name: values[name] for name in columns}


@given(tables(), st.sampled_from(DELIMITERS), st.sampled_from(LINE_ENDS))
def test_a_row_has_the_line_where_it_starts(rows: list[list[str]], delimiter: str, line_end: str) -> None:
    text = written(rows, delimiter=delimiter, line_end=line_end)
    own_lines = list(split_lines(text))
    assert "".join(own_lines) == text
    for line, cells, _ in read_records(Table(text, delimiter)):
        if any(cells):
            assert own_lines[line - 1].lstrip('"').startswith(cells[0])


@given(tables(), st.sampled_from(ENCODINGS), st.sampled_from(DELIMITERS), st.data())
def test_damage_ends_in_a_reading_or_a_clear_refusal(
    folder: Path, rows: list[list[str]], encoding: str, delimiter: str, data: st.DataObject
) -> None:
    whole = written(rows, delimiter=delimiter).encode(encoding, "replace")
    place = data.draw(st.integers(0, len(whole) - 1), "place")
    damaged = data.draw(
        st.sampled_from((whole[:place], whole[:place] + b"%c" + whole[place + 1 :])), "cut or changed"
    ).replace(b"%c", bytes([data.draw(st.integers(0, 255), "byte")]))
    outcome = outcome_of(folder, damaged)
    if isinstance(outcome, SourceError):
        assert outcome.hint
        assert "\n" not in f"{outcome}{outcome.hint}"
    else:
        assert outcome.users
        assert len(outcome.users) + len(outcome.skipped) <= outcome.rows


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_reading_or_a_clear_refusal(folder: Path, data: bytes) -> None:
    for start in (b"", b"name,email\n", b"\xff\xfe", b"\xef\xbb\xbfname;email\n", b'name,email\n"'):
        outcome = outcome_of(folder, start + data)
        assert outcome.hint if isinstance(outcome, SourceError) else outcome.users


@given(
    st.text(st.sampled_from("ab,\n") | st.characters(min_codepoint=0x80, exclude_categories=["Cs"]), min_size=3),
    st.data(),
)
def test_no_utf_8_with_one_changed_byte_is_read_as_windows_1252(text: str, data: st.DataObject) -> None:
    assume(sum(not letter.isascii() for letter in text) >= 3)
    whole = text.encode()
    place = data.draw(st.integers(0, len(whole) - 1), "place")
    byte = data.draw(st.integers(0, 255), "byte")
    try:
        found = decode(whole[:place] + bytes([byte]) + whole[place + 1 :], location="people.csv", encoding=None)
    except SourceError:
        return
    assert not found.is_guess
