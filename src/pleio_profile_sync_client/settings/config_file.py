"""The configuration file: TOML whose keys are the options' names with `_`, and the tables columns, csv and skip.

How the value of an option is read is the business of `choices`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from pleio_profile_sync_client.core.models import FIELDS
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings import choices, values
from pleio_profile_sync_client.settings.values import suggest

_REFUSED = {
    "api_secret": "a secret does not belong in a file that gets copied and shared; use api_secret_file",
    "force": "it passes the fuses for one run only; give --force on the command line",
    "relink": "each takeover of a user is to be decided by a person; give --relink on the command line",
    "only": "it is for one run; give --only on the command line",
    "config": "a configuration file can't name another",
}
_CSV = ("encoding", "delimiter")
_TABLES = ("columns", "csv", "skip")
_KINDS = {
    bool: "true or false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class ConfigFile(Struct, frozen=True):
    """What the file says: the options' values by name, read and checked, and its tables."""

    options: dict[str, Any] = {}
    columns: dict[str, str] = {}
    skip: dict[str, tuple[str, ...]] = {}


def read_config_file(path: Path) -> ConfigFile:
    """Read and check the file; raise `UsageError` where it can't be read, else as `parse_config`."""
    try:
        return parse_config(path.read_bytes(), path)
    except OSError as error:
        reason = error.strerror or "no usable path"
        raise UsageError(f"--config: {path} can't be read: {reason}.", hint="Check the path.") from error


def parse_config(file: bytes, path: Path) -> ConfigFile:
    """Check what the file at `path` holds; paths in it are relative to it. Raise `UsageError` naming file and key."""
    content = _parse(file, path)
    options: dict[str, Any] = {}
    for key, raw in content.items():
        if key not in _TABLES:
            options[key] = _option(key, raw, path)
    for key, raw in _table(content, "csv", path).items():
        if key not in _CSV:
            raise UsageError(f"{path}: unknown key {key!r} in [csv]{suggest(key, _CSV)}.", hint=_known(_CSV))
        if key in options:
            raise UsageError(f"{path}: {key} stands there twice, in [csv] and outside it.", hint="Keep one of them.")
        options[key] = _option(key, raw, path)
    return ConfigFile(
        options=options,
        columns=dict(_columns(_table(content, "columns", path), path)),
        skip={header: _globs(header, raw, path) for header, raw in _table(content, "skip", path).items()},
    )


def _parse(file: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.decode("utf-8-sig") + "\n")  # else the line of an error on the last one is not told
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path} is not valid TOML: {error}.", hint="Texts stand in quotes, true and false do not."
        ) from error


def _option(key: str, raw: object, path: Path) -> Any:
    place = f"{path}: {key}"
    if key in _REFUSED:
        raise UsageError(
            f"{place} is not for the configuration file: {_REFUSED[key]}.", hint="Take it out of the file."
        )
    if key not in choices.READERS:
        known = [name for name in (*choices.READERS, *_TABLES) if name not in _REFUSED]
        raise UsageError(
            f"{path}: unknown key {key!r}{suggest(key, known)}.", hint="Keys are the options' names with _ for -."
        )
    if wrong := _wrong_type(key, raw):
        raise UsageError(f"{place} must be {wrong}, but is {_kind(raw)}.", hint="See the example config.toml.")
    value = choices.read_value(key, raw, place)
    return _relative_to(path.parent, key, value) if key in choices.PATHS else value


def _wrong_type(key: str, raw: object) -> str:
    """Return what the key must be where it is something else; empty where it is right."""
    reader = choices.READERS[key]
    if reader is values.read_boolean:
        return "" if isinstance(raw, bool) else "true or false (without quotes)"
    if reader is values.read_concurrency:
        return "" if type(raw) is int else "a whole number"
    if reader is values.read_limit:
        return "" if type(raw) is int or isinstance(raw, str) else 'a whole number, or a percentage such as "5%"'
    if key in choices.REPEATABLE:
        is_right = isinstance(raw, str) or (isinstance(raw, list) and all(isinstance(item, str) for item in raw))
        return "" if is_right else "a list of texts"
    return "" if isinstance(raw, str) else "a text (in quotes)"


def _relative_to(folder: Path, key: str, value: Any) -> Any:
    if key in choices.REPEATABLE:
        return tuple(folder / item for item in value)
    if key == "source":
        return value if value == "-" else str(folder / value)
    return folder / value


def _table(content: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {name} must be a table, but is {_kind(table)}.", hint=f"Begin it with [{name}].")
    return table


def _columns(table: Mapping[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    """Yield the fields with their headers; `profile.x = ...` without quotes is TOML for a table in a table."""
    flat: dict[str, Any] = {}
    for field, header in table.items():
        if field == "profile" and isinstance(header, dict):
            flat |= {f"profile.{key}": item for key, item in header.items()}
        else:
            flat[field] = header
    for field, header in flat.items():
        if field not in FIELDS and not (field.startswith("profile.") and field.removeprefix("profile.")):
            raise UsageError(
                f"{path}: unknown field {field!r} in [columns]{suggest(field, FIELDS)}.",
                hint=_known((*FIELDS, '"profile.KEY"')),
            )
        if not isinstance(header, str) or not header.strip():
            raise UsageError(
                f"{path}: {field} in [columns] must be a header of the source (in quotes), but is {_kind(header)}.",
                hint='Write for example: external_id = "Personeelsnummer"',
            )
        yield field, header.strip()


def _globs(header: str, raw: object, path: Path) -> tuple[str, ...]:
    globs = [raw] if isinstance(raw, str) else raw
    if not isinstance(globs, list) or not all(isinstance(item, str) for item in globs):
        raise UsageError(
            f"{path}: {header!r} in [skip] must be a list of texts, but is {_kind(raw)}.",
            hint='Write for example: "Naam" = ["Vacature*", "Totaal*"]',
        )
    return tuple(globs)


def _known(names: tuple[str, ...]) -> str:
    return f"Known are {', '.join(names)}."


def _kind(raw: object) -> str:
    """Return what a value of TOML is, in words."""
    if raw == "":
        return "an empty text"
    return _KINDS.get(type(raw), "a date or time")
