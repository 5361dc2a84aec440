"""Text as a person reads it: without what can't be seen, in one spelling, cut into pieces and words."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

_IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
"""Invisible characters that Unicode calls letters or marks; variation selectors are invisible too."""

_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_CELL_END = re.compile(r'[,;|\t\r\n"“”„«»]+')
_TOKEN = re.compile(r"[^\s,;|\"'`´‘’‚‛“”„«»‹›()\[\]{}<>]+")  # noqa: RUF001 # quotes of all kinds are meant
_APART = re.compile(r"[\s,;|\"“”„«»‹›()\[\]{}<>:=]")  # noqa: RUF001 # the same, but those within words; and what may stand before
_EDGES = ".:!?=/\\*#_-"
_WORD = re.compile(r"[^\W_]+")
_is_email = re.compile(r"[^@]+@[^@]+").fullmatch
_INNER_MARK = re.compile(r"[:=/\\#*]+")
_SEAMS = (
    re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])"),
    re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])"),
)
"""Where two cells may have been glued: `0040Jan`, `JansenP0040`; the second one cuts a key such as P0040 as well."""
_LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
    | {"Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Ħ": "H", "Æ": "Ae", "Œ": "Oe", "Þ": "Th", "Ŋ": "N"}
)
"""Letters that look like one with an accent, and that Unicode does not take apart."""
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'\u2019\s]\d{3})+")
"""A number as spreadsheets show it with separators: `1.234`."""
_POINT_ZERO = re.compile(r"[.,]0+\Z")


class _Shown(dict[int, int | None]):
    """What each character becomes, computed once: nothing if it can't be seen, and any dash becomes the same one."""

    def __missing__(self, code: int) -> int | None:
        character = chr(code)
        shown: int | None = code
        if character in _DASHES:
            shown = ord("-")
        elif character not in "\t\n\r" and (
            unicodedata.category(character) in ("Cc", "Cf") or character in _IGNORABLE or 0xFE00 <= code <= 0xFE0F
        ):
            shown = None
        self[code] = shown
        return shown


_SHOWN = _Shown()


class Piece(Struct, frozen=True):
    """What may be a cell: its text folded, its tokens, and their words, those of e-mails aside.

    `readings` are these and anything else that they may mean, `emails` the words of each e-mail. `cell` is the index of
    the cell that it was cut from.
    """

    cell: int
    text: str
    tokens: frozenset[str]
    words: frozenset[str]
    readings: frozenset[str]
    emails: tuple[frozenset[str], ...] = ()


def find_invisible(text: str) -> str | None:
    """Return the first character of a text that shows nothing, control characters aside; None if there is none."""
    if text.isascii():
        return None
    return next((character for character in text if ord(character) > 0x9F and _SHOWN[ord(character)] is None), None)


def fold(text: str) -> str:
    """Return the form in which texts are searched: NFKC, lower case, without invisible characters."""
    if text.isascii() and text.isprintable():
        return text.lower()
    return unicodedata.normalize("NFKC", _visible(text).lower())


def words_of(text: str) -> frozenset[str]:
    """Return the words of a name, folded and without accents: runs of letters and digits."""
    return frozenset(_WORD.findall(without_accents(fold(text))))


def names_in(text: str) -> Iterator[frozenset[str]]:
    """Yield the words of a name, and of every part of it of two words or more: `en Jan Jansen` contains Jan Jansen."""
    words = _WORD.findall(without_accents(fold(text)))
    yield frozenset(words)
    for start in range(len(words)):
        for end in range(start + 2, len(words) + (start > 0)):
            yield frozenset(words[start:end])


def without_accents(text: str) -> str:
    """Return a text without accents: people leave them out."""
    if text.isascii():
        return text
    taken_apart = unicodedata.normalize("NFKD", text)
    letters = "".join(letter for letter in taken_apart if not unicodedata.combining(letter))
    return letters.translate(_LETTERS_WITHOUT_ACCENT)


def tokens_of(text: str) -> set[str]:
    """Return the parts of a text, folded: cut at blanks, delimiters, quotes and brackets, without marks around them."""
    return {token.strip(_EDGES) for token in _TOKEN.findall(fold(text))} - {""}


def cut(cells: tuple[str, ...]) -> list[Piece]:
    """Cut cells into pieces at anything that may have been a delimiter; empty pieces are left out.

    The text is also cut at invisible characters: they may have replaced a blank.
    """
    pieces: list[Piece] = []
    for index, cell in enumerate(cells):
        for text in dict.fromkeys((_visible(cell), _visible(_with_blanks(cell)))):
            pieces += [_piece(index, part) for part in _CELL_END.split(text) if part.strip()]
        if _THOUSANDS.fullmatch(cell.strip()):
            pieces.append(_piece(index, "".join(filter(str.isdigit, cell))))
    return pieces


def has_several_words(text: str) -> bool:
    """Tell whether a trimmed text would be cut somewhere."""
    return _TOKEN.fullmatch(text) is None


def stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether this part of a text is separate from what is before and after it; a full stop may follow."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if after and after in ".!?":
        after = text[end + 1 : end + 2]
    return not (before and not _APART.match(before)) and not (after and not _APART.match(after))


def _piece(cell: int, text: str) -> Piece:
    found = _TOKEN.findall(text)
    tokens = {token.lower() for token in found} | {token.strip(_EDGES).lower() for token in found}
    tokens.discard("")
    bare = found if text.isascii() else _TOKEN.findall(without_accents(text))
    plain = [token for token in bare if not _is_email(token)]
    words = frozenset(word for token in plain for word in _WORD.findall(token.lower()))
    readings = {*tokens, *words, *(_POINT_ZERO.sub("", token) for token in tokens if token[-1] == "0")}
    readings.update(part.strip(_EDGES).lower() for token in {*found, *bare} for part in _INNER_MARK.split(token))
    for word in (word for token in plain for word in _WORD.findall(token)):
        for seam in _SEAMS:
            readings.update(part for part in seam.sub(" ", word).lower().split() if len(part) > 1)
    readings.discard("")
    emails = tuple(frozenset(_WORD.findall(token.lower())) for token in bare if _is_email(token))
    return Piece(cell, text.strip().lower(), frozenset(tokens), words, frozenset(readings), emails)


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFKC", text.translate(_SHOWN))


def _with_blanks(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _SHOWN[ord(character)] is not None else " " for character in text)
