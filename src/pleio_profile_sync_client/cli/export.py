"""`export`: the subsite's users as a CSV on standard output. Sends GETs only."""

import os
import sys
from io import TextIOWrapper

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.process import StopSignals
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.settings.load import load_settings
from pleio_profile_sync_client.sync.inspection import export

_HELP = """Write all users of the subsite to standard output, as a CSV with the headers of a source: a backup before
the first run, and the old values after a bad night. The log goes to standard error. Writes nothing to the subsite, and
needs no source. Groups and avatars are not in it, since the subsite does not show them."""

_EPILOG = """\
Example, into a file that only you can read:
  umask 077
  pleio-profile-sync-client export --api-secret-file secret.txt \\
      --destination https://SUBSITE.pleio.nl/profile_sync_api/ > before.csv
"""


@click.command(
    "export",
    cls=ThemedCommand,
    params=make_options("export", takes_all=True),
    help=_HELP,
    epilog=_EPILOG,
)
@click.pass_context
def command(context: click.Context, /, **_options: object) -> int:
    """Export the subsite's users."""
    settings = load_settings(collect_given(context), os.environ, needs_source=False)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal's: names have to come back as they were
    signals: StopSignals = context.obj
    with progress_shown() as progress:
        return export(settings, signals=signals, progress=progress, stream=sys.stdout, for_excel=settings.excel)
