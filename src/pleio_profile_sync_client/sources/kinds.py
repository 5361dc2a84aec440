"""What a file is, told by its bytes and not by its name: a workbook, or something that is no source at all.

What can't be read is called what it is, with a way out.
"""

import re

from msgspec import Struct

SAVE_AS_WORKBOOK = "Open it in Excel or LibreOffice: Save as, and choose .xlsx (or 'CSV UTF-8')."
SAVE_AS_CSV = "In Excel or LibreOffice: Save as, and choose 'CSV UTF-8'."

_UNPACK = "Unpack it, and give the CSV that is in it."
_EXPORT = "Export the people as CSV from the system that holds them."
_SIGN_IN = "A login or error page that was saved as CSV? Look at the export's address and how it signs in."


class Kind(Struct, frozen=True):
    """What a file is, with its article, and what to do about it."""

    name: str
    hint: str


_UNLOCK = (
    "Save it without one (in Excel: File, Info, Protect Workbook, Encrypt with Password, empty), in a folder that only "
    "this program and the export may read."
)

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGNATURES = (
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


def is_workbook(data: bytes) -> bool:
    """Tell whether the file is an Excel workbook of today (.xlsx, .xlsm), damaged perhaps."""
    return data.startswith(_ZIP) and b"xl/" in data and not _is_open_document(data)


def other_kind(data: bytes) -> Kind | None:
    """Return what the file is where it is recognised as something other than a CSV."""
    start = data[:512].removeprefix(_UTF8_MARK)
    if start.startswith(_ZIP):
        return _kind_of_zip(data)
    if start.startswith(_OLE):
        return _kind_of_ole(data)
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if _PAGE.match(start):
        return Kind("a web page (HTML)", _SIGN_IN)
    if _XML.match(start):
        return Kind("XML", _EXPORT)
    return Kind("JSON", _EXPORT) if _JSON.match(start) else None


def _kind_of_zip(data: bytes) -> Kind:
    if _is_open_document(data):
        return Kind("a LibreOffice workbook (.ods)", SAVE_AS_WORKBOOK)
    if b"word/" in data:
        return Kind("a Word document (.docx)", _EXPORT)
    return Kind("a zip archive", _UNPACK)


def _kind_of_ole(data: bytes) -> Kind:
    if _ENCRYPTED in data:
        return Kind("a workbook with a password", _UNLOCK)
    return Kind("an old Excel workbook (.xls)", SAVE_AS_WORKBOOK)


def _is_open_document(data: bytes) -> bool:
    return b"opendocument.spreadsheet" in data[:256]
