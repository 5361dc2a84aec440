"""`revert REPORT`: undo a run, by a plan that is treated like any other."""

import os
from pathlib import Path

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.sync import run_shown
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.load import are_same, load_settings
from pleio_profile_sync_client.sync.origins import ReportOrigin

_HELP = """Undo a run, using its .json report: names, e-mails and profile values go back if they are still as that run
wrote them, users who were banned are unbanned, and users who were created or reactivated are banned. What can't be
undone is reported for each user: groups joined, avatars, deletes, an external_id where there was none.

The plan is treated like any other: look at it with --dry-run first. It needs no source, and ignores the reports,
metrics and ping of the configuration. Fix the source as well, or the next sync does it again."""

_EPILOG = """\
Example:
  pleio-profile-sync-client revert --config sync.toml report.json --dry-run

Exit status:
  as for a sync; 1 also if something can't be undone
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
    """Undo a run."""
    path = Path(report_path)
    settings = load_settings(collect_given(context), os.environ, needs_source=False, by_hand=True)
    if any(are_same(path, other) for other in settings.reports):
        raise UsageError("--report would overwrite the report of the run to revert.", hint="Give another name.")
    return run_shown(settings, ReportOrigin(path, settings), context.obj)
