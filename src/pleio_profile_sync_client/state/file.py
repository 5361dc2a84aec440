"""The state file on disk: where it is, how it is opened, what is done with one that can't be used; its lock.

A rollback journal and not a write-ahead log: it works on network folders too, and a reader leaves no files behind.
"""

import os
import re
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TypeVar
from urllib.parse import urlsplit

from filelock import FileLock, SoftFileLock, Timeout
from platformdirs import user_state_path

from pleio_profile_sync_client.core.models import Memory
from pleio_profile_sync_client.errors import AlreadyRunningError, UsageError
from pleio_profile_sync_client.state.tables import SCHEMA, DamagedError, read_memory

APPLICATION_ID = 0x50505343
VERSION = 2
SALT_BYTES = 16

ANOTHER_FILE = "Name another file with --state."

SQLITE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What using a file can raise; the second if SQLite's own message quotes damaged bytes."""

_MOST_LINKS = 40
AnyPath = TypeVar("AnyPath", bound=PurePath)

APPLICATION = "pleio-profile-sync-client"


@contextmanager
def hold_lock(state_path: Path) -> Iterator[None]:
    """Hold the lock beside a state file, taken at once; the system drops it with the process.

    It lets one run at a time use this file; two accounts with separate files have separate locks. Raise
    `AlreadyRunningError` if another run has it.
    """
    path = lock_path(state_path)
    lock = FileLock(str(path), timeout=0, mode=0o600, thread_local=False)
    try:
        _create(path)  # for some folders that can't be written, filelock says that the lock is held
        lock.acquire()
    except Timeout as error:
        raise AlreadyRunningError(
            f"Another run for this subsite is in progress: it holds {path}.",
            hint="Wait until it has ended, or stop its process; the lock goes with it; the file may stay.",
        ) from error
    except OSError as error:
        raise UsageError(
            f"The lock beside the state file, {path}, can't be written: {error.strerror or error}.",
            hint="Name a file in a folder that can be written with --state.",
        ) from error
    except NotImplementedError as error:
        raise _no_locks(path) from error
    try:
        if isinstance(lock, SoftFileLock):  # filelock's substitute outlives a killed process
            raise _no_locks(path)
        yield
    finally:
        lock.release()


def settle_path(path: Path) -> tuple[Path, bool]:
    """Return where the state file really is, its folders made for the owner only, and whether a link was removed.

    A link is followed, but not in a sticky folder such as `/tmp`, where anybody may have put it. Raise `UsageError` if
    no state file can stand, or where what stands there is somebody else's.
    """
    path = path.absolute()
    try:
        _make_folders(path.parent)
        for _ in range(_MOST_LINKS):
            if not path.is_symlink() or _is_sticky(path.parent):
                break
            path = path.parent / path.readlink()
            _make_folders(path.parent)
        had_link = _take_link_away(path)
        _take_link_away(lock_path(path))
        _take_link_away(journal_path(path))
        stands_already = path.exists() and not path.is_file()
    except OSError as error:
        raise _not_writable(path, error.strerror or str(error)) from error
    if stands_already:
        raise UsageError(f"The state file {path} is not a file.", hint=ANOTHER_FILE)
    return path, had_link


def is_planted(path: Path) -> bool:
    """Tell whether anybody may have put the file there: in a sticky folder, a link or another account's file."""
    if not _is_sticky(path.parent):
        return False
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISLNK(found.st_mode) or found.st_uid not in (os.geteuid(), 0)


def nearest_folder(path: AnyPath, exists: Callable[[AnyPath], bool]) -> AnyPath | None:
    """Return the nearest folder above that exists; None if there is none, as on a missing drive."""
    return next((folder for folder in path.parents if exists(folder)), None)


def open_to_write(path: Path, *, subsite: str, busy_timeout_s: float) -> tuple[sqlite3.Connection, Memory]:
    """Open the state file, made if there is none, prove that it can be written, and read it.

    Raise `DamagedError`, or `UsageError` if the file is another's, of a newer version, locked or not writable.
    """
    try:
        _make_private(path)
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            with transaction(connection):
                if is_new(connection, path):
                    _create_tables(connection, subsite)
                _check_health(connection)
                check_subsite(connection, path, subsite)
                connection.execute("UPDATE about SET value = value WHERE name = 'subsite'")  # it can be written
            return connection, read_memory(connection)
        except BaseException:
            connection.close()
            raise
    except SQLITE_ERRORS as error:
        raise _as_client_error(error, path) from error
    except OSError as error:
        raise _not_writable(path, error.strerror or str(error)) from error


def open_to_read(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Open the state file read-only; nothing is created beside it."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=busy_timeout_s, isolation_level=None)


def put_aside(path: Path, now: datetime) -> Path:
    """Rename the file, and its journal, to `.damaged-TIME`; return its new path."""
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    try:
        path.replace(aside)
        journal = journal_path(path)
        if journal.exists():
            journal.replace(journal_path(aside))
    except OSError as error:
        raise UsageError(
            f"The state file {path} is damaged and can't be put aside: {error.strerror or error}.", hint=ANOTHER_FILE
        ) from error
    return aside


def journal_path(path: Path) -> Path:
    """Return where SQLite keeps what an unfinished transaction has replaced."""
    return path.with_name(path.name + "-journal")


def lock_path(path: Path) -> Path:
    """Return where the lock of a state file is."""
    return path.with_name(path.name + ".lock")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_damage(error: BaseException) -> bool:
    """Tell whether the error means that the file's content is not what SQLite wrote."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            return code & 0xFF in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        return isinstance(error, sqlite3.OperationalError)  # raised by Python's module: text that is not UTF-8
    return isinstance(error, (UnicodeDecodeError, DamagedError))


def is_new(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the file is empty; raise `UsageError` if it is not ours or of a newer version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and application in (0, APPLICATION_ID):
        return True
    if application != APPLICATION_ID:
        raise UsageError(f"The file {path} is another program's database, not a state file.", hint=ANOTHER_FILE)
    if version > VERSION:
        raise UsageError(
            f"The state file {path} was written by a newer version of this client (format {version}, this one knows "
            f"{VERSION}). Nothing was changed in it.",
            hint="Install that version again, or name another file with --state.",
        )
    if version < VERSION:
        raise DamagedError(f"it has the format {version}, of a version before the first release")
    return False


def check_subsite(connection: sqlite3.Connection, path: Path, subsite: str) -> None:
    """Raise `UsageError` if the file remembers another subsite's users."""
    row = connection.execute("SELECT value FROM about WHERE name = 'subsite'").fetchone()
    if row is None or not isinstance(row[0], str):
        raise DamagedError("it does not say which subsite it is of")
    if row[0] != subsite:
        raise UsageError(
            f"The state file {path} belongs to another subsite, {row[0]}; this run is for {subsite}.",
            hint="Every subsite has a state file of its own: leave --state out, or name another file.",
        )


def _make_folders(folder: Path) -> None:
    """Make these folders, for the owner only."""
    above = folder if folder.exists() else nearest_folder(folder, Path.exists)
    if above is None:
        raise FileNotFoundError(None, f"{folder.anchor or folder} is not there")
    for name in folder.relative_to(above).parts:
        above /= name
        above.mkdir(mode=0o700, exist_ok=True)


def _is_sticky(folder: Path) -> bool:
    return bool(folder.stat().st_mode & stat.S_ISVTX) and hasattr(os, "geteuid")


def _take_link_away(path: Path) -> bool:
    """Remove a link that anybody may have put there; raise `UsageError` for another account's file."""
    if not is_planted(path):
        return False
    if not path.is_symlink():
        raise UsageError(
            f"The file {path} belongs to another account, in a folder where everybody may write.", hint=ANOTHER_FILE
        )
    path.unlink()
    return True


def _make_private(path: Path) -> None:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _no_locks(path: Path) -> UsageError:
    return UsageError(
        f"The file system of {path} has no locks, so that a second run could not be kept out.",
        hint="Name a file on another one with --state.",
    )


def _create(path: Path) -> None:
    """Make an empty file where there is none; a link is not followed."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))


def _create_tables(connection: sqlite3.Connection, subsite: str) -> None:
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
    about = [("salt", secrets.token_bytes(SALT_BYTES)), ("subsite", subsite)]
    connection.executemany("INSERT INTO about (name, value) VALUES (?, ?)", about)


def _check_health(connection: sqlite3.Connection) -> None:
    (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise DamagedError(answer)


def _as_client_error(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> DamagedError | UsageError:
    if is_damage(error):
        return DamagedError(str(error))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return UsageError(
            f"The state file {path} is locked by another program, a backup perhaps.",
            hint="Try again when that has ended, or name another file with --state.",
        )
    return _not_writable(path, str(error))


def _not_writable(path: Path, why: str) -> UsageError:
    return UsageError(f"The state file {path} can't be written: {why}.", hint=ANOTHER_FILE)


def locate_state(subsite_url: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the state file of a subsite in `$STATE_DIRECTORY` (systemd's; its first folder), else the platform's.

    The name is readable, and different for every host, port and path.
    """
    folders = [folder for folder in environment.get("STATE_DIRECTORY", "").split(os.pathsep) if folder]
    folder = Path(folders[0]) if folders else user_state_path(APPLICATION, appauthor=False)
    identity = identify_subsite(subsite_url)
    readable = re.sub(r"[^a-z0-9.-]+", "-", identity.partition("/")[0]).strip(".-")[:100]
    mark = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()
    return folder / f"{readable}-{mark}.sqlite3"


def identify_subsite(subsite_url: str) -> str:
    """Return what distinguishes subsites: host, port and path, whatever the scheme, case or last slash."""
    parts = urlsplit(subsite_url)
    host = (parts.hostname or "").rstrip(".")
    port = f":{parts.port}" if parts.port and (parts.scheme, parts.port) != ("https", 443) else ""
    return f"{host}{port}{parts.path.rstrip('/')}"
