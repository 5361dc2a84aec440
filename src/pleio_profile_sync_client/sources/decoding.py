"""Bytes to text: byte order marks, strict UTF-8, Windows-1252 as a last resort. Nothing is replaced, nothing guessed.

What can't be read reliably ends the run, with the line. What the characters mean is decided in `rows`.
"""

import codecs
import re
import unicodedata
from collections import Counter

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.words import find_invisible
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.file_formats import SAVE_AS_CSV, other_format
from pleio_profile_sync_client.sources.records import Survey
from pleio_profile_sync_client.sources.values import shown

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins with the mark of UTF-16, so it comes before it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE = re.compile(r"utf-(16|32)")
_MARK = "\ufeff"
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_BROKEN_OFF = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
"""The last character of a text in UTF-8 that lacks its end."""

_UNDECODED = re.compile("[\udc80-\udcff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_AROUND = 20
_DOS_END = "\x1a"
"""What DOS programs put at the end of a text (Ctrl-Z)."""

_CONTROLS = bytes((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
_FROM_U0300 = bytes(range(0xCC, 0x100))
"""UTF-8's first bytes from U+0300 on; below it every text is NFC."""

_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_MOJIBAKE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\xa0-\xbf]|[\xc5\xc6\xcb\xe2])")
"""Characters that UTF-8's first and second bytes become when read as Windows-1252."""

_REPLACEMENT = "\ufffd"
_ASCII = bytes(range(0x80))
_NUMBERED_ERROR = re.compile(r":[ \u00a0]?5\d\d")
"""What ends the errors of LibreOffice, `Err:502`, in any language."""


class Text(Struct, frozen=True):
    """A source's text; `is_guess` if Windows-1252 was the only encoding left."""

    content: str
    is_guess: bool = False


def decode(data: bytes, *, location: str, encoding: str | None) -> Text:
    """Return the text of a source; raise `SourceError` with the line where it can't be read reliably.

    A byte order mark decides, or else UTF-8 if all of it is UTF-8, or else Windows-1252. `encoding` overrules. The end
    mark of DOS programs (Ctrl-Z) is not part of the text.
    """
    other = other_format(data)
    if other:
        raise SourceError(f"{location} is {other.name}, neither a CSV nor a workbook (.xlsx).", hint=other.hint)
    text = _decode(data, location=location, encoding=encoding)
    return replace(text, content=text.content.rstrip(_DOS_END))


def warn_of_guess(content: str) -> Finding:
    """Return the warning for a source that was read as Windows-1252, with the first place where that matters."""
    found = _NOT_ASCII.search(content)
    start = found.start() if found else 0
    before = content[:start].encode("utf-8")
    around = re.split(r"[\r\n]", content[max(start - _AROUND, 0) : start])[-1]
    around += re.split(r"[\r\n]", content[start : start + _AROUND])[0]
    return Finding(
        "read_as_windows_1252",
        f"The file is not UTF-8, so it was read as Windows-1252. If {shown(around)} looks right, all is well: "
        "--encoding cp1252 ends this warning, and so does an export as CSV UTF-8.",
        line_at(before, len(before)),
    )


def line_at(content: bytes, position: int) -> int:
    r"""Return the number of the line with the byte at `position`; `\n`, `\r\n` and `\r` end a line."""
    before = content[:position]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def survey(content: str, delimiter: str) -> Survey:
    """Check a whole text, in a few passes that cost less than a microsecond a row."""
    data = content.encode("utf-8")
    has_tabs = "\t" in content if delimiter != "\t" else '"' in content
    has_controls = has_tabs or _C1_CONTROL.search(data) is not None or _has_invisible(data)
    is_normal = True
    if len(data.translate(None, _CONTROLS + _FROM_U0300)) != len(data):
        is_normal = unicodedata.is_normalized("NFC", content)
        has_controls = has_controls or len(data.translate(None, _CONTROLS)) != len(data)
    return Survey(
        is_normal=is_normal,
        has_controls=has_controls,
        has_mojibake=not is_normal or _REPLACEMENT in content or _MOJIBAKE.search(data) is not None,
        has_errors="#" in content or _NUMBERED_ERROR.search(content) is not None,
    )


def _decode(data: bytes, *, location: str, encoding: str | None) -> Text:
    mark, marked = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", None))
    if encoding is not None:
        return _decode_as_told(data, encoding=encoding, marked=marked, location=location)
    if marked is not None:
        return Text(_strict(data[len(mark) :], marked, location).removeprefix(_MARK))
    _refuse_nuls(data, location)
    try:
        return Text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if _is_damaged_utf_8(data):
            raise _damage(location, line_at(data, error.start), "utf-8") from error
    return Text(_windows_1252(data, location), is_guess=True)


def _decode_as_told(data: bytes, *, encoding: str, marked: str | None, location: str) -> Text:
    name = codecs.lookup(encoding).name
    if marked is not None and not _agree(name, marked):
        raise SourceError(
            f"{location} begins with the byte order mark of {marked}, but the encoding was given as {name}.",
            hint="Leave --encoding out.",
        )
    if marked is None and not _WIDE.match(name):
        _refuse_nuls(data, location)
    content = _strict(data, name, location).removeprefix(_MARK)
    if _SURROGATE.search(content):
        raise SourceError(f"{location} has incomplete characters when read as {name}.", hint="Try another --encoding.")
    return Text(content)


def _agree(name: str, marked: str) -> bool:
    return marked.startswith(name) or name == f"{marked}-sig"


def _strict(data: bytes, encoding: str, location: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        if _WIDE.match(encoding):
            before = before.decode(encoding, "replace").encode("utf-8", "replace")
        raise _damage(location, line_at(before, len(before)), encoding) from error
    except UnicodeError as error:  # raised without a position by idna, punycode and the like
        raise SourceError(f"{location} can't be read as {encoding}.", hint="Try another --encoding.") from error


def _damage(location: str, line: int, encoding: str) -> SourceError:
    return SourceError(
        f"{location}, line {line}: damaged text; it can't be read as {encoding.upper()} from there on.",
        hint="Export the file again and copy it whole, without an editor in between; "
        "if it is not UTF-8, name its encoding with --encoding (Windows: cp1252).",
    )


def _refuse_nuls(data: bytes, location: str) -> None:
    position = data.find(b"\0")
    if position < 0:
        return
    likely = ""
    if data[1::2].count(0) * 4 > len(data):
        likely = "It looks like UTF-16 without a byte order mark: try --encoding utf-16-le. "
    elif data[::2].count(0) * 4 > len(data):
        likely = "It looks like UTF-16 without a byte order mark: try --encoding utf-16-be. "
    raise SourceError(
        f"{location}, line {line_at(data, position)}: a NUL, which no text contains; the file is damaged or not a CSV.",
        hint=f"{likely}{SAVE_AS_CSV}",
    )


def _is_damaged_utf_8(data: bytes) -> bool:
    """Tell whether a damaged file was UTF-8: most of its characters are, or it breaks off in the last one.

    Valid and invalid sequences are counted in runs of bytes above ASCII, of which there are few different ones.
    """
    valid = places = 0
    for run, times in Counter(_HIGH_BYTES.findall(data)).items():
        decoded = run.decode("utf-8", "surrogateescape")
        valid += times * len(_UNDECODED.sub("", decoded))
        places += times * len(_UNDECODED.findall(decoded))
    return valid >= places - bool(_BROKEN_OFF.search(data[-3:]))


def _windows_1252(data: bytes, location: str) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{location}, line {line_at(data, error.start)}: neither UTF-8 nor Windows-1252 "
            f"(byte 0x{data[error.start]:02X}).",
            hint=f"{SAVE_AS_CSV} Or name the encoding: --encoding cp850 (DOS) or mac_roman (older Macs).",
        ) from error


def _has_invisible(data: bytes) -> bool:
    """Tell whether a text in UTF-8 contains invisible characters: each one that is not ASCII is looked at once."""
    rare = data.translate(None, _ASCII)
    return find_invisible("".join(set(rare.decode("utf-8")))) is not None
