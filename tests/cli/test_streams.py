"""Standard streams that are closed, full or of an old encoding end no run in a traceback."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import SCRIPT, Command

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def _run(command: Command, *args: str, stdout: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        args,
        cwd=command.folder,
        env=command.environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )


def test_output_that_cannot_be_written_is_told(command: Command) -> None:
    with Path("/dev/full").open("w") as full:
        ended = _run(command, str(SCRIPT), "--version", stdout=full.fileno())

    assert ended.returncode == 4
    assert ended.stderr.startswith("Error: the output can't be written: No space left")
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(command: Command, closed: str) -> None:
    line = f'"$0" status --state none.sqlite3 {closed}'

    ended = _run(command, "/bin/sh", "-c", line, str(SCRIPT), stdout=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_reader_that_goes_away_gets_no_traceback(command: Command) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    ended = _run(command, str(SCRIPT), "--help", stdout=theirs)
    os.close(theirs)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_an_old_encoding_shows_what_it_lacks_in_writing(command: Command) -> None:
    ended = command("status", "--state", "\u017baneta.sqlite3", environ={"PYTHONIOENCODING": "latin-1"})

    assert ended.status == 0
    assert ended.out == "No run yet in \\u017baneta.sqlite3.\n"
