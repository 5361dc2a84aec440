import csv
import io
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.sources.csv_file import CsvSource
from pleio_profile_sync_client.sources.records import Table
from pleio_profile_sync_client.sources.rejects import harmless, write_rejects
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


def rejects(folder: Path, content: str = CONTENT) -> list[list[str]]:
    examination = CsvSource("-", stdin=io.BytesIO(content.encode())).examine(SILENCE)
    path = folder / "rejects.csv"
    write_rejects(path, examination.table, examination.reading.problems)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=examination.table.delimiter, strict=True))


def test_bad_rows_are_written_as_they_were_with_line_and_problem(tmp_path: Path) -> None:
    assert rejects(tmp_path) == [
        ["line", "problem", "external_id", "name", "email"],
        ["2", "missing_email", "1", "Jan", ""],
        ["4", "invalid_email", "3", '\'=HYPERLINK("x")', "geen"],
        ["5", "bad_quotes", '4;"Bos "Kees";kees@gemeente.test'],
        ["6", "ragged_row", "5", "Ans"],
        ["7", "ragged_row", "6", "'+31 6", "a b", ""],
    ]


def test_a_rejects_file_can_be_a_source_again(tmp_path: Path) -> None:
    rejects(tmp_path, "name,email\nJan,\nPiet,piet@gemeente.test\n")
    path = tmp_path / "rejects.csv"
    path.write_text(path.read_text(encoding="utf-8").replace('""', '"jan@gemeente.test"'), encoding="utf-8")
    assert CsvSource(str(path)).read(SILENCE).users[0].name == "Jan"


def test_a_row_with_two_problems_stands_there_once(tmp_path: Path) -> None:
    table = Table("name,email\nJan,jan@gemeente.test\n", ",")
    path = tmp_path / "rejects.csv"
    write_rejects(path, table, [Finding("a", "", 2), Finding("b", "", 2), Finding("c", "", None)])
    assert path.read_text(encoding="utf-8-sig").splitlines()[1:] == ['"2","a, b","Jan","jan@gemeente.test"']


@pytest.mark.skipif(sys.platform == "win32", reason="needs file modes")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    (tmp_path / "rejects.csv").write_text("old", encoding="utf-8")
    (tmp_path / "rejects.csv").chmod(0o644)
    rejects(tmp_path)
    assert stat.S_IMODE((tmp_path / "rejects.csv").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]


def test_a_place_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        write_rejects(tmp_path / "none" / "rejects.csv", Table("name,email\n", ","), [])


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
