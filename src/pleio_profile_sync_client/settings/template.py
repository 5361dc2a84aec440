"""The configuration that `init` writes: what was answered, and as comments what an administrator decides later.

Nothing in it has to be undone: without `ban` or `delete` nobody loses access.
"""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct


class Answers(Struct, frozen=True):
    """What was answered. `columns` maps fields to headers where a header does not name its field itself.

    `unused` are the headers without a field, `profile_left` the subsite's profile keys without a column. `source` is
    empty where a table names it: `tables` has such tables, with the keys of each. `skip` is as in the configuration.
    """

    source: str
    destination: str
    api_secret_file: str
    columns: Mapping[str, str]
    unused: Sequence[str] = ()
    profile_left: Sequence[str] = ()
    tables: Mapping[str, Mapping[str, str | bool | Sequence[str]]] = {}
    skip: Mapping[str, Sequence[str]] = {}


def format_configuration(answers: Answers) -> str:
    """Return the answers as a commented configuration file."""
    return "\n".join(
        [
            "# Every option of --help can stand here, with _ for -. Paths are relative to this file.",
            "",
            *([f"source = {_text(answers.source)}"] if answers.source else []),
            f"destination = {_text(answers.destination)}",
            f"api_secret_file = {_text(answers.api_secret_file)}",
            "",
            *(["# Refuse a file that nobody refreshed:", '# max_source_age = "48h"', ""] if answers.source else []),
            "# Keep a report of every night; the .json one is what `revert` takes a night back with:",
            '# report = ["report-{date}.html", "report-{date}.json"]',
            "",
            "# People of the subsite who are not in the source are left alone until you decide. Look at some quiet",
            "# nights first, and decide about administrators and guests, who often have no external_id:",
            "# ban = true",
            "# only_linked = true",
            '# protect = ["*@partner.example"]',
            "",
            "# Let bans and deletes wait until somebody approves them:",
            '# approval = "removals"',
            "",
            *_ignored(answers.unused),
            *_columns(answers),
            "",
            *format_tables(answers.tables),
            "# Records that are not people, by header and pattern:",
            *_skip(answers.skip),
            "",
        ]
    )


def _ignored(unused: Sequence[str]) -> list[str]:
    if not unused:
        return []
    return ["# Columns that are known and not used:", f"ignore = [{', '.join(map(_text, unused))}]", ""]


def _columns(answers: Answers) -> list[str]:
    lines = [f"{_key(field)} = {_text(header)}" for field, header in answers.columns.items()]
    lines += [f'# {_key(f"profile.{key}")} = "..."' for key in answers.profile_left]
    if not lines:
        return ["# The headers name the fields themselves, so no [columns] are needed."]
    begin = "[columns]" if answers.columns else "# [columns]"
    return ["# Which header holds what:", begin, *lines]


def format_tables(tables: Mapping[str, Mapping[str, str | bool | Sequence[str]]]) -> list[str]:
    """Return tables of texts, truths and lists of texts as lines of TOML."""
    lines: list[str] = []
    for name, keys in tables.items():
        lines.append(f"[{name}]")
        for key, value in keys.items():
            if isinstance(value, bool):
                text = str(value).lower()
            else:
                text = _text(value) if isinstance(value, str) else f"[{', '.join(map(_text, value))}]"
            lines.append(f"{key} = {text}")
        lines.append("")
    return lines


def _skip(skip: Mapping[str, Sequence[str]]) -> list[str]:
    if not skip:
        return ["# [skip]", '# "Naam" = ["Vacature*", "Totaal*"]']
    return ["[skip]", *(f"{_text(header)} = [{', '.join(map(_text, globs))}]" for header, globs in skip.items())]


def _key(field: str) -> str:
    return field if field.isidentifier() and field.isascii() else _text(field)


def _text(text: str) -> str:
    """Return a TOML basic string, which is a JSON string but for one more character to escape."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
