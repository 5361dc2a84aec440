"""Of whom the text of a row contains a trace, besides the user it matches: an external_id, an e-mail or a name.

A trace protects its user, and protecting too many costs at most a night; so the search is wide. Whether a trace also
explains a row that can't be used (says whose row it is) is judged strictly, since a row that nothing explains may be
about anybody (`removals`).
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal

from msgspec import Struct

from pleio_profile_sync_client.core.keys import Listed, index_users, key
from pleio_profile_sync_client.core.models import Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.words import Piece, cut, fold, has_several_words, stands_alone, tokens_of, words_of

Key = Literal["external_id", "e-mail", "name"]
Words = frozenset[str]


class Text(Struct, frozen=True):
    """All cells of a row, as they are, and which of them hold its own external_id, name and e-mail.

    `own` is None if the row is torn: then each cell may be one of them.
    """

    line: int
    cells: tuple[str, ...]
    own: frozenset[int] | None = None


class Trace(Struct, frozen=True):
    """Where a trace of a user was found, and what it is.

    `is_own` is set for a key that is alone in the cell where a sound row has its own: that row is the user's.
    """

    line: int
    key: Key
    is_own: bool = False


class Traces(Struct, frozen=True):
    """The first trace of each user who is named, and the lines of the rows that their own person's trace explains."""

    by_user: dict[Guid, Trace] = {}
    explained: frozenset[int] = frozenset()


_TELLING = re.compile(r"[\d@\uff20\ufe6b]")


def find_traces(texts: Sequence[Text], users: Iterable[SubsiteUser]) -> Traces:
    """Return the traces of these users in these texts.

    Users whom a good row matches are named anyway, and explain no other row: leave them out.
    """
    if not texts:
        return Traces()
    listed = index_users(users)
    rows = [_cut(text) for text in texts]
    by_user: dict[Guid, Trace] = {}
    explained: set[int] = set()
    for find in (_find_external_ids, _find_emails, _find_names):
        for found in find(rows, listed):
            line = found.row.text.line
            trace = Trace(line, found.key, found.is_own_key)
            for user in found.users:
                if trace.is_own > by_user.setdefault(user.guid, trace).is_own:
                    by_user[user.guid] = trace
            if found.may_be_own:
                explained.add(line)
    return Traces(by_user, frozenset(explained))


def whole_cells(text: Text) -> set[str]:
    """Return, folded, the cells of a text, and the pieces of those that may have been several."""
    return {*map(fold, map(str.strip, text.cells)), *(piece.text for piece in cut(text.cells))} - {""}


def find_own_traces(rows: Iterable[SourceUser], users: Sequence[SubsiteUser]) -> dict[Guid, Trace]:
    """Return the traces of these users in external_id, name and e-mail of good rows.

    An external_id or e-mail counts in each of the three, unless it is glued to something; a name only in place of an
    external_id.
    """
    by_name = index_by_name(users)
    by_key = index_by_key(users)
    found: dict[Guid, Trace] = {}
    for row in rows if by_key or by_name else ():
        keys = _keys_in(row)
        if not by_key.keys().isdisjoint(keys):
            for found_key in keys:
                for user in by_key.get(found_key, ()):
                    found.setdefault(user.guid, Trace(row.line, "e-mail" if "@" in found_key else "external_id"))
        external_id = row.external_id or ""
        if not external_id.isalnum() and has_several_words(external_id):
            for user in by_name.get(words_of(external_id), ()):
                found.setdefault(user.guid, Trace(row.line, "name"))
    return found


def index_by_key(users: Iterable[SubsiteUser]) -> dict[str, list[SubsiteUser]]:
    """Return the users by external_id and e-mail, folded."""
    by_key: dict[str, list[SubsiteUser]] = {}
    for user in users:
        for own in filter(None, (fold(user.email), fold(user.external_id or ""))):
            by_key.setdefault(own, []).append(user)
    return by_key


def index_by_name(users: Iterable[SubsiteUser]) -> dict[frozenset[str], list[SubsiteUser]]:
    """Return the users by the words of their names, in whatever order; without those who have none."""
    by_name: dict[frozenset[str], list[SubsiteUser]] = {}
    for user in users:
        by_name.setdefault(words_of(user.name), []).append(user)
    by_name.pop(frozenset(), None)
    return by_name


class _Row(Struct, frozen=True):
    text: Text
    pieces: list[Piece]
    readings: Words

    def is_own(self, piece: Piece) -> bool:
        return self.text.own is None or piece.cell in self.text.own


def _cut(text: Text) -> _Row:
    pieces = cut(text.cells)
    return _Row(text, pieces, frozenset().union(*(_words_in(piece) for piece in pieces)))


class _Found(Struct, frozen=True):
    row: _Row
    key: Key
    users: Collection[SubsiteUser]
    may_be_own: bool

    @property
    def is_own_key(self) -> bool:
        return self.may_be_own and self.key != "name" and self.row.text.own is not None


def _find_external_ids(rows: Sequence[_Row], listed: Listed) -> Iterator[_Found]:
    in_other_forms = _in_other_forms(listed, "external_id")
    for row in rows:
        cells = [fold(cell.strip()) for cell in row.text.cells]  # a lost quote makes a cell of half the file
        for piece in row.pieces:
            cell = cells[piece.cell]
            for wanted in dict.fromkeys((cell, piece.text, *piece.readings)):
                users = (*listed.with_external_id(wanted), *in_other_forms.get(wanted, ()))
                if users:
                    is_whole = wanted == cell or (wanted == piece.text and row.text.own is None)
                    yield _Found(row, "external_id", users, row.is_own(piece) and is_whole)


def _find_emails(rows: Sequence[_Row], listed: Listed) -> Iterator[_Found]:
    if not any("@" in piece.text for row in rows for piece in row.pieces):
        return
    in_other_forms = _in_other_forms(listed, "email")
    known = listed.by_email.keys() | in_other_forms.keys() if in_other_forms else listed.by_email.keys()
    domains = {email.partition("@")[2] for email in known}
    longest = max(map(len, known), default=0)
    for row in rows:
        for piece in row.pieces:
            for text in dict.fromkeys((piece.text, "".join(piece.text.split()))):
                for email, is_alone in _known_emails(text, known, domains, longest):
                    users = (*listed.with_email(email), *in_other_forms.get(email, ()))
                    yield _Found(row, "e-mail", users, row.is_own(piece) and is_alone)


def _known_emails(
    text: str, known: Container[str], domains: Container[str], longest: int
) -> Iterator[tuple[str, bool]]:
    """Yield the e-mails of `known` in a text, even glued to something, and whether each one stands alone."""
    at = text.find("@")
    while at >= 0:
        is_longest = True
        for end in range(min(at + longest, len(text)), at + 1, -1):
            if text[at + 1 : end] not in domains:
                continue
            for start in range(max(at - longest, 0), at):
                if text[start:end] in known:
                    yield text[start:end], is_longest and stands_alone(text, start, end)
                    is_longest = False
        at = text.find("@", at + 1)


def _find_names(rows: Sequence[_Row], listed: Listed) -> Iterator[_Found]:
    """Find names, and with them the external_ids that are several words."""
    found_at: dict[str, list[tuple[_Row, int]]] = {}
    for row in rows:
        for index, piece in enumerate(row.pieces):
            for reading in _words_in(piece):
                found_at.setdefault(reading, []).append((row, index))
    users_by_words: dict[tuple[Key, Words], list[SubsiteUser]] = {}
    names: Iterable[tuple[Key, Words, SubsiteUser]] = (("name", words_of(user.name), user) for user in listed.users)
    for what, words, user in chain(_external_ids_of_words(listed), names):
        if words and words <= found_at.keys():
            users_by_words.setdefault((what, words), []).append(user)
    for (what, words), users in users_by_words.items():
        for row, index in min((found_at[word] for word in words), key=len):
            if any(words <= email for email in row.pieces[index].emails):
                yield _Found(row, what, users, may_be_own=False)
            if words <= row.readings and words <= _readings_around(index, len(words), row.pieces):
                yield _Found(row, what, users, _may_be_own(words, row, index))


def _external_ids_of_words(listed: Listed) -> Iterator[tuple[Key, Words, SubsiteUser]]:
    for external_id, user in listed.by_external_id.items():
        if not external_id.isalnum() and has_several_words(external_id):
            yield "external_id", frozenset(tokens_of(external_id)), user


def _readings_around(index: int, reach: int, pieces: Sequence[Piece]) -> set[str]:
    return set().union(*(_words_in(piece) for piece in pieces[max(index - reach, 0) : index + reach + 1]))


def _words_in(piece: Piece) -> Words:
    """Return all that may be a word of a name: a first name may be next to the e-mail that has the other one."""
    return piece.readings.union(*piece.emails)


def _may_be_own(words: Words, row: _Row, index: int) -> bool:
    """Tell whether the name that has a word in this piece can be the row's own: in pieces side by side, as words.

    A single word is not enough in a torn row, and in a sound one only if the cell is that word. Nor is an e-mail.
    """
    pieces = row.pieces
    if len(words) == 1:
        return row.text.own is not None and row.is_own(pieces[index]) and pieces[index].words == words
    found: set[str] = set()
    for side in (range(index, -1, -1), range(index, len(pieces))):
        for position in side:
            here = words & pieces[position].words
            if not here or not row.is_own(pieces[position]):
                break
            found |= here
    return found == words


def _in_other_forms(listed: Listed, field: Literal["external_id", "email"]) -> dict[str, list[SubsiteUser]]:
    """Return the users by a key's folded form where that is not the form in which keys compare."""
    users: dict[str, list[SubsiteUser]] = {}
    for user in listed.users:
        value = user.external_id if field == "external_id" else user.email
        if value and not value.isascii() and fold(value.strip()) != key(value):
            users.setdefault(fold(value.strip()), []).append(user)
    return users


def _keys_in(row: SourceUser) -> Iterable[str]:
    """Return what in a row's own cells may be a key, wherever it is."""
    own = (row.external_id or "", row.email)
    if "".join(own).isascii() and not _TELLING.search(row.name) and not any(map(has_several_words, own)):
        return own[0].lower(), own[1].lower()
    return {fold(own[0]), fold(own[1]), *(token for cell in (*own, row.name) for token in tokens_of(cell))}
