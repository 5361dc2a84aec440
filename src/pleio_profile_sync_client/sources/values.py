"""What single cells are: e-mails, guids, spoilt text; how long they may be. No rows, no columns."""

import re
import unicodedata

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between the cells of a text."""

LONGEST_NAME, LONGEST_EMAIL, LONGEST_EXTERNAL_ID = 100, 255, 200
"""The subsite's own limits, in characters (`POST /users`, observed)."""

is_email = re.compile(r"[^@\s]+@[^@\s]+").fullmatch
"""Whether a trimmed value is an e-mail: one `@`, something on both sides, no blank; nothing more."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_PROFILE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS = " \t\r\n\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What is trimmed without a word; control characters that count as blanks for `str.strip` are not among them."""

_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")
_NUMBER = re.compile(r"[0-9]+")


def normalised(cell: str) -> str:
    """Return a cell trimmed and NFC-normalised."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFC", cell).strip()


def find_control(cell: str, *, in_profile: bool = False) -> str | None:
    """Return the first control character of a raw cell that trimming blanks does not take away."""
    pattern = _CONTROL_IN_PROFILE if in_profile else _CONTROL
    found = pattern.search(cell.strip(_BLANKS))
    return found[0] if found else None


def is_mojibake(cell: str) -> bool:
    """Tell whether a raw cell was UTF-8 that somebody read as Windows-1252, or holds a replacement character."""
    if cell.isascii():
        return False
    return "\ufffd" in cell or any(_is_utf_8_in_disguise(text) for text in (cell, normalised(cell)))


def split_groups(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a cell's guids as they are sent (lower case, dashed), each once, and the parts that are no guids."""
    guids: list[str] = []
    others: list[str] = []
    for part in filter(None, map(str.strip, cell.split(","))):
        match = _UUID.fullmatch(part.lower())
        if match:
            guids.append("-".join(match.groups()))
        elif _NUMBER.fullmatch(part):
            guids.append(part)
        else:
            others.append(part)
    return tuple(dict.fromkeys(guids)), tuple(dict.fromkeys(others))


def _is_utf_8_in_disguise(text: str) -> bool:
    try:
        return not text.encode("cp1252").decode("utf-8").isascii()
    except UnicodeError:
        return False
