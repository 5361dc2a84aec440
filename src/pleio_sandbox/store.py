"""The site as a whole: its settings and tables, and what people do on it apart from the API.

The API's own rules live in the endpoints. May be used from any thread.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from pleio_sandbox.database import Database
from pleio_sandbox.records import TOMBSTONE_NAME, ProfileField, SiteSettings, User
from pleio_sandbox.tables import Avatars, Groups, Logs, Users, now_us

FIRST_NUMERIC_GUID = 57979220


class Store:
    """A subsite's content in SQLite: in memory, or in the file at `path`.

    `settings` may be replaced at any time. `clock_us` gives the time for new and changed users, who nevertheless get a
    time of their own each.
    """

    def __init__(
        self, path: Path | None = None, *, settings: SiteSettings | None = None, clock_us: Callable[[], int] = now_us
    ) -> None:
        self.settings = settings or SiteSettings()
        self._database = Database(path)
        self._last_number = self._highest_number()
        self.users = Users(self._database, new_guid=self._new_guid, clock_us=clock_us)
        self.groups = Groups(self._database, new_guid=self._new_guid)
        self.avatars = Avatars(self._database)
        self.logs = Logs(self._database)

    def close(self) -> None:
        """Close the database; one in memory is then lost."""
        self._database.close()

    def add_profile_field(self, key: str, name: str | None = None, *, is_date: bool = False) -> None:
        """Add a profile field, after the others. For the text of a date field the site also keeps a date."""
        self._database.write("INSERT INTO profile_fields (key, name) VALUES (?, ?)", key, name or key)
        if is_date:
            self._database.write("INSERT INTO date_fields VALUES (?)", key)

    def remove_profile_field(self, key: str) -> None:
        """Remove a profile field, as an administrator may at any time."""
        self._database.write("DELETE FROM profile_fields WHERE key = ?", key)

    def profile_fields(self) -> list[ProfileField]:
        """List the profile fields in the site's order."""
        rows = self._database.rows("SELECT key, name FROM profile_fields ORDER BY position")
        return [ProfileField(key=row["key"], name=row["name"]) for row in rows]

    def profile_keys(self) -> list[str]:
        """List the keys of the profile fields in the site's order."""
        return [field.key for field in self.profile_fields()]

    def keep_dates(self, guid: str, values: Mapping[str, str]) -> None:
        """Keep the dates of what was stored; any other text, even an empty one, leaves the old date in place."""
        keys = [row["key"] for row in self._database.rows("SELECT key FROM date_fields")] if values else []
        for key in keys:
            if _is_date(values.get(key, "")):
                self._database.write("INSERT OR REPLACE INTO profile_dates VALUES (?, ?, ?)", guid, key, values[key])

    def dates_of(self, guid: str) -> dict[str, str]:
        """Tell the dates that birthday lists use for a user: key to date."""
        rows = self._database.rows("SELECT key, date FROM profile_dates WHERE user_guid = ?", guid)
        return {row["key"]: row["date"] for row in rows}

    def add_system_user(self, *, time_created_us: int | None = None) -> User:
        """Add the system user that the site makes for external content: banned, and without an external_id."""
        return self.users.add(
            name="Auteur van externe inhoud",
            email="externalcontent@localhost",
            is_active=False,
            time_created_us=time_created_us,
        )

    def ban(self, guid: str, reason: str) -> User:
        """Make a user inactive; an earlier reason is overwritten. Raise `KeyError` for a user who is not there."""
        with self._database.undivided():
            return self.users.save(replace(self.users[guid], is_active=False, ban_reason=reason))

    def unban(self, guid: str) -> User:
        """Make a user active and empty the reason. Raise `KeyError` for a user who is not there."""
        with self._database.undivided():
            return self.users.save(replace(self.users[guid], is_active=True, ban_reason=""))

    def delete(self, guid: str) -> None:
        """Anonymise a user permanently; the row stays, and so does the avatar's file. Raise `KeyError` if not there."""
        with self._database.undivided():
            user = self.users[guid]
            self.groups.leave_all(guid)
            self._database.write("DELETE FROM profile_dates WHERE user_guid = ?", guid)
            self.users.save(
                replace(
                    user,
                    name=TOMBSTONE_NAME,
                    email=f"{guid}@deleted",
                    external_id=None,
                    is_active=False,
                    is_admin=False,
                    is_superadmin=False,
                    ban_reason=user.ban_reason or ("Verwijderd" if self.settings.language == "nl" else "Deleted"),
                    profile={},
                )
            )

    def sign_in(self, email: str, account_email: str, account_name: str) -> User | None:
        """Sign in over single sign-on: the user with this e-mail, in any case, gets the account's e-mail and name.

        None if nobody has the e-mail or its user is banned; nothing changes then. Raise `sqlite3.IntegrityError`
        where somebody else has exactly the account's e-mail.
        """
        with self._database.undivided():
            active = [user for user in self.users.with_email(email) if user.is_active]
            if not active:
                return None
            return self.users.save(replace(active[0], email=account_email, name=account_name))

    def _new_guid(self) -> str:
        if self.settings.guid_style == "uuid":
            return str(uuid.uuid4())
        with self._database.undivided():
            self._last_number += 1
            return str(self._last_number)

    def _highest_number(self) -> int:
        row = self._database.row(
            "SELECT max(CAST(guid AS INTEGER)) FROM (SELECT guid FROM users UNION ALL SELECT guid FROM groups)"
            " WHERE guid NOT GLOB '*[^0-9]*'"
        )
        return max(FIRST_NUMERIC_GUID - 1, (row and row[0]) or 0)


def _is_date(text: str) -> bool:
    try:
        return len(text) == len("YYYY-MM-DD") and bool(date.fromisoformat(text))
    except ValueError:
        return False
