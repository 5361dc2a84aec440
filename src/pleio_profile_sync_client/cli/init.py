"""`init`: asks, looks at source and subsite, and writes a commented configuration. Sends GETs only."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
from msgspec.structs import replace

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.init_source import ChosenSource, choose_source
from pleio_profile_sync_client.cli.process import StopSignals
from pleio_profile_sync_client.cli.progress import progress_shown
from pleio_profile_sync_client.core.models import PROFILE, SubsiteUser
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.core.wording import counted
from pleio_profile_sync_client.errors import EXIT_OK, ClientError, SubsiteError, UsageError
from pleio_profile_sync_client.settings.config_file import Answers, format_configuration
from pleio_profile_sync_client.settings.load import load_check_settings, load_settings
from pleio_profile_sync_client.settings.models import Settings
from pleio_profile_sync_client.settings.options import COMMAND_LINE
from pleio_profile_sync_client.settings.parsers import parse_value
from pleio_profile_sync_client.sources.headers import (
    REQUIRED_FIELDS,
    field_named,
    likely_header,
    plain,
    usual_header,
)
from pleio_profile_sync_client.sync.inspection import SourceLook, look_at_both, look_at_subsite

_HELP = """Ask for the source, the subsite and the file with the API secret, look at both, suggest which column is
which, and write a commented configuration file. What the options give is not asked for. Sends only GETs, and what it
writes is safe: nobody is banned or deleted until you say so."""

_EPILOG = """\
Example:
  pleio-profile-sync-client init
  pleio-profile-sync-client --config pleio-sync.toml --dry-run

Exit status:
  0  the configuration is written
  2  wrong usage, or not everything was answered; nothing is written
  4  source or subsite unusable
"""

_WHAT = {
    "external_id": "external_id, which ties a row to its user (- for none)",
    "name": "name",
    "email": "e-mail",
}
_ASKED = (*_WHAT, "avatar", "groups")
_LONGEST_EXAMPLE = 30
_NONE = "-"

Found = TypeVar("Found")


@click.command("init", cls=ThemedCommand, params=make_options("init"), help=_HELP, epilog=_EPILOG)
@click.option("--write", metavar="PATH", help="The file to write. It must not exist yet.")
@click.pass_context
def command(context: click.Context, /, write: str | None, **_options: object) -> int:
    """Write a configuration."""
    try:
        secret_file = os.environ.get("API_SECRET_FILE") or None
        return _ask_and_write({"api_secret_file": secret_file, **collect_given(context)}, write, context.obj)
    except click.Abort as error:
        raise UsageError(
            "Not everything was answered, so nothing was written.",
            hint="Answer on a terminal, or give --write, --source, --destination and --api-secret-file.",
        ) from error


def _ask_and_write(given: Mapping[str, object], write: str | None, signals: StopSignals) -> int:
    path = _ask("Configuration file to write", write, _new_file, default="pleio-sync.toml")
    with progress_shown() as progress:
        chosen = _ask(
            "Source: a file (CSV or .xlsx), or the word command (a program) or ldap (a directory)",
            given.get("source"),
            lambda text: choose_source(text, given, path, _prompt, progress),
        )
        look = chosen.look
        click.echo(f"  {visible(look.source.location)} has the columns {', '.join(map(visible, look.headers))}.")
        destination, secret_file, users = _ask_for_subsite(
            given, lambda settings: look_at_subsite(settings, signals=signals, progress=progress)
        )
        click.echo(f"  {_describe(users)}")
        answers = _choose_columns(chosen, users, destination=destination, secret_file=secret_file)
        _write(path, format_configuration(_relative_to(path, answers)))
        layout = load_check_settings({"config": str(path)}).source.layout
        fit = look_at_both(look.source, layout, users, progress)
    click.echo(
        f"{counted(fit.rows, 'row')}, of which {fit.users:,} can be synced as they stand "
        f"({counted(fit.problems, 'problem')}). {fit.matching:,} of them match a user; {fit.users - fit.matching:,} "
        f"would be added. {counted(fit.absent, 'active user')} of the subsite in no row would be left alone."
    )
    shown = click.format_filename(path)
    click.echo(f"Written: {shown}. Nothing was changed on the subsite. Next:")
    click.echo(f"  pleio-profile-sync-client check --config {shown}")
    click.echo(f"  pleio-profile-sync-client --config {shown} --dry-run")
    return EXIT_OK


def _ask(what: str, given: object, read: Callable[[str], Found], *, default: str | None = None) -> Found:
    """Return what `read` makes of the answer; if it was given as an option, don't ask, and don't ask again."""
    if isinstance(given, str):
        return read(given)
    while True:
        text = _prompt(what, default)
        try:
            return read(text)
        except ClientError as error:
            _show(error)


def _show(error: ClientError) -> None:
    click.echo(f"  {visible(str(error))} {visible(error.hint)}")


def _prompt(what: str, default: str | None) -> str:
    return str(click.prompt(what, default=default, type=str)).strip()


def _new_file(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".toml":
        raise UsageError(f"{text} does not end in .toml.", hint="Give another name.")
    if path.exists() or path.is_symlink():
        raise UsageError(f"{text} already exists, and is not overwritten.", hint="Give another name.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path.absolute().parent} is not a folder.", hint="Make it first, or give another name.")
    return path


def _an_address(text: str) -> str:
    return str(parse_value(COMMAND_LINE["destination"], text, "--destination"))


def _ask_for_subsite(
    given: Mapping[str, object], list_users: Callable[[Settings], list[SubsiteUser]]
) -> tuple[str, str, list[SubsiteUser]]:
    """Return the address, the secret's file and the users; if they don't fit together, either may be wrong."""
    is_given = all(isinstance(given.get(name), str) for name in ("destination", "api_secret_file"))
    last: str | None = None
    while True:
        destination = _ask("Address of the subsite's API", given.get("destination"), _an_address, default=last)
        secret_file, settings = _ask(
            "File that holds the API secret",
            given.get("api_secret_file"),
            partial(_with_secret, given, destination),
            default="api_secret",
        )
        try:
            return destination, secret_file, list_users(settings)
        except SubsiteError as error:
            if is_given:
                raise
            _show(error)
            last = destination


def _with_secret(given: Mapping[str, object], destination: str, text: str) -> tuple[str, Settings]:
    if not Path(text).exists():
        raise UsageError(
            f"There is no file {text}.",
            hint="In another terminal: (umask 077; cat > api_secret), paste the secret, then Enter and Ctrl-D.",
        )
    said = {**given, "destination": destination, "api_secret_file": text, "api_secret": None}
    return text, load_settings(said, {}, needs_source=False)


def _describe(users: Sequence[SubsiteUser]) -> str:
    linked = sum(bool(user.external_id) for user in users)
    keys = _profile_keys(users)
    fields = f"profile fields: {', '.join(map(visible, keys))}" if keys else "no profile fields seen"
    return f"The subsite has {counted(len(users), 'user')}, {linked:,} with an external_id; {fields}."


def _choose_columns(
    chosen: ChosenSource, users: Sequence[SubsiteUser], *, destination: str, secret_file: str
) -> Answers:
    """Ask which column is which, with a suggestion for each; don't ask about a header that names its field itself."""
    look = chosen.look
    click.echo("Which column is which? Enter accepts the suggestion, - leaves the field out.")
    own = {field: header for header in look.headers if (field := field_named(header)) is not None}
    columns: dict[str, str] = {}

    def free() -> list[str]:
        return [header for header in look.headers if header not in {*own.values(), *columns.values()}]

    for field in _ASKED:
        likely = None if field in own else _likely_column(field, look, free())
        if field not in own and (field in _WHAT or likely):
            header = _ask_column(_WHAT.get(field, field), likely, look, is_needed=field in REQUIRED_FIELDS)
            columns |= {field: header} if header is not None else {}
    named = {field.lower() for field in own}
    keys = [key for key in _profile_keys(users) if f"{PROFILE}{key}".lower() not in named]
    for key in keys:
        likely = usual_header(f"{PROFILE}{key}", free())
        header = _ask_column(f"profile field {visible(key)}", likely, look, is_needed=False) if likely else None
        columns |= {f"{PROFILE}{key}": header} if header is not None else {}
    left = [key for key in keys if f"{PROFILE}{key}" not in columns]
    unused = [] if chosen.is_directory else free()
    return Answers(chosen.source, destination, secret_file, columns, unused, left, chosen.tables, chosen.skip)


def _likely_column(field: str, look: SourceLook, headers: Sequence[str]) -> str | None:
    """Return the header to suggest for a field; for external_id, none that only a few rows have."""
    if field not in _WHAT:
        return usual_header(field, headers)
    likely = likely_header(field, headers)
    if field != "external_id" or likely is None or look.most_have(likely):
        return likely
    number = look.filled[likely]
    click.echo(
        f"  {visible(likely)} is not suggested for external_id: only {number:,} of {counted(look.rows, 'row')} "
        f"{'has' if number == 1 else 'have'} one."
    )
    return usual_header(field, filter(look.most_have, headers))


def _profile_keys(users: Iterable[SubsiteUser]) -> list[str]:
    return sorted({key for user in users for key in user.profile})


def _ask_column(what: str, likely: str | None, look: SourceLook, *, is_needed: bool) -> str | None:
    by_name = {plain(header): header for header in look.headers}

    def read(text: str) -> str | None:
        if text == _NONE and not is_needed:
            return None
        if plain(text) not in by_name:
            raise UsageError(f"There is no column {text!r}.", hint=f"The columns are {', '.join(look.headers)}.")
        return by_name[plain(text)]

    example = shortened(visible(look.examples.get(likely or "", "")), _LONGEST_EXAMPLE)
    what = f"  {what}, such as {example}" if example else f"  {what}"
    if likely and look.filled[likely] < look.rows:
        what += f" ({look.filled[likely]:,} of {counted(look.rows, 'row')})"
    return _ask(what, None, read, default=likely or (None if is_needed else _NONE))


def _relative_to(path: Path, answers: Answers) -> Answers:
    """Write the files as they were given if the configuration is in this folder, else with their full path."""
    if path.absolute().parent == Path.cwd():
        return answers
    return replace(
        answers,
        source=str(Path(answers.source).absolute()) if answers.source else "",
        api_secret_file=str(Path(answers.api_secret_file).absolute()),
    )


def _write(path: Path, content: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror or error}.", hint="Give another name.") from error
