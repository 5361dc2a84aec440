"""`revert`: a bad night is undone in one command, but for what the subsite's API can't undo."""

from pathlib import Path

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended
from tests.cli.town import Town, person

PEOPLE = 30
BAD_NIGHT = """\
external_id,name,email,profile.occupation
{rows}
nieuw,Nieuwe Kanarie,nieuw@gemeente.test,Kanarievak
"""


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """People, one of whom an administrator had banned."""
    town = Town(command, sandbox, PEOPLE)
    town.sandbox.store.ban(town_guid(town, "00003"), "left")
    return town


def town_guid(town: Town, external_id: str) -> str:
    return next(user.guid for user in town.sandbox.store.users.everybody() if user.external_id == external_id)


def everybody(town: Town) -> dict[str, tuple[str, str, str, bool]]:
    """Return name, e-mail, occupation and ban of all who were there before, by external_id."""
    return {
        user.external_id: (user.name, user.email, user.profile.get("occupation", ""), user.is_banned)
        for user in town.sandbox.store.users.everybody()
        if user.external_id and user.external_id != "nieuw"
    }


def have_a_bad_night(town: Town) -> dict[str, tuple[str, str, str, bool]]:
    """Sync a file that renames people, bans others, wakes one and adds one; return everybody as they were before."""
    before = everybody(town)
    renamed = [
        f"{person(number)[0]},Kanarienaam {number} Kanarie,kanarie{number}@gemeente.test,Ander kanarievak"
        for number in range(4, 24)
    ]
    rows = "\n".join([",".join(person(3)), *renamed])
    (town.command.folder / "users.csv").write_text(BAD_NIGHT.format(rows=rows), "utf-8")
    ended = town.sync("--ban", "--force", "--reactivate", "true")
    assert ended.status == 0, ended
    assert everybody(town) != before
    return before


def revert(town: Town, *options: str) -> Ended:
    args = ("revert", "report.json", "--destination", town.sandbox.url, *options)
    return town.command(*args, environ={"API_SECRET": SECRET})


def test_a_whole_bad_night_is_taken_back_in_one_command(town: Town) -> None:
    before = have_a_bad_night(town)
    shown = revert(town, "--dry-run")
    code = next(line.rpartition(" ")[2] for line in shown.out.splitlines() if "--approved plan-" in line)

    ended = revert(town, "--approved", code)

    assert ended.status == 0, ended
    assert everybody(town) == before
    assert "nieuw" not in town.external_ids()
    assert "The next sync does it again" in ended.out
    assert "INFO Revert: report.json, the report of run" in ended.out
    assert "Changes of that run: 31; users on the subsite: 31. Plan: update 20, reactivate 9, ban 2;" in ended.out
    assert "Reverted: " in ended.out
    assert "In sync" not in ended.out


def test_it_is_refused_by_fuses_like_any_plan(town: Town) -> None:
    have_a_bad_night(town)
    ended = revert(town)
    assert ended.status == 3
    assert "--max-changes 20" in ended.out


def test_a_dry_run_writes_nothing_and_leaves_the_report_that_it_reads(town: Town) -> None:
    have_a_bad_night(town)
    report = town.report.read_bytes()
    town.sandbox.requests.clear()
    assert revert(town, "--dry-run").status == 3
    assert {request.method for request in town.sandbox.requests} == {"GET"}
    assert town.report.read_bytes() == report


def test_twice_has_nothing_left_to_do(town: Town) -> None:
    have_a_bad_night(town)
    assert revert(town, "--force").status == 0
    ended = revert(town, "--force")
    assert "Nothing to revert." in ended.out


def test_one_person_can_be_taken_back(town: Town) -> None:
    before = have_a_bad_night(town)
    assert revert(town, "--only", "00007").status == 0
    after = everybody(town)
    assert after["00007"] == before["00007"]
    assert after["00008"] != before["00008"]


def test_reports_metrics_and_ping_of_the_configuration_stand_aside(town: Town) -> None:
    have_a_bad_night(town)
    config = 'report = ["report.json"]\nmetrics = "sync.prom"\nsource = "users.csv"\nban = true\n'
    (town.command.folder / "sync.toml").write_text(config, "utf-8")
    before = town.report.read_bytes()
    revert(town, "--config", "sync.toml", "--force")
    assert town.report.read_bytes() == before
    assert not (town.command.folder / "sync.prom").exists()


@pytest.mark.parametrize("options", [("--source", "users.csv"), ("--ban",), ("--delete",)])
def test_a_source_or_a_removal_has_no_place_in_it(town: Town, options: tuple[str, ...]) -> None:
    assert revert(town, *options).status == 2


def test_a_report_of_its_own_may_not_replace_the_one_that_it_reads(town: Town) -> None:
    have_a_bad_night(town)
    assert revert(town, "--report", "report.json").status == 2


def test_what_is_no_report_of_a_real_run_here_is_wrong_use(town: Town) -> None:
    have_a_bad_night(town)
    real = town.report.read_text("utf-8")
    for content, said in (
        ("no report", "is not a report of this client"),
        ("{}", "is not a report of this client"),
        (real.replace('"dry_run": false', '"dry_run": true'), "dry run"),
        (real.replace(town.sandbox.url, "https://other.pleio.test/profile_sync_api"), "another subsite"),
    ):
        town.report.write_text(content, "utf-8")
        ended = revert(town)
        assert ended.status == 2
        assert said in ended.err
    Path(town.report).unlink()
    assert revert(town).status == 2


def test_a_revert_is_no_nightly_run(town: Town) -> None:
    have_a_bad_night(town)
    revert(town, "--force")
    ended = town.command("status", "--destination", town.sandbox.url)
    assert ended.out.count("\n") >= 2
    assert town.command("status", "--destination", town.sandbox.url, "--max-age", "0.001s").status == 1
