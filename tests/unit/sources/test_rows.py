"""What a skipped row keeps, so that whoever it may be about counts as present."""

import io

import pytest

from pleio_profile_sync_client.core.models import SkippedRow, SourceReading
from pleio_profile_sync_client.sources.file import FileSource
from tests.silence import SILENCE

HEADERS = "external_id,name,email,profile.note"
GOOD = "9,Good,good@gemeente.test,x"


def read(*rows: str) -> SourceReading:
    content = "\n".join((HEADERS, *rows, GOOD)) + "\n"
    return FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)


def skipped(*rows: str) -> SkippedRow:
    return read(*rows).skipped[0]


def test_a_skipped_row_keeps_its_keys() -> None:
    row = skipped("1,,Jan@gemeente.test,")
    assert row == SkippedRow(
        2, "missing_name", "1", "Jan@gemeente.test", email_valid=True, text=("1", "Jan@gemeente.test")
    )


def test_missing_keys_are_none() -> None:
    row = skipped(",Jan,,")
    assert (row.external_id, row.email, row.email_valid) == (None, None, False)


def test_an_invalid_email_is_kept_as_it_is() -> None:
    row = skipped("1,Jan,jan smit@gemeente.test,")
    assert (row.email, row.email_valid) == ("jan smit@gemeente.test", False)


def test_a_damaged_key_is_told_whatever_the_rows_first_problem() -> None:
    assert skipped("1E+05,,jan@gemeente.test,").external_id_damaged
    assert skipped("1\x07,,jan@gemeente.test,").external_id_damaged
    assert skipped(f"{'i' * 201},,,").external_id_damaged
    assert skipped("1Ã«,,,").external_id_damaged
    assert not skipped("1,,,").external_id_damaged
    assert not skipped("1,Ja\x07n,jan@gemeente.test,").external_id_damaged


def test_a_control_character_is_named_with_its_column() -> None:
    messages = [
        problem.message for problem in read("1,Ja\x1bn,jan@gemeente.test,", "2,Piet,p\t@gemeente.test,").problems
    ]
    assert "the control character U+001B under name" in messages[0]
    assert "a tab under email" in messages[1]


def test_any_cell_of_a_ragged_row_may_name_somebody() -> None:
    row = skipped("x,1,Jan,jan@gemeente.test,y")
    assert row.code == "ragged_row"
    assert {"x", "1", "jan@gemeente.test", "y"} <= set(row.cells)
    assert (row.external_id, row.email, row.email_valid) == ("x", "jan@gemeente.test", True)


@pytest.mark.parametrize("row", ["Jan Smit,jan@gemeente.test", '"Jan" Smit,1,x,jan@gemeente.test'])
def test_no_cell_of_a_row_that_cannot_be_read_passes_for_an_external_id(row: str) -> None:
    (problem,) = read(row).problems
    assert problem.external_id is None  # it would be uploaded, and may be a name


def test_a_ragged_row_without_an_address_has_no_valid_one() -> None:
    row = skipped("1,Jan")
    assert (row.email, row.email_valid) == (None, False)


def test_rows_hidden_by_bad_quotes_name_whom_they_name() -> None:
    row = skipped(
        '1,Jan,jan@gemeente.test,"begin', "2,Piet,piet@gemeente.test,", '3,"Bos, Kees",kees@gemeente.test,"x"'
    )
    assert row.code == "bad_quotes"
    assert {"1", "jan@gemeente.test", "2", "piet@gemeente.test", "3", "Bos, Kees", "kees@gemeente.test"} <= set(
        row.cells
    )


def test_rows_behind_a_quote_that_is_never_closed_name_whom_they_name() -> None:
    reading = read("8,Ans,ans@gemeente.test,x", '1,Jan,jan@gemeente.test,"begin', "2,Piet,piet@gemeente.test,")
    assert reading.cut_off is not None
    assert {"2", "piet@gemeente.test", "9", "good@gemeente.test"} <= set(reading.skipped[0].cells)


def test_decomposed_cells_of_unreadable_rows_are_composed() -> None:
    assert "zoë@gemeente.test" in skipped('1,"Zo"x,zoe\u0308@gemeente.test,').cells


def test_duplicates_keep_their_keys() -> None:
    rows = read("1,Jan,jan@gemeente.test,", "1,Piet,piet@gemeente.test,").skipped
    assert [(row.external_id, row.email, row.email_valid) for row in rows] == [
        ("1", "jan@gemeente.test", True),
        ("1", "piet@gemeente.test", True),
    ]


def test_a_duplicate_names_the_lines_where_its_key_stands() -> None:
    reading = read(*(f"{number},N{number},same@gemeente.test," for number in range(9)))
    assert reading.problems[0].message.startswith(
        'Line 2: The e-mail "same@gemeente.test" stands in lines 2, 3, 4, 5, 6 and 4 more.'
    )


def test_messages_are_one_line_and_cannot_write_to_a_terminal() -> None:
    reading = read("1,\x1b[2J\x07\u202e,\x9bx,", "2,Jan\n,\x1b]0;x\x07@y z,", '"a\nb","c\x1b\nd",e,', '\x1b"x,"y"\x1bz')
    assert all(finding.message.isprintable() for finding in (*reading.problems, *reading.warnings))


def test_a_row_is_as_it_was_written_but_trimmed_and_composed() -> None:
    user = read(" 1 ,\u00a0Zoe\u0308  de Wit , zoe@gemeente.test,\t een  twee \n").users[0]
    assert (user.external_id, user.name, user.email) == ("1", "Zoë  de Wit", "zoe@gemeente.test")
    assert user.profile == {"note": "een  twee"}


def test_empty_cells_are_none_or_empty() -> None:
    content = b"external_id,name,email,avatar,groups,profile.a\n,Jan,jan@gemeente.test,,,\n1,Piet,p@q,p.jpg,7,x\n"
    user = FileSource("-", stdin=io.BytesIO(content)).read(SILENCE).users[0]
    assert (user.external_id, user.avatar, user.groups, user.profile) == (None, None, (), {"a": ""})


def test_skipped_records_are_no_rows() -> None:
    content = f"{HEADERS}\n1,Vacature,,\n1,Jan,jan@gemeente.test,\n"
    source = FileSource("-", stdin=io.BytesIO(content.encode()), skip={"name": ("vac*",)})
    reading = source.read(SILENCE)
    assert (reading.rows, len(reading.users), reading.skipped) == (1, 1, ())


def test_globs_of_skip_do_not_hide_bad_quotes() -> None:
    content = f'{HEADERS}\n1,"Vacature,x\n2,"Jan",jan@gemeente.test,\n{GOOD}\n'
    source = FileSource("-", stdin=io.BytesIO(content.encode()), skip={"external_id": ("1",)})
    assert [row.code for row in source.read(SILENCE).skipped] == ["bad_quotes"]


def test_each_row_has_its_first_problem() -> None:
    long = "n" * 101
    codes = [
        ('1E+5,"a"b,', "bad_quotes"),
        ("1E+5,\x07", "ragged_row"),
        ("1E+5,\x07,,", "control_character"),
        ("1E+5,,,", "missing_name"),
        (f"1E+5,{long},,", "missing_email"),
        (f"1E+5,{long},x,", "invalid_email"),
        (f"1E+5,{long},a@b,", "too_long"),
        ("1E+5,ZoÃ«,a@b,", "scientific_number"),
        ("9,ZoÃ«,good@gemeente.test,", "mojibake"),
        ("7,A,c@d,", "duplicate_external_id"),
        ("7,B,c@d,", "duplicate_external_id"),
        ("6,C,c@d,", "duplicate_email"),
        ("5,Last,last@gemeente.test,", None),
    ]
    content = "\n".join((HEADERS, *(row for row, _ in codes))) + "\n"
    reading = FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)
    assert [finding.code for finding in reading.problems] == [code for _, code in codes if code]


def test_rows_with_the_same_values_share_them() -> None:
    users = read("1,A,a@b,same", "2,B,c@d,same").users
    assert users[0].profile["note"] is users[1].profile["note"]


def test_thousands_of_rows_with_one_address_are_all_told() -> None:
    rows = [f"n{number},N,same@gemeente.test," for number in range(20_000)]
    assert len(read(*rows).problems) == 20_000


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("1,,jan@gemeente.test,tel Piet", ("1", "jan@gemeente.test", "tel Piet")),
        ("1,Jan,jan@gemeente.test,,,Piet,P2", ("1", "Jan", "jan@gemeente.test", "Piet", "P2")),
        ("7,Jan,jan@gemeente.test,tel Piet\n7,Kees,kees@gemeente.test,", ("7", "Jan", "jan@gemeente.test", "tel Piet")),
    ],
)
def test_a_skipped_row_carries_its_whole_text(row: str, text: tuple[str, ...]) -> None:
    headers = "external_id,name,email,remark"
    content = f"{headers}\n{row}\n{GOOD}\n"
    assert FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE).skipped[0].text == text
