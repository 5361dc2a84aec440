"""The options, declared once: name, kind, theme and help of each. How their values are read is `settings.choices`.

A subcommand takes the options that it needs from `make_options`, and asks `collect_given` for what was said, before
its name as well as after it:

    @click.command(cls=ThemedCommand, params=make_options("source", "config", "encoding"))
    @click.pass_context
    def command(context: click.Context, /, **_own: object) -> int:
        settings = load_check_settings(collect_given(context))

Nothing heavy is imported here, since `--help` has to be there at once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import click

Kind = Literal["text", "boolean", "path", "problem"]


@dataclass(frozen=True)
class Declaration:
    """One option: `kind` says how it is typed and completed, `metavar` what stands for its value in the help."""

    name: str
    kind: Kind
    metavar: str
    theme: str
    help: str
    is_repeatable: bool = False
    words: tuple[str, ...] = ()


_SOURCE, _REMOVALS, _MATCHING = "What to sync", "Users who are not in the source", "How users are matched and updated"
_SAFETY, _OUTPUT, _RUNNING = "Safety", "Output", "Running"


def _boolean(name: str, theme: str, text: str) -> Declaration:
    return Declaration(name, "boolean", "BOOLEAN", theme, text)


DECLARATIONS: tuple[Declaration, ...] = (
    Declaration("source", "path", "FILE", _SOURCE, "The source: a CSV file, or - for standard input."),
    Declaration(
        "destination",
        "text",
        "URL",
        _SOURCE,
        "The subsite's API, such as https://SUBSITE.pleio.nl/profile_sync_api/. Plain http is for this machine only.",
    ),
    Declaration(
        "api_secret_file",
        "path",
        "PATH",
        _SOURCE,
        "Read the subsite's API secret from this file, which others may not be able to read. "
        "[environment: API_SECRET_FILE]",
    ),
    Declaration(
        "api_secret",
        "text",
        "TEXT",
        _SOURCE,
        "The API secret itself; on the command line, everybody on the machine can see it. [environment: API_SECRET]",
    ),
    Declaration(
        "config", "path", "PATH", _SOURCE, "Read options from this TOML file; what the command line says goes first."
    ),
    Declaration("only", "text", "KEY", _SOURCE, "Apply only what concerns this external_id or e-mail."),
    Declaration("encoding", "text", "NAME", _SOURCE, "The source's encoding, such as cp1252. [default: detected]"),
    Declaration(
        "delimiter", "text", "CHAR", _SOURCE, "The source's delimiter: one character, or tab. [default: detected]"
    ),
    _boolean("ban", _REMOVALS, "Ban them. [default: false]"),
    _boolean("delete", _REMOVALS, "Delete them, for good, instead of banning them. [default: false]"),
    Declaration(
        "grace",
        "text",
        "DURATION",
        _REMOVALS,
        "Ban or delete only who has been in no source for this long; 0s is off. [default: off]",
    ),
    Declaration(
        "protect",
        "text",
        "PATTERN",
        _REMOVALS,
        "Never ban, delete or reactivate users whose e-mail or external_id matches, such as *@partner.nl. Repeatable; "
        "*@localhost always counts.",
        is_repeatable=True,
    ),
    Declaration(
        "scope",
        "text",
        "PATTERN",
        _REMOVALS,
        "Ban or delete only users whose e-mail or external_id matches, where organisations share a subsite. "
        "Repeatable. [default: everybody]",
        is_repeatable=True,
    ),
    _boolean(
        "only_linked",
        _REMOVALS,
        "Whether users without an external_id (administrators and guests, often) are left alone. "
        "[default: so they are, and it is a problem that you have not decided]",
    ),
    _boolean(
        "reactivate",
        _MATCHING,
        "Un-ban banned users who are in the source: true all, false none. [default: those whom a sync banned]",
    ),
    _boolean(
        "relink",
        _MATCHING,
        "Let a row take over the user with its e-mail who has another external_id. [default: false]",
    ),
    _boolean("full", _MATCHING, "Send groups and avatars again, whatever was sent before. [default: false]"),
    Declaration(
        "accept",
        "problem",
        "CODE",
        _MATCHING,
        "Problems of this code are known: they count as warnings. Repeatable.",
        is_repeatable=True,
    ),
    _boolean("dry_run", _SAFETY, "Plan and show, write nothing. [default: false]"),
    Declaration(
        "max_removals",
        "text",
        "N|N%",
        _SAFETY,
        "Refuse a plan that bans, deletes or un-bans more users than this. [default: 10%]",
    ),
    Declaration(
        "max_changes",
        "text",
        "N|N%",
        _SAFETY,
        "Refuse a plan that changes or empties one and the same field of more users than this. [default: 30%]",
    ),
    Declaration(
        "min_matched",
        "text",
        "N|N%",
        _SAFETY,
        "Refuse a plan where fewer users match than this; 0 is off. [default: 50%]",
    ),
    _boolean("force", _SAFETY, "This once, carry out a plan that the limits above refuse. [default: false]"),
    Declaration(
        "max_source_age",
        "text",
        "DURATION",
        _SAFETY,
        "Refuse a source file that is older than this; 0s is off. [default: off]",
    ),
    Declaration(
        "max_duration", "text", "DURATION", _SAFETY, "Start nothing new after this, and exit 4. [default: off]"
    ),
    _boolean("verbose", _OUTPUT, "A line for each change; false: counts, warnings and problems only. [default: true]"),
    Declaration(
        "report",
        "path",
        "PATH",
        _OUTPUT,
        "Write a report there, as JSON or HTML by its ending (.json, .html). Repeatable.",
        is_repeatable=True,
    ),
    Declaration("metrics", "path", "PATH", _OUTPUT, "Write the run's figures there, in Prometheus' text format."),
    Declaration(
        "ping",
        "text",
        "URL",
        _OUTPUT,
        "Tell a dead man's switch: GET URL/start, then URL if all is well, else URL/fail.",
    ),
    Declaration(
        "log_format", "text", "text|json", _OUTPUT, "The log's format. [default: text]", words=("text", "json")
    ),
    _boolean("remote_log", _OUTPUT, "Upload the log to the subsite. [default: true]"),
    Declaration(
        "state",
        "path",
        "PATH",
        _RUNNING,
        "The file that remembers what was sent. [default: by subsite, in $STATE_DIRECTORY or the user's state folder]",
    ),
    Declaration("max_concurrency", "text", "N", _RUNNING, "At most so many requests at a time. [default: 16]"),
)

SYNC_OPTIONS: tuple[str, ...] = tuple(declaration.name for declaration in DECLARATIONS)
_BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}


class ThemedOption(click.Option):
    """An option that knows its theme; its value stays the text that was typed."""

    def __init__(self, declaration: Declaration, *, hidden: bool = False) -> None:
        super().__init__(
            [f"--{declaration.name.replace('_', '-')}"],
            type=str,
            metavar=declaration.metavar,
            help=declaration.help,
            multiple=declaration.is_repeatable,
            hidden=hidden,
            shell_complete=_completion(declaration),
        )
        self.declaration = declaration


def make_options(*names: str, hidden: Iterable[str] = ()) -> list[click.Parameter]:
    """Return these options for a command's `params`; those in `hidden` work, but stay out of its help."""
    return [ThemedOption(_BY_NAME[name], hidden=name in hidden) for name in names]


def collect_given(context: click.Context) -> dict[str, object]:
    """Return what the command line says for this command's options, wherever they stand; the later one wins.

    Repeatable ones add up. Options before a subcommand that the subcommand does not have are left out, so that an
    alias with many options serves them all.
    """
    own = {param.name for param in context.command.params if isinstance(param, ThemedOption)}
    said: dict[str, object] = {}
    for params in (context.parent.params if context.parent else {}, context.params):
        for name, value in params.items():
            if name not in own or value is None or value == ():
                continue
            earlier = said.get(name)
            said[name] = (*earlier, *value) if isinstance(earlier, tuple) and isinstance(value, tuple) else value
    return said


def _completion(declaration: Declaration) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """Return what completes the option's value in a shell: files, words, or nothing."""
    if declaration.kind == "path":
        return lambda _context, _param, begun: _complete_path(begun)
    return lambda _context, _param, begun: [word for word in _words(declaration) if word.startswith(begun)]


def _words(declaration: Declaration) -> Sequence[str]:
    match declaration.kind:
        case "boolean":
            return ("true", "false")
        case "problem":
            codes: Sequence[str] = import_module("pleio_profile_sync_client.core.policy").ACCEPTABLE_PROBLEMS
            return codes
        case _:
            return declaration.words


def _complete_path(begun: str) -> list[Any]:
    """Let the shell complete a file's name, in its own way."""
    return [import_module("click.shell_completion").CompletionItem(begun, type="file")]
