"""How bytes are read: from regular files only, and from pipes for no longer than there is time.

And what shows whether a file has changed.
"""

import math
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, Any, BinaryIO

from msgspec import Struct

from pleio_profile_sync_client.core.ports import Ending

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""Without waiting: opening a pipe that nobody writes to would hang."""

_STEP_S = 0.25
_CHUNK = 64 * 1024

_IRREGULAR = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Stamp(Struct, frozen=True):
    """What changes when a file is written or replaced."""

    device: int
    inode: int
    size: int
    mtime_ns: int


class IrregularFileError(OSError):
    """The path is a folder, a pipe or a device; the text says which."""


class PipeReader:
    """Reads a stream to its end in a thread of its own, so that nothing has to wait for it forever.

    Everything is kept, and reading ends after `at_most` bytes; with `keep`, only that many bytes of the end are kept.
    """

    def __init__(self, stream: IO[bytes] | None, *, at_most: float = math.inf, keep: int | None = None) -> None:
        self.is_whole = False
        self.is_too_long = False
        self.trouble: OSError | None = None
        self._chunks: list[bytes] = []
        # Without a buffer: Python wants its lock when it ends, even while a thread is still reading.
        self._stream: Any = getattr(stream, "raw", stream)
        self._at_most = at_most
        self._keep = keep
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def content(self) -> bytes:
        """What was read so far."""
        return b"".join(self._chunks)

    def has_ended(self, timeout_s: float) -> bool:
        """Wait for the end, for as long as this at most; tell whether nothing more is read."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Close the stream, unless it is still being read."""
        if not self._thread.is_alive():
            self._stream.close()

    def _read(self) -> None:
        length = 0
        try:
            while (chunk := self._stream.read(_CHUNK)) != b"":
                if chunk is None:
                    raise BlockingIOError("it does not wait for what comes next")
                length += len(chunk)
                if length > self._at_most:
                    self.is_too_long = True
                    return
                if self._keep is None:
                    self._chunks.append(chunk)
                else:
                    self._chunks = [(self.content + chunk)[-self._keep :]]
        except OSError as error:
            self.trouble = error
        else:
            self.is_whole = True


def wait_until(is_done: Callable[[float], bool], *, timeout_s: float = math.inf, ending: Ending | None = None) -> bool:
    """Call what waits for as long as it is told, until it is done, the time is up or the run is to end.

    Return whether it is done. It waits only for moments: on some systems no signal reaches a thread that waits.
    """
    while timeout_s > 0 and (ending is None or not ending.is_set()):
        if is_done(min(timeout_s, _STEP_S)):
            return True
        timeout_s -= _STEP_S
    return is_done(0)


def stamp_of(file: BinaryIO) -> Stamp:
    """Return what distinguishes this state of the file from a later one."""
    result = os.fstat(file.fileno())
    return Stamp(result.st_dev, result.st_ino, result.st_size, result.st_mtime_ns)


@contextmanager
def opened_regular(path: str | Path, *, flags: int = 0, dir_fd: int | None = None) -> Iterator[BinaryIO]:
    """Open a regular file for reading; raise `IrregularFileError`, without waiting, if it is something else.

    It is looked at before it is opened, since opening some devices does something, and after, since it may be another.
    """
    _refuse_irregular(os.stat(path, dir_fd=dir_fd))
    descriptor = os.open(path, _FLAGS | flags, dir_fd=dir_fd)
    with os.fdopen(descriptor, "rb") as file:
        _refuse_irregular(os.fstat(descriptor))
        yield file


def _refuse_irregular(result: os.stat_result) -> None:
    if not stat.S_ISREG(result.st_mode):
        raise IrregularFileError(next((what for is_it, what in _IRREGULAR if is_it(result.st_mode)), "something else"))
