"""The state of one subsite: open for a run, which adds to it as it goes, or read without a lock or any change.

Nothing here may end a run: once the file is open, a write that fails is one warning, and what is lost is sent again
another time. When only reading, a missing state file is an empty memory, and one that can't be read is a warning.
"""

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self, TypeVar

from pleio_profile_sync_client.core.approval import Awaiting
from pleio_profile_sync_client.core.models import Change, Finding, Guid, Memo, Memory, Outcome, RunRecord
from pleio_profile_sync_client.core.ports import Warn
from pleio_profile_sync_client.core.removals import Absences
from pleio_profile_sync_client.core.wording import as_datetime
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.state import tables
from pleio_profile_sync_client.state.file import (
    SQLITE_ERRORS,
    check_subsite,
    hold_lock,
    identify_subsite,
    is_damage,
    is_new,
    is_planted,
    journal_path,
    nearest_folder,
    open_to_read,
    open_to_write,
    put_aside,
    settle_path,
    transaction,
)
from pleio_profile_sync_client.state.tables import DamagedError, read_memory, read_runs

KEPT_RUNS = 1_000
BUSY_TIMEOUT_S = 5.0
WRITE_INTERVAL_S = 0.5
"""How often what was recorded is written; it has to be at least once a second."""

Result = TypeVar("Result")


class State:
    """An open state file, with the lock held. `record` may be called from any thread.

    `memory` is what was remembered when the file was opened.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, memory: Memory, *, warn: Warn, now_s: Callable[[], float]
    ) -> None:
        self.path = path
        self._connection = connection
        self.memory = memory
        self._is_filling = memory.is_filling
        self._warn = warn
        self._now_s = now_s
        self._has_warned = False
        self._access = threading.RLock()
        self._recorded: list[tuple[Change, Outcome, float]] = []

    @classmethod
    @contextmanager
    def open(
        cls,
        path: Path,
        *,
        subsite_url: str,
        warn: Warn,
        now_s: Callable[[], float] = time.time,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        write_interval_s: float = WRITE_INTERVAL_S,
    ) -> Iterator[Self]:
        """Take the lock and open the file, creating it if necessary; a damaged one is put aside, with a warning.

        Records are written at intervals, and when the file is closed. Raise `AlreadyRunningError` if another run has
        the lock, and `UsageError` if the file can't be used: not writable, locked by another program, of a newer
        version, or another subsite's.
        """
        path, had_link = settle_path(path)
        if had_link:
            warn(_link_taken_away(path))
        with hold_lock(path):
            connection, memory = _open_or_renew(path, identify_subsite(subsite_url), busy_timeout_s, warn, now_s)
            with closing(connection):
                state = cls(path, connection, memory, warn=warn, now_s=now_s)
                with state._flushing_every(write_interval_s):
                    yield state

    def runs(self) -> list[RunRecord]:
        """Return the last real runs, including this one, the newest first; none if they can't be read."""
        with self._access:
            try:
                return read_runs(self._connection)
            except (*SQLITE_ERRORS, DamagedError) as error:
                self._warn_once(error)
                return []

    def start_run(self, run: str, started: datetime, *, is_partial: bool = False) -> None:
        """Note that a real run has begun, one with `--only` if `is_partial`. Only the last runs are kept."""
        self._write(lambda: tables.write_start(self._connection, run, started, is_partial=is_partial, kept=KEPT_RUNS))

    def finish_run(self, run: str, finished: datetime, exit_code: int, counts: Mapping[str, int]) -> None:
        """Note how a run ended; `counts` are the report's."""
        self._write(lambda: tables.write_finish(self._connection, run, finished, exit_code, counts))

    def keep_list(self, listed_guids: Iterable[Guid]) -> None:
        """Note whom the subsite lists, and forget the others; an empty list says nothing.

        Not to be called in a refused run, nor in one with `--only`.
        """
        listed = frozenset(map(str, listed_guids))
        gone = set(self.memory.users).difference(listed)
        if listed and (gone or listed != self.memory.last_list):
            self._write(lambda: tables.write_list(self._connection, sorted(listed), gone=gone))

    def forget_bans_of(self, active_guids: Iterable[Guid]) -> None:
        """Forget that we banned these users: they are listed as not banned, so a later ban is somebody else's.

        Call this before `intend_bans`: a user who was to be banned when a run was killed may still be active.
        """
        ours = {guid for guid, remembered in self.memory.users.items() if remembered.banned_by_us}
        active = ours.intersection(map(str, active_guids)) if ours else ours
        if active:
            self._write(lambda: tables.write_bans(self._connection, active, are_ours=False))

    def intend_bans(self, guids: Iterable[Guid]) -> None:
        """Note that these users are about to be banned by us, before the first one is: a run may be killed in between.

        Raise `SubsiteError` if that can't be written, since we could not recognise these bans later.
        """
        try:
            with self._access, transaction(self._connection):
                tables.write_bans(self._connection, map(str, guids), are_ours=True)
        except SQLITE_ERRORS as error:
            raise SubsiteError(
                f"Nobody was banned, since the state file {self.path} can't be written ({error}): later runs could not "
                "tell these bans from other people's.",
                hint="Free some disk space, or name another file with --state.",
            ) from error

    def keep_absences(self, absences: Absences) -> None:
        """Note how long users have been absent, and whose absence has ended."""
        if absences:
            self._write(lambda: tables.write_absences(self._connection, absences))

    def keep_awaiting(self, awaiting: Awaiting | None) -> None:
        """Note since when removals, or anything, have waited for an approval; None if nothing does any longer."""
        since = dict(awaiting.since) if awaiting else {}
        oldest = awaiting.oldest if awaiting else None
        if (since, oldest) != (self.memory.awaiting, self.memory.awaiting_since):
            self._write(lambda: tables.write_awaiting(self._connection, since, oldest))

    def keep_filling(self, *, is_filling: bool) -> None:
        """Note whether the first filling of an all but empty subsite is still unfinished."""
        if is_filling != self._is_filling:
            self._is_filling = is_filling
            self._write(lambda: tables.write_about(self._connection, "is_filling", int(is_filling)))

    def remember(self, memos: Sequence[Memo]) -> None:
        """Note what is learnt without sending anything. To be called before the changes: it replaces the groups."""
        if memos:
            self._write(lambda: tables.write_memos(self._connection, memos, self.memory))

    def record(self, change: Change, outcome: Outcome) -> None:
        """Record what was done for a change; it is written within a second."""
        if outcome.steps or outcome.taken:
            self._recorded.append((change, outcome, self._now_s()))

    def flush(self) -> None:
        """Write what was recorded; if that fails, it is kept and tried again with the next records.

        A bug here ends the writer's thread, and then the run that calls this at its end: nothing is lost silently.
        """
        with self._access:
            recorded = self._recorded[:]  # other threads may append meanwhile
            if recorded and self._write(lambda: tables.write_outcomes(self._connection, recorded, self.memory.salt)):
                del self._recorded[: len(recorded)]

    @contextmanager
    def _flushing_every(self, interval_s: float) -> Iterator[None]:
        is_over = threading.Event()

        def flush_now_and_then() -> None:
            while not is_over.wait(interval_s):
                self.flush()

        writer = threading.Thread(target=flush_now_and_then, name="state", daemon=True)
        writer.start()
        try:
            yield
        finally:
            is_over.set()
            writer.join()
            self.flush()

    def _write(self, statements: Callable[[], None]) -> bool:
        with self._access:
            try:
                with transaction(self._connection):
                    statements()
            except SQLITE_ERRORS as error:
                self._warn_once(error)
                return False
            return True

    def _warn_once(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            self._warn(
                Finding(
                    "state_not_written",
                    f"The state file {self.path} can't be written ({error}). The run goes on, but what it does may be "
                    "forgotten: the next one may send some groups and avatars again, bans made now may not be known to "
                    "be ours, and --grace may start again. Free some disk space, or name another file with --state.",
                )
            )


def _open_or_renew(
    path: Path, subsite: str, busy_timeout_s: float, warn: Warn, now_s: Callable[[], float]
) -> tuple[sqlite3.Connection, Memory]:
    try:
        return open_to_write(path, subsite=subsite, busy_timeout_s=busy_timeout_s)
    except DamagedError as error:
        warn(_damaged(path, put_aside(path, as_datetime(now_s())), str(error)))
        return open_to_write(path, subsite=subsite, busy_timeout_s=busy_timeout_s)


def _link_taken_away(path: Path) -> Finding:
    return Finding(
        "state_link",
        f"The state file {path} was a link, in a folder where everybody may write; the link was removed, and a "
        "new state begun. Name a file in a folder of your own with --state.",
    )


def _damaged(path: Path, aside: Path, why: str) -> Finding:
    return Finding(
        "state_damaged",
        f"The state file {path} is damaged ({why}). It was put aside as {aside.name}, and a new one begun: groups and "
        "avatars are sent again, earlier bans are not known to be ours, and --grace counts from now.",
    )


def peek_memory(path: Path, *, subsite_url: str, warn: Warn) -> Memory:
    """Return what a real run would remember, and warn where it could not write. Raise `UsageError` as it would."""
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
        if not file.is_file():  # opening a pipe would wait forever
            raise OSError("it is not a file")
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
        try:
            return read_checked(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            return _read_unfinished(path, read_checked)
    except (*SQLITE_ERRORS, DamagedError, OSError) as error:
        consequence = (
            "A real run would put it aside and begin a new one" if is_damage(error) else "This run does without it"
        )
        warn(Finding("state_unreadable", f"The state file {path} can't be read ({error}). {consequence}."))
        return nothing


def _read_unfinished(path: Path, read: Callable[[Path], Result]) -> Result:
    """Read a copy: what a killed run left half-written has to be undone first, and reading must not do that."""
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
