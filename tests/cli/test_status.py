"""`status`: what the state remembers, and whether the last good run is recent enough."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.state.file import locate_state
from pleio_profile_sync_client.state.store import State
from tests.cli.inside import call
from tests.cli.process import Command

SUBSITE = "https://gemeente.test/profile_sync_api"
NOW = datetime.now(UTC)
COUNTS = {"create": 12, "ban": 3, "applied": 4, "not_attempted": 11}


def _no_warning(finding: Finding) -> None:
    pytest.fail(finding.message)


def _remember(path: Path, runs: Iterable[tuple[float, int | None]]) -> None:
    """Write a state file with runs that began so many hours ago and ended 90 s later with this exit status."""
    with State.open(path, subsite_url=SUBSITE, warn=_no_warning) as state:
        for number, (hours_ago, exit_code) in enumerate(runs):
            started = NOW - timedelta(hours=hours_ago)
            state.start_run(f"run-{number}", started)
            if exit_code is not None:
                state.finish_run(f"run-{number}", started + timedelta(seconds=90), exit_code, COUNTS)


def test_the_last_runs_are_shown_the_newest_first(command: Command) -> None:
    _remember(command.folder / "s.sqlite3", [(48, 0), (24, 3), (1, None)])

    ended = command("status", "--state", "s.sqlite3", environ={"TZ": "Europe/Amsterdam"})

    assert (ended.status, ended.err) == (0, "")
    heading, killed, refused, *more = ended.out.splitlines()
    assert heading.split() == ["started", "(UTC)", "took", "exit"]
    assert killed == f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M}                     still running, or was killed"
    assert refused.startswith(f"{NOW - timedelta(hours=24):%Y-%m-%d %H:%M}  1 min 30 s      3  refused by a safety")
    told = " ".join(line.strip() for line in more[:3])
    assert told.startswith("sent. Planned: create 12, ban 3; applied 4, not attempted 11")
    assert more[2].startswith(f"{NOW - timedelta(hours=48):%Y-%m-%d %H:%M}  1 min 30 s      0  in sync. Planned")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_the_state_is_found_by_the_subsite(command: Command) -> None:
    _remember(locate_state(SUBSITE, command.environment()), [(1, 0)])

    ended = command("status", "--destination", f"{SUBSITE}/")

    assert ended.status == 0
    assert ended.out.count("in sync") == 1


def test_only_the_last_twenty_runs_are_shown(command: Command) -> None:
    _remember(command.folder / "s.sqlite3", [(100 - number, 0) for number in range(30)])

    assert command("status", "--state", "s.sqlite3").out.count("in sync") == 20


@pytest.mark.parametrize(
    ("runs", "status"),
    [
        ([(25, 0)], 0),
        ([(25, 1)], 0),
        ([(27, 0)], 1),
        ([(200, 0), (3, 4)], 1),
        ([(25, 0), (3, 4), (2, 3), (1, None)], 0),
        ([(2, 3)], 1),
        ([(2, None)], 1),
        ([(2, 143)], 1),
        ([(25, 0), *[(24 - number / 2, 4) for number in range(40)]], 0),
        ([(-3, 0)], 1),
        ([(25, 0), (-3, 0)], 0),
        ([(-20_000 * 24, 0), (25, 0), (40, 1)], 0),
        ([], 1),
    ],
)
def test_max_age_fails_when_the_last_good_run_is_too_old(
    tmp_path: Path, runs: list[tuple[float, int | None]], status: int
) -> None:
    _remember(tmp_path / "s.sqlite3", runs)

    ended = call("status", "--state", str(tmp_path / "s.sqlite3"), "--max-age", "26h")

    assert ended.status == status
    assert ended.out.splitlines()[-1].startswith("Recent enough:" if status == 0 else "Too old:")


def test_a_run_for_one_person_is_no_nightly_run(command: Command) -> None:
    _remember(command.folder / "s.sqlite3", [(27, 0)])
    with State.open(command.folder / "s.sqlite3", subsite_url=SUBSITE, warn=_no_warning) as state:
        state.start_run("partial", NOW - timedelta(hours=1), is_partial=True)
        state.finish_run("partial", NOW, 0, COUNTS)

    ended = command("status", "--state", "s.sqlite3", "--max-age", "26h")

    assert ended.status == 1
    assert "in sync (--only or revert)" in ended.out
    assert re.search(r"ended 1 d [23] h ago", ended.out)


def test_without_a_state_file_there_was_no_run(command: Command) -> None:
    plain = command("status", "--state", "none.sqlite3")
    with_age = command("status", "--state", "none.sqlite3", "--max-age", "26h")

    assert plain.status == 0
    assert plain.out == "No run yet in none.sqlite3.\n"
    assert with_age.status == 1
    assert not (command.folder / "none.sqlite3").exists()


def test_a_state_that_cannot_be_read_is_told(command: Command) -> None:
    (command.folder / "s.sqlite3").write_bytes(b"no database" * 1_000)

    ended = command("status", "--state", "s.sqlite3")

    assert ended.status == 1
    assert ended.error.startswith("Warning: ")


def test_another_subsites_state_is_refused(command: Command) -> None:
    _remember(command.folder / "s.sqlite3", [(1, 0)])

    ended = command("status", "--state", "s.sqlite3", "--destination", "https://elders.test/profile_sync_api")

    assert ended.status == 2
    assert "another subsite" in ended.error


def test_options_before_the_subcommand_count_and_later_ones_more(command: Command) -> None:
    _remember(command.folder / "good.sqlite3", [(1, 0)])

    before = command("--state", "good.sqlite3", "--ban", "status", "--max-age", "26h")
    both = command("--state", "none.sqlite3", "status", "--state", "good.sqlite3", "--max-age", "26h")

    assert (before.status, both.status) == (0, 0)


@pytest.mark.parametrize("age", ["", "26", "a day"])
def test_a_wrong_age_is_refused(age: str) -> None:
    ended = call("status", "--state", "s.sqlite3", "--max-age", age)

    assert ended.status == 2
    assert ended.error.startswith("--max-age: ")
