"""A workbook's archive, looked over before a library is given it: what it unpacks to, entities, other kinds of file."""

import re
from io import BytesIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 # an exception

from pleio_profile_sync_client.errors import SourceError

LARGEST_UNPACKED = 512 * 1024 * 1024
"""What a workbook may unpack to, in bytes; one of 50,000 people takes about 40 MB."""

SAVE_AGAIN = "Open it in Excel or LibreOffice, save it again as .xlsx, and try that; or save it as CSV UTF-8."

_CHUNK = 64 * 1024
_MOST_TAGS = 2_000_000
"""Tags of a part that a library keeps in memory as a whole; those of sheets and of texts are read one by one."""

_MOST_TAGS_OF_TEXTS = 30_000_000
_LARGE = re.compile(r"xl/(worksheets/|sharedStrings\.xml)", re.IGNORECASE)
_XML = (".xml", ".rels")
_DECLARATION = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
}
"""The names that "Strict Open XML" has for the same things, and that libraries don't know."""


def damaged(location: str) -> SourceError:
    """Return the refusal of a workbook in which something is not as it should be."""
    return SourceError(f"{location} is a damaged workbook.", hint=SAVE_AGAIN)


def look_over(data: bytes, location: str) -> bytes:
    """Return the archive, fit for a library; raise `SourceError` where it is none that one should be given."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            _require_workbook(archive, location)
            if sum(info.file_size for info in archive.infolist()) > LARGEST_UNPACKED:
                raise _too_large(location)
            unpacked, is_strict = 0, False
            for info in archive.infolist():
                unpacked, strict_part = _look_over_part(archive, info, unpacked, location)
                is_strict = is_strict or strict_part
            return _transitional(archive) if is_strict else data
    except (BadZipFile, ZlibError, EOFError, NotImplementedError, LookupError, ValueError, OSError) as error:
        raise damaged(location) from error
    except RuntimeError as error:  # zipfile's word for a member that is encrypted
        raise SourceError(f"{location} is encrypted.", hint=SAVE_AGAIN) from error


def _require_workbook(archive: ZipFile, location: str) -> None:
    names = set(archive.namelist())
    if "xl/workbook.bin" in names:
        raise SourceError(f"{location} is an Excel binary workbook (.xlsb).", hint="Save it as .xlsx, or as CSV UTF-8.")
    if "[Content_Types].xml" not in names:
        raise SourceError(f"{location} is a zip archive, but not a workbook.", hint=SAVE_AGAIN)


def _look_over_part(archive: ZipFile, info: ZipInfo, unpacked: int, location: str) -> tuple[int, bool]:
    """Unpack a part, bit by bit; return what has been unpacked so far, and whether it is of a strict workbook."""
    is_xml = info.filename.lower().endswith(_XML)
    is_strict = False
    tags, end = 0, b""
    most_tags = _MOST_TAGS_OF_TEXTS if _LARGE.match(info.filename) else _MOST_TAGS
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > LARGEST_UNPACKED:
                raise _too_large(location)
            if not is_xml:
                continue
            seen = end + chunk
            if b"\0" in seen or (b"<!" in seen and _DECLARATION.search(seen)):
                raise damaged(location)
            is_strict = is_strict or any(name in seen for name in _STRICT)
            tags += chunk.count(b"<")
            if tags > most_tags:
                raise damaged(location)
            end = chunk[-64:]
    return unpacked, is_strict


def _transitional(archive: ZipFile) -> bytes:
    """Return a strict workbook with the names that every other one has."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=1) as other:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename.lower().endswith(_XML):
                for strict, usual in _STRICT.items():
                    content = content.replace(strict, usual)
            other.writestr(info.filename, content)
    return stream.getvalue()


def _too_large(location: str) -> SourceError:
    return SourceError(
        f"{location} unpacks to more than {LARGEST_UNPACKED // 1024**2} MB; no list of people is that large.",
        hint=SAVE_AGAIN,
    )
