"""The command: its arguments, and the last resort for errors. Nothing heavy is imported here."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import TracebackType

import click

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.cli.commands import CONTEXT_SETTINGS, ThemedGroup, make_options
from pleio_profile_sync_client.cli.process import StopSignals, drop_output, is_colourful, ready_streams
from pleio_profile_sync_client.core.text import Redactor, visible
from pleio_profile_sync_client.errors import EXIT_BUG, EXIT_MEANINGS, EXIT_OK, EXIT_UNUSABLE, ClientError

NAME = "pleio-profile-sync-client"

_FOLDER = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - pathlib is slow to import
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_ISSUES = "https://github.com/Pleio/pleio-profile-sync-client/issues"

_HELP = """Make a Pleio subsite match the people in an organisation's own identity store (a file, another program's
output or a directory): add newcomers, update those who changed and, with --ban or --delete, remove those who are not in
it. Without a command, it syncs.

BOOLEAN is true or false (yes/no, on/off, 1/0); the option alone means true. DURATION is a number with s, m, h or d,
such as 48h. N|N% is a number of users or a percentage. PATTERN may contain * and ?."""

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
    "check": "Check a source, without the subsite.",
    "explain": "Explain what a sync would do about one person, and why.",
    "export": "Write the subsite's users to standard output, as a CSV.",
    "status": "Show the last runs; with --max-age, fail if the last good one is too old.",
    "revert": "Undo a run, using its report.",
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
    signals = StopSignals()
    signals.install()
    try:
        status = command.main(sys.argv[1:], prog_name=NAME, standalone_mode=False, obj=signals)
    except click.NoSuchOption as error:
        meant = f" (did you mean {error.possibilities[0]}?)" if error.possibilities else ""
        show_error(f"no such option: {error.option_name}{meant}.", f"Try '{NAME} --help'.")
        return error.exit_code
    except click.ClickException as error:
        show_error(" ".join(error.format_message().split()), f"Try '{NAME} --help'.")
        return error.exit_code
    except ClientError as error:
        show_error(str(error), error.hint, paste=error.paste)
        return error.exit_status
    except Exception as error:  # noqa: BLE001 - the last resort: a bug must not end in a traceback full of data
        return show_unforeseen(error)
    return int(status or EXIT_OK)


def show_error(message: str, hint: str, *, paste: str = "") -> None:
    """Write the error, its hint and what to paste to standard error, without any secret."""
    label = click.style("Error:", fg="red", bold=True) if is_colourful(sys.stderr, os.environ) else "Error:"
    click.echo(f"{label} {_clean(message)}", err=True)
    if hint:
        click.echo(_clean(hint), err=True)
    for line in paste.splitlines():
        click.echo(f"  {_clean(line)}", err=True)


def show_unforeseen(error: Exception) -> int:
    """Report an error that nothing caught, and return the exit status: a bug, unless the output can't be written."""
    if isinstance(error, OSError) and error.errno in _FULL:
        drop_output()
        show_error(f"the output can't be written: {error.strerror}.", "Free some disk space.")
        return EXIT_UNUSABLE
    show_error(*_describe_bug(error))
    return EXIT_BUG


def _describe_bug(error: Exception) -> tuple[str, str]:
    """Return message and hint for a bug: its class and place, but none of its text.

    The text of an unforeseen error may contain anything, even somebody's name or the secret.
    """
    where = " > ".join(_frames(error.__traceback__)) or "unknown place"
    python = f"Python {sys.version.split()[0]}, {sys.platform}"
    return (
        f"a bug: {type(error).__name__} at {where} (version {__version__}, {python}).",
        f"Please send this line, and what you did, to {_ISSUES} (without the secret and without personal data).",
    )


def _frames(link: TracebackType | None) -> Iterator[str]:
    """Yield file and line of this package's frames; without the standard library's `traceback`, slow to import."""
    while link is not None:
        file = link.tb_frame.f_code.co_filename
        if file.startswith(_FOLDER):
            yield f"{file.removeprefix(_FOLDER).replace(os.sep, '/')}:{link.tb_lineno}"
        link = link.tb_next


def _clean(text: str) -> str:
    return visible(Redactor(*_secrets(sys.argv, os.environ))(text))


def _secrets(argv: Sequence[str], environ: Mapping[str, str]) -> set[str]:
    found = {environ.get("API_SECRET", "")}
    for arg, following in zip(argv, [*argv[1:], ""], strict=True):
        if arg == "--api-secret":
            found.add(following)
        elif arg.startswith("--api-secret="):
            found.add(arg.partition("=")[2])
    return {secret.strip() for secret in found if secret.strip()}
