"""The process' standard streams, made fit for whatever is written to them."""

import os
import sys


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
