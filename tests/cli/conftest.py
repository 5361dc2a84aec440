"""What the tests of the command share."""

from pathlib import Path

import pytest

from tests.cli.process import Command


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of all tests keep their compiled modules."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def command(tmp_path: Path, bytecode: Path) -> Command:
    """The command as a process, in a folder of its own."""
    return Command(tmp_path, bytecode)
