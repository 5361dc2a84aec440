"""The demo with a directory does what it says, twice."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import SCRIPT
from tests.directory.conftest import require_slapd

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh here")
def test_the_demo_syncs_a_directory_and_then_has_nothing_to_do() -> None:
    require_slapd()
    path = f"{SCRIPT.parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        ["sh", "example/demo-directory.sh"],
        cwd=ROOT,
        env={**os.environ, "PATH": path},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "10 applied" in ended.stdout
    assert "nothing to do; 9 unchanged" in ended.stdout
