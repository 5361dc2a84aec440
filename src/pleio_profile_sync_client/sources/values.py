"""What single values are: e-mails, guids, garbled text, and what spreadsheets and exports write instead of a value.

No rows, no columns.
"""

import re
import unicodedata
from typing import Literal

from pleio_profile_sync_client.core.text import shortened, visible

DELIMITERS = (",", ";", "\t", "|")
"""What may separate the cells of a text."""

LONGEST_NAME, LONGEST_EMAIL, LONGEST_EXTERNAL_ID = 100, 255, 200
"""The subsite's own limits, in characters (`POST /users`, observed)."""

is_email = re.compile(r"[^@\s]+@[^@\s]+").fullmatch
"""Whether a trimmed value is an e-mail: one `@`, something on both sides, no blank; nothing more."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_PROFILE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS = " \t\r\n\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What is trimmed silently; control characters that count as blanks for `str.strip` are not among them."""

_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?")
_NUMBER = re.compile(r"[0-9]+")

Damage = Literal["error", "nothing", "zeros", "scientific", "date", "point_zero"]
"""What an external_id was turned into."""

SUSPECTS: frozenset[Damage] = frozenset(("date", "point_zero"))
"""For these, the other external_ids decide: if they have the same shape, nothing is wrong."""

# ruff: noqa: RUF001 # letters of many languages are meant
_ERRORS_BY_LANGUAGE = {
    "English": "#n/a #value! #ref! #div/0! #num! #name? #null! #spill! #calc! #field! #blocked! #connect! #unknown! "
    "#busy! #external! #python! #getting_data",
    "Dutch": "#n/b #waarde! #verw! #deel/0! #getal! #naam? #leeg! #overloop! #bereken! #berekenen! #veld! "
    "#geblokkeerd! #verbinden! #onbekend! #bezet! #gegevens_ophalen",
    "German": "#nv #wert! #bezug! #zahl! #überlauf! #kalk! #feld! #blockiert! #verbinden! #unbekannt! #daten_abrufen",
    "French": "#valeur! #nombre! #nom? #nul! #propagation! #epars! #calcul! #champ! #bloqué! #connexion! #inconnu! "
    "#obtention_donnees #chargement_donnees",
    "Spanish": "#n/d #¡valor! #¡ref! #¡div/0! #¡num! #¿nombre? #¡nulo! #¡desbordamiento! #¡calc!",
    "Italian and Portuguese": "#valore! #rif! #nome? #nullo! #espansione! #valor! #núm! #nulo! #despejar!",
    "Danish and Norwegian": "#i/t #værdi! #reference! #division/0! #navn? #verdi! #referanse!",
    "Swedish": "#saknas! #värdefel! #referens! #ogiltigt! #namn? #skärning!",
    "Finnish": "#puuttuu #puuttuu! #arvo! #viittaus! #jako/0! #luku! #nimi? #tyhjä!",
    "Polish and Czech": "#arg! #adr! #dziel/0! #liczba! #nazwa? #zero! #není_k_dispozici #hodnota! #odkaz! "
    "#dělení_nulou! #číslo! #název?",
    "Hungarian": "#hiányzik #érték! #hiv! #zéróosztó! #szám! #név? #nulla!",
    "Turkish": "#yok #değer! #başv! #sayi/0! #sayı/0! #sayi! #sayı! #ad? #boş!",
    "Russian": "#н/д #знач! #ссылка! #дел/0! #число! #имя? #пусто!",
}
_ERRORS = frozenset(word for words in _ERRORS_BY_LANGUAGE.values() for word in words.split())
_NUMBERED_ERROR = re.compile(r"(?:err|error|fout|fehler|erreur|errore|erro|fel|feil|fejl|virhe)\s?:\s?5\d\d")
_TOO_NARROW = re.compile(r"#{2,}")

_NOTHING_BY_LANGUAGE = {
    "programs": r"null nil nan none undefined n/a n.a n.a. \n",
    "signs": "- -- --- – — _ . .. ... ? ?? ??? / // -/-",
    "English": "unknown blank blanks empty tbd",
    "Dutch": "n.v.t n.v.t. nvt n.n.b n.n.b. nnb n.t.b n.t.b. ntb n.b. t.b.d. onbekend geen leeg",
    "German and French": "unbekannt keine leer inconnu",
}
_NOTHING = frozenset(
    (
        *(word for words in _NOTHING_BY_LANGUAGE.values() for word in words.split()),
        *("niet bekend", "nog niet bekend", "nog onbekend", "niet van toepassing", "not applicable", "not available"),
    )
)
_BRACKETS = "()<>[]"

_MONTH = (
    "(?:jan(?:uari|uary|uar|v|vier)?|feb(?:ruari|ruary|ruar)?|f[ée]vr?(?:ier)?|maart|mrt|m[aä]r(?:ch|s|z)?|apr(?:il)?"
    "|avr(?:il)?|mei|may|mai|jun[ie]?|juin|jul[iy]?|juil(?:let)?|aug(?:ustus|ust)?|ao[uû]t|sept?(?:ember|embre)?"
    "|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|de[cz](?:ember)?|d[ée]c(?:embre)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_NUMBER_OF_MONTH = r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    "|".join(
        (
            rf"{_DAY}(?:[-/ ]|\. ?){_MONTH}\.?(?:[-/ ](?:\d{{4}}|\d{{2}}))?",
            rf"{_MONTH}(?:[-/ ]|\. )(?:\d{{4}}|\d{{2}})",
            rf"{_DAY}([-/.]){_NUMBER_OF_MONTH}\1\d{{4}}",
            rf"{_NUMBER_OF_MONTH}/{_DAY}/\d{{4}}",
            rf"\d{{4}}([-/.]){_NUMBER_OF_MONTH}\2{_DAY}(?:[t ]\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\.\d+)?)?",
        )
    )
)
"""What a spreadsheet makes of a number that it takes for a date: `5-jan`, `jan-05`, `5-1-2026`, `2026-01-05`. Day,
month and a year of two digits as numbers alone may well be a key."""

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d+", re.IGNORECASE)
"""What a spreadsheet makes of a long number: `1,23E+05`."""

_POINT_ZERO = re.compile(r"[+-]?\d+[.,]0+")
"""A whole number that was given decimals: `40.0`."""

_DIGITS = re.compile(r"\d+")
_LETTER = re.compile(r"[^\W\d_]")

_SHOWN = 60


def shown(value: str) -> str:
    """Return a value for a message: in quotes, on one line, not too long."""
    return f'"{shown_bare(value)}"'


def shown_bare(text: str) -> str:
    """Return the same without quotes."""
    return visible(shortened(text, _SHOWN))


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


def damage_of(external_id: str) -> Damage | None:  # noqa: PLR0911 # one return for each damage
    """Return the damage to an external_id, if it can't be the original; quick, since there may be a million."""
    if external_id.isalnum():
        if external_id[0] == "0" and not external_id.strip("0"):
            return "zeros"
        return "nothing" if external_id.isalpha() and is_nothing(external_id) else None
    if not external_id or "@" in external_id:
        return None
    if is_nothing(external_id):
        return "nothing"
    if is_error(external_id):
        return "error"
    if _SCIENTIFIC.fullmatch(external_id):
        return "scientific"
    if _POINT_ZERO.fullmatch(external_id):
        return "point_zero"
    return "date" if _DATE.fullmatch(external_id.lower()) else None


def is_error(value: str) -> bool:
    """Tell whether a spreadsheet wrote an error, or `########`, instead of a value."""
    if not value.startswith("#"):
        return value[-1:].isdigit() and _NUMBERED_ERROR.fullmatch(value.lower()) is not None
    return value.lower() in _ERRORS or _TOO_NARROW.fullmatch(value) is not None


def is_nothing(value: str) -> bool:
    """Tell whether a value means none: `NULL`, `n.v.t.`, `-`."""
    bare = value.strip(_BRACKETS)
    return bare.lower() in _NOTHING or bare == "NA"


def shape_of(value: str) -> str:
    """Return the pattern of a value: `40.0` and `7.5` are `9.9`, `5-jan` is `9-aaa`."""
    return _LETTER.sub("a", _DIGITS.sub("9", value))


def _is_utf_8_in_disguise(text: str) -> bool:
    try:
        return not text.encode("cp1252").decode("utf-8").isascii()
    except UnicodeError:
        return False
