import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.text import harmless
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.rejects import format_rejects
from pleio_profile_sync_client.sources.source import Examination
from tests.silence import SILENCE

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
