"""The configuration file: TOML whose keys are those of the table of options, and columns, skip and ldap.groups.

How it is read, and the one that `init` writes: what was answered, and as comments what an administrator decides later.
That is safe to use: without `ban` or `delete` nobody loses access.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from pleio_profile_sync_client.core.models import FIELDS
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.options import FILE_KEYS, PATHS, Option
from pleio_profile_sync_client.settings.parsers import parse_value, suggest

_FREE_TABLES = ("columns", "skip")
_GROUPS = ("ldap", "groups")
_TABLES = tuple(dict.fromkeys((*_FREE_TABLES, *(table for table, _ in FILE_KEYS if table))))
_SINGLE_QUOTES = r"A path with \ needs single ones: 'C:\export\users.csv'."
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TYPES_IN_WORDS = {
    bool: "true or false",
    str: "a string",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}

Tables = Mapping[str, Mapping[str, str | bool | Sequence[str]]]
"""Tables of the file by name, with their keys."""


class ConfigFile(Struct, frozen=True):
    """What the file says, parsed and checked: the options' values by name, and the tables.

    `tables` has the keys that only tables have, by table and name, including empty tables.
    """

    options: dict[str, Any] = {}
    tables: dict[str, dict[str, Any]] = {}
    columns: dict[str, str] = {}
    skip: dict[str, tuple[str, ...]] = {}
    groups: dict[str, tuple[str, ...]] = {}


def read_config_file(path: Path) -> ConfigFile:
    """Read and check the file; raise `UsageError` if it can't be read, else as `parse_config`."""
    try:
        return parse_config(path.read_bytes(), path)
    except OSError as error:
        reason = error.strerror or "no usable path"
        raise UsageError(f"--config: {path} can't be read: {reason}.", hint="Check the path.") from error


def parse_config(file: bytes, path: Path) -> ConfigFile:
    """Check what is in the file at `path`; its paths are relative to it. Raise `UsageError` naming file and key."""
    content = _parse(file, path)
    options = {key: _value("", key, raw, path) for key, raw in content.items() if key not in _TABLES}
    tables: dict[str, dict[str, Any]] = {}
    for table in content:
        if table not in _TABLES or table in _FREE_TABLES:
            continue
        tables[table] = {}
        for key, raw in _table(content, table, path).items():
            if (table, key) == _GROUPS:
                continue
            value = _value(table, key, raw, path)
            if not FILE_KEYS[table, key].is_on_command_line:
                tables[table][key] = value
            elif key in options:
                raise UsageError(f"{path}: {key} is set twice, in [{table}] and outside it.", hint="Keep one of them.")
            else:
                options[key] = value
    return ConfigFile(
        options=options,
        tables=tables,
        columns=dict(_columns(_table(content, "columns", path), path)),
        skip={header: _globs(header, raw, path) for header, raw in _table(content, "skip", path).items()},
        groups=_groups(_table(content, "ldap", path), path),
    )


class Answers(Struct, frozen=True):
    """What was answered. `columns` maps fields to headers that do not name their field themselves.

    `unused` are the headers without a field, `profile_left` the subsite's profile keys without a column. `source` is
    empty if a table names it: `tables` has such tables, with their keys. `skip` is as in the configuration.
    """

    source: str
    destination: str
    api_secret_file: str
    columns: Mapping[str, str]
    unused: Sequence[str] = ()
    profile_left: Sequence[str] = ()
    tables: Tables = {}
    skip: Mapping[str, Sequence[str]] = {}


def format_configuration(answers: Answers) -> str:
    """Return the answers as a commented configuration file."""
    return "\n".join(
        [
            "# Any option in --help can be set here, with _ instead of -. Paths are relative to this file.",
            "",
            *([f"source = {_toml(answers.source)}"] if answers.source else []),
            f"destination = {_toml(answers.destination)}",
            f"api_secret_file = {_toml(answers.api_secret_file)}",
            "",
            *(
                ["# Refuse a file that has not been refreshed:", '# max_source_age = "48h"', ""]
                if answers.source
                else []
            ),
            "# Keep a report of every night; `revert` can undo a night with the .json one:",
            '# report = ["report-{date}.html", "report-{date}.json"]',
            "",
            "# People of the subsite who are not in the source are left alone until you decide. Watch a few quiet",
            "# nights first, and decide about administrators and guests, who often have no external_id:",
            "# ban = true",
            "# only_linked = true",
            '# protect = ["*@partner.example"]',
            "",
            "# Let bans and deletes wait until somebody approves them:",
            '# approval = "removals"',
            "",
            *_write_ignore(answers.unused),
            *_write_columns(answers),
            "",
            *format_tables(answers.tables),
            "# Records that are not people, by header and pattern:",
            *_write_skip(answers.skip),
            "",
        ]
    )


def format_tables(tables: Tables) -> list[str]:
    """Return tables of texts, truths and lists of texts as lines of TOML."""
    lines: list[str] = []
    for name, keys in tables.items():
        lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in keys.items()), ""]
    return lines


def _parse(file: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.decode("utf-8-sig") + "\n")  # else an error on the last line has no line number
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        hint = "Strings need quotes; true and false must not have them."
        if b"\\" in file:
            hint += f" {_SINGLE_QUOTES}"
        raise UsageError(f"{path} is not valid TOML: {error}.", hint=hint) from error


def _value(table: str, key: str, raw: object, path: Path) -> Any:
    """Return the value of a key in this table (empty: the top)."""
    option = FILE_KEYS.get((table, key))
    if option is None:
        known = [known for of, known in FILE_KEYS if of == table and not FILE_KEYS[of, known].file_refusal]
        if table:
            raise UsageError(f"{path}: unknown key {key!r} in [{table}]{suggest(key, known)}.", hint=_known(known))
        raise UsageError(
            f"{path}: unknown key {key!r}{suggest(key, [*known, *_TABLES])}.",
            hint="Keys are the options' names with _ instead of -.",
        )
    where = f"{path}: {key}"
    if option.file_refusal:
        raise UsageError(
            f"{where} is not for the configuration file: {option.file_refusal}.", hint="Take it out of the file."
        )
    if wrong := _wrong_type(option, raw):
        raise UsageError(f"{where} must be {wrong}, but is {_describe(raw)}.", hint="See the example config.toml.")
    _refuse_escapes(option, raw, where)
    value = parse_value(option, raw, where)
    return _relative_to(path.parent, option, value) if option.value_type in PATHS else value


def _wrong_type(option: Option, raw: object) -> str:
    """Return what the value must be if it is something else; empty if it is right."""
    if option.value_type == "boolean":
        return "" if isinstance(raw, bool) else "true or false (without quotes)"
    if option.value_type == "count":
        return "" if type(raw) is int else "a whole number"
    if option.value_type == "limit":
        return "" if type(raw) is int or isinstance(raw, str) else 'a whole number, or a percentage such as "5%"'
    if option.is_repeatable:
        return "a list of strings" if _texts(raw) is None else ""
    return "" if isinstance(raw, str) else "a string (in quotes)"


def _refuse_escapes(option: Option, raw: object, where: str) -> None:
    r"""Raise `UsageError` if a path holds a control character: between double quotes, `C:\temp` has a tab."""
    texts = _texts(raw) or ()
    paths = texts if option.value_type in PATHS else texts[:1] if option.value_type == "argument" else ()
    if control := _CONTROL.search("".join(paths)):
        shown = json.dumps(control[0]).strip('"')
        raise UsageError(
            f"{where} holds a path with the control character {shown}.",
            hint=rf"In double quotes \ begins an escape. {_SINGLE_QUOTES} Or write / for it.",
        )


def _relative_to(folder: Path, option: Option, value: Any) -> Any:
    if option.is_repeatable:
        return tuple(folder / item for item in value)
    if option.value_type == "source":
        return value if value == "-" else str(folder / value)
    return folder / value


def _table(content: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {name} must be a table, but is {_describe(table)}.", hint=f"Begin it with [{name}].")
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
                f"{path}: {field} in [columns] must be a header of the source (in quotes), but is {_describe(header)}.",
                hint='Write for example: external_id = "Personeelsnummer"',
            )
        yield field, header.strip()


def _globs(header: str, raw: object, path: Path) -> tuple[str, ...]:
    globs = _texts(raw)
    if globs is None:
        raise UsageError(
            f"{path}: {header!r} in [skip] must be a list of strings, but is {_describe(raw)}.",
            hint='Write for example: "Naam" = ["Vacature*", "Totaal*"]',
        )
    return globs


def _groups(ldap: Mapping[str, Any], path: Path) -> dict[str, tuple[str, ...]]:
    """Return the guids of the subsite's groups for each group of a directory, by its DN."""
    groups: dict[str, tuple[str, ...]] = {}
    for name, raw in _table(ldap, "groups", path).items():
        guids = _texts(raw)
        if guids is None or not all(map(str.strip, guids)):
            raise UsageError(
                f"{path}: {name!r} in [ldap.groups] must be the guid of a group of the subsite, or a list of them, but "
                f"is {_describe(raw)}.",
                hint='Write for example: "CN=Griffie,OU=Groepen,DC=gemeente,DC=nl" = "GUID"',
            )
        groups[name] = tuple(map(str.strip, guids))
    return groups


def _texts(raw: object) -> tuple[str, ...] | None:
    """Return a list of texts, or a single text, as a list; None if it is neither."""
    texts = [raw] if isinstance(raw, str) else raw
    return tuple(texts) if isinstance(texts, list) and all(isinstance(item, str) for item in texts) else None


def _known(names: Sequence[str]) -> str:
    return f"It may hold {', '.join(names)}."


def _describe(raw: object) -> str:
    """Return what a value of TOML is, in words."""
    if raw == "":
        return "an empty string"
    return _TYPES_IN_WORDS.get(type(raw), "a date or time")


def _write_ignore(unused: Sequence[str]) -> list[str]:
    if not unused:
        return []
    return ["# Columns that are known and not used:", f"ignore = {_toml(unused)}", ""]


def _write_columns(answers: Answers) -> list[str]:
    lines = [f"{_key(field)} = {_toml(header)}" for field, header in answers.columns.items()]
    lines += [f'# {_key(f"profile.{key}")} = "..."' for key in answers.profile_left]
    if not lines:
        return ["# The headers name the fields themselves, so no [columns] are needed."]
    begin = "[columns]" if answers.columns else "# [columns]"
    return ["# Which header holds what:", begin, *lines]


def _write_skip(skip: Mapping[str, Sequence[str]]) -> list[str]:
    if not skip:
        return ["# [skip]", '# "Naam" = ["Vacature*", "Totaal*"]']
    return ["[skip]", *(f"{_toml(header)} = {_toml(globs)}" for header, globs in skip.items())]


def _key(field: str) -> str:
    return field if field.isidentifier() and field.isascii() else _toml(field)


def _toml(value: object) -> str:
    """Return a text, a truth or a list of texts as TOML: JSON but for one more character to escape in a text."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
