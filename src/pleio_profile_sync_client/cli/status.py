"""`status`: the last runs, from the state alone."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.exit_statuses import MEANINGS_OF_REAL_RUNS
from pleio_profile_sync_client.core.messages import describe_duration
from pleio_profile_sync_client.core.models import Finding, RunRecord
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import COMPLETED, EXIT_OK, EXIT_PROBLEMS
from pleio_profile_sync_client.settings.load import load_state_settings
from pleio_profile_sync_client.state.location import locate_state
from pleio_profile_sync_client.state.peek import peek_runs

_HELP = """Show the last runs, the newest first, as the state remembers them: the changes that were planned, and how
many of them were applied, failed or were not attempted. Dry runs leave no trace there. Needs no secret and
sends nothing."""

_EPILOG = """\
Example, for a monitor that has to notice when the nightly run stops:
  pleio-profile-sync-client status --config /etc/pleio/sync.toml --max-age 26h

Exit status:
  0  shown; with --max-age: and the last good run is recent enough
  1  with --max-age: it is not; else: the state can't be read
  2  wrong use
"""

_SHOWN_RUNS = 20
_COUNTS = ("create", "update", "reactivate", "ban", "delete", "applied", "failed", "not_attempted", "problems")


@click.command("status", cls=ThemedCommand, params=make_options("status"), help=_HELP, epilog=_EPILOG)
@click.pass_context
def command(context: click.Context, /, **_options: object) -> int:
    """Show the last runs."""
    settings = load_state_settings(collect_given(context))
    path = settings.path or locate_state(settings.destination or "")
    warnings: list[Finding] = []
    runs = peek_runs(path, warn=warnings.append, subsite_url=settings.destination)
    for warning in warnings:
        click.echo(f"Warning: {visible(warning.message)}", err=True)
    click.echo(_table(runs[:_SHOWN_RUNS]) if runs else f"No run yet in {visible(str(path))}.")
    if settings.max_age_s is not None:
        return _judge(runs, settings.max_age_s, now=datetime.now(UTC))
    return EXIT_PROBLEMS if warnings else EXIT_OK


def _judge(runs: Sequence[RunRecord], max_age_s: float, *, now: datetime) -> int:
    """Say whether the last good run is recent enough, and return the exit status for that."""
    ends = (run.finished for run in runs if run.exit_code in COMPLETED)
    last = next((end for end in ends if end is not None), None)
    if last is None:
        click.echo("Too old: no run has ended with exit status 0 or 1.")
        return EXIT_PROBLEMS
    age_s = (now - last).total_seconds()
    is_old = age_s > max_age_s
    verdict = "Too old" if is_old else "Recent enough"
    click.echo(f"{verdict}: the last run with exit status 0 or 1 ended {describe_duration(age_s)} ago.")
    return EXIT_PROBLEMS if is_old else EXIT_OK


def _table(runs: Sequence[RunRecord]) -> str:
    rows = [("started", "took", *_COUNTS, "exit", ""), *map(_row, runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Lay one row out: the start and the meaning to the left, the figures to the right."""
    first, *figures, meaning = row
    right = [figure.rjust(width) for figure, width in zip(figures, widths[1:-1], strict=True)]
    return "  ".join([first.ljust(widths[0]), *right, meaning]).rstrip()


def _row(run: RunRecord) -> tuple[str, ...]:
    return (
        f"{run.started.astimezone():%Y-%m-%d %H:%M:%S}",
        "" if run.finished is None else describe_duration((run.finished - run.started).total_seconds()),
        *(str(run.counts.get(name, 0)) for name in _COUNTS),
        "" if run.exit_code is None else str(run.exit_code),
        _meaning(run.exit_code),
    )


def _meaning(exit_code: int | None) -> str:
    return "goes on, or was killed" if exit_code is None else MEANINGS_OF_REAL_RUNS.get(exit_code, "unknown")
