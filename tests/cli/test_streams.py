"""Standard streams that are closed, full or of an old encoding end no run in a traceback."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import SCRIPT, Command
from tests.cli.town import Town

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def _run(command: Command, *args: str, stdout: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        args,
        cwd=command.folder,
        env=command.environment({"API_SECRET": SECRET}),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


@contextmanager
def _full() -> Iterator[int]:
    """Standard output on a disk that is full."""
    with Path("/dev/full").open("w") as full:
        yield full.fileno()


@contextmanager
def _unread() -> Iterator[int]:
    """Standard output into a pipe that nobody reads any more."""
    ours, theirs = os.pipe()
    os.close(ours)
    yield theirs
    os.close(theirs)


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """Two people on the subsite, and a newcomer in the source."""
    town = Town(command, sandbox, people=2)
    town.write(0, 1, 2)
    return town


def _sync(town: Town, *options: str, stdout: int) -> "subprocess.CompletedProcess[str]":
    return _run(town.command, str(SCRIPT), *town.args(*options), stdout=stdout)


def test_output_that_cannot_be_written_is_told(command: Command) -> None:
    with _full() as stdout:
        ended = _run(command, str(SCRIPT), "--version", stdout=stdout)

    assert ended.returncode == 4
    assert ended.stderr.startswith("Error: the output can't be written: No space left")
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_is_no_bug(command: Command, number: int) -> None:
    program = "import os, sys; from pleio_profile_sync_client.cli.main import show_unforeseen; "
    program += f"sys.exit(show_unforeseen(OSError({number}, os.strerror({number}))))"

    ended = _run(command, sys.executable, "-c", program, stdout=subprocess.PIPE)

    assert ended.returncode == 4
    assert ended.stderr.startswith(f"Error: the output can't be written: {os.strerror(number)}.\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(command: Command, closed: str) -> None:
    line = f'"$0" status --state none.sqlite3 {closed}'

    ended = _run(command, "/bin/sh", "-c", line, str(SCRIPT), stdout=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_reader_that_goes_away_gets_no_traceback(command: Command) -> None:
    with _unread() as stdout:
        ended = _run(command, str(SCRIPT), "--help", stdout=stdout)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_run_goes_on_when_its_log_cannot_be_written_and_says_so_once(town: Town) -> None:
    with _full() as stdout:
        ended = _sync(town, stdout=stdout)

    assert ended.returncode == town.reported()["exit_code"] == 0
    assert re.fullmatch(r"Error: standard output can't be written: No space left on device\. .+\n", ended.stderr)
    assert len(town.external_ids()) == 3
    assert "In sync" in town.sandbox.store.logs.text()


def test_a_dry_run_whose_plan_cannot_be_written_has_failed(town: Town) -> None:
    with _full() as stdout:
        ended = _sync(town, "--dry-run", stdout=stdout)

    assert ended.returncode == town.reported()["exit_code"] == 4
    assert ended.stderr.startswith("Error: standard output can't be written: No space left on device.")
    assert len(ended.stderr.splitlines()) == 1


def test_a_plan_that_nobody_can_read_goes_before_the_fuse_that_refuses_it(town: Town) -> None:
    town.write(0)
    with _full() as stdout:
        ended = _sync(town, "--dry-run", "--ban", "--max-removals", "0", stdout=stdout)

    assert ended.returncode == town.reported()["exit_code"] == 4
    assert [fuse["fuse"] for fuse in town.reported()["fuses"] if fuse["tripped"]] == ["removals"]


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_reader_of_the_log_may_go_away(town: Town, options: tuple[str, ...]) -> None:
    with _unread() as stdout:
        ended = _sync(town, *options, stdout=stdout)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_export_that_cannot_be_written_has_failed(town: Town) -> None:
    with _full() as stdout:
        ended = _run(town.command, str(SCRIPT), "export", "--destination", town.sandbox.url, stdout=stdout)

    assert ended.returncode == 4
    assert "Error: the output can't be written: No space left" in ended.stderr
    assert "exported" not in ended.stderr


def test_an_old_encoding_shows_what_it_lacks_in_writing(command: Command) -> None:
    ended = command("status", "--state", "\u017baneta.sqlite3", environ={"PYTHONIOENCODING": "latin-1"})

    assert ended.status == 0
    assert ended.out == "No run yet in \\u017baneta.sqlite3.\n"


def test_a_reader_of_an_export_may_go_away(town: Town) -> None:
    with _unread() as stdout:
        ended = _run(town.command, str(SCRIPT), "export", "--destination", town.sandbox.url, stdout=stdout)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_the_log_counts_the_requests_that_the_report_counts(town: Town) -> None:
    ended = town.sync()

    requests = town.reported()["requests"]
    assert sum(requests.values()) == len(town.sandbox.requests)
    (told,) = (line.partition("Requests:")[2].strip() for line in ended.out.splitlines() if "Requests:" in line)
    assert told == ", ".join(f"{n} {name}" for name, n in requests.items())
