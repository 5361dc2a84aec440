import pytest

from pleio_profile_sync_client.sources.csv_text import Table, read_records, separator_line, split_lines


def cells(content: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    return [(line, found) for line, found, _ in read_records(Table(content, delimiter))]


def bad_lines(content: str, delimiter: str = ",") -> list[int]:
    return [
        line for line, _, anomaly in read_records(Table(content, delimiter)) if anomaly is not None and anomaly.is_bad
    ]


def test_lines_are_numbered_as_in_an_editor_after_quoted_line_breaks() -> None:
    content = 'a,b\n1,"x\r\ny\rz"\n\n2,3\n'
    assert cells(content) == [(1, ["a", "b"]), (2, ["1", "x\r\ny\rz"]), (5, []), (6, ["2", "3"])]


def test_other_characters_that_unicode_calls_line_ends_are_text() -> None:
    assert cells('a\u2028b,"c\u0085d"\x0be\n')[0][1][0] == "a\u2028b"
    assert list(split_lines("a\x0cb\u2029c\nd")) == ["a\x0cb\u2029c\n", "d"]


@pytest.mark.parametrize("content", ["a\r\nb\r\n", "a\rb\r", "a\nb\r\nc\rd", "a\n\n\r\rb", "", "a", "\n"])
def test_splitting_loses_nothing(content: str) -> None:
    assert "".join(split_lines(content)) == content


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
    assert anomaly is not None
    assert (line, anomaly.is_bad, anomaly.is_cut, anomaly.raw) == (2, True, True, '1,"a\n2,b\n')


def test_a_bad_quote_in_the_last_line_is_no_cut() -> None:
    *_, (_, _, anomaly) = read_records(Table('x,y\n"1"a,2', ","))
    assert anomaly is not None
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
