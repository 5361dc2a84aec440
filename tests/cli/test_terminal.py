"""Colours and progress bars: on a terminal only."""

import io
import logging
import os
import re

import pytest

from pleio_profile_sync_client.cli.process import is_colourful, is_terminal
from pleio_profile_sync_client.cli.progress import BarProgress, LinesBesideBars, RedrawnLine, SilentProgress
from pleio_profile_sync_client.cli.sync import choose_style, colour_line
from tests.cli.process import Command


class Terminal(io.StringIO):
    """What a person would look at."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_is_no_terminal() -> None:
    assert is_terminal(Terminal())
    assert not is_terminal(io.StringIO())
    assert not is_terminal(None)


@pytest.mark.skipif(os.name == "nt", reason="no colours there")
def test_colours_are_for_terminals_without_no_color() -> None:
    assert is_colourful(Terminal(), {"TERM": "xterm"})
    assert is_colourful(Terminal(), {"NO_COLOR": ""})
    assert not is_colourful(Terminal(), {"NO_COLOR": "1"})
    assert not is_colourful(Terminal(), {"TERM": "dumb"})
    assert not is_colourful(io.StringIO(), {"TERM": "xterm"})
    assert choose_style(io.StringIO(), {}) is None


def test_warnings_and_errors_stand_out() -> None:
    assert colour_line("text", logging.INFO) == "text"
    assert colour_line("text", logging.WARNING) == "\x1b[33mtext\x1b[0m"
    assert colour_line("text", logging.ERROR) == "\x1b[31mtext\x1b[0m"


def test_silence_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with SilentProgress().phase("reading", 10) as advance:
        advance(10)

    assert capfd.readouterr() == ("", "")


def test_a_bar_is_shown_and_removed() -> None:
    terminal = Terminal()

    with BarProgress(terminal, delay_s=0).phase("reading", 10) as advance:
        shown = terminal.getvalue()
        advance(10)

    assert "reading: 0 of 10 users" in shown
    assert re.fullmatch(r"(\r(\x1b\[J)?)+", terminal.getvalue().rpartition("left")[2]), (
        "the last thing written is blank"
    )


def test_a_phase_that_does_not_last_shows_no_bar() -> None:
    terminal = Terminal()

    with BarProgress(terminal, delay_s=3_600).phase("reading", 10) as advance:
        advance(10)

    assert "reading" not in terminal.getvalue()


def test_a_line_is_written_where_the_bar_stood() -> None:
    terminal = Terminal()
    bars = BarProgress(terminal, delay_s=0)

    with bars.phase("reading", 10):
        LinesBesideBars(terminal, bars).write("2026-11-24 INFO begun\n")

    before = terminal.getvalue().partition("2026-11-24 INFO begun\n")[0]
    assert re.fullmatch(r"(\r(\x1b\[J)?)+", before.rpartition("left")[2])


@pytest.mark.parametrize("total", [None, 10])
def test_a_bar_counts_users(total: int | None) -> None:
    terminal = Terminal()

    with BarProgress(terminal, delay_s=0).phase("reading", total):
        assert ("reading: 0 users" if total is None else "reading: 0 of 10 users") in terminal.getvalue()


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_bar_leaves_nothing_behind_when_the_terminal_becomes_narrower() -> None:
    termios = pytest.importorskip("termios")
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="ascii") as stream:
        termios.tcsetwinsize(theirs, (24, 100))
        line = RedrawnLine(stream)
        line.write("\r" + "x" * 90 + " " * 10)
        termios.tcsetwinsize(theirs, (24, 40))
        line.write("\r" + "y" * 30)
        line.write("\r" + "z" * 30)
        stream.flush()
        wanted = "\r\x1b[J" + "x" * 90 + "\r\x1b[2A\x1b[J" + "y" * 30 + "\r\x1b[J" + "z" * 30
        shown = ""
        while len(shown) < len(wanted):  # the terminal hands it over in pieces
            shown += os.read(ours, 1_000).decode()
    os.close(ours)

    assert shown == wanted


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("environ", "is_red"), [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)]
)
def test_errors_are_red_on_a_terminal(command: Command, environ: dict[str, str], is_red: bool) -> None:
    shown = command.on_terminal("--grace", "7", environ=environ)

    assert ("\x1b[31m" in shown) is is_red
    assert "--grace: '7' is not a duration" in shown
