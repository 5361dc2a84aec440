"""What `init` asks of a source, whatever its kind: a file, a workbook's sheet, a program, a directory."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.ports import Progress
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import SheetNeededError, UsageError
from pleio_profile_sync_client.settings.config_file import Tables, format_tables, parse_config
from pleio_profile_sync_client.settings.load import load_check_settings, load_source
from pleio_profile_sync_client.settings.models import SourceSettings
from pleio_profile_sync_client.settings.parsers import is_loopback
from pleio_profile_sync_client.sync.inspection import SourceLook, look_at_directory, look_at_source

COMMAND, DIRECTORY = "command", "ldap"
_NONE = "-"
_CLOSED_ACCOUNTS = {"userAccountControl.disabled": ("true",), "accountExpires.expired": ("true",)}

Ask = Callable[[str, str | None], str]
"""Asks a question, with a default where there is one, and returns the answer."""


class ChosenSource(Struct, frozen=True):
    """A source as the configuration names it, and what is in it."""

    look: SourceLook
    source: str = ""
    tables: Tables = {}
    skip: Mapping[str, Sequence[str]] = {}

    @property
    def is_directory(self) -> bool:
        """Whether its columns are attributes; then only those that are used are asked for."""
        return DIRECTORY in self.tables


def choose_source(text: str, given: Mapping[str, object], path: Path, ask: Ask, progress: Progress) -> ChosenSource:
    """Return the source that an answer names, checked; `path` is the configuration to be written.

    Ask for anything else that is needed. Raise `ClientError` if it can't be used.
    """
    if text == _NONE:
        raise UsageError("Standard input can be read only once.", hint="Give a file.")
    csv = {name: str(given[name]) for name in ("encoding", "delimiter") if given.get(name)}
    tables: Tables = {"csv": csv} if csv else {}
    if text == COMMAND:
        return _ask_for_command(tables, path, ask, progress)
    if text == DIRECTORY:
        return _ask_for_directory(tables, path, ask, progress)
    settings = load_check_settings({**given, "source": text}).source
    try:
        return ChosenSource(look_at_source(settings, progress), text, tables)
    except SheetNeededError as error:
        sheet = ask(f"  Sheet with the people ({', '.join(map(visible, error.sheets))})", error.sheets[0])
        settings = replace(settings, layout=replace(settings.layout, sheet=sheet))
        return ChosenSource(look_at_source(settings, progress), text, {"workbook": {"sheet": sheet}})


def _ask_for_command(tables: Tables, path: Path, ask: Ask, progress: Progress) -> ChosenSource:
    line = ask("  Program and its arguments, as you would type them", None)
    try:
        run = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"The quotes are not balanced: {error}.", hint="Type it as for a shell.") from error
    tables = {"command": {"run": run}, **tables}
    return ChosenSource(look_at_source(_settings(tables, path), progress), tables=tables)


def _ask_for_directory(tables: Tables, path: Path, ask: Ask, progress: Progress) -> ChosenSource:
    keys = {"url": ask("  Address of the directory, such as ldaps://dc1.gemeente.nl", None)}
    keys["ca_file"] = ask("  Certificate of its authority, a PEM file (- for those that this system trusts)", _NONE)
    keys["bind"] = ask("  Account to sign in as (- for none)", _NONE)
    keys["password_file"] = ask("  File that holds its password", "ldap_password") if keys["bind"] != _NONE else _NONE
    keys["base"] = ask("  Branch with the people, such as OU=Medewerkers,DC=gemeente,DC=nl", None)
    table: dict[str, str | bool] = {key: value for key, value in keys.items() if value != _NONE}
    parts = urlsplit(keys["url"])
    if parts.scheme.lower() == "ldap" and not is_loopback(parts.hostname or ""):
        table["start_tls"] = True
    tables = {DIRECTORY: table, **tables}
    look = look_at_directory(_settings(tables, path), progress)
    skip = {name: globs for name, globs in _CLOSED_ACCOUNTS.items() if name.partition(".")[0] in look.headers}
    return ChosenSource(look, tables=tables, skip=skip)


def _settings(tables: Tables, path: Path) -> SourceSettings:
    """Return what the configuration would say of the source."""
    path = path.absolute()
    return load_source(parse_config("\n".join(format_tables(tables)).encode(), path), path)
