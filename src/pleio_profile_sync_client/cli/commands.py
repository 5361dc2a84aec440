"""How the command and its subcommands take their options and show their help, on top of click.

The options are in the table of `settings.options`. A subcommand takes those that are for it, and asks `collect_given`
for what was given, before its name as well as after it:

    @click.command(cls=ThemedCommand, params=make_options("check"))
    @click.pass_context
    def command(context: click.Context, /, **_options: object) -> int:
        settings = load_check_settings(collect_given(context))

Nothing heavy is imported here, so that `--help` is quick.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from pleio_profile_sync_client.settings.options import COMMAND_LINE, FALSE_WORDS, PATHS, TRUE_WORDS, Command, Option

CONTEXT_SETTINGS = {"max_content_width": 100}
_OWN, _LAST = "Options", "Other"


class ThemedCommand(click.Command):
    """A command with BOOLEAN options, whose help is grouped by theme and whose epilog keeps its layout."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments (a group's: up to a subcommand's name), lone BOOLEAN options being true."""
        return super().parse_args(ctx, _join_booleans(self, ctx, args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command's own options first, then the shared ones by theme, then those that end it at once."""
        themes: dict[str, list[tuple[str, str]]] = {_OWN: []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                themes.setdefault(_theme(param), []).append(record)
        for theme, records in themes.items():
            if records:
                with formatter.section(theme):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the epilog with its layout."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog.strip("\n") + "\n")


class ThemedGroup(ThemedCommand, click.Group):
    """The command itself: without a subcommand it syncs. Subcommands are imported when they are called.

    `summaries` maps each subcommand's name to its line in the help, so that the help needs none of their modules; the
    module `cli.NAME` has the subcommand as `command`.
    """

    def __init__(self, *args: Any, summaries: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a subcommand and return its command."""
        if cmd_name not in self.summaries:
            return None
        command: click.Command = import_module(f"pleio_profile_sync_client.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; the error for an unknown one names all subcommands."""
        if args[0] not in self.summaries and not ctx.resilient_parsing:
            raise click.UsageError(f"{args[0]!r} is not a command; the commands are {', '.join(self.summaries)}.", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options by theme, then the subcommands."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


class ThemedOption(click.Option):
    """An option of the table; its value remains the text that was typed."""

    def __init__(self, declaration: Option, command: Command) -> None:
        super().__init__(
            [declaration.flag],
            type=str,
            metavar=declaration.shown_as,
            help=declaration.help_for(command),
            multiple=declaration.is_repeatable,
            hidden=command not in declaration.commands,
        )
        self.declaration = declaration

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Complete the value in a shell: a file's name in the shell's own way, one of a few words, or nothing."""
        make_item = import_module("click.shell_completion").CompletionItem
        value_type = self.declaration.value_type
        if value_type in PATHS:
            return [make_item(incomplete, type="file")]
        words: Sequence[str] = self.declaration.words
        if value_type == "boolean":
            words = ("true", "false")
        elif value_type == "problem":
            words = import_module("pleio_profile_sync_client.core.policy").ACCEPTABLE_PROBLEMS
        return [make_item(word) for word in words if word.startswith(incomplete)]


def make_options(command: Command, *, takes_all: bool = False) -> list[click.Parameter]:
    """Return the options of a command for its `params`; `takes_all` adds those of a sync, hidden in its help."""
    return [
        ThemedOption(option, command)
        for option in COMMAND_LINE.values()
        if command in option.commands or (takes_all and "sync" in option.commands)
    ]


def collect_given(context: click.Context) -> dict[str, object]:
    """Return what the command line says for this command's options, wherever they are; the later one wins.

    Repeatable ones add up. Options before a subcommand that it does not have are ignored, so that an alias with many
    options works for all.
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


def _join_booleans(command: click.Command, context: click.Context, args: Iterable[str]) -> list[str]:
    """Return the arguments with each BOOLEAN option as `--option=value`, `true` if it is alone.

    Only an option or an argument of this command may follow a lone one: a KEY, a subcommand's name. Anything after the
    subcommand's name is left to it.
    """
    options = [param for param in command.params if isinstance(param, click.Option)]
    booleans = {name for option in options if _is_boolean(option) for name in option.opts}
    valued = {name for option in options if not _is_boolean(option) and not option.is_flag for name in option.opts}
    names = command.list_commands(context) if isinstance(command, click.Group) else []
    takes_any = context.resilient_parsing or len(options) < len(command.params)
    joined: list[str] = []
    rest = deque(args)
    while rest:
        arg = rest.popleft()
        if arg not in booleans:
            joined.append(arg)
            if arg in valued and rest:
                joined.append(rest.popleft())
            elif arg == "--" or (names and not arg.startswith("-")):
                break
        elif rest and rest[0].strip().lower() in TRUE_WORDS | FALSE_WORDS:
            joined.append(f"{arg}={rest.popleft()}")
        elif not rest or rest[0].startswith("-") or takes_any or rest[0] in names:
            joined.append(f"{arg}=true")
        else:
            or_command = f" (nor one of the commands {', '.join(names)})" if names else ""
            raise click.UsageError(f"{arg}: {rest[0]!r} is neither true nor false{or_command}.", context)
    return [*joined, *rest]


def _is_boolean(option: click.Option) -> bool:
    return isinstance(option, ThemedOption) and option.declaration.value_type == "boolean"


def _theme(option: click.Option) -> str:
    if isinstance(option, ThemedOption):
        return option.declaration.theme or _OWN
    return _LAST if option.is_eager else _OWN
