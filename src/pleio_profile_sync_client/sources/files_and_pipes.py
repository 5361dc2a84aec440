"""Files opened so that nothing but a regular file is ever read, and what tells whether one was changed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""Without waiting: opening a pipe that nobody writes to would hang."""

_KINDS = (
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


def stamp_of(result: os.stat_result) -> Stamp:
    """Return what tells this file's state from a later one."""
    return Stamp(result.st_dev, result.st_ino, result.st_size, result.st_mtime_ns)


@contextmanager
def opened_regular(
    path: str | Path, *, flags: int = 0, dir_fd: int | None = None
) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file for reading; raise `IrregularFileError`, without waiting, where it is something else.

    It is looked at before it is opened, since opening some devices does something, and after, since it may be another.
    """
    _refuse_irregular(os.stat(path, dir_fd=dir_fd))
    descriptor = os.open(path, _FLAGS | flags, dir_fd=dir_fd)
    try:
        result = os.fstat(descriptor)
        _refuse_irregular(result)
        yield descriptor, result
    finally:
        os.close(descriptor)


def read_all(descriptor: int, *, at_most: int | None = None) -> bytes:
    """Read a file from its start; with `at_most` not (much) more bytes than that."""
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read() if at_most is None else file.read(at_most)


def _refuse_irregular(result: os.stat_result) -> None:
    if not stat.S_ISREG(result.st_mode):
        raise IrregularFileError(next((kind for is_kind, kind in _KINDS if is_kind(result.st_mode)), "something else"))
