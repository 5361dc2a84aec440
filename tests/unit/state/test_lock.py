"""One run at a time, seen from two processes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from pleio_profile_sync_client.errors import AlreadyRunningError
from pleio_profile_sync_client.state.store import State, peek_memory

SUBSITE = "https://gemeente.test/profile_sync_api"
HOLD_THE_LOCK = """
import sys
from pathlib import Path
from pleio_profile_sync_client.state.store import State
with State.open(Path(sys.argv[1]), subsite_url=sys.argv[2], warn=print):
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(path), SUBSITE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_kept_out_and_told_by_what(
    path: Path, open_state: Callable[[], AbstractContextManager[State]]
) -> None:
    with (
        another_run(path),
        pytest.raises(AlreadyRunningError, match="Another run for this subsite") as raised,
        open_state(),
    ):
        pass
    assert str(path.with_name("state.sqlite3.lock")) in str(raised.value)
    assert raised.value.hint
    assert raised.value.exit_status == 5


def test_the_lock_goes_with_a_killed_process(
    path: Path, open_state: Callable[[], AbstractContextManager[State]]
) -> None:
    with another_run(path) as process:
        process.kill()
        process.wait()
        with open_state() as state:
            assert state.memory.users == {}


def test_the_lock_is_free_after_an_open_that_failed(
    path: Path, open_state: Callable[[], AbstractContextManager[State]]
) -> None:
    with another_run(path), pytest.raises(AlreadyRunningError), open_state():
        pass
    with open_state(), pytest.raises(AlreadyRunningError), open_state():
        pass
    with open_state():
        pass


def test_a_link_to_the_same_file_shares_its_lock(
    path: Path, tmp_path: Path, open_state: Callable[[], AbstractContextManager[State]]
) -> None:
    link = tmp_path / "link.sqlite3"
    with open_state():
        link.symlink_to(path)
        with pytest.raises(AlreadyRunningError), State.open(link, subsite_url=SUBSITE, warn=print):
            pass


def test_a_look_needs_no_lock(path: Path) -> None:
    with another_run(path):
        assert peek_memory(path, subsite_url=SUBSITE, warn=print).users == {}
