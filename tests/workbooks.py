"""Workbooks for tests: made of their XML, so that they can hold what no library writes."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(
    sheets: Mapping[str, str],
    *,
    hidden: Sequence[str] = (),
    strings: Sequence[str] = (),
    formats: Sequence[str] = (),
    properties: str = "",
    extra: Mapping[str, bytes] = {},
) -> bytes:
    """Return a workbook of sheets, each the XML of its rows. Style 1, 2, … has the first, second, … of `formats`."""
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations({"r1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{properties}<sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{number}" {_state(name in hidden)} r:id="s{number}"/>'
            for number, name in enumerate(sheets, 1)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            {f"s{number}": ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)}
            | {"strings": ("sharedStrings", "/xl/sharedStrings.xml"), "styles": ("styles", "styles.xml")}
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(f"<si>{item}</si>" for item in strings)}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>'
        + "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(formats))
        + '</numFmts><cellXfs><xf numFmtId="0"/>'
        + "".join(f'<xf numFmtId="{200 + number}"/>' for number in range(len(formats)))
        + "</cellXfs></styleSheet>",
    }
    for number, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}">{_sheet_data(rows)}</worksheet>'
    return packed({name: text.encode() for name, text in parts.items()} | dict(extra))


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return these files as a zip archive, the same bytes every time."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED if len(content) > 1_000_000 else ZIP_STORED)
    return stream.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive."""
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def row(number: int, *cells: str, hidden: bool = False) -> str:
    """Return a row of cells, from the first column on. One that begins with `<` is XML, the others are texts."""
    state = "1" if hidden else "0"
    return f'<row r="{number}" hidden="{state}">{"".join(map(_cell, cells))}</row>'


def _cell(content: str) -> str:
    return content if content.startswith("<") else f'<c t="inlineStr"><is><t>{content}</t></is></c>'


def _state(is_hidden: bool) -> str:
    return 'state="hidden"' if is_hidden else ""


def _sheet_data(rows: str) -> str:
    return rows if "<sheetData>" in rows else f"<sheetData>{rows}</sheetData>"


def _content_types(sheets: int) -> str:
    kinds = {"workbook": "sheet.main", "sharedStrings": "sharedStrings", "styles": "styles"}
    kinds |= {f"worksheets/sheet{number}": "worksheet" for number in range(1, sheets + 1)}
    start = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(f'<Override PartName="/xl/{n}.xml" ContentType="{start}.{kind}+xml"/>' for n, kind in kinds.items())
        + "</Types>"
    )


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    return (
        f'<Relationships xmlns="{RELATIONS}">'
        + "".join(
            f'<Relationship Id="{identity}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for identity, (kind, target) in targets.items()
        )
        + "</Relationships>"
    )
