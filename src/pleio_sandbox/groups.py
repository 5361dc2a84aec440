"""The groups of the site and who is in them. Which groups a request names is read in `values`."""

import sqlite3
from collections.abc import Callable

from pleio_sandbox.database import Database
from pleio_sandbox.records import Group, Role, User
from pleio_sandbox.users import make_user


class Groups:
    """The tables of groups and memberships."""

    def __init__(self, database: Database, *, new_guid: Callable[[], str]) -> None:
        self._database = database
        self._new_guid = new_guid

    def add(self, name: str, *, guid: str | None = None, is_automatic: bool = False) -> Group:
        """Add a group; with `is_automatic`, new users join by themselves."""
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
        """List the groups that new users join by themselves."""
        return [_group_of(row) for row in self._database.rows("SELECT * FROM groups WHERE is_automatic ORDER BY guid")]

    def join(self, user_guid: str, group_guid: str) -> None:
        """Make somebody a member: a pending one too; who is more than that stays so."""
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
