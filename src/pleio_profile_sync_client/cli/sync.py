"""The sync itself: what the command does without a subcommand. What a sync is stands in `sync.run`."""

import os
import sys

import click

from pleio_profile_sync_client.cli.colours import choose_style
from pleio_profile_sync_client.cli.commands import collect_given
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.cli.signals import StopSignal
from pleio_profile_sync_client.settings.load import load_settings
from pleio_profile_sync_client.sync.run import run_sync


def sync(context: click.Context) -> int:
    """Sync with the options that were given, and return the exit status."""
    settings = load_settings(collect_given(context), os.environ)
    stop: StopSignal = context.obj
    with progress_shown() as progress:
        return run_sync(settings, stop=stop, progress=progress, style=choose_style(sys.stdout, os.environ))
