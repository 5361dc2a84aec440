"""Which row is which subsite user: the matches, who is named by any row, and which of these `--only` selects.

What follows from a match is decided in `rules`; who is named by no row, in `removals`.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import Listed, index_users, key
from pleio_profile_sync_client.core.models import (
    Avatar,
    Finding,
    Guid,
    Memory,
    SkippedRow,
    SourceReading,
    SourceUser,
    SubsiteUser,
)
from pleio_profile_sync_client.core.traces import Text, Trace, Traces, find_traces, whole_cells
from pleio_profile_sync_client.core.words import fold, tokens_of


class Match(Struct, frozen=True, gc=False):
    """A good row and the subsite user it is about; None if there is none yet."""

    row: SourceUser
    user: SubsiteUser | None
    by_email: bool = False


class Matching(Struct, frozen=True):
    """All good rows with their users, and the guids of the users named by any row, good or skipped.

    `zeros_lost` gives, for the line of a row (skipped ones too) whose user was not found, those whose external_id
    differs from its own only in leading zeros. `traces` are those of users whom no good row matches, and `explained`
    the lines of the skipped rows whose person is known by one.
    """

    listed: Listed
    matches: tuple[Match, ...]
    named: frozenset[Guid]
    zeros_lost: dict[int, tuple[SubsiteUser, ...]]
    traces: dict[Guid, Trace] = {}
    explained: frozenset[int] = frozenset()

    def naming(self, traces: Mapping[Guid, Trace]) -> "Matching":
        """Return the same with more users named, by these traces."""
        return replace(self, named=self.named | traces.keys(), traces={**traces, **self.traces}) if traces else self

    def in_own_rows(self) -> set[Guid]:
        """Return the users who are named by a row of their own, not only by a trace in somebody else's."""
        own = {match.user.guid for match in self.matches if match.user is not None}
        own.update(guid for guid, trace in self.traces.items() if trace.is_own)
        own.update(user.guid for candidates in self.zeros_lost.values() for user in candidates)
        return own


class Selection(Struct, frozen=True):
    """The lines and the key that `--only` selects."""

    wanted: str
    lines: frozenset[int]

    def has_keys(self, external_id: str | None, email: str) -> bool:
        """Tell whether one of the two is the key."""
        return self.wanted in (key(external_id), key(email))

    def has_user(self, user: SubsiteUser) -> bool:
        """Tell whether a subsite user has the key."""
        return self.has_keys(user.external_id, user.email)

    def has_finding(self, finding: Finding, users: Mapping[Guid, SubsiteUser]) -> bool:
        """Tell whether a problem or warning concerns the key, or the run as a whole. `users` are the subsite's."""
        if finding.line is not None:
            return finding.line in self.lines
        user = users.get(finding.guid) if finding.guid is not None else None
        return user is None or self.has_user(user)


def match_rows(reading: SourceReading, users: Iterable[SubsiteUser]) -> Matching:
    """Match each good row with the user who has its external_id, else its e-mail.

    By e-mail only if no other row, a skipped one included, has that user's external_id.
    """
    listed = index_users(users)
    external_ids = [key(row.external_id) for row in reading.users]
    emails = [key(row.email) for row in reading.users]
    linked = [listed.by_external_id.get(wanted) for wanted in external_ids]
    holders = [listed.by_email.get(wanted) for wanted in emails]
    row_external_ids = _with_skipped(external_ids, reading.skipped)
    matches = tuple(
        Match(row, user) if user is not None or holder is None else _match_by_email(row, listed, row_external_ids)
        for row, user, holder in zip(reading.users, linked, holders, strict=True)
    )
    named = _guids_of(linked, holders)
    if listed.ambiguous:
        named.update(user.guid for wanted in external_ids for user in listed.with_external_id(wanted))
        named.update(user.guid for wanted in emails for user in listed.with_email(wanted))
    traces = _find_traces(reading.skipped, matches, listed)
    named.update(traces.by_user)
    unmatched = {match.row.line: key(match.row.external_id) for match in matches if match.user is None}
    unmatched |= {
        skipped.line: wanted
        for skipped in reading.skipped
        if (wanted := _as_read(skipped.external_id)) not in listed.by_external_id
    }
    zeros_lost = _find_lost_zeros(unmatched, listed, row_external_ids)
    named.update(user.guid for candidates in zeros_lost.values() for user in candidates)
    explained = traces.explained.union(zeros_lost)
    return Matching(listed, matches, frozenset(named), zeros_lost, dict(traces.by_user), explained)


def recall_avatars(matching: Matching, memory: Memory) -> dict[int, Avatar]:
    """Return, by the row's line, the avatars that the state remembers for the users of rows that name one."""
    users = [(match.row.line, match.user) for match in matching.matches if match.user and match.row.avatar]
    remembered = ((line, memory.users.get(str(user.guid))) for line, user in users)
    return {line: known.avatar for line, known in remembered if known and known.avatar}


def text_of(skipped: SkippedRow) -> Text:
    """Return the text of a skipped row that is searched."""
    return Text(skipped.line, skipped.cells, skipped.own)


def keys_of_match(match: Match) -> set[str]:
    """Return the keys by which a person is asked for: those of the row and those of its user."""
    keys = {key(match.row.external_id), key(match.row.email)}
    if match.user is not None:
        keys.update((key(match.user.external_id), key(match.user.email)))
    return keys


def keys_of_skipped(skipped: SkippedRow) -> set[str]:
    """Return the keys that a skipped row may contain: anything that stands alone in its text."""
    tokens = (tokens_of(cell) for cell in skipped.cells)
    return whole_cells(text_of(skipped)).union(*tokens, (_as_read(skipped.external_id), _as_read(skipped.email)))


def differ_in_zeros_only(one: str, other: str) -> bool:
    """Tell whether two different keys differ only in leading zeros, which spreadsheets lose."""
    return one != other and bool(one) and bool(other) and one.lstrip("0") == other.lstrip("0")


def select(only: str, matches: Iterable[Match], skipped: Iterable[SkippedRow], waits: Mapping[int, int]) -> Selection:
    """Return the selection for an external_id or e-mail, of the row or of the subsite user, with what it waits for.

    `waits` says which line waits for which other line.
    """
    wanted = key(only)
    lines = {match.row.line for match in matches if wanted in keys_of_match(match)}
    lines.update(row.line for row in skipped if wanted in keys_of_skipped(row))
    for line in tuple(lines):
        ahead = waits.get(line)
        while ahead is not None:
            lines.add(ahead)
            ahead = waits.get(ahead)
    return Selection(wanted, frozenset(lines))


def _with_skipped(external_ids: Iterable[str], skipped: Iterable[SkippedRow]) -> frozenset[str]:
    keys = set(external_ids)
    for row in skipped:
        keys.add(_as_read(row.external_id))
        if row.own is None:
            keys.update(whole_cells(text_of(row)))
    keys.discard("")
    return frozenset(keys)


def _as_read(text: str | None) -> str:
    """Return the key that a person would read, invisible characters aside."""
    return fold((text or "").strip())


def _find_traces(skipped: Sequence[SkippedRow], matches: Iterable[Match], listed: Listed) -> Traces:
    if not skipped:
        return Traces()
    matched = {match.user.guid for match in matches if match.user is not None}
    left = [user for user in listed.users if user.guid not in matched]
    return find_traces([text_of(row) for row in skipped], left)


def _guids_of(linked: Sequence[SubsiteUser | None], holders: Sequence[SubsiteUser | None]) -> set[Guid]:
    """Return the guids of both; usually they are the same user twice."""
    guids = {user.guid for user in linked if user is not None}
    guids.update(
        holder.guid for user, holder in zip(linked, holders, strict=True) if holder is not None and holder is not user
    )
    return guids


def _match_by_email(row: SourceUser, listed: Listed, row_external_ids: frozenset[str]) -> Match:
    holders = listed.with_email(key(row.email))
    user = next((holder for holder in holders if key(holder.external_id) not in row_external_ids), None)
    return Match(row, user, by_email=user is not None)


def _find_lost_zeros(
    unmatched: Mapping[int, str], listed: Listed, row_external_ids: frozenset[str]
) -> dict[int, tuple[SubsiteUser, ...]]:
    """Return, for each line, the users whose external_id differs from its own only in zeros, and is in no row."""
    if not any(unmatched.values()):
        return {}
    by_stripped: dict[str, list[SubsiteUser]] = {}
    for user in listed.users:
        external_id = key(user.external_id)
        if external_id and external_id not in row_external_ids:
            by_stripped.setdefault(external_id.lstrip("0"), []).append(user)
    return {
        line: tuple(candidates)
        for line, wanted in unmatched.items()
        if wanted and (candidates := by_stripped.get(wanted.lstrip("0")))
    }
