"""`check`: check a source, offline, and write out the rows that have to be fixed.

`sources` finds what is wrong with a row, and `reports.check` puts it into words.
"""

import os
from pathlib import Path

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.core.wording import counted
from pleio_profile_sync_client.errors import EXIT_OK, EXIT_PROBLEMS, UsageError
from pleio_profile_sync_client.reports.check import format_check
from pleio_profile_sync_client.reports.files import replace_file
from pleio_profile_sync_client.settings.load import load_check_settings
from pleio_profile_sync_client.sources.avatars import examine_avatars
from pleio_profile_sync_client.sources.csv_text import format_rejects
from pleio_profile_sync_client.sources.source import Examination, refuse_empty
from pleio_profile_sync_client.sync.origins import make_source

_HELP = """Check a source, offline: how each column was understood, which rows have a problem, and how to fix it.
Needs no secret and sends nothing."""

_EPILOG = """\
Example:
  pleio-profile-sync-client check --source users.csv --rejects to-fix.csv

Exit status:
  0  no problems (warnings don't count)
  1  there are problems
  2  wrong usage
  4  the source as a whole can't be used
"""


@click.command(
    "check",
    cls=ThemedCommand,
    params=make_options("check"),
    help=_HELP,
    epilog=_EPILOG,
)
@click.pass_context
def command(context: click.Context, /, **_options: object) -> int:
    """Check a source."""
    settings = load_check_settings(collect_given(context), os.environ)
    source = make_source(settings.source)
    with progress_shown() as progress:
        examination = source.examine(progress)
        reading = examination.reading
        avatars = examine_avatars(source, reading.users, progress, remembered={})
    avatar_problems = [found for found in avatars.values() if isinstance(found, Finding)]
    findings = [*reading.problems, *avatar_problems]
    click.echo(format_check(reading, avatar_problems, accepted=settings.accept), nl=False)
    if settings.rejects is not None:
        _write_rejects(settings.rejects, examination, findings)
    refuse_empty(reading, where_shown="They are listed above, by line.")
    return EXIT_PROBLEMS if any(finding.code not in settings.accept for finding in findings) else EXIT_OK


def _write_rejects(path: Path, examination: Examination, problems: list[Finding]) -> None:
    content = format_rejects(examination.records, problems)
    try:
        replace_file(path, content.encode("utf-8-sig"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be written: {error.strerror or error}.", hint="Name another file with --rejects."
        ) from error
    rows = counted(len({finding.line for finding in problems}), "row was", "rows were")
    click.echo(f"\n{rows} written to {click.format_filename(path)}.")
