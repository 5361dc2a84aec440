"""The tables of a state file: what is in them, and how each is read and written.

Everything is checked when it is read: a value that is not ours, such as a text instead of a number, is damage. Call the
functions that write within a transaction.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Change,
    Memo,
    Memory,
    NotTaken,
    Outcome,
    Remembered,
    RunRecord,
)
from pleio_profile_sync_client.core.removals import Absences
from pleio_profile_sync_client.core.wording import as_datetime
from pleio_profile_sync_client.state.recording import learn_outcome

SCHEMA = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    """CREATE TABLE users (
    guid TEXT PRIMARY KEY,
    groups TEXT,
    avatar_digest TEXT, avatar_size INTEGER, avatar_mtime_ns TEXT,
    name_digest BLOB, email_digest BLOB,
    not_taken TEXT,
    banned_by_us INTEGER NOT NULL DEFAULT 0,
    absent_s REAL, counted_s REAL
) WITHOUT ROWID""",
    "CREATE TABLE deleted (guid TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL UNIQUE,
    started_s REAL NOT NULL, finished_s REAL,
    exit_code INTEGER,
    counts TEXT NOT NULL DEFAULT '{}',
    is_partial INTEGER NOT NULL DEFAULT 0
)""",
)
"""`deleted` are those whom we deleted since the last list. An `avatar_mtime_ns` is a text, since later than 2262 is no
number to SQLite."""


class DamagedError(Exception):
    """The file is not a state file, or no longer one: to be put aside."""


Moment = Annotated[float, Meta(ge=-62_135_596_800, lt=253_402_300_800)]
"""Seconds since 1970, within the years that a date can show."""
YesOrNo = Annotated[int, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, lt=1e11)]


class _About(Struct):
    """The values in `about`, by their names; texts are JSON, except the subsite."""

    salt: bytes
    subsite: str
    last_list: str = "null"
    needs_external_id: YesOrNo = 0
    awaiting: str = "{}"
    awaiting_since: str = "null"
    is_filling: YesOrNo = 0


class _UserRow(Struct, array_like=True, gc=False):
    """A row of `users`; the fields are its columns."""

    guid: str
    groups: str | None = None
    avatar_digest: str | None = None
    avatar_size: int | None = None
    avatar_mtime_ns: Annotated[str, Meta(pattern=r"^-?[0-9]{1,30}$")] | None = None
    name_digest: bytes | None = None
    email_digest: bytes | None = None
    not_taken: str | None = None
    banned_by_us: YesOrNo = 0
    absent_s: Seconds | None = None
    counted_s: Moment | None = None


class _RunRow(Struct, array_like=True):
    """A row of `runs`, except its number; the fields are its columns."""

    run: str
    started_s: Moment
    finished_s: Moment | None
    exit_code: int | None
    counts: str
    is_partial: YesOrNo


_USER_COLUMNS = ", ".join(_UserRow.__struct_fields__)
_SELECT_USERS = f"SELECT {_USER_COLUMNS} FROM users"  # noqa: S608 -- constants
_REPLACE_USER = f"INSERT OR REPLACE INTO users ({_USER_COLUMNS}) VALUES ({', '.join('?' * 11)})"  # noqa: S608 -- constants
_SELECT_RUNS = f"SELECT {', '.join(_RunRow.__struct_fields__)} FROM runs ORDER BY number DESC"  # noqa: S608 -- constants

_marks = msgspec.json.Decoder(dict[str, tuple[bytes, Moment]])
_counts = msgspec.json.Decoder(dict[str, int])
_NO_MARKS: dict[str, NotTaken] = {}


def read_memory(connection: sqlite3.Connection) -> Memory:
    """Return what is remembered of everybody; raise `DamagedError` if a value is not one that we wrote."""
    try:
        about = msgspec.convert(dict(connection.execute("SELECT name, value FROM about")), _About)
        last_list = msgspec.json.decode(about.last_list, type=frozenset[str] | None)
        deleted = msgspec.convert(connection.execute("SELECT guid FROM deleted").fetchall(), list[tuple[str]])
        return Memory(
            _users_from(connection.execute(_SELECT_USERS)),
            about.salt,
            None if last_list is None else last_list.difference(guid for (guid,) in deleted),
            about.needs_external_id != 0,
            len(read_runs(connection)),
            msgspec.json.decode(about.awaiting, type=dict[str, date]),
            msgspec.json.decode(about.awaiting_since, type=date | None),
            about.is_filling != 0,
        )
    except (ValueError, msgspec.MsgspecError) as error:
        raise _damaged_value(error) from error


def read_runs(connection: sqlite3.Connection) -> list[RunRecord]:
    """Return the runs that are kept, the newest first; raise `DamagedError` if a value is not one that we wrote."""
    try:
        rows = msgspec.convert(connection.execute(_SELECT_RUNS).fetchall(), list[_RunRow])
        return [
            RunRecord(
                row.run,
                as_datetime(row.started_s),
                None if row.finished_s is None else as_datetime(row.finished_s),
                row.exit_code,
                _counts.decode(row.counts),
                row.is_partial != 0,
            )
            for row in rows
        ]
    except (ValueError, msgspec.MsgspecError) as error:
        raise _damaged_value(error) from error


def write_outcomes(
    connection: sqlite3.Connection, recorded: Iterable[tuple[Change, Outcome, float]], salt: bytes
) -> None:
    """Write what changes did, in the order in which they were recorded, each with its time."""
    for change, outcome, now_s in recorded:
        if change.action is Action.CREATE and not change.external_id:
            write_about(connection, "needs_external_id", int(outcome.taken == "external_id"))
        if not outcome.steps:
            continue
        guid = str(outcome.guid)
        known = _users_from(connection.execute(f"{_SELECT_USERS} WHERE guid = ?", (guid,))).get(guid, Remembered())
        remembered = learn_outcome(known, change, outcome, salt, now_s)
        if remembered is None:
            connection.execute("DELETE FROM users WHERE guid = ?", (guid,))
            connection.execute("INSERT OR IGNORE INTO deleted (guid) VALUES (?)", (guid,))
        else:
            connection.execute(_REPLACE_USER, _row_of(guid, remembered))


def write_memos(connection: sqlite3.Connection, memos: Sequence[Memo], memory: Memory) -> None:
    """Write what was learnt without sending anything; what is not in a memo is left as it is."""
    _set_columns(
        connection,
        ("groups",),
        [(str(memo.guid), _groups_column(memo.groups)) for memo in memos if memo.groups is not None],
    )
    _set_columns(
        connection,
        ("avatar_digest", "avatar_size", "avatar_mtime_ns"),
        [(str(memo.guid), *_avatar_columns(memo.avatar)) for memo in memos if memo.avatar is not None],
    )
    marks_left = {
        str(memo.guid): {
            field: mark for field, mark in memory.of(memo.guid).not_taken.items() if field not in memo.taken
        }
        for memo in memos
        if memo.taken
    }
    _set_columns(connection, ("not_taken",), [(guid, _marks_column(marks)) for guid, marks in marks_left.items()])


def write_absences(connection: sqlite3.Connection, absences: Absences) -> None:
    """Write how long users have been absent, and whose absence has ended."""
    _set_columns(
        connection,
        ("absent_s", "counted_s"),
        [(guid, absence and absence.absent_s, absence and absence.counted_s) for guid, absence in absences.items()],
    )


def write_bans(connection: sqlite3.Connection, guids: Iterable[str], *, are_ours: bool) -> None:
    """Write that these users' bans are ours, or that we banned none of them."""
    _set_columns(connection, ("banned_by_us",), [(guid, int(are_ours)) for guid in guids])


def write_list(connection: sqlite3.Connection, guids: Iterable[str], *, gone: Iterable[str]) -> None:
    """Write whom the subsite lists, and forget those who are gone."""
    write_about(connection, "last_list", _encode(list(guids)))
    connection.execute("DELETE FROM deleted")
    connection.executemany("DELETE FROM users WHERE guid = ?", [(guid,) for guid in gone])


def write_awaiting(connection: sqlite3.Connection, since: Mapping[str, date], oldest: date | None) -> None:
    """Write since when removals, by guid, and anything at all have waited for an approval."""
    write_about(connection, "awaiting", _encode(since))
    write_about(connection, "awaiting_since", _encode(oldest))


def write_about(connection: sqlite3.Connection, name: str, value: str | int | bytes) -> None:
    """Write one value about the whole."""
    connection.execute("INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)", (name, value))


def write_start(connection: sqlite3.Connection, run: str, started: datetime, *, is_partial: bool, kept: int) -> None:
    """Write that a run has begun, and drop all but the last `kept` runs."""
    connection.execute(
        "INSERT INTO runs (run, started_s, is_partial) VALUES (?, ?, ?)", (run, started.timestamp(), is_partial)
    )
    connection.execute("DELETE FROM runs WHERE number <= (SELECT max(number) FROM runs) - ?", (kept,))


def write_finish(
    connection: sqlite3.Connection, run: str, finished: datetime, exit_code: int, counts: Mapping[str, int]
) -> None:
    """Write how a run ended."""
    connection.execute(
        "UPDATE runs SET finished_s = ?, exit_code = ?, counts = ? WHERE run = ?",
        (finished.timestamp(), exit_code, _encode(dict(counts)), run),
    )


def _users_from(rows: Iterable[Sequence[object]]) -> dict[str, Remembered]:
    shared_groups: dict[str | None, frozenset[str] | None] = {None: None}  # many users have the same
    users: dict[str, Remembered] = {}
    for values in rows:
        row = msgspec.convert(values, _UserRow)
        if row.groups not in shared_groups:
            shared_groups[row.groups] = frozenset((row.groups or "").split())
        users[row.guid] = Remembered(
            shared_groups[row.groups],
            _avatar_of(row),
            row.name_digest,
            row.email_digest,
            _marks_of(row.not_taken) if row.not_taken else _NO_MARKS,
            row.banned_by_us != 0,
            row.absent_s,
            row.counted_s,
        )
    return users


def _avatar_of(row: _UserRow) -> Avatar | None:
    if row.avatar_digest is None:
        return None
    return Avatar("", row.avatar_digest, row.avatar_size or 0, int(row.avatar_mtime_ns or 0))


def _marks_of(text: str) -> dict[str, NotTaken]:
    return {name: NotTaken(*mark) for name, mark in _marks.decode(text).items()}


def _set_columns(connection: sqlite3.Connection, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Write these columns of users, known or new ones; each row begins with the guid."""
    places = ", ".join("?" * (1 + len(columns)))
    values = ", ".join(f"{column} = excluded.{column}" for column in columns)
    connection.executemany(
        f"INSERT INTO users (guid, {', '.join(columns)}) VALUES ({places}) "  # noqa: S608 -- constants
        f"ON CONFLICT (guid) DO UPDATE SET {values}",
        rows,
    )


def _groups_column(groups: frozenset[str]) -> str:
    return " ".join(sorted(groups))


def _avatar_columns(avatar: Avatar) -> tuple[str, int, str]:
    return avatar.digest, avatar.size, str(avatar.mtime_ns)


def _marks_column(not_taken: Mapping[str, NotTaken]) -> str | None:
    return _encode({name: (mark.digest, mark.sent_s) for name, mark in not_taken.items()}) if not_taken else None


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _row_of(guid: str, remembered: Remembered) -> tuple[object, ...]:
    """Turn a user's value into columns. The avatar's path is left out: file names are often people's names."""
    return (
        guid,
        None if remembered.groups is None else _groups_column(remembered.groups),
        *(_avatar_columns(remembered.avatar) if remembered.avatar else (None, None, None)),
        remembered.name_digest,
        remembered.email_digest,
        _marks_column(remembered.not_taken),
        int(remembered.banned_by_us),
        remembered.absent_s,
        remembered.counted_s,
    )


def _damaged_value(error: Exception) -> DamagedError:
    return DamagedError(f"a value is damaged ({error})")
