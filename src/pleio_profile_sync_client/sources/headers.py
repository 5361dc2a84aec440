"""What a header may mean: the product's fields, and the words that exports use for them, for suggestions only."""

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pleio_profile_sync_client.core.models import FIELDS, PROFILE

REQUIRED_FIELDS = ("name", "email")

OWN_ADDITIONS = {
    "guid": "from an export",
    "is_banned": "from an export",
    "line": "from a rejects file",
    "problem": "from a rejects file",
}
"""What the client adds to the files that it writes, and does not use when they come back."""

_USUAL_WORDS = {
    "external_id": (
        "personeelsnummer",
        "medewerkernummer",
        "medewerker",
        "employee id",
        "employeeid",
        "employeenumber",
        "externalid",
        "id",
        "nummer",
    ),
    "name": ("naam", "volledige naam", "weergavenaam", "roepnaam", "medewerkernaam", "full name", "display name"),
    "email": ("e-mail", "e-mailadres", "emailadres", "mail", "e-mail werk", "e-mail address", "mailadres"),
    "avatar": ("foto", "pasfoto", "photo", "picture", "thumbnailphoto", "jpegphoto"),
    "groups": ("groepen", "groep", "group"),
    "profile.occupation": ("functie", "job title", "title"),
    "profile.location": ("plaats", "woonplaats", "standplaats", "locatie"),
}
_FIELD_BY_WORD = {word: field for field, words in _USUAL_WORDS.items() for word in (*words, field)}


def plain(header: str) -> str:
    """Return the form in which headers compare: trimmed, NFC, lower case."""
    return unicodedata.normalize("NFC", header).strip().lower()


def field_named(header: str) -> str | None:
    """Return the product's field that this header names itself, in any case; a profile KEY keeps its own."""
    name = plain(header)
    if name in FIELDS:
        return name
    if name.startswith(PROFILE):
        key = unicodedata.normalize("NFC", header).strip()[len(PROFILE) :].strip()
        return f"{PROFILE}{key}" if key else None
    return None


def is_usual(header: str) -> bool:
    """Tell whether a field names itself so, or exports call one so."""
    return field_named(header) is not None or plain(header) in _FIELD_BY_WORD


def likely_field(header: str) -> str | None:
    """Return the field that a header probably stands for, for a suggestion."""
    near = get_close_matches(plain(header), _FIELD_BY_WORD, n=1, cutoff=0.75)
    return _FIELD_BY_WORD[near[0]] if near else None


def likely_header(wanted: str, headers: Sequence[str]) -> str | None:
    """Return the header that is probably meant by a field's name, or by a mistyped header."""
    words = (plain(wanted), *_USUAL_WORDS.get(wanted, ()))
    by_name = {plain(header): header for header in reversed(headers) if header}
    for word in words:
        if word in by_name:
            return by_name[word]
    for word in words:
        near = get_close_matches(word, by_name, n=1, cutoff=0.7)
        if near:
            return by_name[near[0]]
    return next((header for name, header in by_name.items() if any(word in name for word in words)), None)


def usual_header(field: str, headers: Iterable[str]) -> str | None:
    """Return the header that is called as this field, or a profile field's key, usually is; nothing is guessed."""
    by_name = {plain(header): header for header in headers}
    words = (plain(field.removeprefix(PROFILE)), *_USUAL_WORDS.get(field, ()))
    return next((by_name[word] for word in words if word in by_name), None)


def listed(headers: Iterable[str]) -> str:
    """Return headers for a message, each in quotes."""
    return ", ".join(f'"{header}"' for header in headers)
