"""The sync itself: what the command does without a subcommand. `sync.run` has the sync."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

import click

from pleio_profile_sync_client.cli.commands import collect_given
from pleio_profile_sync_client.cli.process import StopSignals, is_colourful
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.settings.load import load_settings
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.sync.origins import Origin, SourceOrigin
from pleio_profile_sync_client.sync.run import run


def sync(context: click.Context) -> int:
    """Sync with the options that were given, and return the exit status."""
    settings = load_settings(collect_given(context), os.environ)
    return run_shown(settings, SourceOrigin(settings), context.obj)


def run_shown(settings: Settings, origin: Origin, signals: StopSignals) -> int:
    """Run, with progress and colours if somebody may be watching, and return the exit status."""
    with progress_shown() as progress:
        return run(settings, origin, signals=signals, progress=progress, style=choose_style(sys.stdout, os.environ))


def choose_style(stream: TextIO, environ: Mapping[str, str]) -> Callable[[str, int], str] | None:
    """Return what colours a line by its level, or None if there are to be no colours."""
    return colour_line if is_colourful(stream, environ) else None


def colour_line(line: str, level: int) -> str:
    """Colour warnings yellow and errors red, and leave the rest as it is."""
    if level >= logging.ERROR:
        return click.style(line, fg="red")
    return click.style(line, fg="yellow") if level >= logging.WARNING else line
