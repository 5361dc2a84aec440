"""A look into the state that leaves no trace."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Finding, Memory, RunRecord
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.state.store import State, peek_memory, peek_runs

OpenState = Callable[[], AbstractContextManager[State]]

SUBSITE = "https://gemeente.test/profile_sync_api"
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def content_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in folder.iterdir()}


def test_a_missing_file_is_an_empty_memory_and_stays_missing(path: Path, warnings: list[Finding]) -> None:
    assert peek_memory(path, subsite_url=SUBSITE, warn=warnings.append) == Memory()
    assert peek_runs(path, warn=warnings.append) == []
    assert list(path.parent.iterdir()) == []
    assert warnings == []


def test_a_look_shows_what_a_run_would_remember_and_changes_nothing(
    path: Path, open_state: OpenState, warnings: list[Finding]
) -> None:
    with open_state() as state:
        state.intend_bans(["u1"])
        state.start_run("r1", START)
    with open_state() as state:
        remembered = state.memory
    before = content_of(path.parent)
    assert peek_memory(path, subsite_url=SUBSITE, warn=warnings.append) == remembered
    assert peek_runs(path, warn=warnings.append) == [RunRecord("r1", START)]
    assert content_of(path.parent) == before
    assert warnings == []


def test_a_look_during_a_run_sees_what_is_written_so_far(
    path: Path, open_state: OpenState, warnings: list[Finding]
) -> None:
    with open_state() as state:
        state.intend_bans(["u1"])
        assert list(peek_memory(path, subsite_url=SUBSITE, warn=warnings.append).users) == ["u1"]


def test_what_a_killed_run_left_half_written_is_not_seen_and_not_touched(
    path: Path, tmp_path: Path, open_state: OpenState, warnings: list[Finding]
) -> None:
    with open_state() as state:
        state.intend_bans(f"u{number}" for number in range(3_000))
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size = 2")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE users SET groups = 'half-written-half-written'")
    folder = tmp_path / "after a kill"
    folder.mkdir()
    for each in (path, path.with_name("state.sqlite3-journal")):
        shutil.copy(each, folder / each.name)
    writer.execute("ROLLBACK")
    writer.close()
    before = content_of(folder)
    memory = peek_memory(folder / path.name, subsite_url=SUBSITE, warn=warnings.append)
    assert {user.groups for user in memory.users.values()} == {None}
    assert len(memory.users) == 3_000
    assert content_of(folder) == before
    assert warnings == []
    with State.open(folder / path.name, subsite_url=SUBSITE, warn=warnings.append) as state:
        assert state.memory == memory


@pytest.mark.parametrize("content", [b"no database", bytes(8192)])
def test_a_damaged_file_is_a_warning_and_stays_where_it_is(path: Path, warnings: list[Finding], content: bytes) -> None:
    path.write_bytes(content)
    assert peek_memory(path, subsite_url=SUBSITE, warn=warnings.append) == Memory()
    assert [warning.code for warning in warnings] == ["state_unreadable"]
    assert path.read_bytes() == content
    assert "put it aside" in warnings[0].message


def test_a_locked_file_is_a_warning(path: Path, open_state: OpenState, warnings: list[Finding]) -> None:
    with open_state():
        pass
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    assert peek_runs(path, warn=warnings.append, busy_timeout_s=0) == []
    blocker.close()
    assert [warning.code for warning in warnings] == ["state_unreadable"]


def test_another_subsites_file_is_refused_as_by_a_real_run(
    path: Path, open_state: OpenState, warnings: list[Finding]
) -> None:
    with open_state():
        pass
    with pytest.raises(UsageError, match="another subsite"):
        peek_memory(path, subsite_url="https://elders.test/profile_sync_api", warn=warnings.append)


def test_a_newer_file_is_refused_as_by_a_real_run(path: Path, open_state: OpenState, warnings: list[Finding]) -> None:
    with open_state():
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UsageError, match="newer version"):
        peek_runs(path, warn=warnings.append)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a place that nobody may write is known on Linux only")
def test_a_place_where_a_real_run_could_not_write_is_a_warning(warnings: list[Finding]) -> None:
    assert peek_memory(Path("/proc/self/state.sqlite3"), subsite_url=SUBSITE, warn=warnings.append) == Memory()
    assert [warning.code for warning in warnings] == ["state_not_writable"]


def test_a_name_that_no_file_can_have_is_a_warning_and_no_place(path: Path, warnings: list[Finding]) -> None:
    impossible = path.with_name("x" * 300)
    assert peek_memory(impossible, subsite_url=SUBSITE, warn=warnings.append) == Memory()
    assert [warning.code for warning in warnings] == ["state_not_writable", "state_unreadable"]
    with (
        pytest.raises(UsageError, match="can't be written"),
        State.open(impossible, subsite_url=SUBSITE, warn=warnings.append),
    ):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_pipe_is_a_warning_and_is_not_waited_for(path: Path, warnings: list[Finding]) -> None:
    os.mkfifo(path)
    assert peek_memory(path, subsite_url=SUBSITE, warn=warnings.append) == Memory()
    assert [warning.code for warning in warnings] == ["state_not_writable", "state_unreadable"]
