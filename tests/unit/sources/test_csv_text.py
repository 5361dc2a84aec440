import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.text import harmless
from pleio_profile_sync_client.sources.csv_text import Table, format_rejects, read_records, separator_line, split_lines
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.source import Examination
from tests.silence import SILENCE


def cells(content: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return [(line, found) for line, found, _ in read_records(Table(content, delimiter))]


def bad_lines(content: str, delimiter: str = ",") -> list[int]:
    return [line for line, _, anomaly in read_records(Table(content, delimiter)) if anomaly.is_bad]


def test_lines_are_numbered_as_in_an_editor_after_quoted_line_breaks() -> None:
    content = 'a,b\n1,"x\r\ny\rz"\n\n2,3\n'
    assert cells(content) == [(1, ["a", "b"]), (2, ["1", "x\r\ny\rz"]), (5, []), (6, ["2", "3"])]


def test_other_characters_that_unicode_calls_line_ends_are_text() -> None:
    assert cells('a\u2028b,"c\u0085d"\x0be\n')[0][1][0] == "a\u2028b"
    assert list(split_lines("a\x0cb\u2029c\nd")) == ["a\x0cb\u2029c\n", "d"]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("a\nb\r\nc\rd", ["a\n", "b\r\n", "c\r", "d"]),
        ("a\rb\r", ["a\r", "b\r"]),
        ("a\n\n\r\rb", ["a\n", "\n", "\r", "\r", "b"]),
        ("a\r\n\r\nb", ["a\r\n", "\r\n", "b"]),
        ("a", ["a"]),
        ("\n", ["\n"]),
        ("", []),
    ],
)
def test_lines_end_as_files_of_all_kinds_have_it(content: str, lines: list[str]) -> None:
    assert list(split_lines(content)) == lines


@pytest.mark.parametrize("row", ['"a" b,c', '"a"b"c,d', '""a"",b', ' "a,b",c', 'a, "b"'])
def test_a_quote_that_neither_closes_nor_is_doubled_is_bad(row: str) -> None:
    assert bad_lines(f"x,y\n{row}\n1,2\n") == [2]


@pytest.mark.parametrize("row", ['"a""b",c', '"","a"', '5" buis,c', '" ""a"" ",b', '"a, ""b""",c', "' a',b"])
def test_other_quotes_are_fine(row: str) -> None:
    assert bad_lines(f"x,y\n{row}\n1,2\n") == []


def test_reading_goes_on_in_the_line_after_a_bad_quote() -> None:
    assert cells('x\n"a"b\n"c"\n')[2] == (3, ["c"])


def test_a_file_that_ends_inside_quotes_is_cut() -> None:
    *_, (line, _, anomaly) = read_records(Table('x,y\n1,"a\n2,b\n', ","))
    assert (line, anomaly.is_bad, anomaly.is_cut, anomaly.raw) == (2, True, True, '1,"a\n2,b\n')


def test_a_bad_quote_in_the_last_line_is_no_cut() -> None:
    *_, (_, _, anomaly) = read_records(Table('x,y\n"1"a,2', ","))
    assert not anomaly.is_cut


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("sep=;\na;b", (";", 6)),
        ("SEP=|\r\na|b", ("|", 7)),
        ('"sep=,"\na,b', (",", 8)),
        ("sep=\t\na\tb", ("\t", 6)),
        ("sep=;;;;\na;b;c;d", (";", 9)),
        ("sep=\na", ("", 0)),
        ("separator\na", ("", 0)),
        ("sep=ab\na", ("", 0)),
        ("a\nsep=;\n", ("", 0)),
    ],
)
def test_a_separator_line_names_the_delimiter(content: str, expected: tuple[str, int]) -> None:
    assert separator_line(content) == expected


def test_rows_below_a_separator_line_keep_the_files_line_numbers() -> None:
    assert [line for line, _, _ in read_records(Table("sep=;\na;b\n1;2\n", ";", 2, 6))] == [2, 3]


CONTENT = """\
external_id;name;email
1;Jan;
2;Piet;piet@gemeente.test
3;=HYPERLINK("x");geen
4;"Bos "Kees";kees@gemeente.test
5;Ans
6;+31 6;a b;
"""


def examine(content: str) -> Examination:
    return FileSource("-", stdin=io.BytesIO(content.encode())).examine(SILENCE)


def rejects(content: str = CONTENT) -> str:
    examination = examine(content)
    return format_rejects(examination.records, examination.reading.problems)


def test_bad_rows_are_written_as_they_were_with_line_and_problem() -> None:
    assert list(csv.reader(io.StringIO(rejects(), newline=""), delimiter=";", strict=True)) == [
        ["line", "problem", "external_id", "name", "email"],
        ["2", "missing_email", "1", "Jan", ""],
        ["4", "invalid_email", "3", '\'=HYPERLINK("x")', "geen"],
        ["5", "bad_quotes", '4;"Bos "Kees";kees@gemeente.test'],
        ["6", "ragged_row", "5", "Ans"],
        ["7", "ragged_row", "6", "'+31 6", "a b", ""],
    ]


def test_a_rejects_file_can_be_a_source_again() -> None:
    fixed = rejects("name,email\nJan,\nPiet,piet@gemeente.test\n").replace('""', '"jan@gemeente.test"')
    assert FileSource("-", stdin=io.BytesIO(fixed.encode())).read(SILENCE).users[0].name == "Jan"


def test_a_row_with_two_problems_stands_there_once() -> None:
    records = examine("name,email\nJan,jan@gemeente.test\n").records
    text = format_rejects(records, [Finding("a", "", 2), Finding("b", "", 2), Finding("c", "", None)])
    assert text.splitlines()[1:] == ['"2","a, b","Jan","jan@gemeente.test"']


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n-x", '"=1', "a;=1", "a,@x", "a\n=1", "\uff1d1"]
)
def test_what_might_become_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert harmless(cell).count("'") == 1


@pytest.mark.parametrize("cell", ["", "Jan", "jan@gemeente.test", "Bos-Smit", "1+1=2", "'s-Hertogenbosch", "a = b"])
def test_other_cells_stay_as_they_were(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(st.sampled_from("=+-@ \t\r\n;,|\"'ax")), st.sampled_from(";,\t|"))
def test_no_cell_begins_as_a_formula_whatever_the_delimiter_is_taken_for(cell: str, delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([harmless(cell)])
    for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter):
        assert not any(found.lstrip().startswith(("=", "+", "-", "@")) for found in row)
