"""Which source the settings name: a file, a program or a directory, and only one of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.config_file import ConfigFile
from pleio_profile_sync_client.settings.models import CommandSettings, DirectorySettings, SourceSettings
from pleio_profile_sync_client.settings.options import FILE_KEYS
from pleio_profile_sync_client.settings.parsers import is_loopback, parse_value
from pleio_profile_sync_client.settings.secret import read_password

_TITLES = {"source": "source", "command": "[command]", "ldap": "[ldap]"}
_OF_FILES = {"max_age_s": "--max-source-age", "encoding": "--encoding", "delimiter": "--delimiter"}


def load_source(given: Mapping[str, Any], file: ConfigFile, values: Mapping[str, Any]) -> SourceSettings:
    """Return the source: the one of the command line (`given`), else that of the file; there may be none.

    `values` are all options brought together. Raise `UsageError` where several sources are named, or one of them with
    what it can't have.
    """
    settings = SourceSettings(
        location=values["source"] or "",
        columns=file.columns,
        skip=file.skip,
        ignore=values["ignore"],
        encoding=values["encoding"],
        delimiter=values["delimiter"],
        max_age_s=values["max_source_age"],
        sheet=file.tables.get("workbook", {}).get("sheet"),
    )
    if "source" in given:
        return settings
    named = [name for name in _TITLES if name in file.tables or (name == "source" and values["source"])]
    if len(named) > 1:
        raise UsageError(
            f"The configuration names several sources: {', '.join(_TITLES[name] for name in named)}.",
            hint="Keep one of them.",
        )
    if "command" in named:
        _refuse(settings, "the output of a program", "max_age_s")
        return replace(settings, command=_load_command(file.tables["command"], values["config"].parent))
    if "ldap" in named:
        _refuse(settings, "a directory", *_OF_FILES)
        return replace(settings, directory=_load_directory(file))
    return settings


def _refuse(settings: SourceSettings, source: str, *fields: str) -> None:
    for field in fields:
        if getattr(settings, field) is not None:
            raise UsageError(f"{_OF_FILES[field]} is for files; the source is {source}.", hint="Leave it out.")


def _load_command(table: Mapping[str, Any], folder: Path) -> CommandSettings:
    run: tuple[str, ...] = table.get("run", ())
    if not run:
        raise UsageError(
            "[command] does not say what to run.", hint='Write for example: run = ["psql", "--csv", "-f", "people.sql"]'
        )
    return CommandSettings(run, folder, _value(table, "command", "timeout"))


def _load_directory(file: ConfigFile) -> DirectorySettings:
    table = file.tables["ldap"]
    url, base = table.get("url"), table.get("base", ())
    missing = [name for name, value in (("url", url), ("base", base)) if not value]
    if missing or url is None:
        raise UsageError(
            f"[ldap] does not say {' nor '.join(missing)}.",
            hint='Write for example: url = "ldaps://dc1.gemeente.nl" and base = "OU=Medewerkers,DC=gemeente,DC=nl"',
        )
    start_tls = _value(table, "ldap", "start_tls")
    _refuse_plain(url, start_tls=start_tls)
    bind, password_file = table.get("bind"), table.get("password_file")
    if (bind is None) != (password_file is None):
        raise UsageError(
            f"[ldap] has {'password_file' if bind is None else 'bind'} alone.",
            hint="Signing in takes both, bind and password_file; leave both out to sign in as nobody.",
        )
    return DirectorySettings(
        url=url,
        base=base,
        timeout_s=_value(table, "ldap", "timeout"),
        start_tls=start_tls,
        ca_file=table.get("ca_file"),
        bind=bind,
        password=None if password_file is None else read_password(password_file, "[ldap] password_file"),
        filter=table.get("filter"),
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


def _value(table: Mapping[str, Any], name: str, key: str) -> Any:
    option = FILE_KEYS[name, key]
    return table[key] if key in table else parse_value(option, option.default, key)
