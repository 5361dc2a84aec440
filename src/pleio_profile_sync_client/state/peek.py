"""A look into a state file that takes no lock and leaves no trace: for dry runs, and for those who only want to see.

A state file that is missing is an empty memory; one that can't be read is a warning, since nothing depends on it yet.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from pleio_profile_sync_client.core.models import Finding, Memory, RunRecord
from pleio_profile_sync_client.core.ports import Warn
from pleio_profile_sync_client.state.file import (
    SQLITE_ERRORS,
    check_subsite,
    is_damage,
    is_new,
    is_planted,
    journal_path,
    nearest_folder,
    open_to_read,
)
from pleio_profile_sync_client.state.location import identify_subsite
from pleio_profile_sync_client.state.store import BUSY_TIMEOUT_S
from pleio_profile_sync_client.state.tables import DamagedError, read_memory, read_runs

Result = TypeVar("Result")


def peek_memory(path: Path, *, subsite_url: str, warn: Warn) -> Memory:
    """Return what a real run would remember, and warn where it could not write. Raises `UsageError` as it would."""
    if not _could_write(path):
        warn(
            Finding(
                "state_not_writable",
                f"A real run could not write the state file {path}, and would not start. Name another with --state.",
            )
        )
    return _peek(path, read_memory, Memory(), subsite_url=subsite_url, warn=warn)


def peek_runs(
    path: Path, *, warn: Warn, subsite_url: str | None = None, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> list[RunRecord]:
    """Return the last real runs, the newest first."""
    return _peek(path, read_runs, [], subsite_url=subsite_url, warn=warn, busy_timeout_s=busy_timeout_s)


def _peek(
    path: Path,
    read: Callable[[sqlite3.Connection], Result],
    nothing: Result,
    *,
    subsite_url: str | None,
    warn: Warn,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> Result:
    def read_checked(file: Path) -> Result:
        if is_planted(file):
            raise DamagedError("it is a link or another account's, in a folder where everybody may write")
        with closing(open_to_read(file, busy_timeout_s=busy_timeout_s)) as connection:
            if is_new(connection, path):
                return nothing
            if subsite_url is not None:
                check_subsite(connection, path, identify_subsite(subsite_url))
            return read(connection)

    try:
        if not path.exists():
            return nothing
        _refuse_what_is_no_file(path)
        try:
            return read_checked(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            return _read_unfinished(path, read_checked)
    except (*SQLITE_ERRORS, DamagedError, OSError) as error:
        consequence = "A real run would put it aside and start anew" if is_damage(error) else "This one goes on without"
        warn(Finding("state_unreadable", f"The state file {path} can't be read ({error}). {consequence}."))
        return nothing


def _refuse_what_is_no_file(path: Path) -> None:
    if not path.is_file():  # opening a pipe would wait for ever
        raise OSError("it is not a file")


def _read_unfinished(path: Path, read: Callable[[Path], Result]) -> Result:
    """Read a copy: what a killed run left half-written has to be undone first, and that is not for us to do here."""
    with TemporaryDirectory(prefix="state-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(journal_path(path), journal_path(copy))
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
        return read(copy)


def _could_write(path: Path) -> bool:
    try:
        if path.exists():
            return path.is_file() and os.access(path, os.W_OK)
        folder = nearest_folder(path.absolute(), Path.exists)
    except OSError:  # a folder that may not be entered, a name that is too long
        return False
    return folder is not None and folder.is_dir() and os.access(folder, os.W_OK)
