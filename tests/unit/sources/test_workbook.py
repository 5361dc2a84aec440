"""A workbook is read as its sheet shows it, and refused in words where it can't be."""

import re
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.records import ORDINARY, Records
from pleio_profile_sync_client.sources.source import Examination
from pleio_profile_sync_client.sources.workbook import parse_workbook
from tests.silence import SILENCE
from tests.workbooks import packed, row, unpacked, workbook

HEADERS = ("external_id", "name", "email", "profile.note")
ANNA = ("P1", "Anna Bakker", "anna@gemeente.test", "griffier")
DAY = '<c s="2"><v>45000</v></c>'


def parse(data: bytes, sheet: str | None = None) -> Records:
    return parse_workbook(data, location="people.xlsx", layout=Layout(sheet=sheet))


def examine(data: bytes) -> Examination:
    return FileSource("-", stdin=BytesIO(data)).examine(SILENCE)


def cell(xml: str, *, reference: str = "D2", properties: str = "", formats: tuple[str, ...] = ()) -> str:
    """Return what the cell D2 shows; `xml` is what stands in it, `properties` what stands in its tag."""
    data = workbook(
        {"Blad1": row(1, *HEADERS) + row(2, *ANNA[:3], f'<c r="{reference}" {properties}>{xml}</c>')},
        formats=formats,
        strings=[
            "<t>gedeeld</t>",
            "<r><t>ge</t></r><r><t>mengd</t></r><rPh sb='0' eb='1'><t>x</t></rPh>",
            "<t>a_x000D_b</t>",
        ],
    )
    return next(parse(data).below())[1][3]


def refusal(data: bytes, sheet: str | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        parse(data, sheet)
    return f"{caught.value} {caught.value.hint}"


def test_what_a_library_wrote_is_read() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADERS)
    sheet.append((1, "Zoë", "zoe@gemeente.test", datetime(2026, 11, 24, 9, 30)))
    sheet.append((123456789012345, "Jan", "jan@gemeente.test", date(2026, 11, 24)))
    sheet.append((3, "Piet", "piet@gemeente.test", 0.1))
    sheet["A4"].number_format = "0000000"
    stream = BytesIO()
    book.save(stream)
    assert [(number, cells) for number, cells, _ in parse(stream.getvalue()).below()] == [
        (2, ["1", "Zoë", "zoe@gemeente.test", "2026-11-24T09:30:00"]),
        (3, ["123456789012345", "Jan", "jan@gemeente.test", "2026-11-24"]),
        (4, ["0000003", "Piet", "piet@gemeente.test", "0.1"]),
    ]


@pytest.mark.parametrize(
    ("xml", "properties", "text"),
    [
        ("<v>0</v>", 't="s"', "gedeeld"),
        ("<v>1</v>", 't="s"', "gemengd"),
        ("<v>2</v>", 't="s"', "a\rb"),
        ("<v>1</v>", 't="b"', "TRUE"),
        ("<v>0</v>", 't="b"', "FALSE"),
        ("<v>#N/A</v>", 't="e"', "#N/A"),
        ("<f>A1</f><v>x</v>", 't="str"', "x"),
        ("<f>A1</f><v></v>", 't="str"', ""),
        ("<f>1+1</f><v>2</v>", "", "2"),
        ("<v>2026-11-24T00:00:00</v>", 't="d"', "2026-11-24"),
        ("<v>2026-11-24T09:30:00</v>", 't="d"', "2026-11-24T09:30:00"),
        ("<v>5</v>", 's="99"', "5"),
        ("<is><r><t>a</t></r><r><t> b</t></r></is>", 't="inlineStr"', "a b"),
    ],
)
def test_each_kind_of_cell_is_read(xml: str, properties: str, text: str) -> None:
    assert cell(xml, properties=properties) == text


@pytest.mark.parametrize(
    ("uses_1904", "day"), [("", "2022-01-01"), ("1", "2026-01-02")], ids=["from 1900", "from 1904"]
)
def test_days_count_from_the_workbooks_own_epoch(uses_1904: str, day: str) -> None:
    data = workbook(
        {"Blad1": row(1, *HEADERS) + row(2, *ANNA[:3], '<c r="D2" s="1"><v>44562</v></c>')},
        formats=["d-m-yyyy"],
        properties=f'<workbookPr date1904="{uses_1904}"/>',
    )
    assert next(parse(data).below())[1][3] == day


def test_a_formula_without_a_result_is_no_value() -> None:
    data = workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA[:3], '<c r="D2"><f>VLOOKUP(A2,X,1)</f><v/></c>')})
    _, cells, anomaly = next(parse(data).below())
    assert cells[3] == ""
    assert list(anomaly.lost) == [3]


def test_cells_that_a_merged_one_covers_are_no_values() -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA) + row(3, "P2", "Jan", "jan@gemeente.test") + row(4, *ANNA)
    merged = '<mergeCells><mergeCell ref="D2:E3"/><mergeCell ref="F1:XFD1048576"/></mergeCells>'
    found = list(parse(workbook({"Blad1": f"<sheetData>{rows}</sheetData>{merged}"})).below())
    lost = [list(anomaly.lost) for _, _, anomaly in found]
    assert lost == [[], [3], []]


def test_a_lone_cell_in_the_last_row_and_column_costs_nothing() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    records = parse(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA) + far}))
    assert [(number, len(cells)) for number, cells, _ in records.below()] == [(2, 4), (1048576, 4)]
    assert [warning.code for warning in records.warnings] == ["unknown_header"]
    assert examine(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA) + far})).reading.rows == 1


def test_cells_without_references_follow_each_other() -> None:
    rows = "<row>" + "".join(f'<c t="inlineStr"><is><t>{header}</t></is></c>' for header in HEADERS) + "</row>"
    rows += "<row>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ANNA) + "</row>"
    assert [(number, tuple(cells)) for number, cells, _ in parse(workbook({"Blad1": rows})).below()] == [(2, ANNA)]


def test_a_title_above_the_headers_is_left_out_with_a_warning() -> None:
    records = parse(workbook({"Blad1": row(2, "Personeel per 1 november") + row(5, *HEADERS) + row(6, *ANNA)}))
    assert [number for number, _, _ in records.below()] == [6]
    assert [warning.code for warning in records.warnings] == ["title_above_headers"]


def test_hidden_rows_count_with_a_warning() -> None:
    reading = examine(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA, hidden=True)})).reading
    assert len(reading.users) == 1
    assert [warning.code for warning in reading.warnings] == ["hidden_rows"]


def test_places_are_rows_of_the_sheet() -> None:
    reading = examine(workbook({"Staf": row(1, *HEADERS) + row(7, "P1", "", "anna@gemeente.test")})).reading
    (problem,) = reading.problems
    assert (problem.line, problem.place) == (7, 'row 7 of the sheet "Staf"')
    assert problem.message.startswith('Row 7 of the sheet "Staf": ')


def test_the_only_sheet_that_shows_is_read() -> None:
    data = workbook({"Oud": row(1, "x"), "Nu": row(1, *HEADERS) + row(2, *ANNA)}, hidden=["Oud"])
    assert len(list(parse(data).below())) == 1


def test_one_of_several_sheets_has_to_be_named() -> None:
    people = row(1, *HEADERS) + row(2, *ANNA)
    data = workbook({"Nu": people, "Straks": people + row(3, *ANNA), "Weg": people}, hidden=["Weg"])
    assert len(list(parse(data, "straks ").below())) == 2
    assert len(list(parse(data, "Weg").below())) == 1
    assert re.search(r'several sheets: "Nu", "Straks"\..*\[workbook\].*sheet = ', refusal(data))
    assert re.search(r'no sheet "Nee"; its sheets are "Nu", "Straks", "Weg"', refusal(data, "Nee"))
    assert re.search(r"no visible sheet", refusal(workbook({"Weg": people}, hidden=["Weg"])))


def test_a_strict_workbook_is_read() -> None:
    data = workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)})
    with_strict = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"
        )
        for name, content in unpacked(data).items()
    }
    assert len(list(parse(packed(with_strict)).below())) == 1


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    data = workbook({"Blad1": row(1, *HEADERS)}, extra={"xl/media/bomb": bytes(512 * 1024 * 1024)})
    assert "unpacks to more than 512 MB" in refusal(data)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    data = workbook({"Blad1": row(1, *HEADERS) + "".join(row(n, *ANNA) for n in range(2, 9_000))})
    info_size = len(unpacked(data)["xl/worksheets/sheet1.xml"]).to_bytes(4, "little")
    assert "damaged workbook" in refusal(data.replace(info_size, (100).to_bytes(4, "little")))


@pytest.mark.parametrize(
    "entities",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_are_refused(entities: bytes) -> None:
    parts = unpacked(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)}))
    parts["xl/worksheets/sheet1.xml"] = entities + parts["xl/worksheets/sheet1.xml"]
    assert "damaged workbook" in refusal(packed(parts))


def test_every_truncation_is_refused_in_words() -> None:
    data = workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)})
    for length in range(4, len(data) - 1, 7):
        assert refusal(data[:length])


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("content", [b"", b"<", b"<a/>", b"\x00\x01", b"<worksheet><row r='x'/></worksheet>"])
def test_parts_that_are_no_xml_or_something_else_are_refused(name: str, content: bytes) -> None:
    parts = unpacked(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)}))
    parts[name] = content
    assert refusal(packed(parts))


def test_a_cell_longer_than_any_spreadsheet_holds_is_refused() -> None:
    assert "32,767" in refusal(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA[:3], "x" * 40_000)}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), r"a workbook with a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), r"an old Excel workbook \(\.xls\)"),
        (packed({"xl/workbook.bin": b"x", "xl/x": b""}), r"not a workbook|\.xlsb"),
        (packed({"word/document.xml": b"<a/>"}), r"a Word document"),
    ],
)
def test_other_office_files_are_refused_by_their_name(data: bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        examine(data)
    assert re.search(said, str(caught.value))
    assert caught.value.hint


def test_a_number_that_is_none_is_refused() -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA[:3], '<c s="1"><v>1x</v></c>')
    assert "damaged" in refusal(workbook({"Blad1": rows}, formats=["00000"]))


def test_two_rows_of_one_number_are_refused() -> None:
    assert "damaged" in refusal(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA) + row(2, *ANNA)}))


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="D2"><v>1</v></c><c r="A2"><v>2</v></c>',
        '<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>',
        '<c r="XFE2"><v>1</v></c>',
        '<c r="2"><v>1</v></c>',
        "<c><is><t>Anna</t></is></c>",
    ],
)
def test_cells_that_the_library_would_leave_out_are_refused(cells: str) -> None:
    assert "damaged" in refusal(workbook({"Blad1": row(1, *HEADERS) + row(2, cells)}))


def test_a_row_below_the_last_one_is_refused() -> None:
    assert "damaged" in refusal(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA) + row(1_048_577, *ANNA)}))


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA) + row(3, *ANNA)
    data = workbook({"Blad1": f'<dimension ref="A1:B2"/><sheetData>{rows}</sheetData>'})
    assert [tuple(cells) for _, cells, _ in parse(data).below()] == [ANNA, ANNA]


def test_what_takes_far_more_memory_than_its_file_is_refused() -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA)
    assert "damaged" in refusal(workbook({"Blad1": f"<sheetData>{rows}</sheetData>{'<x/>' * 1_100_000}"}))
    parts = unpacked(workbook({"Blad1": rows}))
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b"</cellXfs>", b"<xf/>" * 2_100_000 + b"</cellXfs>")
    assert "damaged" in refusal(packed(parts))


def test_a_stylesheet_with_entities_is_refused() -> None:
    parts = unpacked(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)}))
    parts["xl/styles.xml"] = b'<!DOCTYPE x [<!ENTITY a "b">]>' + parts["xl/styles.xml"]
    assert "damaged workbook" in refusal(packed(parts))


def test_a_formula_with_an_empty_text_for_a_result_has_one() -> None:
    formulas = '<c t="str"><f>A1</f><v></v></c>', "<c><f>1+1</f><v>2</v></c>"
    data = workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA[:2], *formulas)})
    assert list(parse(data).below()) == [(2, [*ANNA[:2], "", "2"], ORDINARY)]


def test_trifles_of_which_the_library_warns_are_not_told(recwarn: pytest.WarningsRecorder) -> None:
    extension = '<extLst><ext uri="{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"/></extLst>'
    rows = row(1, *HEADERS) + row(2, *ANNA)
    assert len(list(parse(workbook({"Blad1": f"<sheetData>{rows}</sheetData>{extension}"})).below())) == 1
    assert not recwarn.list


def test_what_the_library_prints_of_damage_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    parts = unpacked(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA)}))
    styles = '<cellXfs><xf/></cellXfs><cellStyles><cellStyle name="Odd" xfId="7"/></cellStyles></styleSheet>'
    parts["xl/styles.xml"] = parts["xl/styles.xml"].partition(b"<cellXfs>")[0] + styles.encode()
    assert "damaged workbook" in refusal(packed(parts))
    assert capsys.readouterr().out == ""


def test_money_and_days_by_a_formats_number_alone_are_shown_as_ever() -> None:
    parts = unpacked(workbook({"Blad1": row(1, *HEADERS) + row(2, *ANNA[:2], '<c s="1"><v>5</v></c>', DAY)}))
    styles = b'<cellXfs><xf numFmtId="0"/><xf numFmtId="5"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    parts["xl/styles.xml"] = parts["xl/styles.xml"].partition(b"<cellXfs>")[0] + styles
    assert next(parse(packed(parts)).below())[1] == [*ANNA[:2], "5", "2023-03-15"]


def test_a_key_without_a_value_is_a_problem_and_a_field_without_one_is_left_alone() -> None:
    formula = "<c><f>A1</f><v/></c>"
    rows = row(1, *HEADERS) + row(2, formula, *ANNA[1:]) + row(3, "P2", "Jan", "jan@gemeente.test", formula)
    reading = examine(workbook({"Blad1": rows + row(4, "P3", "Kees", "#N/A", "x")})).reading
    assert [(problem.line, problem.code) for problem in reading.problems] == [(2, "no_value"), (4, "no_value")]
    assert [user.profile for user in reading.users] == [{}]


def test_what_stands_beyond_the_headers_counts_as_a_skipped_rows_text() -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA) + row(3, "P2", "Jan", "", "x", "jan@gemeente.test")
    assert examine(workbook({"Blad1": rows})).reading.skipped[0].cells[-1] == "jan@gemeente.test"
