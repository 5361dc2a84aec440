"""Personal data and the secret stand only where they may: runs with all sorts of findings, watched as all tests are.

`Command` looks through state files after each run, the fixture `sandbox` through the uploaded log in the end.
"""

from pathlib import Path

import pytest

from pleio_sandbox.faults import Fault
from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET, assert_names_nobody
from tests.cli.process import Command
from tests.cli.town import Town, person

# People 0 to 13 are on the subsite, 10 banned; 12 and 13 stand in no row.
FINDINGS = {
    "other_id": "90000,Kanarie,kanarie0@gemeente.test,,,",
    "taken": "00001,Kanarie,kanarie2@gemeente.test,,,",
    "circle": "00003,Kanarie,kanarie4@gemeente.test,,,\n00004,Kanarie,kanarie3@gemeente.test,,,",
    "lost_zeros": "5,Kanarie,kanarie5@gemeente.test,,,",
    "stays_banned": "00010,Kanarie,kanarie10@gemeente.test,,,",
    "avatar_missing": "00006,Kanarie,kanarie6@gemeente.test,kanarie.jpg,,Kanarievanger",
    "not_a_guid": "00007,Kanarie,kanarie7@gemeente.test,,kanariegroep,",
    "ragged_row": "Kanarie,kanarie8@gemeente.test",
    "missing_name": ",,kanarie9@gemeente.test,,,",
    "missing_email": "00011,Kanarie,,,,",
    "invalid_email": "90001,Kanarie,kanarie,,,",
    "mojibake": "90002,KanariÃ«,kanarie90002@gemeente.test,,,",
    "too_long": f"90003,{'Kanarie' * 20},kanarie90003@gemeente.test,,,",
    "scientific_number": '"9,1E+05",Kanarie,kanarie90004@gemeente.test,,,',
    "duplicate_email": "90005,Kanarie,twee@gemeente.test,,,\n90006,Kanarie,twee@gemeente.test,,,",
    "bad_quotes": '"Kanarie"x,90007,kanarie90007@gemeente.test,,,',
}
GOOD = "kanarie90008@gemeente.test,Kanarie,kanarie90008@gemeente.test,,,Kanarievanger"


@pytest.fixture
def town(command: Command, sandbox: RunningSandbox) -> Town:
    """A source that gives rise to each finding, and a guest on the subsite who stands in no row."""
    town = Town(command, sandbox, people=14)
    banned = sandbox.store.users.with_external_id(person(10)[0])[0]
    sandbox.store.ban(banned.guid, "Kanarie")
    sandbox.store.users.add(name="Kanarie (gast)", email="kanariegast@elders.test")
    headers = "external_id,name,email,avatar,groups,profile.occupation"
    (command.folder / "users.csv").write_text("\n".join([headers, *FINDINGS.values(), GOOD, ""]), "utf-8")
    return town


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_finding_names_a_person_in_the_uploaded_log(town: Town, log_format: str) -> None:
    ended = town.sync("--ban", "--log-format", log_format, "--max-changes", "100%")

    assert ended.status == 1
    report = town.reported()
    codes = {finding["code"] for finding in (*report["problems"], *report["warnings"])}
    assert codes >= {*FINDINGS, "removals_withheld", "undecided"}
    assert "kanarie2@gemeente.test" in ended.out
    uploaded = town.sandbox.store.logs.text()
    assert [code for code in codes if code not in uploaded] == []
    assert "create line 20, guid " in uploaded


@pytest.mark.parametrize(
    ("options", "fault", "status"),
    [
        (("--ban", "--only-linked", "false", "--force"), Fault.NONE, 1),
        (("--delete", "--only-linked", "false", "--max-removals", "0"), Fault.NONE, 3),
        (("--only", "kanarie90008@gemeente.test"), Fault.NONE, 0),
        (("--protect", "kanarie*@gemeente.test", "--scope", "*@gemeente.test", "--ban"), Fault.NONE, 1),
        (("--max-changes", "100%"), Fault.SERVER_ERROR, 1),
        (("--max-changes", "100%"), Fault.REDIRECT, 4),
        (("--max-changes", "100%"), Fault.PLACEHOLDER, 4),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_no_option_or_failure_names_a_person(town: Town, options: tuple[str, ...], fault: Fault, status: int) -> None:
    town.sandbox.next_faults([fault], method="POST", paths="/users$")

    assert town.sync(*options).status == status

    assert town.sandbox.store.logs.text()


@pytest.mark.parametrize("leak", ["Kanarievak", "KANARIE3@GEMEENTE.TEST", "jan@gemeente.test", SECRET])
def test_a_leak_is_found(leak: str) -> None:
    with pytest.raises(AssertionError, match="the log holds"):
        assert_names_nobody(f"update line 3: {leak}", "the log")


def test_a_leak_into_a_state_is_found(command: Command) -> None:
    (command.folder / "users.sqlite3-journal").write_bytes(b"\0Kanarienaam\0")

    with pytest.raises(AssertionError, match="sqlite3-journal holds"):
        command("--version")


def test_reports_and_state_are_for_the_owner_only(command: Command, sandbox: RunningSandbox) -> None:
    town = Town(command, sandbox, people=3)
    town.write(0, 1, 2)

    assert town.sync().status == 0

    states = [path for path in (command.folder / "state").rglob("*") if path.is_file()]
    assert states
    for path in (town.report, *states):
        assert path.stat().st_mode & 0o077 == 0, path


def test_whoever_runs_the_tests_may_be_called_anything(tmp_path: Path) -> None:
    folder = tmp_path / "pytest-of-kanarie"

    assert_names_nobody(f"source {folder}/users.csv", "the log", "pytest", folder=folder)
    with pytest.raises(AssertionError, match="the log holds"):
        assert_names_nobody(f"source {folder}/users.csv", "the log")
