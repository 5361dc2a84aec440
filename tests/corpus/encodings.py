"""Corpus files about bytes: encodings, damage, and files that are no text."""

import gzip
import io
import zipfile

from tests.corpus.case import (
    DUTCH_COLUMNS,
    DUTCH_HEADERS,
    OWN_HEADERS,
    PEOPLE,
    Case,
    good,
    mixed,
    people,
    refused,
    short,
)
from tests.workbooks import row, workbook

_GUESSED = ("read_as_windows_1252",)
_UTF_8 = people()
_DUTCH = people(delimiter=";", end="\r\n", headers=DUTCH_HEADERS)


def cases() -> dict[str, Case]:
    """Return the files by name."""
    return {**_readable(), **_damaged(), **_told(), **_other_kinds()}


def _readable() -> dict[str, Case]:
    return {
        "utf-8.csv": good(_UTF_8),
        "utf-8-with-mark.csv": good(_UTF_8.encode("utf-8-sig")),
        "utf-8-with-two-marks.csv": good(b"\xef\xbb\xbf" + _UTF_8.encode("utf-8-sig")),
        "utf-16-little-endian.txt": good(b"\xff\xfe" + people(delimiter="\t", end="\r\n").encode("utf-16-le")),
        "utf-16-big-endian.txt": good(b"\xfe\xff" + people(delimiter="\t", end="\r\n").encode("utf-16-be")),
        "utf-32.csv": good(b"\xff\xfe\x00\x00" + _UTF_8.encode("utf-32-le")),
        "windows-1252.csv": good(_UTF_8.encode("cp1252"), warnings=_GUESSED),
        "windows-1252-euro.csv": mixed(
            short(
                "1,Loïs Visser,lois@gemeente.test,€ 5 … “klein”", headers="external_id,name,email,profile.loon"
            ).encode("cp1252"),
            (1, 1),
            warnings=_GUESSED,
            first_name="Loïs Visser",
        ),
        "windows-1252-carons.csv": mixed(
            short("1,Žan Šmid-Šime,z@gemeente.test", "2,SLAVOJ ŽIŽEK,s@gemeente.test").encode("cp1252"),
            (2, 2),
            warnings=_GUESSED,
            first_name="Žan Šmid-Šime",
        ),
        "afas-export-windows.csv": good(_DUTCH.encode("cp1252"), columns=DUTCH_COLUMNS, warnings=_GUESSED),
        "excel-csv-utf8.csv": good(_DUTCH.encode("utf-8-sig"), columns=DUTCH_COLUMNS),
        "excel-unicode-text.txt": good(
            b"\xff\xfe" + people(delimiter="\t", end="\r\n", headers=DUTCH_HEADERS).encode("utf-16-le"),
            columns=DUTCH_COLUMNS,
        ),
        "names-of-many-alphabets.csv": mixed(
            short("1,Łukasz Żółć,l@gemeente.test", "2,Ελένη,e@gemeente.test", "3,李小龍,l2@gemeente.test"),
            (3, 3),
            first_name="Łukasz Żółć",
        ),
        "decomposed-letters.csv": good(_UTF_8.replace("ï", "i\u0308")),
    }


def _damaged() -> dict[str, Case]:
    data = _UTF_8.encode()
    return {
        "utf-8-one-byte-damaged.csv": refused(data.replace("ë".encode(), b"\xc3a", 1), r"line 3: damaged text"),
        "utf-8-marked-and-damaged.csv": refused(
            data.replace("ë".encode(), b"\xc3a", 1).join((b"\xef\xbb\xbf", b"")), r"line 3: damaged text"
        ),
        "utf-8-broken-off-in-a-character.csv": refused(
            short("1,Loïs,lois@gemeente.test", "2,Zoë").encode()[:-2], r"line 3: damaged text"
        ),
        "ascii-broken-off-in-a-character.csv": refused(
            short("1,Jan,jan@gemeente.test", "2,Zoë").encode()[:-2], r"line 3: damaged text"
        ),
        "utf-16-odd-length.txt": refused(
            b"\xff\xfe" + people(delimiter="\t").encode("utf-16-le")[:-1], r"line 5: damaged text"
        ),
        "utf-16-half-a-pair.txt": refused(
            b"\xff\xfe" + short("1,Jan \ud83d,jan@gemeente.test").encode("utf-16-le", "surrogatepass"),
            r"line 2: damaged text",
        ),
        "utf-16-without-mark.csv": refused(_UTF_8.encode("utf-16-le"), r"line 1: a NUL.*utf-16-le"),
        "utf-16-big-without-mark.csv": refused(_UTF_8.encode("utf-16-be"), r"line 1: a NUL.*utf-16-be"),
        "a-nul.csv": refused(_UTF_8.replace("Thijs ", "Thijs\0"), r"line 4: a NUL"),
        "neither-utf-8-nor-1252.csv": refused(
            short("1,Jan,jan@gemeente.test", "2,X\x81y,x@gemeente.test").encode("latin-1"),
            r"line 3: neither.*0x81.*cp850",
        ),
        "code-page-850.csv": refused(_UTF_8.encode("cp850"), r"line 2: the name .*cp850.*mac_roman.*cp1252"),
        **{
            f"one-name-in-{encoding}-{number}.csv": refused(
                short(f"1,{name},a@gemeente.test").encode(encoding), rf"line 2: the name .*{encoding}"
            )
            for encoding, names in {
                "cp850": ("Ramón", "Núñez", "Martín", "MUÑOZ"),
                "mac_roman": ("José", "Müller", "Händel"),
            }.items()
            for number, name in enumerate(names)
        },
        "mac-roman.csv": refused(_UTF_8.encode("mac_roman"), r"line 2: the name .*mac_roman"),
    }


def _told() -> dict[str, Case]:
    return {
        "told-code-page-850.csv": good(_UTF_8.encode("cp850"), encoding="cp850"),
        "told-mac-roman.csv": good(_UTF_8.encode("mac_roman"), encoding="mac_roman"),
        "told-windows-1252.csv": good(_UTF_8.encode("cp1252"), encoding="cp1252"),
        "told-windows-1252-odd-name.csv": mixed(
            short("1,Jan “Joop” … Smit,jan@gemeente.test").encode("cp1252"),
            (1, 1),
            first_name="Jan “Joop” … Smit",
            encoding="cp1252",
        ),
        "told-utf-16-without-mark.csv": good(_UTF_8.encode("utf-16-le"), encoding="utf-16-le"),
        "told-utf-8-with-mark.csv": good(_UTF_8.encode("utf-8-sig"), encoding="utf-8"),
        "told-utf-8-but-1252.csv": refused(_UTF_8.encode("cp1252"), r"line 2: damaged text", encoding="utf-8"),
        "told-1252-but-marked-utf-8.csv": refused(
            _UTF_8.encode("utf-8-sig"), r"mark of utf-8.*Leave --encoding out", encoding="cp1252"
        ),
    }


def _other_kinds() -> dict[str, Case]:
    return {
        "workbook.xlsx": good(
            workbook(
                {"Staf": row(1, *OWN_HEADERS) + "".join(row(number, *cells) for number, cells in enumerate(PEOPLE, 2))}
            )
        ),
        "workbook-damaged.xlsx": refused(_zip("[Content_Types].xml", "xl/workbook.xml"), r"damaged workbook.*save it"),
        "workbook-with-password.xlsx": refused(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), r"password.*without one"
        ),
        "workbook.ods": refused(
            _zip("mimetype", "content.xml", text="application/vnd.oasis.opendocument.spreadsheet"),
            r"LibreOffice workbook.*Save as",
        ),
        "archive.zip": refused(_zip("users.csv"), r"zip archive.*Unpack it"),
        "workbook.xls": refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), r"old Excel workbook.*Save as"),
        "document.pdf": refused(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", r"is a PDF.*Export .* as CSV"),
        "picture.png": refused(b"\x89PNG\r\n\x1a\n" + bytes(32), r"picture \(PNG\).*Export .* as CSV"),
        "picture.jpg": refused(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", r"picture \(JPEG\).*Export .* as CSV"),
        "packed.csv.gz": refused(_gzip(_UTF_8.encode()), r"gzip archive.*Unpack it"),
        "table.xls": refused(
            b"<html><body><table><tr><td>name</td></tr></table></body></html>", r"web page.*login or error page"
        ),
        "people.xml": refused(b'<?xml version="1.0"?>\n<people/>\n', r"is XML.*Export .* as CSV"),
        "login.csv": refused(
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE html>\n<html><title>Inloggen</title></html>\n',
            r"web page.*login or error page",
        ),
        "people.json": refused(b'[{"name": "Jan", "email": "jan@gemeente.test"}]\n', r"is JSON.*Export .* as CSV"),
        "random-bytes.bin": refused(bytes(range(1, 256)) * 4, r"line \d+: "),
    }


def _gzip(data: bytes) -> bytes:
    packed = gzip.compress(data, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # the system that packed it: Python's versions don't agree on it


def _zip(*names: str, text: str = "x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()
