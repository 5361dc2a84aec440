"""Bring together what the command line, the environment and the configuration file say, in that order.

What can be said, and its defaults, stands in the table of `options`; how it is parsed in `parsers` and `config_file`.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.core.policy import Policy
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.config_file import ConfigFile, read_config_file
from pleio_profile_sync_client.settings.models import CheckSettings, Settings, StateSettings
from pleio_profile_sync_client.settings.options import COMMAND_LINE, OPTIONS
from pleio_profile_sync_client.settings.parsers import parse_value
from pleio_profile_sync_client.settings.secret import Secret, find_secret
from pleio_profile_sync_client.settings.source import load_source

_SECRET_FILES = {"--api-secret-file", "API_SECRET_FILE"}
"""Option and variable may well name the same file."""


class _Said(Struct, frozen=True):
    """What was said: on the command line, in the file, and both brought together, with the defaults filled in."""

    options: dict[str, Any]
    file: ConfigFile
    values: dict[str, Any]


def load_settings(
    given: Mapping[str, object],
    environ: Mapping[str, str],
    *,
    now: datetime,
    needs_source: bool = True,
    by_hand: bool = False,
) -> Settings:
    """Return the settings of a run: the command line's, else the environment's (the secret only), else the file's.

    `given` maps options' names (with `_`) to the texts that were typed, repeatable ones to sequences of them; None is
    what was not said. `now` fills in `{date}` and `{time}`, in its own time zone. A run that is only ever started
    `by_hand` leaves out what a dry run does, so that last night's report and its ping stand. Raise `UsageError` for
    anything with which no run can start.
    """
    said = _read(given)
    values = {**said.values, "report": tuple(_filled_in(path, now) for path in said.values["report"])}
    found = find_secret(said.options, said.file.options.get("api_secret_file"), environ)
    source = load_source(said.options, said.file, values)
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
    """Return what is needed to look a source over, offline; needs neither a secret nor a destination."""
    said = _read(given)
    source = load_source(said.options, said.file, said.values)
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
            "Which subsite's runs to show is not given.",
            hint="Give --destination (the subsite), --state (the state file) or --config (a file with one of them).",
        )
    return StateSettings(values["state"], values["destination"], values["max_age"])


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
    """Fill in the day and the time of day, the latter without colons, which Windows takes in no name."""
    return Path(str(path).replace("{date}", f"{now:%Y-%m-%d}").replace("{time}", f"{now:%H%M%S}"))


def _defaults() -> dict[str, Any]:
    return {
        option.name: parse_value(option, option.default, option.flag)
        if option.default
        else (() if option.is_repeatable else None)
        for option in OPTIONS
        if option.is_on_command_line or not option.table
    }


def _of(model: type[Struct], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options that this part of the settings has a field for, by field."""
    fields = set(model.__struct_fields__)
    return {
        option.settings_field: values[option.name]
        for option in OPTIONS
        if option.settings_field in fields and option.name in values
    }


def _required(values: Mapping[str, Any], secret: Secret | None, *, needs_source: bool) -> tuple[str, Secret]:
    """Return destination and secret, or say in one message all that is missing."""
    destination: str | None = values["destination"]
    needed = {"source (--source)": None if needs_source else "", "destination (--destination)": destination}
    missing = [name for name, value in needed.items() if value is None]
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


def _refuse_together(values: Mapping[str, Any]) -> None:
    """Raise `UsageError` where two options are on that can't both be."""
    for name, option in COMMAND_LINE.items():
        for refusal in option.refused_with:
            if values[name] and values[refusal.other]:
                raise UsageError(refusal.message, hint=refusal.hint)


def refuse_shared_files(values: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise `UsageError`, naming both options, where two of the files that are to be read or written are the same."""
    for (one, path), (other, other_path) in combinations(_files(values, environ), 2):
        if {one, other} != _SECRET_FILES and are_same(path, other_path):
            raise UsageError(f"{one} and {other} are the same file, {path}.", hint="Give one of them another name.")


def _files(values: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yield each file with how the administrator names it, those that are written first."""
    in_environ = environ.get("API_SECRET_FILE", "").strip()
    source = values["source"] if values["source"] != "-" else None
    named = (
        ("--rejects", values["rejects"]),
        ("--metrics", values["metrics"]),
        *(("--report", report) for report in values["report"]),
        ("--state", values["state"]),
        ("--config", values["config"]),
        ("--api-secret-file", values["api_secret_file"]),
        ("API_SECRET_FILE", Path(in_environ) if in_environ else None),
        ("--source", Path(source) if source else None),
    )
    for name, path in named:
        if path is not None:
            yield name, path


def are_same(path: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file, or would if it existed."""
    try:
        if os.path.realpath(path) == os.path.realpath(other):
            return True
        return path.samefile(other)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False
