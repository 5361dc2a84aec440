"""The command called in the tests' own process, for what depends on no environment, stream, folder or signal.

Starting a process for each of hundreds of such cases would cost more than all else.
"""

import io
from contextlib import redirect_stderr, redirect_stdout

import click

from pleio_profile_sync_client.cli.main import NAME, command
from pleio_profile_sync_client.errors import ClientError
from tests.cli.process import Ended


def call(*args: str) -> Ended:
    """Call the command to its end; an error's message and hint are lines of their own, as a process writes them."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = command.main(list(args), prog_name=NAME, standalone_mode=False) or 0
        except click.ClickException as error:
            status = error.exit_code
            err.write(f"{' '.join(error.format_message().split())}\n")
        except ClientError as error:
            status = error.exit_status
            err.write(f"{error}\n{error.hint}\n")
    return Ended(status, out.getvalue(), err.getvalue())
