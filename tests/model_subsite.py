"""A subsite in memory that keeps the observed rules of the API, and a hand that carries a plan out on it.

It shares no rule of the API with the client, so that a plan which the subsite would refuse shows.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec.structs import replace

from pleio_profile_sync_client.core.keys import digest
from pleio_profile_sync_client.core.models import (
    Action,
    Change,
    Guid,
    Memory,
    NotTaken,
    Record,
    Remembered,
    Removal,
    SubsiteUser,
    Write,
)
from pleio_profile_sync_client.core.plan import Plan
from pleio_profile_sync_client.core.removals import with_absences
from tests.keys import key


class BadRequestError(Exception):
    """What the subsite answers with status 400."""


@dataclass
class Account:
    """One user as the subsite holds it."""

    guid: Guid
    external_id: str | None
    name: str
    email: str
    is_banned: bool = False
    profile: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    avatar: str | None = None


class ModelSubsite:
    """Accounts under the rules of `POST /users`, `DELETE`, ban, unban and avatar, as observed."""

    def __init__(self, users: Iterable[SubsiteUser], profile_fields: Iterable[str] = ()) -> None:
        self.profile_fields = tuple(profile_fields)
        self.accounts: dict[Guid, Account] = {
            user.guid: Account(user.guid, user.external_id, user.name, user.email, user.is_banned, dict(user.profile))
            for user in users
        }
        self._created = 0

    def users(self) -> list[SubsiteUser]:
        return [
            SubsiteUser(one.guid, one.external_id, one.name, one.email, one.is_banned, dict(one.profile))
            for one in self.accounts.values()
        ]

    def create(self, record: Record) -> Account:
        if self._others_with_email(record.email, None):
            raise BadRequestError("This e-mail is already taken by another user.")
        if not record.external_id:
            is_taken = any(one.external_id is None for one in self.accounts.values())
        else:
            is_taken = bool(self._others_with_external_id(record.external_id, None))
        if is_taken:
            raise BadRequestError("This external_id is already taken by another user.")
        self._created += 1
        guid = f"new{self._created}"
        account = Account(guid, record.external_id or None, record.name, record.email.strip())
        account.profile = dict.fromkeys(self.profile_fields, "")
        self.accounts[guid] = account
        self._fill(account, record)
        return account

    def update(self, guid: Guid, record: Record) -> Account:
        account = self.accounts[guid]
        emails = self._others_with_email(record.email, guid)
        external_ids = self._others_with_external_id(record.external_id, guid) if record.external_id else []
        if len(emails) == 1:
            raise BadRequestError("Could not change the email to another email as the id is already taken.")
        if len(external_ids) == 1:
            raise BadRequestError("Could not change the external_id to another external_id as the id is already taken.")
        if not emails and record.email.strip().lower() != account.email.lower():
            account.email = record.email.strip()
        if record.external_id and not external_ids:
            same = account.external_id and record.external_id.strip().lower() == account.external_id.lower()
            account.external_id = account.external_id if same else record.external_id.strip()
        account.name = record.name
        account.is_banned = False
        self._fill(account, record)
        return account

    def delete(self, guid: Guid) -> None:
        del self.accounts[guid]

    def contents(self) -> list[tuple[object, ...]]:
        """All that can be seen, whatever the guids of new users and their order."""
        return sorted(
            (
                one.email.lower(),
                one.external_id or "",
                one.name,
                one.email,
                one.is_banned,
                sorted(one.profile.items()),
                sorted(one.groups),
                one.avatar or "",
            )
            for one in self.accounts.values()
        )

    def _fill(self, account: Account, record: Record) -> None:
        account.groups.update(record.groups)
        account.profile.update({name: value for name, value in record.profile.items() if name in self.profile_fields})

    def _others_with_email(self, email: str, guid: Guid | None) -> list[Account]:
        wanted = email.strip().lower()
        return [one for one in self.accounts.values() if one.guid != guid and one.email.lower() == wanted]

    def _others_with_external_id(self, external_id: str, guid: Guid | None) -> list[Account]:
        wanted = external_id.strip().lower()
        return [one for one in self.accounts.values() if one.guid != guid and (one.external_id or "").lower() == wanted]


@dataclass
class Applied:
    """What became of a plan: the refused changes, and what a state would remember now."""

    refused: list[Write]
    memory: Memory


def apply_plan(subsite: ModelSubsite, plan: Plan, memory: Memory, *, now_s: float, seed: int) -> Applied:
    """Carry a plan out, in any order that its waits allow; removals last, and not where they are withheld."""
    users = dict(memory.users)
    for memo in plan.memos:
        known = users.get(str(memo.guid), Remembered())
        known = known if memo.groups is None else replace(known, groups=memo.groups)
        known = known if memo.avatar is None else replace(known, avatar=memo.avatar)
        marks = {name: mark for name, mark in known.not_taken.items() if name not in memo.taken}
        users[str(memo.guid)] = replace(known, not_taken=marks)
    users = dict(with_absences(replace(memory, users=users), plan.absences).users)
    refused: list[Write] = []
    for change in in_any_order(plan.changes, seed):
        if isinstance(change, Write):
            try:
                _write(subsite, change, users, memory.salt, now_s)
            except BadRequestError:
                refused.append(change)
        elif change.guid not in plan.withheld:
            _remove(subsite, change, users)
    return Applied(refused, Memory(users, memory.salt))


def in_any_order(changes: Iterable[Change], seed: int) -> list[Change]:
    """Shuffle, but let each write come after the one it waits for, and removals after all writes."""
    chance = random.Random(seed)
    waiting = [change for change in changes if isinstance(change, Write)]
    removals: list[Change] = [change for change in changes if isinstance(change, Removal)]
    chance.shuffle(waiting)
    chance.shuffle(removals)
    ordered: list[Change] = []
    while waiting:
        left = {write.guid for write in waiting}
        ready = [write for write in waiting if write.waits_for is None or write.waits_for not in left]
        assert ready, "these wait for each other"
        ordered += ready
        waiting = [write for write in waiting if write not in ready]
    return ordered + removals


def _write(subsite: ModelSubsite, write: Write, users: dict[str, Remembered], salt: bytes, now_s: float) -> None:
    if write.guid is None:
        assert write.record is not None
        account = subsite.create(write.record)
    else:
        account = subsite.accounts[write.guid]
        if write.action is Action.REACTIVATE:
            account.is_banned = False
        if write.record is not None:
            account = subsite.update(write.guid, write.record)
    known = users.get(str(account.guid), Remembered())
    if write.record is not None:
        known = _remember(known, write.record, account, salt, now_s)
    if write.action is Action.REACTIVATE:
        known = replace(known, banned_by_us=False)
    if write.avatar is not None:
        account.avatar = write.avatar.digest
        known = replace(known, avatar=write.avatar)
    users[str(account.guid)] = known


def _remember(known: Remembered, record: Record, account: Account, salt: bytes, now_s: float) -> Remembered:
    missing = {f"profile.{name}": value for name, value in record.profile.items() if account.profile.get(name) != value}
    return replace(
        known,
        groups=(known.groups or frozenset()).union(record.groups),
        name_digest=digest(salt, record.name),
        email_digest=digest(salt, key(record.email)),
        not_taken=known.not_taken | {name: NotTaken(digest(salt, value), now_s) for name, value in missing.items()},
        banned_by_us=False,
    )


def _remove(subsite: ModelSubsite, removal: Removal, users: dict[str, Remembered]) -> None:
    if removal.action is Action.DELETE:
        subsite.delete(removal.guid)
        users.pop(str(removal.guid), None)
    else:
        subsite.accounts[removal.guid].is_banned = True
        users[str(removal.guid)] = replace(users.get(str(removal.guid), Remembered()), banned_by_us=True)
