"""How a file is written: completely or not at all, and for the owner only unless another mode is given.

The formats decide what is in it.
"""

import errno
import os
import stat
import tempfile
from pathlib import Path

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.errors import UsageError

OWNER_ONLY = 0o600
FOR_ALL = 0o644
"""For figures without personal data that another program's account has to read (node_exporter)."""

_MOST_LINKS = 40


def check_writable(path: Path, option: str) -> None:
    """Raise `UsageError`, naming the option, if a file could not be written there; to be asked before the run."""
    try:
        is_no_file = _is_no_file(_target_of(path))
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise UsageError(
            f"{option} {path}: it can't be written: {error.strerror or error}.", hint="Name another file."
        ) from error
    if is_no_file:
        raise UsageError(f"{option} {path}: that is not a file.", hint="Name a file.")
    folder = _target_of(path).parent
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise UsageError(
            f"{option} {path}: the folder {folder} can't be written: {error.strerror or error}.",
            hint="Make the folder, or name another file.",
        ) from error


def write_file(path: Path, content: bytes, *, mode: int = OWNER_ONLY) -> Finding | None:
    """Replace the file as a whole; if that can't be done, return a warning and leave the old one."""
    try:
        replace_file(path, content, mode=mode)
    except OSError as error:
        return Finding(
            "report_not_written",
            f"{path} could not be written: {error.strerror or error}. What the run did on the subsite stands.",
        )
    return None


def replace_file(path: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Replace the file as a whole; raise `OSError` if that can't be done, and leave the old one.

    A link is followed, but not in a sticky folder such as `/tmp`, where anybody may have put it: there it is replaced.
    """
    target = _target_of(path)
    if _is_no_file(target):  # a device, which must not be replaced by a file
        raise OSError(errno.EINVAL, "that is not a file")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 -- a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_no_file(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_symlink()


def _target_of(path: Path) -> Path:
    target = path.absolute()
    for _ in range(_MOST_LINKS):
        if not target.is_symlink() or target.parent.stat().st_mode & stat.S_ISVTX:
            break
        target = target.parent / target.readlink()
    return target
