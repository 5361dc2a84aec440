"""How the command and its subcommands read their arguments and show their help, on top of click.

The options themselves are declared in `options`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from pleio_profile_sync_client.cli.booleans import NotBooleanError, join_booleans
from pleio_profile_sync_client.cli.options import ThemedOption

CONTEXT_SETTINGS = {"max_content_width": 100}
_OWN, _LAST = "Options", "Further"


class ThemedCommand(click.Command):
    """A command with BOOLEAN options, whose help is grouped by theme and whose epilog is shown as it is laid out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments (a group's: up to a subcommand's name), lone BOOLEAN options being true."""
        return super().parse_args(ctx, _join_booleans(self, ctx, args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command's own options first, then the shared ones by theme; those that end it at once come last."""
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
        """Show the epilog as it is laid out."""
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
        """Import the module of a subcommand and return what it has."""
        if cmd_name not in self.summaries:
            return None
        command: click.Command = import_module(f"pleio_profile_sync_client.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; the error for an unknown one names those that are there."""
        if args[0] not in self.summaries and not ctx.resilient_parsing:
            raise click.UsageError(f"{args[0]!r} is no command; the commands are {', '.join(self.summaries)}.", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the options by theme, then the subcommands."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))


def _join_booleans(command: click.Command, context: click.Context, args: list[str]) -> list[str]:
    options = [param for param in command.params if isinstance(param, click.Option)]
    booleans = {
        option for option in options if isinstance(option, ThemedOption) and option.declaration.kind == "boolean"
    }
    valued = [option for option in options if option not in booleans and not option.is_flag]
    has_arguments = len(options) < len(command.params)
    names = command.list_commands(context) if isinstance(command, click.Group) else []
    try:
        return join_booleans(
            args,
            booleans={name for option in booleans for name in option.opts},
            valued={name for option in valued for name in option.opts},
            may_follow=lambda word: has_arguments or word in names or context.resilient_parsing,
            ends_at_word=isinstance(command, click.Group),
        )
    except NotBooleanError as error:
        or_command = f" (nor one of the commands {', '.join(names)})" if names else ""
        raise click.UsageError(
            f"{error.option}: {error.word!r} is neither true nor false{or_command}.", context
        ) from error


def _theme(option: click.Option) -> str:
    if isinstance(option, ThemedOption):
        return option.declaration.theme
    return _LAST if option.is_eager else _OWN
