"""What is read from a state file: the memory, and the runs. What is written to it stands in `writing`."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from pleio_profile_sync_client.core.models import Avatar, Memory, Remembered, RunRecord
from pleio_profile_sync_client.state.database import DamagedError

USER_COLUMNS = (
    "groups, avatar_digest, avatar_size, avatar_mtime_ns, name_digest, email_digest, not_taken, banned_by_us, "
    "absent_since_s"
)

_NO_MARKS: dict[str, bytes] = {}
_marks = msgspec.json.Decoder(dict[str, bytes])
_counts = msgspec.json.Decoder(dict[str, int])


def read_memory(connection: sqlite3.Connection) -> Memory:
    """Return what is remembered of everybody; raise `DamagedError` where a value is none that we wrote."""
    try:
        (salt,) = connection.execute("SELECT value FROM about WHERE name = 'salt'").fetchone()
        rows = connection.execute(f"SELECT {USER_COLUMNS}, guid FROM users")  # noqa: S608 -- a constant
        return Memory(_users_from(rows), bytes(salt))
    except (TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise DamagedError(f"a value is damaged ({error})") from error


def read_remembered(connection: sqlite3.Connection, guid: str) -> Remembered:
    """Return what is remembered of one user."""
    rows = connection.execute(f"SELECT {USER_COLUMNS}, guid FROM users WHERE guid = ?", (guid,))  # noqa: S608 -- a constant
    return _users_from(rows).get(guid) or Remembered()


def _users_from(rows: Iterable[Sequence[Any]]) -> dict[str, Remembered]:
    shared_groups: dict[str, frozenset[str]] = {}  # many users have the same
    users: dict[str, Remembered] = {}
    for groups, avatar, size, mtime_ns, name, email, not_taken, banned_by_us, absent_since_s, guid in rows:
        group_set = shared_groups.get(groups)
        if group_set is None:
            group_set = shared_groups[groups] = frozenset(groups.split())
        users[guid] = Remembered(
            group_set,
            None if avatar is None else Avatar("", avatar, size, mtime_ns),
            name,
            email,
            _marks.decode(not_taken) if not_taken else _NO_MARKS,
            banned_by_us != 0,
            absent_since_s,
        )
    return users


def make_row(remembered: Remembered) -> tuple[Any, ...]:
    """Make a user's value into columns. The avatar's path is left out: file names are often people's names."""
    avatar = remembered.avatar
    return (
        " ".join(sorted(remembered.groups)),
        avatar and avatar.digest,
        avatar and avatar.size,
        avatar and avatar.mtime_ns,
        remembered.name_digest,
        remembered.email_digest,
        msgspec.json.encode(remembered.not_taken).decode() if remembered.not_taken else "",
        int(remembered.banned_by_us),
        remembered.absent_since_s,
    )


def read_runs(connection: sqlite3.Connection) -> list[RunRecord]:
    """Return the runs that are kept, the newest first; raise `DamagedError` where a value is none that we wrote."""
    rows = connection.execute("SELECT run, started_s, finished_s, exit_code, counts FROM runs ORDER BY number DESC")
    try:
        return [
            RunRecord(run, _time(started_s), None if finished_s is None else _time(finished_s), exit_code, counts)
            for run, started_s, finished_s, exit_code, counts in ((*row[:4], _counts.decode(row[4])) for row in rows)
        ]
    except (TypeError, ValueError, OverflowError, OSError, msgspec.MsgspecError) as error:
        raise DamagedError(f"a run's record is damaged ({error})") from error


def _time(since_epoch_s: float) -> datetime:
    return datetime.fromtimestamp(since_epoch_s, UTC)
