"""`status`: the last runs, from the state alone."""

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.core.models import Finding, RunRecord
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import counted, describe_duration
from pleio_profile_sync_client.errors import COMPLETED, EXIT_MEANINGS, EXIT_OK, EXIT_PROBLEMS
from pleio_profile_sync_client.settings.load import load_state_settings
from pleio_profile_sync_client.state.file import locate_state
from pleio_profile_sync_client.state.store import peek_runs

_HELP = """Show the last runs, the newest first, as the state remembers them: the changes that were planned, and how
many of them were applied, failed or were not attempted. Times are in UTC. Dry runs are not recorded. Needs no
secret and sends nothing."""

_EPILOG = """\
Example, for a monitor that has to notice when the nightly run stops:
  pleio-profile-sync-client status --config /etc/pleio/sync.toml --max-age 26h

Exit status:
  0  shown; with --max-age: and the last good run is recent enough
  1  with --max-age: it is not; else: the state can't be read
  2  wrong usage
"""

_MEANINGS = EXIT_MEANINGS | {EXIT_OK: "in sync"}  # the state knows real runs only
_SHOWN_RUNS = 20
_PLANNED = ("create", "update", "reactivate", "ban", "delete")
_DONE = ("applied", "failed", "not_attempted", "problems")
_WIDTH = 80
_STARTED = 18
_TOOK = 13
"""The widths of the columns, and of the whole."""


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
    ends = [run.finished for run in runs if run.finished and run.exit_code in COMPLETED and not run.is_partial]
    past = [end for end in ends if end <= now]
    ahead = f" ({counted(len(ends) - len(past), 'run')} dated in the future not counted)" if past != ends else ""
    if not past:
        click.echo(f"Too old: no run without --only has ended with exit status 0 or 1{ahead}.")
        return EXIT_PROBLEMS
    age_s = (now - max(past)).total_seconds()
    is_old = age_s > max_age_s
    verdict = "Too old" if is_old else "Recent enough"
    click.echo(f"{verdict}: the last run with exit status 0 or 1 ended {describe_duration(age_s)} ago{ahead}.")
    return EXIT_PROBLEMS if is_old else EXIT_OK


def _table(runs: Sequence[RunRecord]) -> str:
    heading = f"{'started (UTC)':<{_STARTED}}{'took':<{_TOOK}}exit"
    return "\n".join([heading, *map(_describe, runs)])


def _describe(run: RunRecord) -> str:
    """Lay out one run: when, how long, its exit status; next to these, wrapped, what that means and what was done."""
    took = "" if run.finished is None else describe_duration((run.finished - run.started).total_seconds())
    exit_code = "" if run.exit_code is None else str(run.exit_code)
    first = f"{f'{run.started:%Y-%m-%d %H:%M}':<{_STARTED}}{took:<{_TOOK}}{exit_code:>4}  "
    told = f"{_meaning(run.exit_code)}{' (--only or revert)' if run.is_partial else ''}"
    text = f"{told}. {_counts(run)}" if run.exit_code is not None else told
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _counts(run: RunRecord) -> str:
    planned, done = (
        ", ".join(f"{name.replace('_', ' ')} {run.counts[name]:,}" for name in names if run.counts.get(name))
        for names in (_PLANNED, _DONE)
    )
    return "; ".join(filter(None, [f"Planned: {planned}" if planned else "Nothing to do", done]))


def _meaning(exit_code: int | None) -> str:
    return "still running, or was killed" if exit_code is None else _MEANINGS.get(exit_code, "unknown")
