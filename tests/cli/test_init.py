"""`init` as somebody would use it who has a source, a subsite and a secret, and nothing else yet."""

import stat
import sys
import tomllib
from pathlib import Path

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command, Ended
from tests.workbooks import row, workbook

SOURCE = """\
Personeelsnummer;Naam;E-mailadres;Functie;Groepen;In dienst
p1;Sanne Kanarie;sanne@gemeente.test;Kanarievanger;;2020
p2;Daan Kanarie;daan@gemeente.test;;;2021
p3;Kees Kanarie;;;;2021
"""


@pytest.fixture
def folder(command: Command, sandbox: RunningSandbox) -> Path:
    """A folder with a source and a secret; on the subsite are one of the people and somebody else."""
    sandbox.store.add_profile_field("occupation")
    sandbox.store.add_profile_field("phone")
    sandbox.store.users.add(external_id="p1", name="Sanne Kanarie", email="sanne@gemeente.test")
    sandbox.store.users.add(external_id="p9", name="Vertrokken Kanarie", email="weg@gemeente.test")
    (command.folder / "people.csv").write_text(SOURCE, "utf-8")
    secret = command.folder / "api_secret"
    secret.write_text(SECRET, "utf-8")
    secret.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return command.folder


def answer(command: Command, *answers: str) -> Ended:
    return command("init", stdin="".join(f"{text}\n" for text in answers))


def written(folder: Path, name: str = "pleio-sync.toml") -> dict[str, object]:
    return tomllib.loads((folder / name).read_text("utf-8"))


def test_what_enter_accepts_is_a_configuration_that_works(
    command: Command, sandbox: RunningSandbox, folder: Path
) -> None:
    ended = answer(command, "", "people.csv", sandbox.url, "", "", "", "", "", "")

    assert ended.status == 0, ended
    assert written(folder) == {
        "source": "people.csv",
        "destination": sandbox.url,
        "api_secret_file": "api_secret",
        "ignore": ["In dienst"],
        "columns": {
            "external_id": "Personeelsnummer",
            "name": "Naam",
            "email": "E-mailadres",
            "groups": "Groepen",
            "profile.occupation": "Functie",
        },
    }
    assert "2 with an external_id; profile fields: occupation, phone." in ended.out
    assert "3 rows, of which 2 can be synced as they stand (1 problem). 1 of them match a user; 1 would be" in ended.out
    check = command("check", "--config", "pleio-sync.toml")
    assert check.status == 1
    assert "unknown_header" not in check.out
    dry_run = command("--config", "pleio-sync.toml", "--dry-run")
    assert "1 create" in dry_run.out


def test_it_sends_gets_only(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    answer(command, "", "people.csv", sandbox.url, "", "", "", "", "", "")
    assert folder.exists()
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_wrong_answers_are_asked_for_again(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    columns = ("Leeftijd", "Naam", "-", "E-mailadres", "-", "-")
    ended = answer(
        command,
        "people.csv",
        "sync.toml",
        "nowhere.csv",
        "people.csv",
        "http://gemeente.test",
        sandbox.url,
        "nowhere",
        "api_secret",
        "-",
        *columns,
    )
    assert ended.status == 0, ended
    assert written(folder, "sync.toml")["columns"] == {"name": "Naam", "email": "E-mailadres"}
    for said in (
        "does not end in .toml",
        "nowhere.csv can't be read",
        "There is no file nowhere",
        "no column 'Leeftijd'",
    ):
        assert said in ended.out


def test_options_answer_in_place_of_a_person(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "people.csv").write_text("external_id,name,email\np1,Sanne Kanarie,sanne@gemeente.test\n", "utf-8")
    options = ("--write", "x.toml", "--source", "people.csv", "--api-secret-file", "api_secret")
    ended = command("init", *options, "--destination", sandbox.url)
    assert ended.status == 0, ended
    assert "columns" not in written(folder, "x.toml")
    assert command("--config", "x.toml", "--dry-run").status == 0


def test_an_encoding_and_a_delimiter_that_were_given_are_written(
    command: Command, sandbox: RunningSandbox, folder: Path
) -> None:
    (folder / "people.csv").write_text("external_id|name|email\np1|Zoë|zoe@gemeente.test\n", "cp850")
    options = ("--write", "x.toml", "--source", "people.csv", "--api-secret-file", "api_secret")
    ended = command("init", *options, "--destination", sandbox.url, "--encoding", "cp850", "--delimiter", "|")
    assert ended.status == 0, ended
    assert written(folder, "x.toml")["csv"] == {"encoding": "cp850", "delimiter": "|"}
    assert "1 row, of which 1 can be synced" in ended.out


def test_what_was_not_answered_writes_nothing(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    ended = answer(command, "", "people.csv", sandbox.url)
    assert ended.status == 2
    assert "nothing was written" in ended.err
    assert not (folder / "pleio-sync.toml").exists()


def test_a_configuration_that_is_there_is_never_overwritten(
    command: Command, sandbox: RunningSandbox, folder: Path
) -> None:
    (folder / "old.toml").write_text("# mine\n", "utf-8")
    ended = command("init", "--write", "old.toml", "--source", "people.csv", "--destination", sandbox.url)
    assert ended.status == 2
    assert "is not overwritten" in ended.err
    assert (folder / "old.toml").read_text("utf-8") == "# mine\n"


def test_a_wrong_secret_ends_it_in_words(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "api_secret").write_text("another", "utf-8")
    options = ("--write", "x.toml", "--source", "people.csv", "--api-secret-file", "api_secret")
    ended = command("init", *options, "--destination", sandbox.url)
    assert ended.status == 4
    assert "secret" in ended.err
    assert not (folder / "x.toml").exists()


def test_the_sheet_of_a_workbook_is_asked_for(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    people = row(1, "external_id", "name", "email") + row(2, "p1", "Sanne Kanarie", "sanne@gemeente.test")
    (folder / "people.xlsx").write_bytes(workbook({"Oud": row(1, "x"), "Staf": people}))
    ended = answer(command, "", "people.xlsx", "staf", sandbox.url, "")
    assert ended.status == 0, ended
    assert (written(folder)["source"], written(folder)["workbook"]) == ("people.xlsx", {"sheet": "staf"})


def test_a_program_is_asked_for_and_run(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "print.py").write_text("print(open('people.csv').read())", "utf-8")
    ended = answer(command, "", "command", f"'{sys.executable}' print.py", sandbox.url, "", "", "", "", "", "")
    assert ended.status == 0, ended
    assert written(folder)["command"] == {"run": [sys.executable, "print.py"]}
    assert "source" not in written(folder)


def test_a_program_is_run_once(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "print.py").write_text("open('runs', 'a').write('x'); print(open('people.csv').read())", "utf-8")
    answer(command, "", "command", f"'{sys.executable}' print.py", sandbox.url, "", "", "", "", "", "")
    assert (folder / "runs").read_text("utf-8") == "x"


def test_a_key_that_few_have_is_not_suggested(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    people = "employeeID,name,email\np1,Sanne,sanne@gemeente.test\n,Daan,daan@gemeente.test\n,Kees,kees@gemeente.test\n"
    (folder / "people.csv").write_text(people, "utf-8")
    ended = answer(command, "", "people.csv", sandbox.url, "", "")
    assert ended.status == 0, ended
    assert "columns" not in written(folder)
    assert "employeeID is not suggested for external_id: only 1 of 3 rows has one" in ended.out


def test_how_many_have_a_key_is_said(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    people = (
        "employeeID,name,email\np1,Sanne,sanne@gemeente.test\np2,Daan,daan@gemeente.test\n,Kees,kees@gemeente.test\n"
    )
    (folder / "people.csv").write_text(people, "utf-8")
    ended = answer(command, "", "people.csv", sandbox.url, "", "")
    assert ended.status == 0, ended
    assert written(folder)["columns"] == {"external_id": "employeeID"}
    assert "such as p1 (2 of 3 rows)" in ended.out


def test_the_help_offers_nothing_that_cannot_work(command: Command) -> None:
    assert "standard input" not in command("init", "--help").out


def test_the_environment_may_name_the_secrets_file(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "api_secret").rename(folder / "elsewhere")
    answers = ("", "people.csv", sandbox.url, "", "", "", "", "")
    ended = command("init", stdin="".join(f"{text}\n" for text in answers), environ={"API_SECRET_FILE": "elsewhere"})
    assert ended.status == 0, ended
    assert written(folder)["api_secret_file"] == "elsewhere"


def test_a_wrong_address_is_asked_for_again_and_not_only_the_secret(
    command: Command, sandbox: RunningSandbox, folder: Path
) -> None:
    wrong = sandbox.url.removesuffix("/profile_sync_api") + "/elsewhere"
    ended = answer(command, "", "people.csv", wrong, "", sandbox.url, "", "", "", "", "", "")
    assert ended.status == 0, ended
    assert written(folder)["destination"] == sandbox.url
    assert "elsewhere" not in (folder / "pleio-sync.toml").read_text("utf-8")


def test_a_wrong_secret_is_asked_for_again(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "wrong").touch(mode=0o600)
    (folder / "wrong").write_text("another", "utf-8")
    ended = answer(command, "", "people.csv", sandbox.url, "wrong", "", "", "", "", "", "", "", "")
    assert ended.status == 0, ended
    assert written(folder)["api_secret_file"] == "api_secret"


def test_a_title_above_the_headers_is_no_column(command: Command, sandbox: RunningSandbox, folder: Path) -> None:
    (folder / "people.csv").write_text(f"Overzicht personeel\n\n{SOURCE}", "utf-8")
    ended = answer(command, "", "people.csv", sandbox.url, "", "", "", "", "", "")
    assert ended.status == 0, ended
    assert command("--config", "pleio-sync.toml", "--dry-run").status == 1


def test_a_plain_address_of_a_directory_is_encrypted_and_not_a_dead_end(command: Command, folder: Path) -> None:
    ended = answer(command, "", "ldap", "ldap://dc1.nergens.test", "", "", "DC=x")
    assert folder.exists()
    assert "The directory ldap://dc1.nergens.test can't be reached" in ended.out
