"""Two sides that collide: few keys in several spellings, twins, circles, banned and unlinked users, all options."""

import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from msgspec.structs import replace as replace_options

from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.keys import digest
from pleio_profile_sync_client.core.matching import match_rows
from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Memory,
    NotTaken,
    Remembered,
    SkippedRow,
    SourceReading,
    SourceUser,
    SubsiteUser,
)
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import MATCH_PROBLEMS, ROW_PROBLEMS, Limit, Policy
from tests.keys import key
from tests.unit.core.builders import A_NIGHT

SALT = b"salt"
NOW_S = 1_000.0
PROFILE_FIELDS = ("functie", "afdeling")
EXTERNAL_IDS = ("1", "2", "3", "4", "01", "001", "a", "\u00eb")
EMAILS = (*(f"{letter}@x.test" for letter in "abcdefg"), "sys@localhost")
NAMES = ("Anna", "Jan", "Piet")
VALUES = ("", "x", "y")
UNREADABLE = ("ragged_row", "bad_quotes")
GARBLED = ("control_character", "too_long", "mojibake")
DAMAGED = ("scientific_number", "placeholder", "no_value")


@dataclass(frozen=True)
class World:
    """A source, a subsite, what is remembered, and the options: what one plan is made of."""

    reading: SourceReading
    users: tuple[SubsiteUser, ...]
    memory: Memory
    policy: Policy
    avatars: dict[int, Avatar]
    seed: int

    def plan(self) -> Plan:
        draft = draft_plan(
            match_rows(self.reading, self.users),
            self.reading,
            memory=self.memory,
            policy=self.policy,
            avatars=self.avatars,
            now_s=NOW_S,
        )
        return make_plan(draft, A_NIGHT)

    def with_options(self, **options: object) -> "World":
        return replace(self, policy=replace_options(self.policy, **options))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Return any world."""
    reading = draw(readings())
    users = draw(subsite_users())
    digests = st.sampled_from(("d1", "d2"))
    avatars = {
        row.line: Avatar(row.avatar, draw(digests), 1, draw(st.integers(1, 2))) for row in reading.users if row.avatar
    }
    memory = Memory({str(user.guid): draw(remembered()) for user in users if draw(st.booleans())}, SALT)
    return World(reading, users, memory, draw(policies()), avatars, draw(st.integers(0, 1_000)))


@st.composite
def readings(draw: st.DrawFn) -> SourceReading:
    """Return a reading that keeps a source's promises: no two good rows share a key, nor with a readable bad one."""
    columns = {"external_id": draw(st.sampled_from((True, True, True, False))), "groups": draw(st.booleans())}
    profile = draw(st.sets(st.sampled_from((*PROFILE_FIELDS, "Functie", "unknown"))))
    keys = draw(_keys(8))
    records = [draw(_records(line, one, columns, sorted(profile))) for line, one in enumerate(keys, start=2)]
    readable = [record for record in records if getattr(record, "code", "") not in UNREADABLE]
    external_ids = Counter(key(record.external_id) for record in readable)
    emails = Counter(key(record.email) for record in readable)
    good: list[SourceUser] = []
    bad: list[SkippedRow] = []
    for record in records:
        if isinstance(record, SkippedRow):
            bad.append(record)
        elif record.external_id and external_ids[key(record.external_id)] > 1:
            bad.append(_skipped("duplicate_external_id", record))
        elif emails[key(record.email)] > 1:
            bad.append(_skipped("duplicate_email", record))
        else:
            good.append(record)
    fields = {"name", "email", *(name for name, there in columns.items() if there), *(f"profile.{x}" for x in profile)}
    cut_off = draw(st.sampled_from((None, None, None, None, "cut")))
    return SourceReading("x", len(records), tuple(good), tuple(bad), (), (), frozenset(fields), (), cut_off)


@st.composite
def _keys(draw: st.DrawFn, most: int) -> list[tuple[str | None, str]]:
    """Return external_ids and e-mails, mostly distinct, now and then in another spelling, absent or somebody else's."""
    count = draw(st.integers(0, most))
    external_ids: list[str | None] = list(draw(st.permutations(EXTERNAL_IDS))[:count])
    emails = draw(st.permutations(EMAILS))[:count]
    for place in range(count):
        external_id, email = external_ids[place], emails[place]
        match draw(st.integers(0, 15)):
            case 0 | 1:
                external_ids[place] = None
            case 2:
                external_ids[place] = external_id and external_id.upper()
            case 3:
                external_ids[place] = external_id and unicodedata.normalize("NFD", external_id)
            case 4 | 5:
                emails[place] = email.upper()
            case 6:
                emails[place] = emails[0].upper()
            case 7:
                external_ids[place] = external_ids[0] and external_ids[0].upper()
    return list(zip(external_ids, emails, strict=True))


@st.composite
def _records(
    draw: st.DrawFn, line: int, keys: tuple[str | None, str], columns: dict[str, bool], profile: list[str]
) -> SourceUser | SkippedRow:
    external_id, email = keys if columns["external_id"] else (None, keys[1])
    code = draw(st.sampled_from((None,) * 60 + ROW_PROBLEMS[:11]))
    if code is None:
        groups = draw(st.sampled_from(((), ("g1",), ("g1", "g2")))) if columns["groups"] else ()
        values = {name: draw(st.sampled_from(VALUES)) for name in profile}
        avatar = draw(st.sampled_from((None, None, "photo.jpg")))
        return SourceUser(line, external_id, draw(st.sampled_from(NAMES)), email, avatar, groups, values)
    if code in UNREADABLE:
        cells = draw(st.lists(st.sampled_from((*EXTERNAL_IDS, *EMAILS, "")), max_size=3))
        return SkippedRow(line, code, None, None, tuple(cells), is_garbled=True)
    is_valid = code not in ("missing_email", "invalid_email")
    return _skipped(code, SourceUser(line, external_id, draw(st.sampled_from(NAMES)), email if is_valid else "nope"))


def _skipped(code: str, row: SourceUser) -> SkippedRow:
    return SkippedRow(
        row.line,
        code,
        row.external_id,
        row.email,
        (row.external_id or "", row.name, row.email),
        frozenset({0, 1, 2}),
        is_garbled=code in GARBLED,
        external_id_damaged=code in DAMAGED,
        email_valid="@" in row.email,
    )


@st.composite
def subsite_users(draw: st.DrawFn) -> tuple[SubsiteUser, ...]:
    """Return users of whom none has exactly another's key, though perhaps in another letter case."""
    users: list[SubsiteUser] = []
    for number, (external_id, email) in enumerate(draw(_keys(8))):
        if any(email == user.email or (external_id and external_id == user.external_id) for user in users):
            continue
        guid = f"u{number}" if draw(st.booleans()) else number
        profile = {name: draw(st.sampled_from(VALUES)) for name in PROFILE_FIELDS}
        is_banned = draw(st.sampled_from((False, False, False, True)))
        users.append(SubsiteUser(guid, external_id, draw(st.sampled_from(NAMES)), email, is_banned, profile))
    return tuple(users)


@st.composite
def remembered(draw: st.DrawFn) -> Remembered:
    return Remembered(
        groups=draw(st.sampled_from((None, frozenset(), frozenset({"g1"}), frozenset({"g1", "g2"})))),
        avatar=draw(st.sampled_from((None, Avatar("photo.jpg", "d1", 1, 1)))),
        name_digest=digest(SALT, draw(st.sampled_from(NAMES))),
        email_digest=digest(SALT, key(draw(st.sampled_from(EMAILS)))),
        not_taken=draw(st.sampled_from(({}, {"profile.functie": NotTaken(digest(SALT, "x"), NOW_S)}))),
        banned_by_us=draw(st.booleans()),
        absent_s=draw(st.sampled_from((None, 0.0, 95.0, 200.0))),
        counted_s=draw(st.sampled_from((None, NOW_S - 5, NOW_S + 5))),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Return any state of the options."""
    limits = st.sampled_from((Limit.percentage(100), Limit.percentage(100), Limit.percentage(30)))
    maybe = st.sampled_from((None, True, False))
    return Policy(
        removal=draw(st.sampled_from((None, Action.BAN, Action.DELETE))),
        grace_s=draw(st.sampled_from((None, None, 100.0))),
        max_removals=draw(limits),
        max_changes=draw(limits),
        max_creates=draw(limits),
        force=draw(st.booleans()),
        protect=draw(st.sampled_from(((), (), ("a@*",), ("1", "[a-b]")))),
        scope=draw(st.sampled_from(((), (), ("*@x.test",), ("?",)))),
        only_linked=draw(maybe),
        relink=draw(st.booleans()),
        reactivate=draw(maybe),
        accept=frozenset(draw(st.sets(st.sampled_from((*ROW_PROBLEMS, *MATCH_PROBLEMS)), max_size=3))),
        full=draw(st.sampled_from((False, False, True))),
        only=draw(st.sampled_from((None,) * 48 + EXTERNAL_IDS + EMAILS)),
    )
