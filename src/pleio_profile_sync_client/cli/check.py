"""`check`: look a source over, offline, and write out the rows that have to be mended."""

from collections.abc import Iterator
from pathlib import Path

import click
from msgspec.structs import replace

from pleio_profile_sync_client.cli.commands import ThemedCommand
from pleio_profile_sync_client.cli.options import given, options
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.core.models import Finding, SourceUser
from pleio_profile_sync_client.core.ports import Progress, Source
from pleio_profile_sync_client.errors import EXIT_OK, EXIT_PROBLEMS, UsageError
from pleio_profile_sync_client.reports.check import format_check
from pleio_profile_sync_client.settings import SourceSettings, load_source_settings
from pleio_profile_sync_client.sources.csv_file import CsvSource, Examination, refuse_empty
from pleio_profile_sync_client.sources.rejects import write_rejects

_HELP = """Look a source over, offline: how each column was understood, which rows have a problem and how it is mended.
Needs no secret and sends nothing."""

_EPILOG = """\
Example:
  pleio-profile-sync-client check --source users.csv --rejects to-mend.csv

Exit status:
  0  no problems (warnings don't count)
  1  there are problems
  2  wrong use
  4  the source can't be used as a whole
"""


@click.command(
    "check",
    cls=ThemedCommand,
    params=options("source", "config", "encoding", "delimiter", "max_source_age", "accept"),
    help=_HELP,
    epilog=_EPILOG,
)
@click.option("--rejects", metavar="PATH", help="Write the rows with a problem there, as they were, to be mended.")
@click.pass_context
def command(context: click.Context, /, rejects: str | None, **_options: object) -> int:
    """Look a source over."""
    settings = load_source_settings(given(context))
    place = None if rejects is None else _place_for_rejects(rejects, settings)
    source = _make_source(settings)
    with progress_shown() as progress:
        examination = source.examine(progress)
        reading = examination.reading
        avatar_problems = list(_examine_avatars(source, reading.users, progress))
    click.echo(format_check(reading, avatar_problems, accepted=settings.accept), nl=False)
    if place is not None:
        _write_rejects(place, examination, [*reading.problems, *avatar_problems])
    refuse_empty(reading)
    findings = (*reading.problems, *avatar_problems)
    return EXIT_PROBLEMS if any(finding.code not in settings.accept for finding in findings) else EXIT_OK


def _make_source(settings: SourceSettings) -> CsvSource:
    return CsvSource(
        settings.source,
        columns=settings.columns,
        skip=settings.skip,
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        max_age_s=settings.max_source_age_s,
    )


def _place_for_rejects(rejects: str, settings: SourceSettings) -> Path:
    place = Path(rejects)
    if place.exists() and Path(settings.source).exists() and place.samefile(settings.source):
        raise UsageError("--rejects is the source itself.", hint="Give another place, so that the source stays.")
    return place


def _examine_avatars(source: Source, users: tuple[SourceUser, ...], progress: Progress) -> Iterator[Finding]:
    with_avatar = [(user, user.avatar) for user in users if user.avatar is not None]
    if not with_avatar:
        return
    with progress.phase("avatars", len(with_avatar)) as advance:
        for user, path in with_avatar:
            found = source.examine_avatar(path, None)
            if isinstance(found, Finding):
                yield replace(
                    found,
                    line=user.line,
                    external_id=user.external_id,
                    message=f"Line {user.line}: {found.message}",
                )
            advance(1)


def _write_rejects(place: Path, examination: Examination, problems: list[Finding]) -> None:
    write_rejects(place, examination.table, problems)
    rows = len({finding.line for finding in problems})
    click.echo(f"\n{rows} {'row was' if rows == 1 else 'rows were'} written to {click.format_filename(place)}.")
