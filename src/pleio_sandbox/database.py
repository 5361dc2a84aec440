"""The SQLite database behind the sandbox, which keeps users, groups, avatars and log as the site's own does.

`tables` reads and writes the tables.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    guid TEXT PRIMARY KEY,
    external_id TEXT UNIQUE,
    external_id_key TEXT,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    email_key TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    is_admin INTEGER NOT NULL,
    is_superadmin INTEGER NOT NULL,
    ban_reason TEXT NOT NULL,
    time_created_us INTEGER NOT NULL,
    time_updated_us INTEGER NOT NULL,
    profile TEXT NOT NULL
) WITHOUT ROWID;
-- the order among users of one time_created is not defined on the subsite, and changes with an update: so it does here
CREATE INDEX IF NOT EXISTS users_by_time ON users (time_created_us, time_updated_us);
CREATE INDEX IF NOT EXISTS users_by_email ON users (email_key);
CREATE INDEX IF NOT EXISTS users_by_external_id ON users (external_id_key);
CREATE VIEW IF NOT EXISTS live_users AS
    SELECT * FROM users WHERE NOT (is_active = 0 AND name = 'Verwijderde gebruiker');

CREATE TABLE IF NOT EXISTS profile_fields (position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS date_fields (key TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS profile_dates (
    user_guid TEXT NOT NULL,
    key TEXT NOT NULL,
    date TEXT NOT NULL,
    PRIMARY KEY (user_guid, key)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS groups (guid TEXT PRIMARY KEY, name TEXT NOT NULL, is_automatic INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS memberships (
    user_guid TEXT NOT NULL,
    group_guid TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (user_guid, group_guid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_group ON memberships (group_guid);

CREATE TABLE IF NOT EXISTS avatars (
    user_guid TEXT PRIMARY KEY, file_name TEXT NOT NULL, mime_type TEXT NOT NULL, content BLOB NOT NULL
);

CREATE TABLE IF NOT EXISTS logs (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, content TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS logs_by_uuid ON logs (uuid);
"""


class Database:
    """An opened database, for any thread. Every statement is its own transaction, unless `undivided` holds others off.

    The subsite has no transaction around a request either.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        try:
            if path is not None:
                # A stand-in may lose its last writes if the machine fails; no request should wait for the disk.
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.executescript(SCHEMA)
        except sqlite3.Error:  # the file is not a database
            self._connection.close()
            raise

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Give all rows of a query."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """Give the first row of a query."""
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def write(self, sql: str, *values: object) -> None:
        """Carry out a statement. Raise `sqlite3.IntegrityError` if a unique value is there already."""
        with self._lock:
            self._connection.execute(sql, values)

    @contextmanager
    def undivided(self) -> Iterator[None]:
        """Hold other threads off while several statements belong together."""
        with self._lock:
            yield

    def close(self) -> None:
        """Close the database; one in memory is gone then."""
        with self._lock:
            self._connection.close()
