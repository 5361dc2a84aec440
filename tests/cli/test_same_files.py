"""A file that is named for two things is found before any request, and nothing is written to it."""

import os
from pathlib import Path

import pytest

from pleio_profile_sync_client.state.file import locate_state
from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command

CONTENTS = {
    "users.csv": b"external_id,name,email\np1,Sanne Kanarie,sanne@gemeente.test\n",
    "secret.txt": f"{SECRET}\n".encode(),
    "sync.toml": b'ban = false\n[columns]\nname = "name"\n',
}
COMPLETE = ("--config", "sync.toml", "--source", "users.csv", "--api-secret-file", "secret.txt")


@pytest.fixture
def folder(command: Command) -> Path:
    """A folder with a source, a secret and a configuration."""
    for name, content in CONTENTS.items():
        (command.folder / name).write_bytes(content)
        (command.folder / name).chmod(0o600)
    return command.folder


def _assert_untouched(folder: Path, sandbox: RunningSandbox) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in CONTENTS} == CONTENTS
    assert not [path.name for path in folder.iterdir() if "damaged" in path.name]
    assert list(sandbox.requests) == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--metrics", "users.csv"), "--metrics and --source are the same file, users.csv."),
        (("--state", "users.csv"), "--state and --source are the same file, users.csv."),
        (
            ("--report", "x.json", "--metrics", "x.json", "--dry-run"),
            "--metrics and --report are the same file, x.json.",
        ),
    ],
)
def test_one_file_for_two_things_is_wrong_use(
    command: Command, sandbox: RunningSandbox, folder: Path, args: tuple[str, ...], said: str
) -> None:
    ended = command(*COMPLETE, "--destination", sandbox.url, *args)

    assert ended.status == 2
    assert ended.error == f"Error: {said}"
    _assert_untouched(folder, sandbox)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("option", ["--state", "--metrics"])
def test_a_link_to_the_source_is_the_source(
    command: Command, sandbox: RunningSandbox, folder: Path, option: str, link: object
) -> None:
    assert callable(link)
    link(folder / "users.csv", folder / "link")

    ended = command(*COMPLETE, "--destination", sandbox.url, option, "link")

    assert ended.status == 2
    assert ended.error.startswith(f"Error: {option} and --source are the same file")
    _assert_untouched(folder, sandbox)


@pytest.mark.parametrize("place", ["./sync.toml", "secret.txt"])
def test_the_rejects_file_replaces_nothing_that_is_needed(
    command: Command, sandbox: RunningSandbox, folder: Path, place: str
) -> None:
    environ = {"API_SECRET_FILE": "secret.txt"}

    ended = command("check", "--source", "users.csv", "--config", "sync.toml", "--rejects", place, environ=environ)

    assert ended.status == 2
    assert "--rejects and " in ended.error
    _assert_untouched(folder, sandbox)


@pytest.mark.parametrize(
    ("option", "beside"),
    [("--report", ""), *(("--metrics", beside) for beside in ("", ".lock", "-wal", "-shm", "-journal"))],
)
def test_the_state_at_its_default_place_is_kept(
    command: Command, sandbox: RunningSandbox, folder: Path, option: str, beside: str
) -> None:
    state = locate_state(sandbox.url, command.environment())
    place = f"{state}{beside}"
    if option == "--report":  # only by a link can a report be the state
        (folder / "state").mkdir()
        (folder / "run.json").symlink_to(state)
        place = "run.json"

    ended = command(*COMPLETE, "--destination", sandbox.url, option, place)

    assert ended.status == 2
    assert ended.error.startswith(f"Error: {option} would overwrite the state of this client, at {place}")
    _assert_untouched(folder, sandbox)
