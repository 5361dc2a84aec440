"""Avatars: JPEG files in the source's folder. Whatever a cell says, nothing outside that folder is ever read."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Avatar, Finding, SourceUser
from pleio_profile_sync_client.core.ports import Progress, Source
from pleio_profile_sync_client.core.wording import at_start, place_of
from pleio_profile_sync_client.sources.files_and_pipes import IrregularFileError, opened_regular, stamp_of
from pleio_profile_sync_client.sources.values import shown

LARGEST = 5 * 1024 * 1024
"""5 MB, in its larger meaning."""

_JPEG = b"\xff\xd8\xff"
_DRIVE = re.compile(r"[A-Za-z]:")
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0)
_CAN_WALK = os.open in os.supports_dir_fd and _NO_LINK and _FOLDER


def examine_avatars(
    source: Source, rows: Iterable[SourceUser], progress: Progress, *, remembered: Mapping[int, Avatar]
) -> dict[int, Avatar | Finding]:
    """Return each row's avatar, or what is wrong with it, by line; rows without one are left out.

    `remembered` has, by line, what was sent for the row's user: a file of that size and mtime is not read.
    """
    named = [(row, row.avatar) for row in rows if row.avatar]
    if not named:
        return {}
    avatars: dict[int, Avatar | Finding] = {}
    with progress.phase("looking at avatars", len(named)) as advance:
        for row, path in named:
            sent = remembered.get(row.line)
            # The state knows no paths, which may hold names: a file of the same size and mtime counts as the same.
            avatar = source.examine_avatar(path, replace(sent, path=path) if sent else None)
            avatars[row.line] = avatar if isinstance(avatar, Avatar) else _about(row, avatar)
            advance(1)
    return avatars


class AvatarFolder:
    """A source's folder, with the avatars in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))

    def examine(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Return what an avatar is, or its problem; it is read only if path, size or mtime differ from `known`."""
        found = self._located(path)
        if isinstance(found, Finding):
            return found
        if known is not None and known.path == path:
            try:
                result = os.lstat(found)
            except OSError:
                return _missing(path)
            if (result.st_size, result.st_mtime_ns) == (known.size, known.mtime_ns):
                return known
        read = self.read(path)
        return read if isinstance(read, Finding) else read[0]

    def read(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Return an avatar with its bytes, or its problem."""
        found = self._located(path)
        if isinstance(found, Finding):
            return found
        try:
            with self._opened(found) as file:
                stamp, jpeg = stamp_of(file), file.read(LARGEST + 1)
        except IrregularFileError as error:
            return _problem("avatar_not_jpeg", path, f"is {error}, not a JPEG file")
        except (FileNotFoundError, NotADirectoryError):
            return _missing(path)
        except OSError as error:
            return _problem(
                "avatar_missing",
                path,
                f"can't be read ({error.strerror}); check its name, and whether this account may read it",
            )
        avatar = check_jpeg(path, jpeg, size=stamp.size, mtime_ns=stamp.mtime_ns)
        return avatar if isinstance(avatar, Finding) else (avatar, jpeg)

    def _located(self, path: str) -> Path | Finding:
        r"""Return the file's real place, all links resolved, if that is in the folder. `\` separates as `/` does."""
        relative = path.replace("\\", "/")
        if relative.startswith("/") or _DRIVE.match(relative):
            return _outside(path)
        try:
            found = Path(os.path.realpath(self._folder / relative))
        except (OSError, ValueError):  # a NUL in it, a circle of links
            return _missing(path)
        return found if found.is_relative_to(self._folder) else _outside(path)

    @contextmanager
    def _opened(self, found: Path) -> Iterator[BinaryIO]:
        """Open a file at its real place, following no links: one may have been put there in the meantime."""
        with ExitStack() as stack:
            if not _CAN_WALK:
                yield stack.enter_context(opened_regular(found))
                return
            *folders, name = found.relative_to(self._folder).parts or (".",)
            descriptor = os.open(self._folder, os.O_RDONLY | _FOLDER)
            stack.callback(os.close, descriptor)
            for folder in folders:
                descriptor = os.open(folder, os.O_RDONLY | _FOLDER | _NO_LINK, dir_fd=descriptor)
                stack.callback(os.close, descriptor)
            yield stack.enter_context(opened_regular(name, flags=_NO_LINK, dir_fd=descriptor))


def check_jpeg(path: str, jpeg: bytes, *, size: int = 0, mtime_ns: int = 0) -> Avatar | Finding:
    """Return what a picture is, or its problem; `size` and `mtime_ns` are its file's, which may be larger."""
    size = max(size, len(jpeg))
    if not jpeg.startswith(_JPEG):
        what = "is not a JPEG file" if jpeg else "is an empty file"
        return _problem("avatar_not_jpeg", path, f"{what}; save the picture as JPEG")
    if size > LARGEST:
        return _problem("avatar_too_large", path, f"has {size:,} bytes; at most {LARGEST:,} are sent")
    return Avatar(path, blake2b(jpeg, digest_size=16).hexdigest(), len(jpeg), mtime_ns)


def _missing(path: str) -> Finding:
    return _problem("avatar_missing", path, "does not exist; paths are relative to the source's folder")


def _outside(path: str) -> Finding:
    return _problem("avatar_outside", path, "is outside the source's folder; only files inside it are sent")


def _problem(code: str, path: str, what: str) -> Finding:
    return Finding(code, f"The avatar {shown(path)} {what}. The person is synced without it.")


def _about(row: SourceUser, problem: Finding) -> Finding:
    message = f"{at_start(place_of(row))} ({row.name}): {problem.message}"
    return replace(problem, line=row.line, place=row.place, external_id=row.external_id, message=message)
