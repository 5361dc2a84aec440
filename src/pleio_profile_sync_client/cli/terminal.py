"""The process' standard streams: made fit for whatever is written to them, and how their output may look."""

import os
import sys
from collections.abc import Mapping
from typing import TextIO


def ready_streams() -> None:
    """Open what was closed, so that no file of ours gets its number; let characters that can't be shown be written out.

    A parent may start the command with standard output closed. The next file that is opened, the state say, would then
    be standard output.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Let what standard output still holds go nowhere, once it can't be written: Python would fail on it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person may be looking: the stream is there, open, and a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def is_colourful(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether to write in colour there: on a terminal that can, unless NO_COLOR says otherwise.

    Not on Windows, whose consoles need not understand the colours' codes.
    """
    return os.name != "nt" and is_terminal(stream) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
