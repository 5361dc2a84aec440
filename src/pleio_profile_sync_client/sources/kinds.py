"""Files that are no CSV at all, told by their first bytes, so that they can be called what they are, with a way out."""

import re

from msgspec import Struct

SAVE_AS_CSV = "In Excel or LibreOffice: Save as, and choose 'CSV UTF-8'."

_UNPACK = "Unpack it, and give the CSV that is in it."
_EXPORT = "Export the people as CSV from the system that holds them."
_SIGN_IN = "A login or error page that was saved as CSV? Look at the export's address and how it signs in."


class Kind(Struct, frozen=True):
    """What a file is, with its article, and what to do about it."""

    name: str
    hint: str


_ZIP = b"PK\x03\x04"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Excel workbook (.xls)", SAVE_AS_CSV)),
    (b"%PDF-", Kind("a PDF", _EXPORT)),
    (b"\x89PNG\r\n", Kind("a picture (PNG)", _EXPORT)),
    (b"\xff\xd8\xff", Kind("a picture (JPEG)", _EXPORT)),
    (b"GIF8", Kind("a picture (GIF)", _EXPORT)),
    (b"\x1f\x8b", Kind("a gzip archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive", _UNPACK)),
    (b"BZh", Kind("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\x00", Kind("an xz archive", _UNPACK)),
    (b"SQLite format 3\x00", Kind("an SQLite database", _EXPORT)),
    (b"\x00\x01\x00\x00Standard", Kind("an Access database", _EXPORT)),
    (b"{\\rtf", Kind("a Word document (RTF)", _EXPORT)),
)
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|table|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml")
_JSON = re.compile(rb"\s*(?:\[\s*)?\{\s*\"")
_UTF8_MARK = b"\xef\xbb\xbf"


def other_kind(data: bytes) -> Kind | None:
    """Return what the file is where it is recognised as something else than a CSV."""
    start = data[:512].removeprefix(_UTF8_MARK)
    if start.startswith(_ZIP):
        return _kind_of_zip(data)
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if _PAGE.match(start):
        return Kind("a web page (HTML)", _SIGN_IN)
    if _XML.match(start):
        return Kind("XML", _EXPORT)
    return Kind("JSON", _EXPORT) if _JSON.match(start) else None


def _kind_of_zip(data: bytes) -> Kind:
    if b"opendocument.spreadsheet" in data[:256]:
        return Kind("a LibreOffice workbook (.ods)", SAVE_AS_CSV)
    if b"xl/" in data:
        return Kind("an Excel workbook (.xlsx)", SAVE_AS_CSV)
    return Kind("a zip archive", _UNPACK)
