"""Errors on standard error: one line for what happened, one for what to do next, and never a secret."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

import click

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.cli.terminal import drop_output, is_colourful
from pleio_profile_sync_client.core.text import Redactor, visible
from pleio_profile_sync_client.errors import EXIT_BUG, EXIT_UNUSABLE

_FOLDER = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - pathlib is slow to import
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_ISSUES = "https://github.com/Pleio/pleio-profile-sync-client/issues"


def show_error(message: str, hint: str, argv: Sequence[str], environ: Mapping[str, str], *, paste: str = "") -> None:
    """Write the error, its hint and what to paste to standard error, without any secret."""
    label = click.style("Error:", fg="red", bold=True) if is_colourful(sys.stderr, environ) else "Error:"
    click.echo(f"{label} {_clean(message, argv, environ)}", err=True)
    if hint:
        click.echo(_clean(hint, argv, environ), err=True)
    for line in paste.splitlines():
        click.echo(f"  {_clean(line, argv, environ)}", err=True)


def show_unforeseen(error: Exception, argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Tell of an error that nobody caught, and return the exit status: a bug, unless the output can't be written."""
    if isinstance(error, OSError) and error.errno in _FULL:
        drop_output()
        show_error(f"the output can't be written: {error.strerror}.", "Make room for it.", argv, environ)
        return EXIT_UNUSABLE
    show_error(*_describe_bug(error), argv, environ)
    return EXIT_BUG


def _describe_bug(error: Exception) -> tuple[str, str]:
    """Return message and hint for a bug: its class and place, but none of its text.

    The text of an unforeseen error may hold anything, somebody's name or the secret too.
    """
    where = " > ".join(_frames(error.__traceback__)) or "unknown place"
    python = f"Python {sys.version.split()[0]}, {sys.platform}"
    return (
        f"a bug: {type(error).__name__} at {where} (version {__version__}, {python}).",
        f"Please send this line, and what you did, to {_ISSUES} (without the secret and without anybody's data).",
    )


def _frames(link: TracebackType | None) -> Iterator[str]:
    """Yield file and line of this package's frames; without the standard library's `traceback`, slow to import."""
    while link is not None:
        file = link.tb_frame.f_code.co_filename
        if file.startswith(_FOLDER):
            yield f"{file.removeprefix(_FOLDER).replace(os.sep, '/')}:{link.tb_lineno}"
        link = link.tb_next


def _clean(text: str, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    return visible(Redactor(*_secrets(argv, environ))(text))


def _secrets(argv: Sequence[str], environ: Mapping[str, str]) -> set[str]:
    found = {environ.get("API_SECRET", "")}
    for arg, following in zip(argv, [*argv[1:], ""], strict=True):
        if arg == "--api-secret":
            found.add(following)
        elif arg.startswith("--api-secret="):
            found.add(arg.partition("=")[2])
    return {secret.strip() for secret in found if secret.strip()}
