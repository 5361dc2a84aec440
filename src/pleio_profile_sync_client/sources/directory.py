"""A directory, LDAP or Active Directory, as a source: its entries are the records, its attributes the columns."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from threading import Lock
from uuid import UUID

from msgspec import Struct

from pleio_profile_sync_client.core.models import Avatar, Finding, Layout
from pleio_profile_sync_client.core.ports import Ending, Progress
from pleio_profile_sync_client.core.text import sharing, shortened, visible
from pleio_profile_sync_client.core.wording import counted, name_few
from pleio_profile_sync_client.errors import SourceError, UsageError
from pleio_profile_sync_client.sources.avatars import check_jpeg
from pleio_profile_sync_client.sources.headers import REQUIRED_FIELDS, plain
from pleio_profile_sync_client.sources.ldap import Entry, Ldap, Root, dn_key, referred_dn
from pleio_profile_sync_client.sources.records import ORDINARY, Anomaly, Record, Records
from pleio_profile_sync_client.sources.source import RecordSource

DISABLED = "useraccountcontrol.disabled"
EXPIRED = "accountexpires.expired"
DN = "dn"
GROUPS = "groups"

_COMPUTED = {DISABLED: "userAccountControl", EXPIRED: "accountExpires"}
_GUIDS = {"objectguid", "ms-ds-consistencyguid", "msexchmailboxguid"}
_SIDS = {"objectsid", "msexchmasteraccountsid"}
_PEOPLE_OF_ACTIVE_DIRECTORY = "(&(objectCategory=person)(objectClass=user))"
_PEOPLE = "(objectClass=person)"
_MEMBERS = ("member", "uniquemember")
_PRIMARY_GROUP = "primarygroupid"
_ACCOUNT_DISABLED = 2
_NEVER = {0, 2**63 - 1}
_SECONDS_FROM_1601_TO_1970 = 11_644_473_600


class _Person(Struct, frozen=True):
    """What is kept of an entry: its cells, those without a usable value, and the number of its primary group."""

    dn: str
    cells: list[str]
    lost: dict[int, str]
    primary_group: str


class DirectorySource(RecordSource):
    """The people in a directory.

    The layout maps the product's fields to attributes; a photo's attribute serves as the avatar. `bases` are the
    branches with the people; `wanted` is the filter for their entries, None the usual one for the directory. `groups`
    has the guids of the subsite's groups, by the DN of the corresponding group of the directory. `now_s` is the time of
    day, which decides whether an account has expired.
    """

    def __init__(
        self,
        ldap: Ldap,
        layout: Layout,
        *,
        bases: Sequence[str],
        wanted: str | None = None,
        groups: Mapping[str, Sequence[str]] = {},
        now_s: Callable[[], float] = time.time,
    ) -> None:
        missing = [field for field in REQUIRED_FIELDS if field not in layout.columns]
        if missing:
            raise UsageError(
                f"[columns] does not say which attribute of the directory is {' and which is '.join(missing)}.",
                hint='Write for example: name = "displayName", email = "mail", external_id = "employeeID"',
            )
        if groups and GROUPS in layout.columns:
            raise UsageError("[columns] groups and [ldap.groups] are both there.", hint="Keep [ldap.groups].")
        super().__init__(layout)
        self._ldap = ldap
        self._bases = bases
        self._wanted = wanted
        self._groups = groups
        self._now_s = now_s
        self._photos: dict[str, tuple[str, Avatar | Finding]] = {}
        self._lock = Lock()

    @property
    def location(self) -> str:
        """The directory's address."""
        return self._ldap.location

    @property
    def _photo(self) -> str:
        return self._layout.columns.get("avatar", "")

    def load(self, progress: Progress, ending: Ending | None = None) -> Records:
        """Read all people and the groups; raise `SourceError` if any of them are missing."""
        with self._lock:
            try:
                self._ldap.ending = ending
                return self._load(progress)
            finally:
                self._ldap.ending = None
                self._ldap.close()

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Return what a photo was when the people were read."""
        return self._photos[path][1]

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read a photo again, and describe it."""
        dn, _ = self._photos[path]
        try:
            with self._lock:
                entry = self._read_again(dn)
        except SourceError as error:
            return Finding("avatar_missing", f"The photo can't be read now. {error} The person is synced without it.")
        photos = entry.attributes.get(self._photo.lower(), []) if entry else []
        if not photos:
            return Finding(
                "avatar_missing", "The photo is no longer in the directory. The person is synced without it."
            )
        found = check_jpeg(path, photos[0])
        return found if isinstance(found, Finding) else (found, photos[0])

    def _read_again(self, dn: str) -> Entry | None:
        try:
            return self._ldap.read_entry(dn, [self._photo])
        except SourceError:  # the directory may have closed an idle connection
            self._ldap.close()
            return self._ldap.read_entry(dn, [self._photo])

    def close(self) -> None:
        """Close the connection that avatars were read over."""
        self._ldap.close()

    def _load(self, progress: Progress) -> Records:
        root = self._ldap.read_root()
        headers = self._headers()
        wanted = self._wanted or (_PEOPLE_OF_ACTIVE_DIRECTORY if root.is_active_directory else _PEOPLE)
        self._require_bases()
        people = self._read_people(headers, wanted, progress)
        doubts = _doubts(self._ldap.referrals, root)
        if not people:
            raise SourceError(
                f"The directory {self.location} shows no entry that matches {visible(wanted)} below "
                f"{visible(name_few(self._bases))}.",
                hint="Is the filter right, and may this account see the entries?",
                uploadable=f"The directory {self.location} shows no people.",
            )
        self._refuse_hidden(headers, people)
        problems = tuple(self._join_groups(headers, people)) if self._groups else ()
        return Records(
            self.location,
            headers,
            0,
            below=lambda: _records(people),
            place=partial(_name_entry, [person.dn for person in people]),
            count=len(people),
            problems=problems,
            doubts=doubts,
        )

    def _headers(self) -> list[str]:
        """Return the attributes that are asked for, each once, in the order in which they are named."""
        named = dict.fromkeys([*self._layout.columns.values(), *self._layout.skip, *self._layout.ignore])
        headers = list({plain(name): name.strip() for name in reversed(list(named))}.values())[::-1]
        return [*headers, GROUPS] if self._groups else headers

    def _require_bases(self) -> None:
        for base in self._bases:
            if self._ldap.read_entry(base, ["1.1"]) is None:
                raise SourceError(
                    f"The directory {self.location} has no branch {visible(base)}, or this account may not see it.",
                    hint="Fix base under [ldap].",
                    uploadable=f"The directory {self.location} has no such branch as base names.",
                )

    def _read_people(self, headers: list[str], wanted: str, progress: Progress) -> list[_Person]:
        asked = [_COMPUTED.get(header.lower(), header) for header in headers if header.lower() not in (DN, GROUPS)]
        if self._groups:
            asked.append(_PRIMARY_GROUP)
        reader = _Reader(headers, self._layout.columns, self._now_s())
        people: list[_Person] = []
        seen: set[str] = set()
        searches = [self._ldap.search(base, wanted, list(dict.fromkeys(asked))) for base in self._bases]
        with progress.phase("reading the directory", None) as advance:
            for entry in chain.from_iterable(searches):
                advance(1)
                key = entry.dn.lower()
                if key in seen:  # below two bases, or moved while it was read
                    continue
                seen.add(key)
                people.append(self._read(entry, reader, len(people) + 1))
        return people

    def _read(self, entry: Entry, reader: "_Reader", number: int) -> _Person:
        photos = entry.attributes.get(self._photo.lower(), []) if self._photo else []
        path = ""
        if photos:
            path = f"{self._photo} of entry {number}"
            self._photos[path] = (entry.dn, check_jpeg(path, photos[0]))
        return reader.read(entry, path)

    def _refuse_hidden(self, headers: list[str], people: list[_Person]) -> None:
        """Raise `SourceError` if no entry has a key: it is mistyped, or hidden from this account."""
        for field in ("external_id", *REQUIRED_FIELDS):
            attribute = self._layout.columns.get(field)
            if attribute is None:
                continue
            index = next(index for index, header in enumerate(headers) if plain(header) == plain(attribute))
            if not any(person.cells[index] or index in person.lost for person in people):
                raise SourceError(
                    f"No entry of the directory {self.location} shows {visible(attribute)}, which is meant to be the "
                    f"{field} ({counted(len(people), 'entry', 'entries')}).",
                    hint="Is it spelled right, and may this account read it?",
                )

    def _join_groups(self, headers: list[str], people: list[_Person]) -> Iterator[Finding]:
        """Put the guids of each person's groups into their cell; return a problem for each missing group."""
        index = headers.index(GROUPS)
        by_dn = {dn_key(person.dn): person for person in people}
        joined: dict[str, list[str]] = {}
        for name, guids in self._groups.items():
            members = _Group(self._ldap, by_dn, name).members()
            if members is None:
                yield Finding(
                    "group_missing",
                    f"The directory has no group {visible(shortened(name, 200))}, or this account may not see it, so "
                    "nobody is added to the subsite's group. Fix it under [ldap.groups].",
                )
                continue
            for key in members:
                joined.setdefault(key, []).extend(guids)
        for key, found in joined.items():
            by_dn[key].cells[index] = ",".join(dict.fromkeys(found))


class _Reader:
    """Makes cells of an entry's attributes."""

    def __init__(self, headers: Sequence[str], columns: Mapping[str, str], now_s: float) -> None:
        keys = {plain(columns[field]) for field in ("external_id", *REQUIRED_FIELDS) if field in columns}
        self._headers = [(header.lower(), plain(header) in keys) for header in headers]
        self._photo = columns.get("avatar", "").lower()
        self._now_s = now_s
        self._share = sharing({})

    def read(self, entry: Entry, photo: str) -> _Person:
        cells: list[str] = []
        lost: dict[int, str] = {}
        for name, is_key in self._headers:
            if name == self._photo and photo:
                cells.append(photo)
                continue
            text, reason = self._cell(name, entry, is_key=is_key)
            if reason:
                lost[len(cells)] = reason
            cells.append(text)
        group = (entry.attributes.get(_PRIMARY_GROUP) or [b""])[0].decode("ascii", "replace")
        return _Person(entry.dn, cells, lost, self._share(group, group))

    def _cell(self, name: str, entry: Entry, *, is_key: bool) -> tuple[str, str]:
        """Return the text of a cell, and why it has no usable value, if so."""
        if name == DN:
            return entry.dn, ""
        if name in _COMPUTED:
            return self._computed(name, entry), ""
        values = entry.attributes.get(name)
        if not values:
            return "", ""
        try:
            texts = [_text(name, value) for value in values]
        except UnicodeDecodeError:
            return "", "holds bytes that are not text"
        texts.sort()
        text = "; ".join(texts)
        return (text, f"holds {len(texts)} values") if is_key and len(texts) > 1 else (self._share(text, text), "")

    def _computed(self, name: str, entry: Entry) -> str:
        values = entry.attributes.get(_COMPUTED[name].lower())
        if not values or not values[0].lstrip(b"-").isdigit():
            return ""
        number = int(values[0])
        if name == DISABLED:
            return "true" if number & _ACCOUNT_DISABLED else "false"
        expires_s = number / 10_000_000 - _SECONDS_FROM_1601_TO_1970
        return "true" if number not in _NEVER and expires_s <= self._now_s else "false"


class _Group:
    """A group with its members, including those of nested groups, at any depth.

    Active Directory does not list people whose primary group it is.
    """

    def __init__(self, ldap: Ldap, people: Mapping[str, _Person], name: str) -> None:
        self._ldap = ldap
        self._people = people
        self._name = name
        self._numbers: set[str] = set()

    def members(self) -> set[str] | None:
        """Return the keys of the people in it; None if the group is not there."""
        first = self._read(self._name)
        if first is None:
            return None
        found: set[str] = set()
        seen = {dn_key(self._name)}
        waiting = [first]
        while waiting:
            for name in waiting.pop():
                key = dn_key(name)
                if key in self._people:
                    found.add(key)
                elif key not in seen:
                    seen.add(key)
                    nested = self._read(name)
                    waiting += [nested] if nested else []
        return found | {key for key, person in self._people.items() if person.primary_group in self._numbers}

    def _read(self, name: str) -> list[str] | None:
        """Return the DNs of an entry's members; None if there is no such entry."""
        entry = self._ldap.read_entry(name, ["objectSid", *_MEMBERS])
        if entry is None:
            return None
        sids = [sid for sid in entry.attributes.get("objectsid", []) if len(sid) >= 8]
        self._numbers |= {_text("objectsid", sid).rpartition("-")[2] for sid in sids}
        members: list[str] = []
        while True:
            ranges = [(key, values) for key, values in entry.attributes.items() if key.split(";")[0] in _MEMBERS]
            members += [value.decode("utf-8", "replace") for _, values in ranges for value in values]
            following = next((key for key, _ in ranges if ";range=" in key and not key.endswith("-*")), None)
            if following is None:
                return members
            attribute, _, last = following.rpartition("-")
            more = self._ldap.read_entry(name, [f"{attribute.split(';')[0]};range={int(last) + 1}-*"])
            if more is None or not any(";range=" in key for key in more.attributes):
                raise SourceError(
                    f"The directory {self._ldap.location} shows only part of a group's members.",
                    hint="A partial answer is never used; run it again.",
                )
            entry = more


def _records(people: Iterable[_Person]) -> Iterator[Record]:
    for number, person in enumerate(people, 1):
        yield number, person.cells, Anomaly(lost=person.lost) if person.lost else ORDINARY


def _name_entry(names: Sequence[str], number: int) -> str:
    """Name an entry's place by its number, with its DN; the headers have no place."""
    return f"entry {number} ({visible(shortened(names[number - 1], 200))})" if number else "its attributes"


def _doubts(referrals: Sequence[str], root: Root) -> tuple[str, ...]:
    """Return why people may be missing: branches that the directory refers to, except its own partitions."""
    own = {dn_key(name) for name in root.own_partitions}
    elsewhere = [uri for uri in dict.fromkeys(referrals) if dn_key(referred_dn(uri)) not in own]
    if not elsewhere:
        return ()
    return (f"the directory refers to other servers for part of it: {visible(name_few(elsewhere))}",)


def _text(name: str, value: bytes) -> str:
    if name in _GUIDS and len(value) == 16:
        return str(UUID(bytes_le=value))
    if name in _SIDS and len(value) >= 8:
        parts = [int.from_bytes(value[at : at + 4], "little") for at in range(8, len(value), 4)]
        return "-".join(map(str, ("S", value[0], int.from_bytes(value[2:8], "big"), *parts)))
    return value.decode("utf-8")
