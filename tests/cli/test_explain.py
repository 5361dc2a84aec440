"""`explain` as a process: a person who is found, one who is not, one whom a fuse holds up."""

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended
from tests.cli.town import Town


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """Three people on the subsite; the source has the first two and a newcomer."""
    town = Town(command, sandbox, people=3)
    town.write(0, 1, 7)
    return town


def _explain(town: Town, key: str, *more: str) -> Ended:
    options = ("--source", "users.csv", "--destination", town.sandbox.url, *more)
    return town.command("explain", key, *options, environ={"API_SECRET": SECRET})


@pytest.mark.parametrize("key", ["00001", "KANARIE2@gemeente.test", "00007"])
def test_whoever_stands_in_a_row_or_on_the_subsite_is_explained(town: Town, key: str) -> None:
    ended = _explain(town, key)

    assert (ended.status, ended.err) == (0, "")
    assert "What a sync would do:" in ended.out


def test_a_key_that_stands_nowhere_is_told_and_fails(town: Town) -> None:
    ended = _explain(town, "00099")

    assert ended.status == 1
    assert ended.out == "No row of the source and no user of the subsite has the external_id or e-mail 00099.\n"


def test_a_fuse_that_holds_everything_up_is_told(command: Command, sandbox: RunningSandbox) -> None:
    town = Town(command, sandbox, people=30)
    town.write(*range(5))

    ended = _explain(town, "00009", "--ban")

    assert ended.status == 0
    assert "ban user" in ended.out
    assert "the whole plan is refused" in ended.out
    assert "--max-removals 25" in ended.out


@pytest.mark.parametrize(
    ("key", "approval", "waits"),
    [("00002", "removals", True), ("00007", "removals", False), ("00007", "all", True), ("00001", "all", False)],
)
def test_a_change_that_waits_for_an_approval_is_told(town: Town, key: str, approval: str, *, waits: bool) -> None:
    ended = _explain(town, key, "--ban", "--approval", approval)

    assert ended.status == 0
    assert (f"waits for an approval (--approval {approval})" in ended.out) is waits


def test_what_waits_for_an_approval_is_not_said_to_be_refused_by_a_fuse(
    command: Command, sandbox: RunningSandbox
) -> None:
    town = Town(command, sandbox, people=30)
    town.write(*range(5))

    ended = _explain(town, "00009", "--ban", "--approval", "removals", "--min-matched", "0")

    assert "waits for an approval" in ended.out
    assert "refused" not in ended.out


def test_what_keeps_somebody_is_said(town: Town) -> None:
    with town.write(0, 1).open("a", encoding="utf-8") as source:
        source.write("9999,Iemand,Kanarie kanarie2@gemeente.test,x,y\n")

    ended = _explain(town, "00002", "--delete")

    assert "stays: line 4, which can't be read reliably, contains the e-mail" in ended.out
