"""How a file is put in its place: whole or not at all, and for the owner's eyes unless it is said otherwise.

What stands in it is the formats' business.
"""

import os
import tempfile
from pathlib import Path

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.errors import UsageError

OWNER_ONLY = 0o600
FOR_ALL = 0o644
"""For figures without personal data that another program's account has to read (node_exporter)."""


def check_writable(path: Path, option: str) -> None:
    """Raise `UsageError`, naming the option, where a file could not be put there; to be asked before the run."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{option} {path}: that is not a file.", hint="Name the file itself, or another place.")
    folder = path.resolve().parent
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise UsageError(
            f"{option} {path}: the folder {folder} can't be written: {error.strerror or error}.",
            hint="Make the folder, or name another place.",
        ) from error


def write_file(path: Path, content: bytes, *, mode: int = OWNER_ONLY) -> Finding | None:
    """Replace the file as a whole; return a warning where that can't be done, and leave the old one."""
    try:
        replace_file(path, content, mode=mode)
    except OSError as error:
        return Finding(
            "report_not_written",
            f"{path} could not be written: {error.strerror or error}. What the run did on the subsite stands.",
        )
    return None


def replace_file(path: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Replace the file as a whole; raise `OSError` where that can't be done, and leave the old one."""
    target = path.resolve()
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
