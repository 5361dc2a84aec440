"""The options as they stand in crontabs, on a sandbox: what each of them lets the command do."""

from pathlib import Path

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command

SOURCE = """\
name,email,external_id,profile.occupation
Sanne Kanarie,sanne@gemeente.test,p1,Kanarievanger
Daan Kanarie,daan@gemeente.test,p2,
"""


@pytest.fixture
def source(command: Command, sandbox: RunningSandbox) -> Path:
    """A source of two, and the profile field that it brings."""
    sandbox.store.add_profile_field("occupation")
    path = command.folder / "users.csv"
    path.write_text(SOURCE, "utf-8")
    return path


def _writes(sandbox: RunningSandbox) -> list[str]:
    return [request.path for request in sandbox.requests if request.method != "GET" and "/logs" not in request.path]


def _users(sandbox: RunningSandbox) -> int:
    return len(sandbox.store.users)


@pytest.mark.usefixtures("source")
def test_a_crontabs_line_syncs(command: Command, sandbox: RunningSandbox) -> None:
    said = ("--ban", "false", "--delete", "false", "--dry-run", "false", "--verbose", "true")

    ended = command("--api-secret", SECRET, "--source", "users.csv", "--destination", f"{sandbox.url}/", *said)

    assert ended.status == 0
    assert ended.err == ""
    assert _users(sandbox) == 2
    assert ended.out.count("create line") == 2
    assert ended.out.count("The API secret is on the command line") == 1


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("dry_run", [("--dry-run",), ("--dry-run", "TRUE"), ("--dry-run=1",), ("--dry-run", "y")])
def test_a_dry_run_writes_nothing(command: Command, sandbox: RunningSandbox, dry_run: tuple[str, ...]) -> None:
    ended = command(*dry_run, "--source", "users.csv", "--destination", sandbox.url, environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "sanne@gemeente.test" in ended.out
    assert {request.method for request in sandbox.requests} == {"GET"}
    assert "The API secret is on the command line" not in ended.out


@pytest.mark.usefixtures("source")
def test_without_verbose_there_is_no_line_for_each_change(command: Command, sandbox: RunningSandbox) -> None:
    options = ("--verbose", "off", "--source", "users.csv", "--destination", sandbox.url)

    ended = command(*options, environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "create 2" in ended.out
    assert "sanne@gemeente.test" not in ended.out
    assert _users(sandbox) == 2


def test_a_person_is_explained_with_options_on_both_sides(
    command: Command, sandbox: RunningSandbox, source: Path
) -> None:
    before = ("--source", "wrong.csv", "--destination", sandbox.url, "--dry-run")

    ended = command(*before, "explain", "--source", str(source), "p1", environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "Sanne Kanarie" in ended.out
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_an_export_needs_no_source(command: Command, sandbox: RunningSandbox) -> None:
    ended = command("--destination", sandbox.url, "export", environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert ended.out.startswith("external_id,name,email")
    assert {request.method for request in sandbox.requests} == {"GET"}


@pytest.mark.parametrize(("options", "line"), [((), "p1,=1+1 Élise,"), (("--excel",), "\ufeffexternal_id;name;")])
def test_an_export_is_utf_8_wherever_it_runs(
    command: Command, sandbox: RunningSandbox, options: tuple[str, ...], line: str
) -> None:
    sandbox.store.users.add(external_id="p1", name="=1+1 Élise", email="elise@gemeente.test")
    environ = {"API_SECRET": SECRET, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}

    ended = command("--destination", sandbox.url, "export", *options, environ=environ)

    assert ended.status == 0
    assert line in ended.out
    assert ("p1;'=1+1 Élise;" in ended.out) is bool(options)


def test_everything_can_stand_in_a_configuration_file(command: Command, sandbox: RunningSandbox, source: Path) -> None:
    secret = command.folder / "secret.txt"
    secret.write_text(f"{SECRET}\n", "utf-8")
    secret.chmod(0o600)
    config = command.folder / "sync.toml"
    said = {
        "source": source.name,
        "destination": sandbox.url,
        "api_secret_file": secret.name,
        "report": "run.json",
    }
    config.write_text("".join(f'{key} = "{value}"\n' for key, value in said.items()), "utf-8")

    ended = command("--config", str(config))

    assert ended.status == 0
    assert _users(sandbox) == 2
    assert len(_writes(sandbox)) == 2
    assert (command.folder / "run.json").exists()


@pytest.mark.usefixtures("source")
def test_a_page_names_who_is_to_be_updated_or_banned(command: Command, sandbox: RunningSandbox) -> None:
    for external_id, name, email in (("p1", "Sanne Kanarie", "s.kanarie@gemeente.test"), ("p9", "Bas Kanarie", "b@x")):
        sandbox.store.users.add(external_id=external_id, name=name, email=email)
    options = ("--source", "users.csv", "--destination", sandbox.url, "--ban", "--dry-run", "--report", "plan.html")

    command(*options, environ={"API_SECRET": SECRET})

    page = (command.folder / "plan.html").read_text("utf-8")
    assert "<b>Sanne Kanarie</b> · p1 · sanne@gemeente.test" in page
    assert "<b>Bas Kanarie</b> · p9 · b@x" in page


def test_a_source_without_external_ids_is_warned_of_in_the_log(command: Command, sandbox: RunningSandbox) -> None:
    (command.folder / "users.csv").write_text("name,email\nSanne Kanarie,sanne@gemeente.test\n", "utf-8")

    ended = command("--source", "users.csv", "--destination", sandbox.url, environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert ended.out.count("[no_external_id]") == 1
