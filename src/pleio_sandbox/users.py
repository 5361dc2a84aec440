"""The users as the site's database holds them: none of the API's rules, so that tests can make any situation."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pleio_sandbox.database import Database
from pleio_sandbox.records import User

KEPT = "\0"
"""Stands for "leave it as it is" where None has a meaning of its own; no stored text holds a NUL."""


def now_us() -> int:
    """Tell the time in microseconds since 1970."""
    return time.time_ns() // 1000


def fold(text: str) -> str:
    """Fold a text as the subsite's database does to compare without case: UPPER, one character for one."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in text)


class Users:
    """The table of users. A deleted user is a row too, but is found only by `deleted`."""

    def __init__(self, database: Database, *, new_guid: Callable[[], str], clock_us: Callable[[], int]) -> None:
        self._database = database
        self._new_guid = new_guid
        self._clock_us = clock_us
        newest = database.row("SELECT max(max(time_created_us, time_updated_us)) FROM users")
        self._last_tick_us: int = min((newest and newest[0]) or 0, clock_us())

    def add(
        self,
        *,
        name: str,
        email: str,
        external_id: str | None = None,
        is_active: bool = True,
        is_admin: bool = False,
        is_superadmin: bool = False,
        ban_reason: str = "",
        profile: Mapping[str, str] | None = None,
        time_created_us: int | None = None,
        guid: str | None = None,
    ) -> User:
        """Add a user, unchecked; without a time the newest.

        Raises `sqlite3.IntegrityError` where another row, a deleted user's too, has exactly that e-mail or external_id.
        """
        with self._database.undivided():
            tick_us = self._tick_us()
            user = User(
                guid=guid or self._new_guid(),
                external_id=external_id,
                name=name,
                email=email,
                is_active=is_active,
                is_admin=is_admin,
                is_superadmin=is_superadmin,
                ban_reason=ban_reason,
                time_created_us=tick_us if time_created_us is None else time_created_us,
                time_updated_us=tick_us,
                profile=dict(profile or {}),
            )
            self._database.write("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *_cells(user))
            return user

    def save(self, user: User) -> User:
        """Write a changed user back; moves `time_updated`. Raises `sqlite3.IntegrityError` as `add` does."""
        with self._database.undivided():
            user = replace(user, time_updated_us=self._tick_us())
            # An update in place, not a REPLACE: that would delete another row that has the e-mail.
            self._database.write(
                "UPDATE users SET guid = ?, external_id = ?, external_id_key = ?, name = ?, email = ?, email_key = ?,"
                " is_active = ?, is_admin = ?, is_superadmin = ?, ban_reason = ?, time_created_us = ?,"
                " time_updated_us = ?, profile = ? WHERE guid = ?",
                *_cells(user),
                user.guid,
            )
            return user

    def edit(
        self,
        guid: str,
        *,
        name: str | None = None,
        email: str | None = None,
        external_id: str | None = KEPT,
        profile: Mapping[str, str] | None = None,
        time_created_us: int | None = None,
    ) -> User:
        """Change a user, unchecked; an external_id of None takes it away, profile keys that are not given stay.

        Raises `KeyError` for a user who is not there, and `sqlite3.IntegrityError` as `add` does.
        """
        with self._database.undivided():
            user = self[guid]
            return self.save(
                replace(
                    user,
                    name=user.name if name is None else name,
                    email=user.email if email is None else email,
                    external_id=user.external_id if external_id == KEPT else external_id,
                    profile={**user.profile, **(profile or {})},
                    time_created_us=user.time_created_us if time_created_us is None else time_created_us,
                )
            )

    def __getitem__(self, guid: str) -> User:
        user = self.get(guid)
        if user is None:
            raise KeyError(guid)
        return user

    def __len__(self) -> int:
        row = self._database.row("SELECT count(*) FROM live_users")
        return int(row[0]) if row else 0

    def get(self, guid: str) -> User | None:
        """Find a user by guid."""
        row = self._database.row("SELECT * FROM live_users WHERE guid = ?", guid)
        return make_user(row) if row else None

    def everybody(self) -> list[User]:
        """List everybody in order of creation."""
        return _users_of(self._database.rows("SELECT * FROM live_users ORDER BY time_created_us, time_updated_us"))

    def after(self, time_created_us: int, limit: int) -> list[User]:
        """List up to `limit` users who were created strictly later."""
        return _users_of(
            self._database.rows(
                "SELECT * FROM live_users WHERE time_created_us > ? ORDER BY time_created_us, time_updated_us LIMIT ?",
                time_created_us,
                limit,
            )
        )

    def with_email(self, email: str) -> list[User]:
        """Find by e-mail in any case; a database can hold several."""
        return _users_of(self._database.rows("SELECT * FROM live_users WHERE email_key = ?", fold(email)))

    def with_external_id(self, external_id: str) -> list[User]:
        """Find by external_id in any case; a database can hold several."""
        return _users_of(self._database.rows("SELECT * FROM live_users WHERE external_id_key = ?", fold(external_id)))

    def is_anybody_without_external_id(self) -> bool:
        """Tell whether a user has none; banned ones and administrators count."""
        return self._database.row("SELECT 1 FROM live_users WHERE external_id IS NULL LIMIT 1") is not None

    def search(self, text: str) -> list[User]:
        """Find by a part of name, e-mail, external_id or guid, in any case, in order of creation."""
        wanted = fold(text)
        return [
            user
            for user in self.everybody()
            if any(wanted in fold(value) for value in (user.name, user.email, user.external_id or "", user.guid))
        ]

    def deleted(self) -> list[User]:
        """List what is left of deleted users, and whoever has vanished for looking like one."""
        return _users_of(
            self._database.rows("SELECT * FROM users WHERE guid NOT IN (SELECT guid FROM live_users) ORDER BY guid")
        )

    def _tick_us(self) -> int:
        """Give a time that no other user has, as users made one after the other do."""
        self._last_tick_us = max(self._clock_us(), self._last_tick_us + 1)
        return self._last_tick_us


def make_user(row: sqlite3.Row) -> User:
    """Make a user of a row that has all columns of the table."""
    return User(
        guid=row["guid"],
        external_id=row["external_id"],
        name=row["name"],
        email=row["email"],
        is_active=bool(row["is_active"]),
        is_admin=bool(row["is_admin"]),
        is_superadmin=bool(row["is_superadmin"]),
        ban_reason=row["ban_reason"],
        time_created_us=row["time_created_us"],
        time_updated_us=row["time_updated_us"],
        profile=json.loads(row["profile"]),
    )


def _users_of(rows: Iterable[sqlite3.Row]) -> list[User]:
    return [make_user(row) for row in rows]


def _cells(user: User) -> tuple[object, ...]:
    return (
        user.guid,
        user.external_id,
        None if user.external_id is None else fold(user.external_id),
        user.name,
        user.email,
        fold(user.email),
        user.is_active,
        user.is_admin,
        user.is_superadmin,
        user.ban_reason,
        user.time_created_us,
        user.time_updated_us,
        json.dumps(user.profile),
    )
