"""Texts shown safely: none controls a terminal, adds a line to a log, begins a formula or shows the secret."""

import re
from collections.abc import Callable

_BIDIRECTIONAL_MARKS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SEPARATORS = (0x2028, 0x2029)
_ESCAPES = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_ESCAPES |= {code: f"\\u{code:04x}" for code in (*_BIDIRECTIONAL_MARKS, *_SEPARATORS, *range(0xD800, 0xE000))}
_ESCAPES |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_FORMULA = re.compile(r"((?:\A|[,;|\t\r\n\"])\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001 # wide ones count in Excel
"""Where a spreadsheet would begin a formula: at a cell's start, also where it takes another delimiter for one."""

_MOST_TEXTS = 20_000
"""A field in which hardly two people have the same value (a phone number) would fill the memory that is to be saved."""

MASK = "***"
SHORTEST = 8
"""Shorter secrets are not searched for: they would be found in ordinary words and figures."""


class Redactor:
    """Replaces the secrets that it was given, however they are spelled, in any text.

    This is the second line of defence; the first is not to write the secret anywhere.
    """

    def __init__(self, *secrets: str) -> None:
        self._spellings: list[str] = []
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Replace this secret from now on: as it is, and as URLs, JSON, Python and the log would write it."""
        import json  # noqa: PLC0415 -- both are slow to import, and --help shows texts without a secret
        from urllib.parse import quote, quote_plus  # noqa: PLC0415

        if len(secret) < SHORTEST:
            return
        as_json, as_python = json.dumps(secret)[1:-1], repr(secret)[1:-1]
        as_urls = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
        spellings = {secret, visible(secret), as_json, as_python, *as_urls}
        self._spellings = sorted({*self._spellings, *spellings}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without the secrets."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text


def visible(text: str) -> str:
    r"""Return the text with anything that a terminal or a reader of lines would obey written out, as `\x1b`.

    That is: control characters (C0, DEL, C1), line and paragraph separators, marks that turn the direction of writing,
    and lone surrogates, which no encoding can hold. Text without them is returned as it is.
    """
    return text if text.isprintable() else text.translate(_ESCAPES)


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters of the text, with `...` in place of the rest."""
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."


def harmless(cell: str) -> str:
    """Return the cell so that no spreadsheet takes it, or a part of it, for a formula: an apostrophe goes before."""
    return _FORMULA.sub(r"\1'", cell)


def sharing(texts: dict[str, str]) -> Callable[[str, str], str]:
    """Return what takes a text, twice, and gives the equal one of `texts`; it grows up to some thousands.

    Ask again every now and then: what was returned goes on as it began. A method of a dict costs half a function.
    """
    return texts.setdefault if len(texts) < _MOST_TEXTS else texts.get
