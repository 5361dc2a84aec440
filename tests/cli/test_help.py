"""The help and what else needs no run: grouped, readable in 80 columns, complete."""

import re

import pytest

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.settings.options import COMMAND_LINE
from tests.cli.process import Command

IN_CRONTABS = ("api-secret", "source", "destination", "ban", "delete", "dry-run", "verbose")
SUBCOMMANDS = ("check", "explain", "export", "status", "units", "sandbox")


def test_the_help_has_every_option_and_no_other(command: Command) -> None:
    ended = command("--help")

    assert ended.status == 0
    assert ended.err == ""
    shown = re.findall(r"^  --([a-z-]+)", ended.out, re.MULTILINE)
    assert sorted(shown) == sorted(
        [
            *(name.replace("_", "-") for name, option in COMMAND_LINE.items() if "sync" in option.commands),
            "version",
            "help",
        ]
    )
    assert set(IN_CRONTABS) <= set(shown)


def test_the_help_has_themes_subcommands_examples_and_exit_statuses(command: Command) -> None:
    out = command("--help").out

    for heading in (
        "What to sync:",
        "Users who are not in the source:",
        "Safety:",
        "Output:",
        "Commands:",
        "Examples:",
    ):
        assert f"\n{heading}\n" in out
    for name in SUBCOMMANDS:
        assert re.search(rf"^  {name} +\S", out, re.MULTILINE)
    for status in (0, 1, 2, 3, 4, 5, 70, 129, 130, 143):
        assert re.search(rf"^ +{status}  \S", out.partition("Exit status:")[2], re.MULTILINE)


@pytest.mark.parametrize("columns", [80, 100, 200])
@pytest.mark.parametrize("args", [(), *((name,) for name in SUBCOMMANDS)])
def test_the_help_fits_the_terminal_and_a_hundred_columns(
    command: Command, args: tuple[str, ...], columns: int
) -> None:
    ended = command(*args, "--help", environ={"COLUMNS": str(columns)})

    assert ended.status == 0
    assert max(len(line) for line in ended.out.splitlines()) <= min(columns, 100)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_subcommand_has_a_help_with_an_example(command: Command, name: str) -> None:
    ended = command(name, "--help")

    assert ended.status == 0
    assert "\nExample" in ended.out
    assert f" {name}" in ended.out.partition("\nExample")[2]


def test_the_help_shows_the_defaults(command: Command) -> None:
    flat = " ".join(command("--help").out.split())

    for name, default in (("max-removals", "10%"), ("max-changes", "30%"), ("min-matched", "50%")):
        assert re.search(rf"--{name} N\|N% [^\[]*\[default: {default}\]", flat)
    assert re.search(r"--max-concurrency N [^\[]*\[default: 16\]", flat)
    assert re.search(r"--verbose BOOLEAN [^\[]*\[default: true\]", flat)


def test_the_help_needs_no_terminal_colours(command: Command) -> None:
    assert "\x1b" not in command("--help").out


def test_the_version_is_the_packages(command: Command) -> None:
    ended = command("--version")

    assert (ended.status, ended.out) == (0, f"pleio-profile-sync-client {__version__}\n")


def test_the_help_imports_nothing_that_only_a_run_needs(command: Command) -> None:
    ended = command("--help", environ={"PYTHONPROFILEIMPORTTIME": "1"})

    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.err.splitlines()}
    assert "click" in imported
    assert imported.isdisjoint(
        {"msgspec", "http", "sqlite3", "jinja2", "tqdm", "filelock", "platformdirs", "ssl", "starlette", "logging"}
    )


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("pleio-profile-sync-client --dry", "--dry-run"),
        ("pleio-profile-sync-client --ban --rep", "--report"),
        ("pleio-profile-sync-client --log-format j", "json"),
        ("pleio-profile-sync-client --accept missing_e", "missing_email"),
        ("pleio-profile-sync-client sta", "status"),
        ("pleio-profile-sync-client --ban status --max", "--max-age"),
        ("pleio-profile-sync-client explain --only", "--only-linked"),
    ],
)
def test_the_shell_can_complete_options_values_and_subcommands(command: Command, words: str, offered: str) -> None:
    ended = command(
        environ={
            "_PLEIO_PROFILE_SYNC_CLIENT_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
    )

    assert f"plain,{offered}" in ended.out.splitlines()


def test_the_shells_get_their_completion_script(command: Command) -> None:
    for shell in ("bash", "zsh", "fish"):
        ended = command(environ={"_PLEIO_PROFILE_SYNC_CLIENT_COMPLETE": f"{shell}_source"})
        assert ended.status == 0
        assert "pleio-profile-sync-client" in ended.out
