"""The command: what it is called with, and the last resort for what goes wrong. Nothing heavy is imported here."""

import os
import sys
from importlib import import_module

import click

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.cli.commands import CONTEXT_SETTINGS, ThemedGroup, make_options
from pleio_profile_sync_client.cli.signals import StopSignal
from pleio_profile_sync_client.cli.terminal import ready_streams
from pleio_profile_sync_client.cli.trouble import show_error, show_unforeseen
from pleio_profile_sync_client.errors import EXIT_MEANINGS, EXIT_OK, ClientError

NAME = "pleio-profile-sync-client"

_HELP = """Make a Pleio subsite match the people in an organisation's own identity store (a file, another program's
output or a directory): add newcomers, update those who changed and, with --ban or --delete, remove those who are not in
it. Without a command, it syncs.

BOOLEAN is true or false (yes/no, on/off, 1/0); the option alone means true. DURATION is a number with s, m, h or d,
such as 48h. N|N% is a number of users or a percentage. PATTERN may hold * and ?."""

_EPILOG = f"""\
Examples:
  export API_SECRET_FILE=/etc/pleio/api_secret
  {NAME} check --source users.csv
  {NAME} --source users.csv --dry-run \\
      --destination https://SUBSITE.pleio.nl/profile_sync_api/
  {NAME} --config /etc/pleio/sync.toml --ban --grace 7d

Exit status:
"""

_SUMMARIES = {
    "check": "Look a source over without the subsite.",
    "explain": "Say what would be done about one person, and why.",
    "export": "Write the subsite's users to standard output, as a CSV.",
    "status": "Show the last runs; with --max-age, fail if the last good one is too old.",
    "revert": "Take a run back, by its report.",
    "init": "Ask for source and subsite, and write a configuration file.",
    "units": "Print a systemd unit for the nightly sync.",
    "sandbox": "Run a local stand-in subsite to try things out on.",
}


@click.group(
    NAME,
    cls=ThemedGroup,
    params=make_options("sync"),
    summaries=_SUMMARIES,
    invoke_without_command=True,
    context_settings=CONTEXT_SETTINGS,
    help=_HELP,
    epilog=_EPILOG + "\n".join(f"  {status:3}  {meaning}" for status, meaning in EXIT_MEANINGS.items()),
)
@click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
@click.pass_context
def command(context: click.Context, /, **_options: object) -> int:
    """Sync, unless a subcommand was called."""
    if context.invoked_subcommand is not None:
        return EXIT_OK
    status: int = import_module("pleio_profile_sync_client.cli.sync").sync(context)
    return status


def run() -> int:
    """Run the command with this process' arguments and return its exit status: the console script's entry."""
    ready_streams()
    stop = StopSignal()
    stop.install()
    try:
        status = command.main(sys.argv[1:], prog_name=NAME, standalone_mode=False, obj=stop)
    except click.NoSuchOption as error:
        meant = f" (did you mean {error.possibilities[0]}?)" if error.possibilities else ""
        show_error(f"no such option: {error.option_name}{meant}.", f"Try '{NAME} --help'.", sys.argv, os.environ)
        return error.exit_code
    except click.ClickException as error:
        show_error(" ".join(error.format_message().split()), f"Try '{NAME} --help'.", sys.argv, os.environ)
        return error.exit_code
    except ClientError as error:
        show_error(str(error), error.hint, sys.argv, os.environ, paste=error.paste)
        return error.exit_status
    except Exception as error:  # noqa: BLE001 - the last resort: a bug must not end in a traceback full of data
        return show_unforeseen(error, sys.argv, os.environ)
    return int(status or EXIT_OK)
