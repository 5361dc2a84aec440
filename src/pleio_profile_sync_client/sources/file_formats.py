"""What a file is, judging by its bytes and not by its name: a workbook, or something that can't be a source.

Files that can't be read are named, with a way out.
"""

import re

from msgspec import Struct

SAVE_AS_WORKBOOK = "Open it in Excel or LibreOffice: Save as, and choose .xlsx (or 'CSV UTF-8')."
SAVE_AS_CSV = "In Excel or LibreOffice: Save as, and choose 'CSV UTF-8'."

_UNPACK = "Unpack it, and give the CSV inside."
_EXPORT = "Export the people as CSV from the system that holds them."
_SIGN_IN = "A login or error page that was saved as CSV? Look at the export's address and how it signs in."


class FileFormat(Struct, frozen=True):
    """What a file is, with its article, and what to do about it."""

    name: str
    hint: str


_OLD_WORKBOOK = FileFormat("an old Excel workbook (.xls)", SAVE_AS_WORKBOOK)
_LOCKED = FileFormat(
    "a workbook with a password",
    "Save it without one (in Excel: File, Info, Protect Workbook, Encrypt with Password, empty), in a folder that only "
    "this program and the export may read.",
)

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGNATURES = (
    (b"%PDF-", FileFormat("a PDF", _EXPORT)),
    (b"\x89PNG\r\n", FileFormat("a picture (PNG)", _EXPORT)),
    (b"\xff\xd8\xff", FileFormat("a picture (JPEG)", _EXPORT)),
    (b"GIF8", FileFormat("a picture (GIF)", _EXPORT)),
    (b"\x1f\x8b", FileFormat("a gzip archive", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", FileFormat("a 7-Zip archive", _UNPACK)),
    (b"BZh", FileFormat("a bzip2 archive", _UNPACK)),
    (b"\xfd7zXZ\x00", FileFormat("an xz archive", _UNPACK)),
    (b"SQLite format 3\x00", FileFormat("an SQLite database", _EXPORT)),
    (b"\x00\x01\x00\x00Standard", FileFormat("an Access database", _EXPORT)),
    (b"{\\rtf", FileFormat("a Word document (RTF)", _EXPORT)),
)
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|table|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml")
_JSON = re.compile(rb"\s*(?:\[\s*)?\{\s*\"")
_UTF8_MARK = b"\xef\xbb\xbf"


def is_workbook(data: bytes) -> bool:
    """Tell whether the file is a modern Excel workbook (.xlsx, .xlsm), even a damaged one."""
    return data.startswith(_ZIP) and b"xl/" in data and not _is_open_document(data)


def other_format(data: bytes) -> FileFormat | None:
    """Return what the file is if it is recognised as something other than a CSV."""
    start = data[:512].removeprefix(_UTF8_MARK)
    if start.startswith(_ZIP):
        return _format_of_zip(data)
    if start.startswith(_OLE):
        return _LOCKED if _ENCRYPTED in data else _OLD_WORKBOOK
    for signature, file_format in _SIGNATURES:
        if start.startswith(signature):
            return file_format
    if _PAGE.match(start):
        return FileFormat("a web page (HTML)", _SIGN_IN)
    if _XML.match(start):
        return FileFormat("XML", _EXPORT)
    return FileFormat("JSON", _EXPORT) if _JSON.match(start) else None


def _format_of_zip(data: bytes) -> FileFormat:
    if _is_open_document(data):
        return FileFormat("a LibreOffice workbook (.ods)", SAVE_AS_WORKBOOK)
    if b"word/" in data:
        return FileFormat("a Word document (.docx)", _EXPORT)
    return FileFormat("a zip archive", _UNPACK)


def _is_open_document(data: bytes) -> bool:
    return b"opendocument.spreadsheet" in data[:256]
