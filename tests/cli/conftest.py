"""What the tests of the command share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pleio_sandbox.records import SiteSettings
from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET, assert_names_nobody
from tests.cli.process import Command

# Whoever is started in the background by a plain shell ignores SIGINT, and so would every command that is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of all tests keep their compiled modules."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def command(tmp_path: Path, bytecode: Path) -> Command:
    """The command as a process, in a folder of its own."""
    return Command(tmp_path, bytecode)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    """An empty subsite; in the end the log that was uploaded to it is looked through for its people and secret."""
    with RunningSandbox(settings=SiteSettings(secret=SECRET)) as sandbox:
        yield sandbox
        people = sandbox.store.users.everybody()
        known = {value for user in people for value in (user.name, user.email, *user.profile.values()) if value}
        assert_names_nobody(sandbox.store.logs.text(), "the uploaded log", *known, folder=tmp_path)
