"""Files that are no text at all, told by their first bytes, so that they can be called what they are."""

import re

_ZIP = b"PK\x03\x04"
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)"),
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x00\x01\x00\x00Standard", "an Access database"),
    (b"{\\rtf", "a Word document (RTF)"),
)
_MARKUP = re.compile(rb"\s*<(?:(\?xml)|(?:!doctype\s+html|html|head|table|meta)\b)", re.IGNORECASE)
_JSON = re.compile(rb"\s*(?:\[\s*)?\{\s*\"")
_UTF8_MARK = b"\xef\xbb\xbf"


def other_kind(data: bytes) -> str | None:
    """Return what the file is where it is recognised as something else than a CSV, with its article."""
    start = data[:512].removeprefix(_UTF8_MARK)
    if start.startswith(_ZIP):
        return _kind_of_zip(data)
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    markup = _MARKUP.match(start)
    if markup:
        return "XML" if markup[1] else "a web page (HTML)"
    return "JSON" if _JSON.match(start) else None


def _kind_of_zip(data: bytes) -> str:
    if b"opendocument.spreadsheet" in data[:256]:
        return "a LibreOffice workbook (.ods)"
    if b"xl/" in data:
        return "an Excel workbook (.xlsx)"
    return "a zip archive"
