import os
import sys
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Avatar, Finding
from pleio_profile_sync_client.sources.avatars import AvatarFolder

JPEG = b"\xff\xd8\xff\xe0" + b"picture"
links = pytest.mark.skipif(sys.platform == "win32", reason="needs links, pipes and file modes")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "export"
    (root / "fotos").mkdir(parents=True)
    (root / "fotos" / "jan.jpg").write_bytes(JPEG)
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    return root


def code(root: Path, path: str) -> str:
    examined = AvatarFolder(root).examine(path, None)
    read = AvatarFolder(root).read(path)
    assert isinstance(examined, Finding)
    assert examined == read
    assert examined.line is None
    assert examined.message.isprintable()
    return examined.code


@pytest.mark.parametrize("path", ["fotos/jan.jpg", r"fotos\jan.jpg", "./fotos/jan.jpg", "fotos/../fotos/jan.jpg"])
def test_a_jpeg_in_the_folder_is_read(root: Path, path: str) -> None:
    read = AvatarFolder(root).read(path)
    assert not isinstance(read, Finding)
    avatar, jpeg = read
    assert jpeg == JPEG
    assert (avatar.path, avatar.size) == (path, len(JPEG))
    assert AvatarFolder(root).examine(path, None) == avatar


@pytest.mark.parametrize(
    "path",
    [
        "../secret.jpg",
        r"..\secret.jpg",
        "fotos/../../secret.jpg",
        r"fotos\..\..\secret.jpg",
        "/etc/passwd",
        r"\etc\passwd",
        "//server/share/x.jpg",
        r"\\server\share\x.jpg",
        r"C:\fotos\jan.jpg",
        "c:jan.jpg",
        "/dev/zero",
        "..",
        "../export-2/x.jpg",
    ],
)
def test_nothing_outside_the_folder_is_read(root: Path, path: str) -> None:
    assert code(root, path) == "avatar_outside"


@pytest.mark.parametrize("path", ["none.jpg", "fotos/none.jpg", "fotos/jan.jpg/x.jpg", "a\0b.jpg", "x" * 5000])
def test_what_is_not_there_is_missing(root: Path, path: str) -> None:
    assert code(root, path) == "avatar_missing"


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\x89PNG\r\n", b"GIF89a", b" \xff\xd8\xff"])
def test_other_bytes_are_no_jpeg(root: Path, content: bytes) -> None:
    (root / "x.jpg").write_bytes(content)
    assert code(root, "x.jpg") == "avatar_not_jpeg"


@pytest.mark.parametrize("path", ["fotos", "fotos/", ".", ""])
def test_a_folder_is_no_jpeg(root: Path, path: str) -> None:
    assert code(root, path) == "avatar_not_jpeg"


def test_the_largest_picture_is_read_and_a_larger_one_is_not(root: Path) -> None:
    (root / "x.jpg").write_bytes(JPEG.ljust(5 * 1024 * 1024, b"\0"))
    assert isinstance(AvatarFolder(root).examine("x.jpg", None), Avatar)
    (root / "x.jpg").write_bytes(JPEG.ljust(5 * 1024 * 1024 + 1, b"\0"))
    assert code(root, "x.jpg") == "avatar_too_large"


@links
def test_links_that_lead_out_are_outside(root: Path) -> None:
    (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "folder").symlink_to(root.parent)
    assert code(root, "link.jpg") == "avatar_outside"
    assert code(root, "folder/secret.jpg") == "avatar_outside"


@links
def test_links_inside_the_folder_are_followed(root: Path) -> None:
    (root / "link.jpg").symlink_to("fotos/jan.jpg")
    (root / "folder").symlink_to("fotos")
    assert isinstance(AvatarFolder(root).examine("link.jpg", None), Avatar)
    assert isinstance(AvatarFolder(root).examine("folder/jan.jpg", None), Avatar)


@links
def test_a_folder_that_is_itself_a_link_holds_its_avatars(root: Path) -> None:
    (root.parent / "current").symlink_to("export")
    assert isinstance(AvatarFolder(root.parent / "current").examine("fotos/jan.jpg", None), Avatar)


@links
def test_links_that_lead_nowhere_are_missing(root: Path) -> None:
    (root / "loop.jpg").symlink_to("loop.jpg")
    (root / "gone.jpg").symlink_to("none.jpg")
    assert code(root, "loop.jpg") == "avatar_missing"
    assert code(root, "gone.jpg") == "avatar_missing"


@links
def test_a_pipe_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    assert code(root, "pipe.jpg") == "avatar_not_jpeg"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_missing(root: Path) -> None:
    (root / "fotos" / "jan.jpg").chmod(0)
    assert code(root, "fotos/jan.jpg") == "avatar_missing"


def test_a_known_avatar_is_not_read_again(root: Path) -> None:
    known = AvatarFolder(root).examine("fotos/jan.jpg", None)
    assert isinstance(known, Avatar)
    kept = Avatar(known.path, "an earlier digest", known.size, known.mtime_ns)
    assert AvatarFolder(root).examine("fotos/jan.jpg", kept) is kept


def test_a_known_avatar_with_another_time_is_read_again(root: Path) -> None:
    known = AvatarFolder(root).examine("fotos/jan.jpg", None)
    assert isinstance(known, Avatar)
    os.utime(root / "fotos" / "jan.jpg", ns=(1, 1))
    again = AvatarFolder(root).examine("fotos/jan.jpg", known)
    assert isinstance(again, Avatar)
    assert (again.digest, again.mtime_ns) == (known.digest, 1)


def test_other_bytes_have_another_digest(root: Path) -> None:
    (root / "other.jpg").write_bytes(JPEG + b"x")
    first, other = (AvatarFolder(root).examine(path, None) for path in ("fotos/jan.jpg", "other.jpg"))
    assert isinstance(first, Avatar)
    assert isinstance(other, Avatar)
    assert first.digest != other.digest
