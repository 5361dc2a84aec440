"""The lock that lets one run at a time work for a subsite. The system drops it with the process that holds it."""

from pathlib import Path

from filelock import FileLock, Timeout

from pleio_profile_sync_client.errors import AlreadyRunningError, UsageError


class RunLock:
    """The lock beside a state file, held from `acquire` to `release`."""

    def __init__(self, state_path: Path) -> None:
        self._path = state_path.with_name(state_path.name + ".lock")
        self._lock = FileLock(str(self._path), timeout=0, mode=0o600, thread_local=False)

    def acquire(self) -> None:
        """Take the lock at once; raise `AlreadyRunningError` where another run has it."""
        try:
            self._path.touch(mode=0o600)  # filelock takes some places that can't be written for a lock that is held
            self._lock.acquire()
        except Timeout as error:
            raise AlreadyRunningError(
                f"Another run for this subsite is going on: it holds {self._path}.",
                hint="Wait until it has ended, or stop its process; the lock goes with it, the file may stay.",
            ) from error
        except OSError as error:
            raise UsageError(
                f"The lock beside the state file, {self._path}, can't be written: {error.strerror or error}.",
                hint="Name a place that can be written with --state.",
            ) from error

    def release(self) -> None:
        """Let the next run begin."""
        self._lock.release()
