"""Which row is which subsite user: both sides by their keys, the matches, and who is named by any row.

What follows from a match is decided in `rules`; who is named by no row, in `removals`.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from pleio_profile_sync_client.core.keys import key
from pleio_profile_sync_client.core.models import Guid, SkippedRow, SourceReading, SourceUser, SubsiteUser


class Directory(Struct, frozen=True):
    """The subsite's users by key. Where users share a key, the first stands in `by_…` and all stand in `sharing_…`."""

    users: tuple[SubsiteUser, ...]
    by_external_id: dict[str, SubsiteUser]
    by_email: dict[str, SubsiteUser]
    sharing_external_id: dict[str, tuple[SubsiteUser, ...]]
    sharing_email: dict[str, tuple[SubsiteUser, ...]]
    ambiguous: frozenset[Guid]

    def with_external_id(self, wanted: str) -> tuple[SubsiteUser, ...]:
        """Return all users whose external_id has this key."""
        return _all_with(wanted, self.by_external_id, self.sharing_external_id)

    def with_email(self, wanted: str) -> tuple[SubsiteUser, ...]:
        """Return all users whose e-mail has this key."""
        return _all_with(wanted, self.by_email, self.sharing_email)


class Match(Struct, frozen=True, gc=False):
    """A good row and the subsite user whom it is about; None where there is none yet."""

    row: SourceUser
    user: SubsiteUser | None
    by_email: bool = False


class Matching(Struct, frozen=True):
    """All good rows with their users, and the guids of the users named by any row, good or skipped.

    `row_external_ids` are the keys of all rows' external_ids, skipped ones' too. `zeros_lost` gives, for the line of a
    row without a match, the users whose external_id differs from its own in leading zeros only.
    """

    directory: Directory
    matches: tuple[Match, ...]
    named: frozenset[Guid]
    row_external_ids: frozenset[str]
    zeros_lost: dict[int, tuple[SubsiteUser, ...]]


def match_rows(reading: SourceReading, users: Iterable[SubsiteUser]) -> Matching:
    """Match each good row with the user who has its external_id, else its e-mail.

    By e-mail only if no other row, a skipped one included, has that user's external_id.
    """
    directory = make_directory(users)
    row_external_ids = frozenset(_external_ids(reading))
    matches = tuple(_match(row, directory, row_external_ids) for row in reading.users)
    zeros_lost = _find_lost_zeros(matches, directory, row_external_ids)
    named = {user.guid for candidates in zeros_lost.values() for user in candidates}
    for row in reading.users:
        if row.external_id:
            named.update(user.guid for user in directory.with_external_id(key(row.external_id)))
        named.update(user.guid for user in directory.with_email(key(row.email)))
    for skipped in reading.skipped:
        named.update(user.guid for user in named_by_skipped(skipped, directory))
    return Matching(directory, matches, frozenset(named), row_external_ids, zeros_lost)


def make_directory(users: Iterable[SubsiteUser]) -> Directory:
    """Index the subsite's users; those who share an external_id or e-mail (in different case) are ambiguous."""
    listed = tuple(users)
    by_external_id, sharing_external_id = _index((key(user.external_id) for user in listed), listed)
    by_email, sharing_email = _index((key(user.email) for user in listed), listed)
    sharing = (*sharing_external_id.values(), *sharing_email.values())
    ambiguous = frozenset(user.guid for group in sharing for user in group)
    return Directory(listed, by_external_id, by_email, sharing_external_id, sharing_email, ambiguous)


def named_by_skipped(skipped: SkippedRow, directory: Directory) -> Iterator[SubsiteUser]:
    """Yield the users whom a skipped row may be about: by external_id or e-mail, where it is torn by any cell."""
    yield from directory.with_external_id(key(skipped.external_id))
    yield from directory.with_email(key(skipped.email))
    for cell in skipped.cells:
        yield from directory.with_external_id(key(cell))
        yield from directory.with_email(key(cell))


def differ_in_zeros_only(one: str, other: str) -> bool:
    """Tell whether two different keys are the same but for leading zeros, as spreadsheets lose them."""
    return one != other and bool(one) and bool(other) and one.lstrip("0") == other.lstrip("0")


def _external_ids(reading: SourceReading) -> Iterator[str]:
    for row in reading.users:
        if row.external_id:
            yield key(row.external_id)
    for skipped in reading.skipped:
        if skipped.external_id:
            yield key(skipped.external_id)
        yield from map(key, skipped.cells)


def _match(row: SourceUser, directory: Directory, row_external_ids: frozenset[str]) -> Match:
    if row.external_id:
        user = directory.by_external_id.get(key(row.external_id))
        if user is not None:
            return Match(row, user)
    user = directory.by_email.get(key(row.email))
    if user is None or (user.external_id and key(user.external_id) in row_external_ids):
        return Match(row, None)
    return Match(row, user, by_email=True)


def _find_lost_zeros(
    matches: tuple[Match, ...], directory: Directory, row_external_ids: frozenset[str]
) -> dict[int, tuple[SubsiteUser, ...]]:
    unmatched = [match.row for match in matches if match.user is None and match.row.external_id]
    if not unmatched:
        return {}
    by_stripped: dict[str, list[SubsiteUser]] = {}
    for user in directory.users:
        external_id = key(user.external_id)
        if external_id and external_id not in row_external_ids:
            by_stripped.setdefault(external_id.lstrip("0"), []).append(user)
    return {
        row.line: tuple(candidates)
        for row in unmatched
        if (candidates := by_stripped.get(key(row.external_id).lstrip("0")))
    }


def _index(
    keys: Iterable[str], users: tuple[SubsiteUser, ...]
) -> tuple[dict[str, SubsiteUser], dict[str, tuple[SubsiteUser, ...]]]:
    first: dict[str, SubsiteUser] = {}
    sharing: dict[str, tuple[SubsiteUser, ...]] = {}
    for wanted, user in zip(keys, users, strict=True):
        if not wanted:
            continue
        holder = first.setdefault(wanted, user)
        if holder is not user:
            sharing[wanted] = (*sharing.get(wanted, (holder,)), user)
    return first, sharing


def _all_with(
    wanted: str, first: dict[str, SubsiteUser], sharing: dict[str, tuple[SubsiteUser, ...]]
) -> tuple[SubsiteUser, ...]:
    if wanted in sharing:
        return sharing[wanted]
    user = first.get(wanted)
    return () if user is None else (user,)
