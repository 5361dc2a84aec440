"""What a row would change about its subsite user, considering the state; and which of it an answer shows.

Nothing is decided here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from msgspec import Struct

from pleio_profile_sync_client.core.keys import digest, key
from pleio_profile_sync_client.core.models import PROFILE, Avatar, Memory, Record, Remembered, SourceUser, SubsiteUser

NO_GROUPS: frozenset[str] = frozenset()
HELD_BACK_S = 7 * 86400
"""How long a value that the subsite did not take is not sent again."""

_SAMPLE = 100
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OTHER_DATE = re.compile(
    r"(?!\d{4}-\d\d-\d\d$)(\d{1,4}([-/. ])\d{1,2}\2\d{1,4}|\d{8}|\d{1,2}[-. ]+[^\W\d]{3,9}[-. ]+\d{2,4})([T ].*)?",
    re.ASCII,
)

Fields = dict[str, tuple[str | None, str | None]]
"""By name, what differs: (old, new)."""


class ProfileColumns(Struct, frozen=True):
    """The source's profile columns: (source's key, subsite's key) of the known, the unknown, and what is there."""

    known: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    there: tuple[str, ...]


class Differences(Struct, frozen=True, gc=False):
    """What to send so that the user matches the row; `record` is None if nothing is to be posted to `/users`.

    `groups_left` are the groups that the state holds and the cell still names (None: nothing to learn). `seen_avatar`
    is an avatar whose bytes are as sent although size or mtime are not. `set_back` are the fields among name and e-mail
    that were sent before as they are now: sign-in set them back. `held_back` are those that differ and are not sent,
    since the subsite recently did not take them; `taken` are those of which that is no longer true.
    """

    record: Record | None = None
    fields: Fields = {}
    avatar: Avatar | None = None
    groups_left: frozenset[str] | None = None
    seen_avatar: Avatar | None = None
    set_back: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


NO_DIFFERENCES = Differences()


class Comparison(Struct, frozen=True):
    """What every row of a run is compared with: the columns, what is remembered, whether to send everything again."""

    columns: ProfileColumns
    has_groups: bool
    memory: Memory
    avatars: Mapping[int, Avatar]
    full: bool = False
    now_s: float = 0.0

    def compare(self, row: SourceUser, user: SubsiteUser) -> Differences:
        """Return what differs between a row and its user; letter case alone makes no difference in the two keys."""
        fields = self._differing_fields(row, user)
        remembered = self.memory.of(user.guid)
        if not fields and not self.has_groups and not self.avatars and not remembered.not_taken:
            return NO_DIFFERENCES
        held_back = tuple(name for name in fields if self._is_held_back(name, fields[name][1], remembered))
        fields = {name: pair for name, pair in fields.items() if name not in held_back} if held_back else fields
        taken = tuple(name for name in remembered.not_taken if name not in fields and name not in held_back)
        groups, groups_left = self._groups(row, remembered)
        avatar, seen_avatar = self._avatar(row, remembered)
        record = self._record(row, user, fields, groups) if fields or groups else None
        set_back = tuple(name for name in ("name", "email") if name in fields and self._was_sent(name, row, remembered))
        return Differences(record, fields, avatar, groups_left, seen_avatar, set_back, held_back, taken)

    def were_sent(self, row: SourceUser, user: SubsiteUser) -> bool:
        """Tell whether name and e-mail were last sent as the row has them: sign-in has set them back since."""
        remembered = self.memory.of(user.guid)
        return self._was_sent("name", row, remembered) and self._was_sent("email", row, remembered)

    def introduce(self, row: SourceUser) -> Differences:
        """Return what a row without a user adds: everything that it has."""
        profile = {theirs: row.profile[ours] for ours, theirs in self.columns.known if row.profile.get(ours)}
        record = Record(row.name, row.email, row.external_id, profile, row.groups or ())
        fields: Fields = {"name": (None, row.name), "email": (None, row.email)}
        if row.external_id:
            fields["external_id"] = (None, row.external_id)
        fields.update((f"{PROFILE}{theirs}", (None, value)) for theirs, value in profile.items())
        return Differences(record, fields, self.avatars.get(row.line))

    def _differing_fields(self, row: SourceUser, user: SubsiteUser) -> Fields:
        fields: Fields = {}
        if row.name != user.name:
            fields["name"] = (user.name, row.name)
        if row.email != user.email and key(row.email) != key(user.email):
            fields["email"] = (user.email, row.email)
        if row.external_id and row.external_id != user.external_id and key(row.external_id) != key(user.external_id):
            fields["external_id"] = (user.external_id, row.external_id)
        if row.profile == user.profile:  # as most are, and quicker to find than field by field
            return fields
        for ours, theirs in self.columns.known:
            if ours not in row.profile:
                continue
            new = row.profile[ours]
            old = user.profile.get(theirs, "")
            if new != old:
                fields[f"{PROFILE}{theirs}"] = (old, new)
        return fields

    def _record(self, row: SourceUser, user: SubsiteUser, fields: Fields, groups: tuple[str, ...]) -> Record:
        profile = {
            name.removeprefix(PROFILE): new or "" for name, (_, new) in fields.items() if name.startswith(PROFILE)
        }
        email = row.email if "email" in fields else user.email
        external_id = row.external_id if "external_id" in fields else None
        name = row.name if "name" in fields else user.name or row.name
        return Record(name, email, external_id, profile, groups)

    def _groups(self, row: SourceUser, remembered: Remembered) -> tuple[tuple[str, ...], frozenset[str] | None]:
        if not self.has_groups or row.groups is None:
            return (), None
        known = remembered.groups
        if not row.groups:
            return (), None if known == NO_GROUPS else NO_GROUPS
        if known is None:  # until they are sent, or a killed first run would look like a column that was filled in
            return row.groups, None
        left = known.intersection(row.groups)
        send = row.groups if self.full else tuple(group for group in row.groups if group not in left)
        return send, None if left == known else left

    def _avatar(self, row: SourceUser, remembered: Remembered) -> tuple[Avatar | None, Avatar | None]:
        avatar = self.avatars.get(row.line)
        if avatar is None:
            return None, None
        known = remembered.avatar
        if known is None or self.full or known.digest != avatar.digest:
            return avatar, None
        same_file = (known.size, known.mtime_ns) == (avatar.size, avatar.mtime_ns)
        return None, None if same_file else avatar

    def _was_sent(self, name: str, row: SourceUser, remembered: Remembered) -> bool:
        if name == "name":
            return remembered.name_digest == digest(self.memory.salt, row.name)
        return remembered.email_digest == digest(self.memory.salt, key(row.email))

    def _is_held_back(self, name: str, value: str | None, remembered: Remembered) -> bool:
        mark = remembered.not_taken.get(name)
        if mark is None or self.full or mark.digest != digest(self.memory.salt, value or ""):
            return False
        return 0 <= self.now_s - mark.sent_s < HELD_BACK_S


def match_columns(fields: Iterable[str], users: Iterable[SubsiteUser]) -> ProfileColumns:
    """Find the subsite's profile key for each of the source's: the same, or the only one in another letter case.

    Every user carries every profile field of the site (`GET /users`, observed); while nobody is listed, all are known.
    """
    ours = sorted(name.removeprefix(PROFILE) for name in fields if name.startswith(PROFILE))
    profiles = [user.profile for user in users]
    theirs: set[str] = set().union(*profiles)
    if not profiles:
        return ProfileColumns(tuple((name, name) for name in ours), (), ())
    known = {name: name for name in ours if name in theirs}
    for name in ours:
        candidates = [other for other in theirs if other.lower() == name.lower()]
        if name not in known and len(candidates) == 1 and candidates[0] not in known.values():
            known[name] = candidates[0]
    unknown = tuple(name for name in ours if name not in known)
    return ProfileColumns(tuple(sorted(known.items())), unknown, tuple(sorted(theirs)))


def find_other_dates(
    columns: ProfileColumns, rows: Iterable[SourceUser], users: Iterable[SubsiteUser]
) -> Iterator[tuple[str, SourceUser, str]]:
    """Yield the columns whose values are mostly dates in another form than the subsite's, which are mostly ISO dates.

    Each comes with its first row and value in that form. Only the first values of both sides are looked at.
    """
    for ours, theirs in columns.known:
        held = list(islice(filter(None, (user.profile.get(theirs) for user in users)), _SAMPLE))
        if 2 * sum(map(bool, map(_ISO_DATE.fullmatch, held))) <= len(held):
            continue
        given = list(islice(((row, value) for row in rows if (value := row.profile.get(ours))), _SAMPLE))
        others = [(row, value) for row, value in given if _OTHER_DATE.fullmatch(value)]
        if 2 * len(others) > len(given):
            yield (theirs, *others[0])


def find_not_taken(record: Record, user: SubsiteUser) -> dict[str, str]:
    """Return the fields whose sent value the answered user does not show, with that value.

    Names: `name`, `email`, `external_id`, `profile.KEY`. An e-mail or external_id that differs only in letter case was
    taken: the subsite keeps its own spelling (`POST /users`, update). Groups are never shown, so they are not compared;
    nor is what the answer leaves out: a name or an e-mail that is empty, or the whole profile.
    """
    fields: dict[str, str] = {}
    if user.name and user.name != record.name:
        fields["name"] = record.name
    if user.email and user.email != record.email and key(user.email) != key(record.email):
        fields["email"] = record.email
    sent_id = record.external_id
    if sent_id and user.external_id != sent_id and key(user.external_id) != key(sent_id):
        fields["external_id"] = sent_id
    if user.profile:
        for name, value in record.profile.items():
            if user.profile.get(name, "") != value:
                fields[f"{PROFILE}{name}"] = value
    return fields
