"""Bring together what the command line, the environment and the configuration file say, in that order.

The options and their defaults are in the table of `options`; they are parsed in `parsers` and `config_file`.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from pleio_profile_sync_client.core.models import Action, Layout
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.config_file import ConfigFile, read_config_file
from pleio_profile_sync_client.settings.models import (
    CheckSettings,
    CommandSettings,
    DirectorySettings,
    Settings,
    SourceSettings,
    StateSettings,
)
from pleio_profile_sync_client.settings.options import COMMAND_LINE, FILE_KEYS, OPTIONS, PATHS, REFUSALS
from pleio_profile_sync_client.settings.parsers import is_loopback, parse_value
from pleio_profile_sync_client.settings.secret import Secret, find_secret, read_password

_SOURCES = {"source": "source", "command": "[command]", "ldap": "[ldap]"}
_SECRET_FILES = {"--api-secret-file", "API_SECRET_FILE"}
"""Option and variable may name the same file."""


class _Said(Struct, frozen=True):
    """What was said: on the command line, in the file, and both together, with the defaults filled in."""

    options: dict[str, Any]
    file: ConfigFile
    values: dict[str, Any]


def load_settings(
    given: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    needs_source: bool = True,
    by_hand: bool = False,
    now: datetime | None = None,
) -> Settings:
    """Return the settings of a run: the command line's, else the environment's (the secret only), else the file's.

    `given` maps options' names (with `_`) to the texts that were typed, repeatable ones to sequences of them; None is
    an option that was not given. A run that is only ever started `by_hand` leaves out the same options as a dry run, so
    that last night's report and ping stay as they are. `now`, for tests, fills in `{date}` and `{time}`, in its own
    time zone. Raise `UsageError` for anything with which no run can start.
    """
    said = _read(given)
    now = now or datetime.now().astimezone()
    values = {**said.values, "report": tuple(_filled_in(path, now) for path in said.values["report"])}
    found = find_secret(said.options, said.file.options.get("api_secret_file"), environ)
    source = _choose_source(said)
    destination, secret = _required(values, found, needs_source=needs_source and not source.is_said)
    _refuse_together(values)
    refuse_shared_files(values, environ)
    if values["dry_run"] or by_hand:
        values |= _left_out(said)
    chosen = {
        "source": source,
        "destination": destination,
        "secret": secret,
        "policy": Policy(**{**_of(Policy, values), "removal": _removal(values), "accept": frozenset(values["accept"])}),
        "secret_on_command_line": "api_secret" in said.options,
    }
    return Settings(**{**_of(Settings, values), **chosen})


def load_check_settings(given: Mapping[str, object], environ: Mapping[str, str] = {}) -> CheckSettings:
    """Return what is needed to check a source offline; needs neither a secret nor a destination."""
    said = _read(given)
    source = _choose_source(said)
    if not source.is_said:
        raise UsageError(
            "No source.", hint="Give --source FILE, or source, [command] or [ldap] in the file of --config."
        )
    refuse_shared_files(said.values, environ)
    return CheckSettings(source, frozenset(said.values["accept"]), said.values["rejects"])


def load_state_settings(given: Mapping[str, object]) -> StateSettings:
    """Return where the state is; needs `--state` or `--destination`, from the command line or the file."""
    values = _read(given).values
    if values["state"] is None and values["destination"] is None:
        raise UsageError(
            "Nothing says which subsite's runs to show.",
            hint="Give --destination (the subsite), --state (the state file) or --config (a file with one of them).",
        )
    return StateSettings(values["state"], values["destination"], values["max_age"])


def load_source(file: ConfigFile, path: Path) -> SourceSettings:
    """Return the source that a configuration file at `path` would name; there may be none."""
    return _choose_source(_Said({}, file, {**_defaults(), **file.options, "config": path}))


def _read(given: Mapping[str, object]) -> _Said:
    options = {
        name: parse_value(COMMAND_LINE[name], raw, COMMAND_LINE[name].flag)
        for name, raw in given.items()
        if name in COMMAND_LINE and raw is not None and raw != ()
    }
    path: Path | None = options.get("config")
    file = read_config_file(path) if path else ConfigFile()
    values = {**_defaults(), **file.options, **options}
    for name, option in COMMAND_LINE.items():
        if option.adds_to_file:
            values[name] = tuple(dict.fromkeys((*file.options.get(name, ()), *options.get(name, ()))))
    return _Said(options, file, values)


def _left_out(said: _Said) -> dict[str, Any]:
    """Return the options that a dry run leaves out, at nothing."""
    return {
        name: () if option.is_repeatable else None
        for name, option in COMMAND_LINE.items()
        if option.dry_run == "never" or (option.dry_run == "if_typed" and name not in said.options)
    }


def _filled_in(path: Path, now: datetime) -> Path:
    """Fill in the day and the time of day, the latter without colons, which Windows does not allow in names."""
    return Path(str(path).replace("{date}", f"{now:%Y-%m-%d}").replace("{time}", f"{now:%H%M%S}"))


def _defaults(table: str = "") -> dict[str, Any]:
    """Return the defaults of the options, or of the keys of a table, by name."""
    return {
        name: parse_value(option, option.default, name) if option.default else () if option.is_repeatable else None
        for (its_table, name), option in FILE_KEYS.items()
        if its_table == table
    }


def _of(model: type[Struct], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options for which this part of the settings has a field, by field."""
    fields = set(model.__struct_fields__)
    return {
        option.settings_field: values[option.name]
        for option in OPTIONS
        if option.settings_field in fields and option.name in values
    }


def _required(values: Mapping[str, Any], secret: Secret | None, *, needs_source: bool) -> tuple[str, Secret]:
    """Return destination and secret, or say in one message everything that is missing."""
    destination: str | None = values["destination"]
    missing = ["source (--source)"] if needs_source else []
    if destination is None:
        missing.append("destination (--destination)")
    hints = ["See --help, or put it in the file of --config."] if missing else []
    if secret is None:
        missing.append("API secret")
        hints.append(
            "Put the secret in a file that only you can read, and name that with API_SECRET_FILE, --api-secret-file "
            "or, in the configuration file, api_secret_file."
        )
    if missing or destination is None or secret is None:
        raise UsageError(f"No {', no '.join(missing)}.", hint=" ".join(hints))
    return destination, secret


def _removal(values: Mapping[str, Any]) -> Literal[Action.BAN, Action.DELETE] | None:
    if values["delete"]:
        return Action.DELETE
    return Action.BAN if values["ban"] else None


def _choose_source(said: _Said) -> SourceSettings:
    """Return the source: the one of the command line, else that of the file; there may be none.

    Raise `UsageError` if several sources are named, or one of them with what it can't have.
    """
    file, values = said.file, said.values
    settings = SourceSettings(
        location=values["source"] or "",
        layout=Layout(
            columns=file.columns,
            skip=file.skip,
            ignore=values["ignore"],
            encoding=values["encoding"],
            delimiter=values["delimiter"],
            sheet=file.tables.get("workbook", {}).get("sheet"),
        ),
        max_age_s=values["max_source_age"],
    )
    if "source" in said.options:
        return settings
    named = [name for name in _SOURCES if name in file.tables or (name == "source" and values["source"])]
    if len(named) > 1:
        raise UsageError(
            f"The configuration names several sources: {', '.join(_SOURCES[name] for name in named)}.",
            hint="Keep one of them.",
        )
    if "command" in named:
        _refuse_given(values, "the output of a program", "max_source_age")
        return replace(settings, command=_load_command(file, values["config"].parent))
    if "ldap" in named:
        _refuse_given(values, "a directory", "max_source_age", "encoding", "delimiter")
        return replace(settings, directory=_load_directory(file))
    return settings


def _refuse_given(values: Mapping[str, Any], source: str, *names: str) -> None:
    for name in names:
        if values[name] is not None:
            raise UsageError(f"{COMMAND_LINE[name].flag} is for files; the source is {source}.", hint="Leave it out.")


def _load_command(file: ConfigFile, folder: Path) -> CommandSettings:
    table = {**_defaults("command"), **file.tables["command"]}
    if not table["run"] or not table["run"][0].strip():
        raise UsageError(
            "[command] does not say what to run.", hint='Write for example: run = ["psql", "--csv", "-f", "people.sql"]'
        )
    return CommandSettings(table["run"], folder, table["timeout"])


def _load_directory(file: ConfigFile) -> DirectorySettings:
    table = {**_defaults("ldap"), **file.tables["ldap"]}
    missing = [name for name in ("url", "base") if not table[name]]
    if missing:
        raise UsageError(
            f"[ldap] does not say {' nor '.join(missing)}.",
            hint='Write for example: url = "ldaps://dc1.gemeente.nl" and base = "OU=Medewerkers,DC=gemeente,DC=nl"',
        )
    _refuse_plain(table["url"], start_tls=table["start_tls"])
    bind, password_file = table["bind"], table["password_file"]
    if (bind is None) != (password_file is None):
        raise UsageError(
            f"[ldap] has only {'password_file' if bind is None else 'bind'}.",
            hint="Signing in needs both bind and password_file; leave both out to sign in anonymously.",
        )
    return DirectorySettings(
        table["url"],
        table["base"],
        table["timeout"],
        start_tls=table["start_tls"],
        ca_file=table["ca_file"],
        bind=bind,
        password=None if password_file is None else read_password(password_file, "[ldap] password_file"),
        filter=table["filter"],
        groups=file.groups,
    )


def _refuse_plain(url: str, *, start_tls: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme == "ldaps" and start_tls:
        raise UsageError("[ldap] start_tls is for ldap://; ldaps:// is encrypted from the start.", hint="Keep one.")
    if parts.scheme == "ldap" and not start_tls and not is_loopback(parts.hostname or ""):
        raise UsageError(
            "[ldap] url: plain ldap would send the password and personal data in the clear.",
            hint="Write ldaps://, or add start_tls = true.",
        )


def _refuse_together(values: Mapping[str, Any]) -> None:
    """Raise `UsageError` if two options are on that exclude each other."""
    for refusal in REFUSALS:
        if all(values[name] for name in refusal.options):
            raise UsageError(refusal.message, hint=refusal.hint)


def refuse_shared_files(values: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `UsageError`, naming both options, if two of the files that are to be read or written are the same."""
    for (one, path), (other, other_path) in combinations(_files(values, environ), 2):
        if {one, other} != _SECRET_FILES and are_same(path, other_path):
            raise UsageError(f"{one} and {other} are the same file, {path}.", hint="Give one of them another name.")


def _files(values: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield each file with its option's name, files that are written first: the table has them last."""
    for name, option in reversed(COMMAND_LINE.items()):
        if option.value_type in PATHS:
            paths = values[name] if option.is_repeatable else (values[name],)
            yield from ((option.flag, Path(path)) for path in paths if path not in (None, "-"))
    if in_environ := environ.get("API_SECRET_FILE", "").strip():
        yield "API_SECRET_FILE", Path(in_environ)


def are_same(path: Path, other: Path) -> bool:
    """Tell whether two paths lead to the same file, or would if it existed."""
    try:
        if os.path.realpath(path) == os.path.realpath(other):
            return True
        return path.samefile(other)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False
