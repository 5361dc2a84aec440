"""`revert REPORT`: take a run back, by a plan that is treated like any other."""

import os
from datetime import datetime
from pathlib import Path

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.sync import run_shown
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.load import are_same, load_settings
from pleio_profile_sync_client.sync.origins import ReportOrigin

_HELP = """Take a run back by its .json report: names, e-mails and profile values go back where they still are as that
run wrote them, those who were banned are unbanned, those who were created or reactivated are banned. What can't be
taken back is reported for each user: groups joined, avatars, deletes, an external_id where there was none.

It is a plan like any other: look at it with --dry-run first. It takes no source, and of the configuration no reports,
metrics or ping. Fix the source as well, or the next sync does it again."""

_EPILOG = """\
Example:
  pleio-profile-sync-client revert --config sync.toml report.json --dry-run

Exit status:
  as for a sync; 1 also where something can't be taken back
"""


@click.command(
    "revert",
    cls=ThemedCommand,
    params=[click.Argument(["report_path"], metavar="REPORT"), *make_options("revert")],
    help=_HELP,
    epilog=_EPILOG,
)
@click.pass_context
def command(context: click.Context, /, report_path: str, **_options: object) -> int:
    """Take a run back."""
    path = Path(report_path)
    settings = load_settings(
        collect_given(context), os.environ, now=datetime.now().astimezone(), needs_source=False, by_hand=True
    )
    if any(are_same(path, other) for other in settings.reports):
        raise UsageError("--report would replace the report that is to be taken back.", hint="Give another name.")
    return run_shown(settings, ReportOrigin(path, settings), context.obj)
