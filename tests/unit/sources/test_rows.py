"""What a skipped row keeps, so that whoever it may be about counts as present."""

import io

import pytest

from pleio_profile_sync_client.core.models import Layout, SkippedRow, SourceReading
from pleio_profile_sync_client.sources.file import FileSource
from tests.silence import SILENCE

HEADERS = "external_id,name,email,profile.note"
GOOD = "9,Good,good@gemeente.test,x"


def read(*rows: str) -> SourceReading:
    content = "\n".join((HEADERS, *rows, GOOD)) + "\n"
    return FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)


def skipped(*rows: str) -> SkippedRow:
    return read(*rows).skipped[0]


def test_a_skipped_row_keeps_its_keys_and_its_whole_text() -> None:
    row = skipped("1,,Jan@gemeente.test,")
    cells = ("1", "", "Jan@gemeente.test", "")
    own = frozenset({0, 1, 2})
    assert row == SkippedRow(2, "missing_name", "1", "Jan@gemeente.test", cells, own, email_valid=True)


def test_missing_keys_are_none() -> None:
    row = skipped(",Jan,,")
    assert (row.external_id, row.email, row.email_valid) == (None, None, False)


def test_an_invalid_email_is_kept_as_it_is() -> None:
    row = skipped("1,Jan,jan smit@gemeente.test,")
    assert (row.email, row.email_valid) == ("jan smit@gemeente.test", False)


def test_headers_that_stand_there_again_are_told_as_such() -> None:
    (problem,) = read("1,Jan,jan@gemeente.test,", HEADERS.upper(), "2,Piet,piet@gemeente.test,").problems
    assert (problem.code, problem.line) == ("invalid_email", 3)
    assert "repeats the headers" in problem.message


@pytest.mark.parametrize("external_id", ["1E+05", "#N/A", "0000", "5-jan", "40.0"])
def test_a_damaged_external_id_is_told_whatever_the_rows_first_problem(external_id: str) -> None:
    for row in (f"{external_id},,jan@gemeente.test,", f"{external_id},Jan,,", f"{external_id},Jan,x,"):
        assert skipped(row).external_id_damaged
    assert not skipped("1,,,").external_id_damaged


@pytest.mark.parametrize("row", ["1\x07,,,", f"{'i' * 201},,,", "1Ã«,,,", "1,Ja\x07n,,", "1,J?n,,"])
def test_a_garbled_row_is_told_whatever_its_first_problem(row: str) -> None:
    assert skipped(row).is_garbled
    assert not skipped("1,,,").is_garbled


@pytest.mark.parametrize("word", ["NULL", "nan", "-", "?", "n.v.t.", "onbekend"])
def test_a_word_for_none_is_no_external_id_and_damaged_where_nothing_else_tells_who(word: str) -> None:
    bad = skipped(f"{word},Jan,,")
    assert (bad.code, bad.external_id, bad.external_id_damaged) == ("missing_email", None, True)
    reading = read(f"{word},Jan,jan@gemeente.test,", f"{word},Piet,piet@gemeente.test,")
    assert [user.external_id for user in reading.users] == [None, None, "9"]
    (warning,) = reading.warnings
    assert (warning.code, warning.line) == ("placeholder", 2)
    assert "2 rows, the first in line 2" in warning.message


@pytest.mark.parametrize("external_id", ["0", "000000", "5-jan", "40.0", "2026-01-05"])
def test_an_external_id_that_is_none_is_a_placeholder(external_id: str) -> None:
    reading = read(f"{external_id},Jan,jan@gemeente.test,remark")
    (row,) = reading.skipped
    assert (row.code, row.external_id, row.external_id_damaged, row.email_valid) == (
        "placeholder",
        external_id,
        True,
        True,
    )
    assert row.cells == (external_id, "Jan", "jan@gemeente.test", "remark")
    assert row.own == frozenset({0, 1, 2})


def test_decimals_are_fine_where_all_external_ids_have_them() -> None:
    content = f"{HEADERS}\n40.0,A,a@b,\n41.0,B,c@d,\n42.0,C,,\n-,D,d@e,\n"
    reading = FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)
    assert [user.external_id for user in reading.users] == ["40.0", "41.0", None]
    assert [row.external_id_damaged for row in reading.skipped] == [False]


def test_what_looks_like_a_date_is_fine_where_other_external_ids_have_its_shape() -> None:
    reading = read("5-1-2026,A,a@b,", "45-99-1234,B,c@d,")
    assert [user.external_id for user in reading.users] == ["5-1-2026", "45-99-1234", "9"]


def test_a_placeholder_makes_duplicates_of_others() -> None:
    reading = read("40.0,A,same@x.test,", "1,B,same@x.test,")
    assert [(problem.code, problem.line) for problem in reading.problems] == [
        ("placeholder", 2),
        ("duplicate_email", 3),
    ]


@pytest.mark.parametrize("row", ["#N/A,Jan,jan@x.test,", "1,#VERW!,jan@x.test,", "1,Jan,#WAARDE!,", "1,########,,"])
def test_a_spreadsheets_error_is_no_value(row: str) -> None:
    reading = read(row)
    assert [problem.code for problem in reading.problems] == ["no_value"]
    assert " is #" in reading.problems[0].message


def test_an_error_in_another_field_leaves_that_field_alone() -> None:
    headers = "external_id,name,email,avatar,groups,profile.a,profile.b"
    content = f"{headers}\n1,A,a@b,#REF!,#N/A,#N/B,x\n2,B,c@d,p.jpg,7,#N/B,y\n"
    reading = FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)
    first, second = reading.users
    assert (first.avatar, first.groups, first.profile) == (None, None, {"b": "x"})
    assert (second.avatar, second.groups, second.profile) == ("p.jpg", ("7",), {"b": "y"})
    assert [(warning.code, warning.line) for warning in reading.warnings] == [("no_value", 2)] * 3
    assert "profile.a" in reading.warnings[2].message
    assert "2 rows, the first in line 2" in reading.warnings[2].message


@pytest.mark.parametrize("row", ["1\u200b,Jan,jan@x.test,", "1,Jan,jan@x.test\u200e,", "1,Jan,jan\u00ad@x.test,"])
def test_an_invisible_character_in_a_key_is_a_problem(row: str) -> None:
    (problem,) = read(row).problems
    assert problem.code == "control_character"
    assert "U+" in problem.message


def test_an_invisible_character_in_a_name_is_none() -> None:
    assert read("1,Ja\u200dn,jan@x.test,").problems == ()


@pytest.mark.parametrize(("name", "is_lost"), [("Zo? Bos", True), ("?ngela", True), ("Jan ?", False), ("?", False)])
def test_a_question_mark_beside_a_letter_of_a_name_is_mojibake(name: str, is_lost: bool) -> None:
    assert [problem.code for problem in read(f"1,{name},jan@x.test,").problems] == (["mojibake"] if is_lost else [])


def test_a_control_character_is_named_with_its_column() -> None:
    messages = [
        problem.message for problem in read("1,Ja\x1bn,jan@gemeente.test,", "2,Piet,p\t@gemeente.test,").problems
    ]
    assert "the control character U+001B under name" in messages[0]
    assert "a tab under email" in messages[1]


def test_a_ragged_row_keeps_all_its_cells_and_what_spilled_over() -> None:
    row = skipped("x,1,Jan,jan@gemeente.test,,y")
    assert row == SkippedRow(
        2, "ragged_row", None, None, ("x", "1", "Jan", "jan@gemeente.test", "", "y"), is_garbled=True
    )


@pytest.mark.parametrize("row", ["Jan Smit,jan@gemeente.test", '"Jan" Smit,1,x,jan@gemeente.test'])
def test_no_cell_of_a_row_that_cannot_be_read_passes_for_an_external_id(row: str) -> None:
    (problem,) = read(row).problems
    assert problem.external_id is None  # it would be uploaded, and may be a name


def test_a_record_whose_quotes_cannot_be_read_keeps_its_lines() -> None:
    rows = ('1,Jan,jan@gemeente.test,"begin', "2,Piet,piet@gemeente.test,", '3,"Bos, Kees",kees@gemeente.test,"x"')
    row = skipped(*rows)
    assert (row.code, row.cells) == ("bad_quotes", ("\n".join(rows),))


def test_rows_behind_a_quote_that_is_never_closed_are_kept() -> None:
    rows = ('1,Jan,jan@gemeente.test,"begin', "2,Piet,piet@gemeente.test,", GOOD)
    reading = read("8,Ans,ans@gemeente.test,x", *rows[:-1])
    assert reading.cut_off is not None
    assert reading.skipped[0].cells == ("\n".join(rows),)


def test_duplicates_keep_their_keys() -> None:
    rows = read("1,Jan,jan@gemeente.test,", "1,Piet,piet@gemeente.test,").skipped
    assert [(row.external_id, row.email, row.email_valid) for row in rows] == [
        ("1", "jan@gemeente.test", True),
        ("1", "piet@gemeente.test", True),
    ]


def test_a_duplicate_names_the_lines_where_its_key_stands() -> None:
    reading = read(*(f"{number},N{number},same@gemeente.test," for number in range(10, 19)))
    assert reading.problems[0].message.startswith(
        'Line 2: The e-mail "same@gemeente.test" is in lines 2, 3, 4, 5, 6 and 4 more.'
    )


def test_messages_are_one_line_and_cannot_write_to_a_terminal() -> None:
    reading = read("1,\x1b[2J\x07\u202e,\x9bx,", "2,Jan\n,\x1b]0;x\x07@y z,", '"a\nb","c\x1b\nd",e,', '\x1b"x,"y"\x1bz')
    assert len(reading.problems) == 5
    assert all(finding.message.isprintable() for finding in (*reading.problems, *reading.warnings))


def test_a_row_is_as_it_was_written_but_trimmed_and_composed() -> None:
    user = read(" 1 ,\u00a0Zoe\u0308  de Wit , zoe@gemeente.test,\t een  twee \n").users[0]
    assert (user.external_id, user.name, user.email) == ("1", "Zoë  de Wit", "zoe@gemeente.test")
    assert user.profile == {"note": "een  twee"}


def test_empty_cells_are_none_or_empty() -> None:
    content = b"external_id,name,email,avatar,groups,profile.a\n,Jan,jan@gemeente.test,,,\n1,Piet,p@q,p.jpg,7,x\n"
    user = FileSource("-", stdin=io.BytesIO(content)).read(SILENCE).users[0]
    assert (user.external_id, user.avatar, user.groups, user.profile) == (None, None, (), {"a": ""})


def read_with_skip(skip: dict[str, tuple[str, ...]], *rows: str) -> SourceReading:
    content = "\n".join((HEADERS, *rows)) + "\n"
    return FileSource("-", Layout(skip=skip), stdin=io.BytesIO(content.encode())).read(SILENCE)


def test_skipped_records_are_no_rows() -> None:
    reading = read_with_skip({"name": ("vac*",)}, "1,Vacature,,", "1,Jan,jan@gemeente.test,x")
    assert (reading.rows, len(reading.users), reading.skipped, reading.warnings) == (1, 1, (), ())


def test_a_torn_record_is_never_taken_out() -> None:
    reading = read_with_skip({"profile.note": ("weg",), "external_id": ("1",)}, "1,jan@x.test,weg", "1,a,b,weg,x", GOOD)
    assert [row.code for row in reading.skipped] == ["ragged_row", "ragged_row"]
    assert reading.warnings == ()


@pytest.mark.parametrize(
    "footers", [["(39 rows affected)"], ["Totaal,39"], ["", "Totaal,39", "", "(3 rows affected)", ""]]
)
def test_a_footer_at_the_end_is_no_row(footers: list[str]) -> None:
    reading = read_with_skip({"external_id": ("totaal*", "(* rows affected)")}, GOOD, *footers)
    assert (reading.rows, reading.skipped, reading.cut_off) == (1, (), None)


@pytest.mark.parametrize(
    ("skip", "rows"),
    [
        ({"external_id": ("totaal",)}, ["Totaal,39", GOOD]),
        ({"name": ("39",)}, [GOOD, "Totaal,39"]),
        ({"external_id": ("totaal",)}, [GOOD, "Totaal,a@b"]),
        ({"external_id": ("1*",)}, [GOOD, "10,Jan Jansen,x"]),
        ({"external_id": ("1*",)}, [GOOD, '"10;Jan Jansen;;x"']),
    ],
    ids=["not at the end", "not under the first header", "with an address", "that lost a cell", "in one cell"],
)
def test_other_torn_records_are_no_footers(skip: dict[str, tuple[str, ...]], rows: list[str]) -> None:
    reading = read_with_skip(skip, *rows)
    assert [row.code for row in reading.skipped] == ["ragged_row"]
    assert reading.rows == 2
    assert (reading.cut_off is None) == (rows[-1] == GOOD)


def test_a_pattern_of_skip_that_fits_no_record_is_told() -> None:
    skip = {"name": ("Vacature*", "Vakature*"), "external_id": ("(*)", "x"), "email": ()}
    reading = read_with_skip(skip, "1,Vacature,,", GOOD, "(1 row)")
    assert [(warning.code, warning.line) for warning in reading.warnings] == [("unused_skip", None)] * 2
    assert [text in warning.message for text, warning in zip(("Vakature*", '"x"'), reading.warnings, strict=True)] == [
        True,
        True,
    ]


def test_globs_of_skip_do_not_hide_bad_quotes() -> None:
    content = f'{HEADERS}\n1,"Vacature,x\n2,"Jan",jan@gemeente.test,\n{GOOD}\n'
    source = FileSource("-", Layout(skip={"external_id": ("1",)}), stdin=io.BytesIO(content.encode()))
    assert [row.code for row in source.read(SILENCE).skipped] == ["bad_quotes"]


def test_each_row_has_its_first_problem() -> None:
    long = "n" * 101
    codes = [
        ('1E+5,"a"b,', "bad_quotes"),
        ("1E+5,\x07", "ragged_row"),
        ("1E+5,\x07,,", "control_character"),
        ("#N/A,,,", "no_value"),
        ("1E+5,,,", "missing_name"),
        (f"1E+5,{long},,", "missing_email"),
        (f"1E+5,{long},x,", "invalid_email"),
        (f"1E+5,{long},a@b,", "too_long"),
        ("1E+5,ZoÃ«,a@b,", "scientific_number"),
        ("000,ZoÃ«,a@b,", "placeholder"),
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


def test_a_duplicate_carries_the_cells_of_columns_that_are_not_used_too() -> None:
    content = f"external_id,name,email,remark\n7,Jan,jan@x.test, tel Piet\n7,Kees,kees@x.test,\n{GOOD}\n"
    reading = FileSource("-", stdin=io.BytesIO(content.encode())).read(SILENCE)
    assert reading.skipped[0].cells == ("7", "Jan", "jan@x.test", "tel Piet")
    assert reading.skipped[0].own == frozenset({0, 1, 2})
