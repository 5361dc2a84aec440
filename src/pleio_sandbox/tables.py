"""The tables of the sandbox: its users, groups, avatars and log.

None of the API's rules are here, so that tests can make any situation; those live in `endpoints`.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from pleio_sandbox.database import Database
from pleio_sandbox.records import Group, LogEntry, LogRun, Role, StoredAvatar, User


def now_us() -> int:
    """Tell the time in microseconds since 1970."""
    return time.time_ns() // 1000


def fold(text: str) -> str:
    """Fold a text as the subsite's database does to compare without case: UPPER, one character for one.

    The final sigma stays apart from the other one.
    """
    if text.isascii():
        return text.upper()
    return "".join(map(_fold, text))


def _fold(character: str) -> str:
    upper = character.upper()
    return upper if len(upper) == 1 and character != "\N{GREEK SMALL LETTER FINAL SIGMA}" else character


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

        Raise `sqlite3.IntegrityError` if another row, a deleted user's too, has exactly that e-mail or external_id.
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
        """Write a changed user back; moves `time_updated`. Raise `sqlite3.IntegrityError` as `add` does."""
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
        """List what is left of deleted users, and users who have vanished because they look like one."""
        return _users_of(
            self._database.rows("SELECT * FROM users WHERE guid NOT IN (SELECT guid FROM live_users) ORDER BY guid")
        )

    def _tick_us(self) -> int:
        """Give a time that no other user has, as for users who are created one after the other."""
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


class Groups:
    """The tables of groups and memberships."""

    def __init__(self, database: Database, *, new_guid: Callable[[], str]) -> None:
        self._database = database
        self._new_guid = new_guid

    def add(self, name: str, *, guid: str | None = None, is_automatic: bool = False) -> Group:
        """Add a group; with `is_automatic`, new users join automatically."""
        group = Group(guid=guid or self._new_guid(), name=name, is_automatic=is_automatic)
        self._database.write("INSERT INTO groups VALUES (?, ?, ?)", group.guid, group.name, group.is_automatic)
        return group

    def get(self, guid: str) -> Group | None:
        """Find a group."""
        row = self._database.row("SELECT * FROM groups WHERE guid = ?", guid)
        return _group_of(row) if row else None

    def by_name(self) -> list[Group]:
        """List the groups by name."""
        return [_group_of(row) for row in self._database.rows("SELECT * FROM groups ORDER BY name, guid")]

    def automatic(self) -> list[Group]:
        """List the groups that new users join automatically."""
        return [_group_of(row) for row in self._database.rows("SELECT * FROM groups WHERE is_automatic ORDER BY guid")]

    def join(self, user_guid: str, group_guid: str) -> None:
        """Make somebody a member, even a pending one; higher roles are kept."""
        self._database.write(
            "INSERT INTO memberships VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role WHERE role = ?",
            user_guid,
            group_guid,
            Role.MEMBER.value,
            Role.PENDING.value,
        )

    def set_role(self, user_guid: str, group_guid: str, role: Role) -> None:
        """Put somebody in a group in this role, whatever the role before."""
        self._database.write("INSERT OR REPLACE INTO memberships VALUES (?, ?, ?)", user_guid, group_guid, role.value)

    def leave(self, user_guid: str, group_guid: str) -> None:
        """Take somebody out of a group, as people do themselves on the site."""
        self._database.write("DELETE FROM memberships WHERE user_guid = ? AND group_guid = ?", user_guid, group_guid)

    def leave_all(self, user_guid: str) -> None:
        """Take somebody out of every group."""
        self._database.write("DELETE FROM memberships WHERE user_guid = ?", user_guid)

    def of_user(self, user_guid: str) -> dict[str, Role]:
        """Tell which groups somebody is in, and as what: group guid to role."""
        rows = self._database.rows("SELECT group_guid, role FROM memberships WHERE user_guid = ?", user_guid)
        return {row["group_guid"]: Role(row["role"]) for row in rows}

    def members(self, group_guid: str) -> list[tuple[User, Role]]:
        """List who is in a group, by name, and as what."""
        rows = self._database.rows(
            "SELECT live_users.*, role FROM memberships JOIN live_users ON guid = user_guid"
            " WHERE group_guid = ? ORDER BY live_users.name, guid",
            group_guid,
        )
        return [(make_user(row), Role(row["role"])) for row in rows]

    def sizes(self) -> dict[str, int]:
        """Count the members of each group that has any: group guid to number."""
        rows = self._database.rows("SELECT group_guid, count(*) AS size FROM memberships GROUP BY group_guid")
        return {row["group_guid"]: row["size"] for row in rows}


def _group_of(row: sqlite3.Row) -> Group:
    return Group(guid=row["guid"], name=row["name"], is_automatic=bool(row["is_automatic"]))


class Avatars:
    """The table of avatars, one for each user who has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, user_guid: str, avatar: StoredAvatar) -> None:
        """Replace a user's avatar."""
        self._database.write(
            "INSERT OR REPLACE INTO avatars VALUES (?, ?, ?, ?)",
            user_guid,
            avatar.file_name,
            avatar.mime_type,
            avatar.content,
        )

    def get(self, user_guid: str) -> StoredAvatar | None:
        """Give a user's avatar."""
        row = self._database.row("SELECT * FROM avatars WHERE user_guid = ?", user_guid)
        if row is None:
            return None
        return StoredAvatar(file_name=row["file_name"], mime_type=row["mime_type"], content=row["content"])

    def jpeg_owners(self) -> set[str]:
        """Tell whose avatar can be shown, by guid: the bytes begin as a JPEG's do, whatever the file is called."""
        rows = self._database.rows("SELECT user_guid FROM avatars WHERE substr(content, 1, 3) = X'FFD8FF'")
        return {row["user_guid"] for row in rows}


class Logs:
    """The table of log uploads. A uuid is any text, and may repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, run: str, content: str) -> None:
        """Add an upload."""
        self._database.write("INSERT INTO logs (uuid, content) VALUES (?, ?)", run, content)

    def runs(self) -> list[LogRun]:
        """List the uuids that were uploaded under, the newest first."""
        rows = self._database.rows(
            "SELECT uuid, count(*) AS uploads, sum(length(content)) AS characters FROM logs"
            " GROUP BY uuid ORDER BY max(id) DESC"
        )
        return [LogRun(uuid=row["uuid"], uploads=row["uploads"], characters=row["characters"]) for row in rows]

    def entries(self, run: str | None = None) -> list[LogEntry]:
        """List the uploads under one uuid, or all, in their order."""
        rows = self._database.rows("SELECT * FROM logs WHERE ? IS NULL OR uuid = ? ORDER BY id", run, run)
        return [LogEntry(id=row["id"], uuid=row["uuid"], content=row["content"]) for row in rows]

    def text(self, run: str | None = None) -> str:
        """Give all that was uploaded under one uuid, or at all, as one text."""
        return "\n".join(entry.content for entry in self.entries(run))
