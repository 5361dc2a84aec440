"""The command with a directory: a run into the sandbox and one with nothing to do, check, explain, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended
from tests.directory.conftest import Init, MakeSlapd
from tests.directory.slapd import GROUPS, PASSWORD, PEOPLE, READER, Slapd, group, person

PHOTO = b"\xff\xd8\xff\xe0" + b"foto" * 100
GUID = "11111111-1111-4111-8111-111111111111"
Run = Callable[..., Ended]


@pytest.fixture
def town(make_slapd: MakeSlapd) -> Slapd:
    """Give a directory of a few people, one of them without an e-mail."""
    people = [person(number, jpegPhoto=PHOTO if number == 1 else b"") for number in range(1, 12)]
    return make_slapd([*people, person(12, mail=""), group("griffie", people[0][0])])


@pytest.fixture
def run(town: Slapd, command: Command, sandbox: RunningSandbox, tmp_path: Path) -> Run:
    """Give a function that runs the command with the configuration of the directory."""
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "sync.toml").write_text(
        f"""
destination = "{sandbox.url}"
report = ["report.json"]
[columns]
external_id = "employeeNumber"
name = "displayName"
email = "mail"
avatar = "jpegPhoto"
[ldap]
url = "{town.url}"
bind = "{READER}"
password_file = "password"
base = "{PEOPLE}"
[ldap.groups]
"cn=griffie,{GROUPS}" = "{GUID}"
""",
        encoding="utf-8",
    )

    def run(*arguments: str) -> Ended:
        ended = command(*arguments, environ={"API_SECRET": SECRET})
        assert PASSWORD not in ended.out + ended.err
        return ended

    return run


def test_a_directory_is_synced_and_then_there_is_nothing_to_do(run: Run, tmp_path: Path) -> None:
    assert run("--config", "sync.toml", "--force").status == 1
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["counts"]["create"], report["counts"]["applied"]) == (11, 11)
    assert [change["avatar"] for change in report["changes"]].count("jpegPhoto of entry 1") == 1
    (problem,) = report["problems"]
    assert (problem["code"], problem["line"]) == ("missing_email", 12)
    assert problem["place"] == f"entry 12 (uid=u12,{PEOPLE})"
    run("--config", "sync.toml")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["changes"], report["counts"]["unchanged"]) == ([], 11)


def test_check_shows_attributes_and_entries_and_writes_the_bad_ones(run: Run, tmp_path: Path) -> None:
    ended = run("check", "--config", "sync.toml", "--rejects", "bad.csv")
    assert ended.status == 1
    assert f"Entry 12 (uid=u12,{PEOPLE})" in ended.out
    assert "employeeNumber  external_id" in ended.out
    assert '"000001"' in ended.out
    rejects = (tmp_path / "bad.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rejects) == 2
    assert "missing_email" in rejects[1]


def test_explain_names_the_entry(run: Run) -> None:
    assert f"entry 3 (uid=u3,{PEOPLE})" in run("explain", "000003", "--config", "sync.toml").out


@pytest.mark.parametrize("option", [("--max-source-age", "2d"), ("--encoding", "utf-8"), ("--delimiter", ";")])
def test_what_is_for_files_is_refused(run: Run, option: tuple[str, str]) -> None:
    ended = run("--config", "sync.toml", *option)
    assert ended.status == 2
    assert "is for files" in ended.error


def test_a_directory_that_is_away_ends_the_run(run: Run, town: Slapd) -> None:
    town.stop()
    assert run("--config", "sync.toml", "--delete").status == 4


def test_init_asks_for_a_directory_and_writes_what_works(town: Slapd, init: Init) -> None:
    written, _ = init(town.url, "", READER, PASSWORD, PEOPLE)
    assert written["ldap"] == {"url": town.url, "bind": READER, "password_file": "ldap_password", "base": PEOPLE}
    assert written["columns"] == {
        "external_id": "employeeNumber",
        "name": "displayName",
        "email": "mail",
        "avatar": "jpegPhoto",
    }
    assert "ignore" not in written


def test_while_a_part_of_the_directory_is_elsewhere_nobody_is_removed(
    make_slapd: MakeSlapd, command: Command, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    elsewhere = {"objectClass": ["referral", "extensibleObject"], "ou": "x", "ref": "ldap://elders.test/ou=x,dc=test"}
    server = make_slapd([*(person(number) for number in range(1, 12)), (f"ou=x,{PEOPLE}", elsewhere)])
    for number in range(1, 13):
        name = f"Persoon {number} Achternaam {number}"
        sandbox.store.users.add(external_id=f"{number:06}", name=name, email=f"persoon{number}@gemeente.test")
    (tmp_path / "sync.toml").write_text(
        f'destination = "{sandbox.url}"\nreport = "report.json"\n[ldap]\nurl = "{server.url}"\nbase = "{PEOPLE}"\n'
        '[columns]\nexternal_id = "employeeNumber"\nname = "displayName"\nemail = "mail"\n',
        encoding="utf-8",
    )
    ended = command("--config", "sync.toml", "--ban", "--only-linked", environ={"API_SECRET": SECRET})
    assert ended.status == 1, ended
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [problem["code"] for problem in report["problems"]] == ["removals_withheld"]
    assert "ldap://elders.test/" in report["problems"][0]["message"]
    assert (report["counts"]["ban"], report["counts"]["applied"]) == (1, 0)
