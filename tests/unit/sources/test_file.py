import errno
import io
import os
import sys
from contextlib import chdir
from pathlib import Path
from threading import Event

import pytest

from pleio_profile_sync_client.core.models import Avatar
from pleio_profile_sync_client.errors import SourceError, UsageError
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.signals import FakeSignals
from tests.silence import SILENCE

CONTENT = b"name,email\nJan,jan@gemeente.test\n"
NOW_S = 1_750_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(CONTENT)
    return path


class BrokenInput(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


class EndlessInput(io.BytesIO):
    """Has no end until it is set."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.end = Event()

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size) or (self.end.wait() and b"") or b""


class TerminalInput(io.BytesIO):
    """Standard input that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder, not a file"):
        FileSource(str(tmp_path)).read(SILENCE)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes and devices")
def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="is a pipe, not a file"):
        FileSource(str(tmp_path / "pipe")).read(SILENCE)
    with pytest.raises(SourceError, match="is a device, not a file"):
        FileSource(os.devnull).read(SILENCE)


@pytest.mark.parametrize("location", ["none.csv", "a\0b", "x" * 5000])
def test_what_is_not_there_cannot_be_read(tmp_path: Path, location: str) -> None:
    with pytest.raises(SourceError, match="can't be read"):
        FileSource(str(tmp_path / location)).read(SILENCE)


def test_standard_input_is_read() -> None:
    source = FileSource("-", stdin=io.BytesIO(CONTENT))
    assert source.read(SILENCE).users[0].name == "Jan"
    assert source.location == "standard input"
    assert not source.is_changed()


def test_standard_input_that_does_not_end_is_not_waited_for_when_the_run_has_to() -> None:
    stdin = EndlessInput(CONTENT)
    with pytest.raises(SourceError, match=r"did not end before the run had to: --max-duration has run out"):
        FileSource("-", stdin=stdin).read(SILENCE, RunEnding(FakeSignals(), deadline_s=0))
    stdin.end.set()


def test_standard_input_that_breaks_off_is_not_taken_for_the_whole() -> None:
    with pytest.raises(SourceError, match="can't be read: Input/output error"):
        FileSource("-", stdin=BrokenInput(CONTENT)).read(SILENCE)


def test_a_terminal_is_no_source() -> None:
    with pytest.raises(SourceError, match="is a terminal"):
        FileSource("-", stdin=TerminalInput(CONTENT)).read(SILENCE)


def test_a_file_that_is_too_old_is_refused_with_both_ages(path: Path) -> None:
    os.utime(path, (NOW_S, NOW_S))
    with pytest.raises(SourceError, match="is 2 d 1 h old, which is 1 h more than --max-source-age allows"):
        FileSource(str(path), max_age_s=48 * 3600, now=lambda: NOW_S + 49 * 3600).read(SILENCE)


@pytest.mark.parametrize("age_s", [48 * 3600, 0, -300])
def test_a_file_that_is_no_older_than_allowed_is_read(path: Path, age_s: float) -> None:
    os.utime(path, (NOW_S, NOW_S))
    assert FileSource(str(path), max_age_s=48 * 3600, now=lambda: NOW_S + age_s).read(SILENCE).rows == 1


def test_a_file_from_the_future_is_refused_as_too_old(path: Path) -> None:
    os.utime(path, (NOW_S, NOW_S))
    with pytest.raises(SourceError, match="dated 1 h in the future"):
        FileSource(str(path), max_age_s=48 * 3600, now=lambda: NOW_S - 3600).read(SILENCE)
    assert FileSource(str(path), now=lambda: NOW_S - 3600).read(SILENCE).rows == 1


def test_standard_input_has_no_age() -> None:
    with pytest.raises(UsageError, match="has no age"):
        FileSource("-", max_age_s=1)


def test_a_file_is_unchanged_until_it_is_written(path: Path) -> None:
    source = FileSource(str(path))
    source.read(SILENCE)
    assert not source.is_changed()
    path.write_bytes(CONTENT + b"Piet,piet@gemeente.test\n")
    assert source.is_changed()


def test_a_file_written_within_the_clocks_tick_is_changed(path: Path) -> None:
    source = FileSource(str(path))
    source.read(SILENCE)
    before = path.stat()
    path.write_bytes(CONTENT.replace(b"Jan", b"Piet")[: len(CONTENT)])
    os.utime(path, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert source.is_changed()


def test_a_file_that_is_gone_is_changed(path: Path) -> None:
    source = FileSource(str(path))
    source.read(SILENCE)
    path.unlink()
    assert source.is_changed()


def test_a_file_replaced_by_an_equal_one_is_unchanged(path: Path) -> None:
    source = FileSource(str(path))
    source.read(SILENCE)
    other = path.with_name("other.csv")
    other.write_bytes(CONTENT)
    os.utime(other, (1, 1))
    other.replace(path)
    assert not source.is_changed()


def test_a_file_that_grows_while_it_is_read_is_refused(path: Path) -> None:
    def grow() -> float:
        with path.open("ab") as file:
            file.write(b"Piet,piet@gemeente.test\n")
        return 4e9

    with pytest.raises(SourceError, match="was changed while it was read"):
        FileSource(str(path), max_age_s=1e12, now=grow).read(SILENCE)


def test_a_source_without_a_good_row_is_refused_but_can_be_looked_over(path: Path) -> None:
    path.write_bytes(b"name,email\nJan,\n")
    with pytest.raises(SourceError, match=r"no good row: 1 row, all with problems \(missing_email 1\)") as caught:
        FileSource(str(path)).read(SILENCE)
    assert "The command check shows them" in caught.value.hint
    assert [finding.code for finding in FileSource(str(path)).examine(SILENCE).reading.problems] == ["missing_email"]


def test_what_the_uploaded_log_gets_of_a_refusal_names_nobody(path: Path) -> None:
    path.write_bytes("name,email\nJans•en,jan@gemeente.test\n".encode("cp1252"))
    with pytest.raises(SourceError) as caught:
        FileSource(str(path)).read(SILENCE)
    assert "Jans" in str(caught.value)
    assert "Jans" not in caught.value.uploadable


def test_avatars_stand_beside_the_file(path: Path) -> None:
    (path.parent / "jan.jpg").write_bytes(b"\xff\xd8\xff")
    assert isinstance(FileSource(str(path)).examine_avatar("jan.jpg", None), Avatar)


def test_avatars_of_standard_input_stand_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "jan.jpg").write_bytes(b"\xff\xd8\xff")
    with chdir(tmp_path):
        assert isinstance(FileSource("-", stdin=io.BytesIO(CONTENT)).examine_avatar("jan.jpg", None), Avatar)


def test_a_location_is_shown_harmless(tmp_path: Path) -> None:
    assert FileSource(str(tmp_path / "a\x1b[2J\n.csv")).location.isprintable()
