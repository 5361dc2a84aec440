"""Who a name and an e-mail are about, judging by what they have in common.

If a row's name and e-mail both differ from the user's, its number may have been passed on to somebody else (`fits`); if
its e-mail is like another row's name, a cell may have slipped (`are_crossed`, `find_spelled`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import SourceUser, SubsiteUser
from pleio_profile_sync_client.core.words import fold, without_accents

_FEWEST_LETTERS = 3
"""Shorter words are initials, and parts of names that many people share."""

_APOSTROPHES = re.compile("['\u2019\u2018\u02bc\u02bb`\u00b4]")
_WORDS = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"\b\w(?: \w)+\b")

_PARTICLES = {
    *("van", "de", "der", "den", "het", "ter", "ten", "te", "tot", "op", "aan", "in", "bij", "onder", "over", "voor"),
    *("von", "und", "zu", "zum", "zur", "vom", "le", "la", "les", "du", "des", "di", "da", "della", "del", "dal"),
    *("dos", "das", "do", "los", "las"),
}
_TITLES = {
    *("dr", "drs", "mr", "ir", "ing", "prof", "ds", "mw", "mevr", "mevrouw", "dhr", "heer", "mrs", "ms"),
    *("bsc", "msc", "mba", "phd", "llm", "llb"),
}
_LEFT_OUT = frozenset(_PARTICLES | _TITLES)
_SHARED_BY_MANY = frozenset({"abd", "abdul", "abu", "ait", "ben", "bin", "bint", "ibn", "ould"})
"""Particles that are, or begin, first names too: Ben is one."""


def fits(row: SourceUser, user: SubsiteUser) -> bool:
    """Tell whether the row may be about the same person as the subsite user.

    It may if the local parts of the e-mails are equal, or the names have the same words; or if the first names begin
    with the same letter and a word of three letters or more is shared: by the names, by the name of one and the local
    part of the other, or by the local parts if it begins with that letter too.
    """
    row_local, user_local = _local_part(row.email), _local_part(user.email)
    if row_local == user_local or have_same_words(row.name, user.name):
        return True
    row_words, user_words = _words_of_name(row.name), _words_of_name(user.name)
    letter = _first_letter(row_words)
    if not letter or letter != _first_letter(user_words):
        return False
    in_name, in_users_name = _telling(row_words), _telling(user_words)
    in_local, in_users_local = _telling(_words(row_local)), _telling(_words(user_local))
    shared = (in_name | in_local) & in_users_name | in_name & in_users_local
    return bool(shared) or any(word[0] == letter for word in in_local & in_users_local)


def are_crossed(row: SourceUser, newcomer: SourceUser) -> bool:
    """Tell whether each of two rows has an e-mail that is more like the other's name: the two cells were swapped."""
    return _likeness(row.email, row.name) < _likeness(row.email, newcomer.name) and _likeness(
        newcomer.email, newcomer.name
    ) < _likeness(newcomer.email, row.name)


def may_spell_another(row: SourceUser) -> bool:
    """Tell whether the row's e-mail has so little of its own name that it may be somebody else's (`find_spelled`).

    A single word may be a shared address, such as that of a desk.
    """
    words = _words(_local_part(row.email))
    return len(words) > 1 and len(_telling(words)) + 1 >= _least_likeness(row)


def index_names(names: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Return names, each with its place, by every word that tells people apart."""
    by_word: dict[str, list[tuple[str, str]]] = {}
    for name, place in names:
        for word in _telling(_words_of_name(name)):
            by_word.setdefault(word, []).append((name, place))
    return by_word


def find_spelled(row: SourceUser, by_word: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[str, str] | None:
    """Return the first indexed name, with its place, that the row's e-mail spells and its own name does not explain.

    It is by two words, or a word and the first letter, more like that name than like the row's.
    """
    least = _least_likeness(row)
    words = sorted(_telling(_words(_local_part(row.email))))
    return next((one for word in words for one in by_word.get(word, ()) if _likeness(row.email, one[0]) >= least), None)


def have_same_words(name: str, other: str) -> bool:
    """Tell whether two names have the same words, in any order; accents, particles and titles don't count."""
    words = _words_of_name(name)
    return bool(words) and Counter(words) == Counter(_words_of_name(other))


def _likeness(email: str, name: str) -> int:
    """Return how much of a name an e-mail's local part spells: the words that they share, and the first letter."""
    local, words = _words(_local_part(email)), _words_of_name(name)
    return len(_telling(local) & _telling(words)) + (_first_letter(local) == _first_letter(words))


def _least_likeness(row: SourceUser) -> int:
    return _likeness(row.email, row.name) + 2


def _words_of_name(name: str) -> list[str]:
    """Return the words of a name, first names first: of "Wit, Anna de" that is anna, wit.

    A name that is only particles keeps all its words.
    """
    family, comma, given = name.partition(",")
    words = _words(f"{given} {family}" if comma else name)
    return [word for word in words if word not in _LEFT_OUT] or words


def _words(text: str) -> list[str]:
    return _WORDS.findall(_plain(text))


def _first_letter(words: list[str]) -> str:
    return words[0][0] if words else ""


def _telling(words: list[str]) -> set[str]:
    """Return the words that tell one person from another, without the digits that an e-mail may have.

    Initials in a row are one word: J.P.M. is JPM.
    """
    initials = _INITIALS.findall(" ".join(words))
    letters = {word.replace(" ", "").strip("0123456789") for word in (*words, *initials)}
    return {word for word in letters if len(word) >= _FEWEST_LETTERS} - _LEFT_OUT - _SHARED_BY_MANY


def _local_part(email: str) -> str:
    return key(email).rpartition("@")[0]


def _plain(text: str) -> str:
    """Return the text in lower case, without accents, apostrophes and what can't be seen."""
    return without_accents(fold(_APOSTROPHES.sub("", text)).casefold())
