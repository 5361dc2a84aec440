"""What is written to a state file, statement by statement; each function is to be called within a transaction."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from pleio_profile_sync_client.core.models import Change, Memo, Outcome
from pleio_profile_sync_client.state.reading import USER_COLUMNS, make_row, read_remembered
from pleio_profile_sync_client.state.recording import learn_outcome

_REPLACE_USER = f"INSERT OR REPLACE INTO users (guid, {USER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 -- a constant


def write_outcomes(connection: sqlite3.Connection, recorded: Iterable[tuple[Change, Outcome]], salt: bytes) -> None:
    """Write what changes did, in the order in which they were recorded."""
    for change, outcome in recorded:
        guid = str(change.guid if outcome.guid is None else outcome.guid)
        remembered = learn_outcome(read_remembered(connection, guid), change, outcome, salt)
        if remembered is None:
            connection.execute("DELETE FROM users WHERE guid = ?", (guid,))
        else:
            connection.execute(_REPLACE_USER, (guid, *make_row(remembered)))


def write_memos(connection: sqlite3.Connection, memos: Sequence[Memo]) -> None:
    """Write what was learnt without sending anything; what a memo does not hold is left as it is."""
    connection.executemany(
        "INSERT INTO users (groups, guid) VALUES (?, ?) ON CONFLICT (guid) DO UPDATE SET groups = excluded.groups",
        [(" ".join(sorted(memo.groups)), str(memo.guid)) for memo in memos if memo.groups is not None],
    )
    connection.executemany(
        "INSERT INTO users (avatar_digest, avatar_size, avatar_mtime_ns, guid) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (guid) DO UPDATE SET avatar_digest = excluded.avatar_digest, "
        "avatar_size = excluded.avatar_size, avatar_mtime_ns = excluded.avatar_mtime_ns",
        [
            (memo.avatar.digest, memo.avatar.size, memo.avatar.mtime_ns, str(memo.guid))
            for memo in memos
            if memo.avatar is not None
        ],
    )


def write_absence(
    connection: sqlite3.Connection, *, returned: Collection[str], left: Collection[str], now_s: float
) -> None:
    """Write who is absent since now, and who no longer is."""
    connection.executemany("UPDATE users SET absent_since_s = NULL WHERE guid = ?", _as_rows(returned))
    connection.executemany(
        "INSERT INTO users (absent_since_s, guid) VALUES (?, ?) "
        "ON CONFLICT (guid) DO UPDATE SET absent_since_s = excluded.absent_since_s",
        [(now_s, guid) for guid in left],
    )


def write_bans(connection: sqlite3.Connection, guids: Iterable[str]) -> None:
    """Write that these users' bans are ours."""
    connection.executemany(
        "INSERT INTO users (guid, banned_by_us) VALUES (?, 1) ON CONFLICT (guid) DO UPDATE SET banned_by_us = 1",
        _as_rows(guids),
    )


def clear_bans(connection: sqlite3.Connection, guids: Iterable[str]) -> None:
    """Write that we banned none of these users."""
    connection.executemany("UPDATE users SET banned_by_us = 0 WHERE guid = ?", _as_rows(guids))


def delete_users(connection: sqlite3.Connection, guids: Iterable[str]) -> None:
    """Write that nothing is remembered of these users."""
    connection.executemany("DELETE FROM users WHERE guid = ?", _as_rows(guids))


def write_start(connection: sqlite3.Connection, run: str, started: datetime, *, kept: int) -> None:
    """Write that a run has begun, and drop all but the last `kept` runs."""
    connection.execute("INSERT INTO runs (run, started_s) VALUES (?, ?)", (run, started.timestamp()))
    connection.execute("DELETE FROM runs WHERE number <= (SELECT max(number) FROM runs) - ?", (kept,))


def write_finish(
    connection: sqlite3.Connection, run: str, finished: datetime, exit_code: int, counts: Mapping[str, int]
) -> None:
    """Write how a run ended."""
    connection.execute(
        "UPDATE runs SET finished_s = ?, exit_code = ?, counts = ? WHERE run = ?",
        (finished.timestamp(), exit_code, msgspec.json.encode(dict(counts)).decode(), run),
    )


def _as_rows(guids: Iterable[str]) -> list[tuple[str]]:
    return [(guid,) for guid in guids]
