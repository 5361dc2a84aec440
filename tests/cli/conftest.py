"""What the tests of the command share."""

from pathlib import Path

import pytest

from tests.cli.process import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The command as a process, in a folder of its own."""
    return Command(tmp_path)
