"""`sandbox`: a local stand-in subsite, for trying things out. It is another package, and runs as another program."""

import os
import subprocess
import sys

import click

from pleio_profile_sync_client.cli.commands import ThemedCommand

_HELP = """Run a local stand-in subsite that imitates the profile sync API and shows its users in a browser: for trying
out options, rehearsing failures, and testing. It listens on this machine only. Ctrl-C ends it."""

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
def command(*, port: int, database: str | None) -> int:
    """Serve a sandbox until a signal ends it."""
    # -P: no file in the current folder is taken for a module.
    program = [sys.executable, "-P", "-m", "pleio_sandbox", f"--port={port}"]
    if database is not None:
        program.append(f"--database={database}")
    if os.name == "posix":
        os.execv(program[0], program)  # noqa: S606 - the same process, so that a signal to it reaches the sandbox
    return subprocess.call(program)  # noqa: S603 - our own program
