"""Colours for the log's lines, on a terminal only."""

import logging
from collections.abc import Callable, Mapping
from typing import TextIO

import click

from pleio_profile_sync_client.cli.terminal import is_colourful


def choose_style(stream: TextIO, environ: Mapping[str, str]) -> Callable[[str, int], str] | None:
    """Return what colours a line by its level, or None where there are to be no colours."""
    return colour_line if is_colourful(stream, environ) else None


def colour_line(line: str, level: int) -> str:
    """Colour warnings yellow and errors red, and leave the rest as it is."""
    if level >= logging.ERROR:
        return click.style(line, fg="red")
    return click.style(line, fg="yellow") if level >= logging.WARNING else line
