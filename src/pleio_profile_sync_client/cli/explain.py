"""`explain KEY`: what a sync would do about one person, and by which rule. Sends GETs only."""

import os

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.process import StopSignals
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import EXIT_OK, EXIT_PROBLEMS
from pleio_profile_sync_client.settings.load import load_settings
from pleio_profile_sync_client.sync.inspection import explain

_HELP = """Explain what a sync would do about one person, and why: the rows and the subsite user with this external_id
or e-mail, the rule that applies, and what holds the change up. Writes nothing.

Give it the options that you sync with, since the answer depends on them."""

_EPILOG = """\
Example:
  pleio-profile-sync-client --config sync.toml explain a.jansen@gemeente.test

Exit status:
  0  explained
  1  no row and no subsite user has this external_id or e-mail
  2  wrong usage
  4  source or subsite unusable
"""


@click.command(
    "explain",
    cls=ThemedCommand,
    params=[click.Argument(["key"], metavar="KEY"), *make_options("explain", takes_all=True)],
    help=_HELP,
    epilog=_EPILOG,
)
@click.pass_context
def command(context: click.Context, /, key: str, **_options: object) -> int:
    """Explain one person."""
    if not key.strip():
        raise click.UsageError("KEY is empty; give an external_id or an e-mail.", context)
    settings = load_settings(collect_given(context), os.environ)
    signals: StopSignals = context.obj
    with progress_shown() as progress:
        lines = explain(settings, key, signals=signals, progress=progress)
    if not lines:
        click.echo(f"No row of the source and no user of the subsite has the external_id or e-mail {visible(key)}.")
        return EXIT_PROBLEMS
    for line in lines:
        click.echo(visible(line))
    return EXIT_OK
