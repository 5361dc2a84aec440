"""What a whole text is free of, so that most sources need no look at each character of each cell."""

import re
import unicodedata

from msgspec import Struct

_CONTROLS = bytes((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F))
_FROM_U0300 = bytes(range(0xCC, 0x100))
"""UTF-8's first bytes from U+0300 on; below it every text is NFC."""

_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
_MOJIBAKE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\xa0-\xbf]|[\xc5\xc6\xcb\xe2])")
"""Characters that UTF-8's first and second bytes become when read as Windows-1252."""

_REPLACEMENT = "\ufffd"


class Survey(Struct, frozen=True):
    """What may occur somewhere in a text. `has_tabs` does not count tabs that can only be delimiters."""

    is_normal: bool
    has_controls: bool
    has_tabs: bool
    has_mojibake: bool


def survey(content: str, delimiter: str) -> Survey:
    """Look a whole text over, in a few passes that cost less than a microsecond a row."""
    data = content.encode("utf-8")
    has_c1 = _C1_CONTROL.search(data) is not None
    has_tabs = "\t" in content if delimiter != "\t" else '"' in content
    if len(data.translate(None, _CONTROLS + _FROM_U0300)) == len(data):
        is_normal, has_controls = True, has_c1
    else:
        is_normal = unicodedata.is_normalized("NFC", content)
        has_controls = has_c1 or len(data.translate(None, _CONTROLS)) != len(data)
    return Survey(
        is_normal=is_normal,
        has_controls=has_controls,
        has_tabs=has_tabs,
        has_mojibake=not is_normal or _REPLACEMENT in content or _MOJIBAKE.search(data) is not None,
    )
