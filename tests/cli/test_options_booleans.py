"""BOOLEAN options alone and with a value, before and after a subcommand; what counts where an option stands twice."""

import click
import pytest

from pleio_profile_sync_client.cli.commands import ThemedCommand, collect_given, make_options
from pleio_profile_sync_client.cli.main import command

PERSON = ThemedCommand("explain", params=[click.Argument(["key"]), *make_options("explain", takes_all=True)])
LOOK = ThemedCommand("check", params=make_options("check"))


def _said(*args: str) -> dict[str, object]:
    return collect_given(command.make_context("sync", list(args)))


def _said_before(before: list[str], subcommand: click.Command, *args: str) -> tuple[dict[str, object], object]:
    parent = command.make_context("sync", [*before, "explain"])
    context = subcommand.make_context("explain", list(args), parent=parent)
    return collect_given(context), context.params.get("key")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--ban",), {"ban": "true"}),
        (("--ban", "false"), {"ban": "false"}),
        (("--ban=false",), {"ban": "false"}),
        (("--ban", "NO"), {"ban": "NO"}),
        (("--ban", "--delete", "false"), {"ban": "true", "delete": "false"}),
        (("--ban", "true", "--delete", "false"), {"ban": "true", "delete": "false"}),
        (("--dry-run", "--source", "a.csv"), {"dry_run": "true", "source": "a.csv"}),
        (("--source", "--ban"), {"source": "--ban"}),
        (("--source", "true", "--ban"), {"source": "true", "ban": "true"}),
        (("--ban", "--ban", "off"), {"ban": "off"}),
        (("--ban", "off", "--ban"), {"ban": "true"}),
        (("--ban", "explain", "--dry-run", "no"), {"ban": "true"}),
        (("--protect", "a*", "--protect=b*"), {"protect": ("a*", "b*")}),
        ((), {}),
    ],
)
def test_booleans_stand_alone_or_with_their_value(args: tuple[str, ...], said: dict[str, object]) -> None:
    assert _said(*args) == said


@pytest.mark.parametrize("args", [("--ban", "flase"), ("--ban", "explian"), ("--ban", ""), ("--dry-run", "users.csv")])
def test_a_slip_behind_a_boolean_is_refused(args: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError, match="neither true nor false"):
        _said(*args)


@pytest.mark.parametrize(
    ("args", "said", "key"),
    [
        (("--ban", "p1"), {"ban": "true"}, "p1"),
        (("p1", "--ban"), {"ban": "true"}, "p1"),
        (("--ban", "no", "p1"), {"ban": "no"}, "p1"),
        (("--ban", "--", "yes"), {"ban": "true"}, "yes"),
        (("--ban=true", "1"), {"ban": "true"}, "1"),
    ],
)
def test_a_key_may_follow_a_lone_boolean(args: tuple[str, ...], said: dict[str, object], key: str) -> None:
    assert _said_before([], PERSON, *args) == (said, key)


def test_options_count_before_and_after_a_subcommand_the_later_one_more() -> None:
    said, _ = _said_before(["--source", "a.csv", "--ban", "--grace", "7d"], PERSON, "--ban", "no", "--full", "p1")

    assert said == {"source": "a.csv", "ban": "no", "grace": "7d", "full": "true"}


def test_repeatable_options_before_and_after_a_subcommand_add_up() -> None:
    said, _ = _said_before(["--protect", "a*"], PERSON, "p1", "--protect", "b*")

    assert said == {"protect": ("a*", "b*")}


def test_options_that_a_subcommand_does_not_have_are_no_matter_before_it() -> None:
    said, _ = _said_before(["--ban", "--source", "a.csv", "--api-secret", "x"], LOOK)

    assert said == {"source": "a.csv"}


def test_options_that_a_subcommand_does_not_have_are_refused_behind_it() -> None:
    with pytest.raises(click.NoSuchOption):
        _said_before([], LOOK, "--ban")
