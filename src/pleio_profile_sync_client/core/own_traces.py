"""Whom the own cells of good rows name beside the user whom they match: cells have shifted, or two were swapped.

There may be a million rows, and few users who are looked for.
"""

import re
from collections.abc import Iterable, Sequence

from pleio_profile_sync_client.core.models import Guid, SourceUser, SubsiteUser
from pleio_profile_sync_client.core.traces import Trace
from pleio_profile_sync_client.core.words import fold, has_several_words, tokens_of, words_of

_TELLING = re.compile(r"[\d@\uff20\ufe6b]")


def find_own_traces(rows: Iterable[SourceUser], users: Sequence[SubsiteUser]) -> dict[Guid, Trace]:
    """Return the traces of these users in external_id, name and e-mail of good rows.

    An external_id or e-mail counts in each of the three, unless it is glued to something; a name only where an
    external_id should stand.
    """
    by_name = index_by_name(users)
    by_key: dict[str, list[SubsiteUser]] = {}
    for user in users:
        for key in filter(None, (fold(user.email), fold(user.external_id or ""))):
            by_key.setdefault(key, []).append(user)
    found: dict[Guid, Trace] = {}
    for row in rows if by_key or by_name else ():
        keys = _keys_in(row)
        if not by_key.keys().isdisjoint(keys):
            for key in keys:
                for user in by_key.get(key, ()):
                    found.setdefault(user.guid, Trace(row.line, "e-mail" if "@" in key else "external_id"))
        external_id = row.external_id or ""
        if not external_id.isalnum() and has_several_words(external_id):
            for user in by_name.get(words_of(external_id), ()):
                found.setdefault(user.guid, Trace(row.line, "name"))
    return found


def index_by_name(users: Iterable[SubsiteUser]) -> dict[frozenset[str], list[SubsiteUser]]:
    """Return the users by the words of their names, in whatever order; without those who have none."""
    by_name: dict[frozenset[str], list[SubsiteUser]] = {}
    for user in users:
        by_name.setdefault(words_of(user.name), []).append(user)
    by_name.pop(frozenset(), None)
    return by_name


def _keys_in(row: SourceUser) -> Iterable[str]:
    """Return what in a row's own cells may be a key, wherever it stands."""
    own = (row.external_id or "", row.email)
    if "".join(own).isascii() and not _TELLING.search(row.name) and not any(map(has_several_words, own)):
        return own[0].lower(), own[1].lower()
    return {fold(own[0]), fold(own[1]), *(token for cell in (*own, row.name) for token in tokens_of(cell))}
