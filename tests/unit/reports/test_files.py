"""Reports are put in their place whole, for the owner's eyes."""

import os
import stat
import sys
from pathlib import Path

import pytest

from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.reports.files import FOR_ALL, check_writable, replace_file, write_file


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"a much longer report of the night before")
    with path.open("rb") as reader:
        assert write_file(path, b"new") is None
        assert reader.read() == b"a much longer report of the night before"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_report_is_the_owners_and_the_metrics_are_for_all(tmp_path: Path) -> None:
    (tmp_path / "old.json").touch(mode=0o644)
    write_file(tmp_path / "old.json", b"1")
    write_file(tmp_path / "sync.prom", b"2", mode=FOR_ALL)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"old.json": 0o600, "sync.prom": 0o644}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_keeps_pointing_at_what_was_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "real" / "report.json")
    write_file(link, b"1")
    assert link.is_symlink()
    assert (tmp_path / "real" / "report.json").read_bytes() == b"1"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sticky folders")
def test_a_link_that_anybody_may_have_put_there_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    everybodys = tmp_path / "everybodys"
    everybodys.mkdir()
    everybodys.chmod(0o1777)
    planted = everybodys / "report.json"
    planted.symlink_to(victim)
    own = tmp_path / "own.json"
    own.symlink_to(planted)
    check_writable(own, "--report")
    for path in (planted, own):
        assert write_file(path, b"new") is None
    assert victim.read_bytes() == b"precious"
    assert not planted.is_symlink()
    assert planted.read_bytes() == b"new"
    assert own.is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_in_a_circle_are_replaced_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert write_file(tmp_path / "a", b"1") is None
    assert (tmp_path / "a").read_bytes() == b"1"


def test_what_cannot_be_written_is_a_warning_that_names_the_place(tmp_path: Path) -> None:
    warning = write_file(tmp_path / "gone" / "report.json", b"1")
    assert warning is not None
    assert warning.code == "report_not_written"
    assert str(tmp_path / "gone" / "report.json") in warning.message


def test_a_folder_in_the_reports_place_is_a_warning_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()
    assert write_file(tmp_path / "report.json", b"1") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_place_is_tried_before_the_run_without_leaving_anything(tmp_path: Path) -> None:
    check_writable(tmp_path / "report.json", "--report")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_with_its_option(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--metrics"):
        check_writable(tmp_path / "gone" / "sync.prom", "--metrics")
    (tmp_path / "report.json").mkdir()
    with pytest.raises(UsageError, match="not a file"):
        check_writable(tmp_path / "report.json", "--report")
    with pytest.raises(UsageError, match="--report"):
        check_writable(tmp_path / f"{'x' * 300}.json", "--report")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
def test_a_pipe_or_a_device_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a file"):
        replace_file(pipe, b"x")
    assert pipe.is_fifo()
