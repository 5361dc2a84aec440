"""An approval through the command: a dry run shows the code, and only that plan is carried out under it."""

import re

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.process import Command
from tests.cli.town import Town, person


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """Twelve people on the subsite, ten of whom are in the source, with a newcomer."""
    town = Town(command, sandbox, 12)
    town.write(*range(10), 20)
    return town


def shown_codes(text: str) -> list[str]:
    """Return the codes that were shown, each once, in their order."""
    return list(dict.fromkeys(re.findall(r"--approved ((?:plan|removals)-\S+)", text)))


def test_a_plan_is_signed_and_carried_out(town: Town) -> None:
    plan, removals = shown_codes(town.sync("--ban", "--dry-run").out)
    assert town.reported()["approval"] == {
        "code": plan,
        "removals_code": removals,
        "expires": town.reported()["approval"]["expires"],
    }
    assert re.fullmatch(r"plan-\d{8}-c1b2-[a-z2-7]{16}", plan)

    ended = town.sync("--ban", "--approved", plan)

    assert ended.status == 0
    assert town.external_ids() == sorted(person(number)[0] for number in (*range(10), 20))


def test_an_approval_passes_a_fuse_that_refuses_the_plan_without_it(town: Town) -> None:
    options = ("--ban", "--max-removals", "1")
    assert town.sync(*options).status == 3
    plan, _ = shown_codes(town.sync(*options, "--dry-run").out)
    assert town.sync(*options, "--approved", plan).status == 0
    assert town.reported()["counts"]["applied"] == 3


def test_another_plan_is_refused_with_what_became_different(town: Town) -> None:
    plan, _ = shown_codes(town.sync("--ban", "--dry-run").out)
    town.write(*range(9), 20)

    ended = town.sync("--ban", "--approved", plan)

    assert ended.status == 3
    assert "1 create, 2 ban then, 1 create, 3 ban now" in ended.out
    assert "a fuse" not in ended.out.splitlines()[-1]
    assert len(town.external_ids()) == 12
    assert town.reported()["counts"]["not_attempted"] == 4


def test_removals_wait_night_after_night_until_they_are_approved(town: Town) -> None:
    first = town.sync("--ban", "--approval", "removals")
    assert first.status == 0
    assert "00020" in town.external_ids()
    assert [(one["external_id"], one["why"]) for one in town.reported()["waiting"]] == [
        ("00010", "awaiting_approval"),
        ("00011", "awaiting_approval"),
    ]
    (code,) = shown_codes(first.out)

    later = town.sync("--ban", "--approval", "removals", "--approved", code)

    assert later.status == 0
    assert town.reported()["counts"]["ban"] == 2
    assert "00010" not in town.external_ids()
    assert town.reported()["waiting"] == []


def test_a_dry_run_marks_who_would_wait_wherever_they_are_shown(town: Town) -> None:
    ended = town.sync("--ban", "--approval", "removals", "--dry-run", "--report", "plan.html")
    changes = {change["external_id"]: change["error"] for change in town.reported()["changes"]}
    assert (changes["00010"], changes["00020"]) == ("waits for an approval", None)
    assert "1 change to make, 2 removals to approve." in ended.out
    assert "-- waits for an approval" in ended.out
    assert (town.command.folder / "plan.html").read_text("utf-8").count(">waits for an approval<") == 2


def test_a_dry_run_marks_every_change_under_approval_all(town: Town) -> None:
    ended = town.sync("--ban", "--approval", "all", "--dry-run", "--report", "plan.html")
    assert {change["error"] for change in town.reported()["changes"]} == {"waits for an approval"}
    assert "0 changes to make, 3 changes to approve." in ended.out
    assert "Run the same without --dry-run" not in ended.out
    assert (town.command.folder / "plan.html").read_text("utf-8").count(">waits for an approval<") == 3


def test_everything_waits_under_approval_all(town: Town) -> None:
    ended = town.sync("--approval", "all")
    assert ended.status == 0
    assert town.reported()["changes"] == []
    assert len(town.external_ids()) == 12
    (code,) = shown_codes(ended.out)
    assert town.sync("--approval", "all", "--approved", code).status == 0
    assert "00020" in town.external_ids()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--approved", "36"), "not a code that a dry run shows"),
        (("--approved", "plan-20261124-c1-aaaaaaaaaaaaaaaa", "--force"), "approved and force"),
        (("--approval", "some"), "not one of none, removals, all"),
    ],
)
def test_what_is_no_approval_is_wrong_use(town: Town, options: tuple[str, ...], said: str) -> None:
    ended = town.sync(*options)
    assert ended.status == 2
    assert said in ended.err


def test_an_old_code_is_refused_as_such(town: Town) -> None:
    ended = town.sync("--approved", "plan-20240101-c1-aaaaaaaaaaaaaaaa")
    assert ended.status == 3
    assert "has expired" in ended.out


def test_the_page_of_a_dry_run_shows_the_code(town: Town) -> None:
    page = town.command.folder / "plan.html"
    ended = town.sync("--ban", "--dry-run", "--report", str(page))
    plan, removals = shown_codes(ended.out)
    text = page.read_text("utf-8")
    assert f"--approved {plan}" in text
    assert f"--approved {removals}" in text
