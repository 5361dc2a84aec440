"""Who may not be removed, told as a person with the file in hand would: whoever can still be read in it.

Nothing of the client's rules is used here. A person reads whole lines where the client could not use the row, and the
three cells that say who somebody is where it could.
"""

import csv
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache

from pleio_profile_sync_client.core.models import SubsiteUser
from tests.properties.exports import VACANT, Export
from tests.properties.planning import Night

_CUTS = re.compile(r"[\s,;|\"'()<>\[\]{}]+")
_WORDS = re.compile(r"[^\W_][\w\u0300-\u036f]*")
_WITH_POINTS = re.compile(r"(?:(?<=[;\t\"])|^)\d{1,3}(?:\.\d{3})+(?=[;\t\"]|$)")
_EMAIL = re.compile(r"[^\s,;|\"'()<>\[\]{}@]+@[^\s,;|\"'()<>\[\]{}@]+")
_WHOLE_WORDS = re.compile(r"[^\W_](?:[.'-]*[\w\u0300-\u036f]+)*")
"""Words in the cells of somebody's own, where J.-W. Smit is not W. Smit."""


def lost_people(export: Export, text: str, night: Night) -> list[tuple[SubsiteUser, str]]:
    """Return who is removed although they can be read in the file, each with where and what."""
    guids = night.removed
    removed = [user for user in export.users if user.guid in guids]
    if not removed:
        return []
    own, whole = texts_to_read(export, text, night)
    return [(user, found) for user in removed if (found := _find(user, own, whole, export.users))]


def texts_to_read(
    export: Export, text: str, night: Night
) -> tuple[list[tuple[int, str, str, str]], list[tuple[int, str]]]:
    """Return line, external_id, name and e-mail of the rows that could be used; of the others, the whole line."""
    good = {row.line: row for row in night.reading.users}
    refused = {problem.line for problem in night.plan.problems}
    own: list[tuple[int, str, str, str]] = []
    whole: list[tuple[int, str]] = []
    lines = re.split(r"\r\n|\r|\n", text)
    used = {lines[number - 1] for number in good}
    no_rows_of_their_own = _lines_of_records(export, lines, good, refused)
    for number, line in enumerate(lines[1:], start=2):
        row = good.get(number)
        if row is not None:
            own.append((number, row.external_id or "", row.name, row.email))
        elif line in used:
            continue  # the same row again
        elif number not in no_rows_of_their_own:
            whole.append((number, line))
    return own, whole


def _lines_of_records(
    export: Export, lines: Sequence[str], good: Container[int], refused: Container[int | None]
) -> set[int]:
    """Return the numbers of the lines of whole records that could be used, or that are nobody by the configuration."""
    found: set[int] = set()
    for number in range(2, len(lines) + 1):
        if (number in refused and number not in good) or number in found:
            continue
        for end in range(number, min(number + 4, len(lines) + 1)):
            cells = _read_record(export, lines[number - 1 : end])
            if cells and (number in good or cells[export.place("status")].strip().lower().startswith(VACANT.lower())):
                found.update(range(number, end + 1))
                break
    return found


def _read_record(export: Export, lines: Sequence[str]) -> list[str]:
    """Return the cells of the one whole record that these lines are; none where they are something else."""
    try:
        cells, *others = csv.reader([f"{line}\n" for line in lines], delimiter=export.delimiter, strict=True)
    except (csv.Error, ValueError):
        return []
    return cells if not others and len(cells) == len(export.headers) else []


def _find(
    user: SubsiteUser, own: list[tuple[int, str, str, str]], whole: list[tuple[int, str]], users: Iterable[SubsiteUser]
) -> str:
    for number, line in whole:
        if trace := trace_in(user, line):
            return f"line {number}, {trace}: {line!r}"
    of_homonyms = _keys_of_homonyms(user, users)
    for number, external_id, name, email in own:
        is_homonym = bool(of_homonyms & {as_read(external_id), as_read(email)})
        if trace := _trace_in_own(user, external_id, name, email, is_homonym=is_homonym):
            return f"line {number}, {trace} in its own cells"
    return ""


def trace_in(user: SubsiteUser, text: str) -> str:
    """Return what of the user can be read in a text: `external_id`, `e-mail`, `name`, or nothing."""
    legible, numbers, parts = _looked_over(text)
    if user.email and as_read(user.email) in legible:
        return "e-mail"
    if user.external_id and as_read(user.external_id) in numbers:
        return "external_id"
    name = as_read(user.name)
    return "name" if any(_has_name(name, part) for part in parts) else ""


@lru_cache(maxsize=2_000)  # a line is asked for each user
def _looked_over(text: str) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """Return a text as it is read, what may be a number in it, and the parts that may hold a name."""
    legible = as_read(text)
    with_points = (number.replace(".", "") for number in _WITH_POINTS.findall(legible))
    locals_of_emails = (email.partition("@")[0] for email in _EMAIL.findall(legible))
    return legible, frozenset((*_CUTS.split(legible), *with_points)), (_EMAIL.sub(" 0 ", legible), *locals_of_emails)


def _trace_in_own(user: SubsiteUser, external_id: str, name: str, email: str, *, is_homonym: bool) -> str:
    """Return what of the user stands in a usable row; a name not where the row is of somebody else of that name."""
    for cell in (external_id, name, email):
        legible = as_read(cell)
        parts = _CUTS.split(legible)
        if user.email and as_read(user.email) in parts:
            return "e-mail"
        if user.external_id and as_read(user.external_id) in parts:
            return "external_id"
        if cell != email and not is_homonym and _has_name(as_read(user.name), legible, _WHOLE_WORDS):
            return "name"
    return ""


def _keys_of_homonyms(user: SubsiteUser, users: Iterable[SubsiteUser]) -> set[str]:
    """Return the external_ids and e-mails of the others whose names have the same words."""
    words = sorted(_words(as_read(user.name), _WORDS))
    others = (
        other for other in users if other.guid != user.guid and sorted(_words(as_read(other.name), _WORDS)) == words
    )
    return {as_read(key) for other in others for key in (other.external_id or "", other.email)} - {""}


def _has_name(name: str, legible: str, pattern: re.Pattern[str] = _WORDS) -> bool:
    """Tell whether all words of a name stand beside each other, in whatever order."""
    words = sorted(_words(name, pattern))
    read = _words(legible, pattern)
    size = len(words)
    if not set(words) <= set(read):
        return False
    return bool(words) and any(sorted(read[start : start + size]) == words for start in range(len(read) - size + 1))


@lru_cache(maxsize=20_000)
def _words(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(pattern.findall(_without_accents(text)))


@lru_cache(maxsize=20_000)
def words_in(text: str) -> frozenset[str]:
    """Return the words of a text but for single letters."""
    return frozenset(word for word in re.findall(r"[^\W\d_]+", _without_accents(as_read(text))) if len(word) > 1)


@lru_cache(maxsize=20_000)
def _without_accents(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


@lru_cache(maxsize=20_000)
def as_read(text: str) -> str:
    """Return a text as an eye sees it: no invisible characters, no difference of width or case."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(one for one in composed if unicodedata.category(one) != "Cf").strip().lower()
