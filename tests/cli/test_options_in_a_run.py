"""The options as they stand in crontabs, on a sandbox: what each of them lets the command do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pleio_profile_sync_client.sandbox.records import SiteSettings
from pleio_profile_sync_client.sandbox.server import RunningSandbox
from tests.cli.process import SECRET, Command

SOURCE = "name,email,external_id\nSanne de Vries,sanne@gemeente.test,p1\nDaan Jansen,daan@gemeente.test,p2\n"


@pytest.fixture
def subsite() -> Iterator[RunningSandbox]:
    """An empty subsite whose secret is the one that is looked for."""
    with RunningSandbox(settings=SiteSettings(secret=SECRET)) as sandbox:
        yield sandbox


@pytest.fixture
def source(command: Command) -> Path:
    """A source of two."""
    path = command.folder / "users.csv"
    path.write_text(SOURCE, "utf-8")
    return path


def _writes(subsite: RunningSandbox) -> list[str]:
    return [request.path for request in subsite.requests if request.method != "GET" and "/logs" not in request.path]


def _users(subsite: RunningSandbox) -> int:
    return len(subsite.store.users)


@pytest.mark.usefixtures("source")
def test_a_crontabs_line_syncs(command: Command, subsite: RunningSandbox) -> None:
    said = ("--ban", "false", "--delete", "false", "--dry-run", "false", "--verbose", "true")

    ended = command("--api-secret", SECRET, "--source", "users.csv", "--destination", f"{subsite.url}/", *said)

    assert ended.status == 0
    assert ended.err == ""
    assert _users(subsite) == 2
    assert ended.out.count("create line") == 2
    assert ended.out.count("The API secret stands on the command line") == 1


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("dry_run", [("--dry-run",), ("--dry-run", "TRUE"), ("--dry-run=1",), ("--dry-run", "y")])
def test_a_dry_run_writes_nothing(command: Command, subsite: RunningSandbox, dry_run: tuple[str, ...]) -> None:
    ended = command(*dry_run, "--source", "users.csv", "--destination", subsite.url, environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "sanne@gemeente.test" in ended.out
    assert {request.method for request in subsite.requests} == {"GET"}
    assert "The API secret stands on the command line" not in ended.out


@pytest.mark.usefixtures("source")
def test_without_verbose_there_is_no_line_for_each_change(command: Command, subsite: RunningSandbox) -> None:
    options = ("--verbose", "off", "--source", "users.csv", "--destination", subsite.url)

    ended = command(*options, environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "create 2" in ended.out
    assert "sanne@gemeente.test" not in ended.out
    assert _users(subsite) == 2


def test_a_person_is_explained_with_options_on_both_sides(
    command: Command, subsite: RunningSandbox, source: Path
) -> None:
    before = ("--source", "wrong.csv", "--destination", subsite.url, "--dry-run")

    ended = command(*before, "explain", "--source", str(source), "p1", environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert "Sanne de Vries" in ended.out
    assert {request.method for request in subsite.requests} == {"GET"}


def test_an_export_needs_no_source(command: Command, subsite: RunningSandbox) -> None:
    ended = command("--destination", subsite.url, "export", environ={"API_SECRET": SECRET})

    assert ended.status == 0
    assert ended.out.startswith("external_id,name,email")
    assert {request.method for request in subsite.requests} == {"GET"}


def test_everything_can_stand_in_a_configuration_file(command: Command, subsite: RunningSandbox, source: Path) -> None:
    secret = command.folder / "secret.txt"
    secret.write_text(f"{SECRET}\n", "utf-8")
    secret.chmod(0o600)
    config = command.folder / "sync.toml"
    said = {
        "source": source.name,
        "destination": subsite.url,
        "api_secret_file": secret.name,
        "report": "run.json",
    }
    config.write_text("".join(f'{key} = "{value}"\n' for key, value in said.items()), "utf-8")

    ended = command("--config", str(config))

    assert ended.status == 0
    assert _users(subsite) == 2
    assert len(_writes(subsite)) == 2
    assert (command.folder / "run.json").exists()


@pytest.mark.usefixtures("source")
def test_wrong_use_sends_no_request(command: Command, subsite: RunningSandbox) -> None:
    options = ("--source", "users.csv", "--destination", subsite.url, "--ban", "--delete")

    ended = command(*options, environ={"API_SECRET": SECRET})

    assert ended.status == 2
    assert list(subsite.requests) == []
