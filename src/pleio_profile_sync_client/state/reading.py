"""What is read from a state file: the memory, and the runs."""

import sqlite3
from collections.abc import Sequence
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
        rows = connection.execute(f"SELECT guid, {USER_COLUMNS} FROM users")  # noqa: S608 -- a constant
        groups_of: dict[str, frozenset[str]] = {}
        users = {row[0]: remembered_from(row[1:], groups_of) for row in rows}
        return Memory(users, bytes(salt))
    except (TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise DamagedError(f"a value is damaged ({error})") from error


def remembered_from(row: Sequence[Any], groups_of: dict[str, frozenset[str]]) -> Remembered:
    """Make one user's columns into a value; `groups_of` lets users with the same groups share one set."""
    groups, avatar_digest, size, mtime_ns, name_digest, email_digest, not_taken, banned_by_us, absent_since_s = row
    shared = groups_of.get(groups)
    if shared is None:
        shared = groups_of[groups] = frozenset(groups.split())
    return Remembered(
        shared,
        None if avatar_digest is None else Avatar("", avatar_digest, size, mtime_ns),
        name_digest,
        email_digest,
        _marks.decode(not_taken) if not_taken else _NO_MARKS,
        bool(banned_by_us),
        absent_since_s,
    )


def row_from(remembered: Remembered) -> tuple[Any, ...]:
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


def read_runs(connection: sqlite3.Connection, limit: int) -> list[RunRecord]:
    """Return the last runs, the newest first."""
    rows = connection.execute(
        "SELECT run, started_s, finished_s, exit_code, counts FROM runs ORDER BY number DESC LIMIT ?", (limit,)
    )
    try:
        return [
            RunRecord(run, _time(started_s), None if finished_s is None else _time(finished_s), exit_code, counts)
            for run, started_s, finished_s, exit_code, counts in ((*row[:4], _counts.decode(row[4])) for row in rows)
        ]
    except (TypeError, ValueError, OverflowError, OSError, msgspec.MsgspecError) as error:
        raise DamagedError(f"a run's record is damaged ({error})") from error


def _time(since_epoch_s: float) -> datetime:
    return datetime.fromtimestamp(since_epoch_s, UTC)
