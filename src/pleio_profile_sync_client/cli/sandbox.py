"""`sandbox`: a local stand-in subsite, to try things on."""

import sqlite3
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand
from pleio_profile_sync_client.errors import UsageError

if TYPE_CHECKING:
    from pleio_profile_sync_client.sandbox.server import RunningSandbox

_PACKAGE = "pleio_profile_sync_client"

_HELP = """Run a local stand-in subsite that imitates the profile sync API and shows in a browser what became of it: to
try the options on, to rehearse failures, to test. It listens on this machine only. End it with Ctrl-C."""

_EPILOG = """\
Example:
  pleio-profile-sync-client sandbox --port 8800 --database sandbox.sqlite3
"""


@click.command("sandbox", cls=ThemedCommand, help=_HELP, epilog=_EPILOG)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8800,
    metavar="N",
    help="Listen on this port; 0 takes a free one.  [default: 8800]",
)
@click.option("--database", metavar="PATH", help="Keep the site in this file.  [default: in memory, gone at the end]")
def command(*, port: int, database: str | None) -> None:
    """Serve a sandbox until a signal ends it."""
    try:
        serve = import_module(f"{_PACKAGE}.sandbox.server").serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == _PACKAGE:
            raise
        raise UsageError(
            f"The sandbox needs {error.name}, which is not installed.",
            hint="Install it with: pip3 install 'pleio-profile-sync-client[sandbox]'",
        ) from error
    try:
        serve(port=port, database=Path(database) if database else None, on_ready=_show)
    except OSError as error:
        raise UsageError(
            f"The sandbox can't listen on port {port}: {error.strerror or error}.", hint="Choose another --port."
        ) from error
    except sqlite3.Error as error:
        raise UsageError(
            f"{database} can't be used as the sandbox's database: {error}.", hint="Name another."
        ) from error


def _show(sandbox: "RunningSandbox") -> None:
    click.echo(
        f"Sandbox:  {sandbox.pages_url}\n"
        f"API:      {sandbox.url}\n"
        f"Secret:   {sandbox.secret}\n"
        "\n"
        "Sync into it from another terminal:\n"
        f"  export API_SECRET={sandbox.secret}\n"
        f"  pleio-profile-sync-client --source users.csv --destination {sandbox.url} --dry-run\n"
        "\n"
        "Ctrl-C ends it."
    )
