"""The layers are kept: each contract is broken in a copy of the sources, and the check has to see it."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
RUFF = Path(sys.executable).with_name("ruff")

CLIENT = "pleio_profile_sync_client"
BREACHES = {
    "The client's imports go down only": [
        (f"{CLIENT}/settings/models.py", f"import {CLIENT}.sync.run"),
        (f"{CLIENT}/reports/summary.py", f"import {CLIENT}.state.store"),
        (f"{CLIENT}/helpers.py", ""),
    ],
    "The sandbox's imports go down only": [
        ("pleio_sandbox/records.py", "import pleio_sandbox.store"),
        ("pleio_sandbox/helpers.py", ""),
    ],
    "Client and sandbox know nothing of each other": [
        ("pleio_sandbox/records.py", f"from {CLIENT}.core.models import SubsiteUser"),
        (f"{CLIENT}/cli/sandbox.py", "from pleio_sandbox.server import serve"),
    ],
    "The core is pure": [
        (f"{CLIENT}/core/models.py", "import os.path"),
        (f"{CLIENT}/core/models.py", "import socket"),
        (f"{CLIENT}/core/plan.py", "import time"),
        (f"{CLIENT}/core/plan.py", "import logging"),
        (f"{CLIENT}/errors.py", "from pathlib import Path"),
    ],
    "The terminal is the command's business alone": [
        (f"{CLIENT}/sync/run.py", "import click"),
        ("pleio_sandbox/server.py", "import click"),
    ],
    "HTTP is the subsite's business alone": [
        (f"{CLIENT}/sync/run.py", "import urllib3"),
        (f"{CLIENT}/cli/main.py", "from http.client import HTTPConnection"),
    ],
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, with the project's own configuration."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_sources_break_no_contract(copy: Path) -> None:
    assert _broken(copy) == set()


def test_every_contract_is_broken_below() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    names = {contract["name"] for contract in configuration["tool"]["importlinter"]["contracts"]}
    assert names == set(BREACHES)


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [(contract, *breach) for contract, breaches in BREACHES.items() for breach in breaches],
)
def test_an_import_that_breaks_a_contract_is_seen(copy: Path, contract: str, file: str, line: str) -> None:
    path = copy / "src" / file
    before = path.read_bytes() if path.exists() else None
    path.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        assert contract in _broken(copy)
    finally:
        path.unlink() if before is None else path.write_bytes(before)


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nNOW = datetime.now()\n",
        "from datetime import date\nTODAY = date.today()\n",
        "TEXT = open('users.csv').read()\n",
        "from importlib import import_module\nOS = import_module('os')\n",
        "print('here')\n",
    ],
)
def test_what_no_import_shows_is_seen_in_the_core(copy: Path, code: str) -> None:
    path = copy / "src" / CLIENT / "core" / "impure.py"
    path.write_text(code, encoding="utf-8")
    try:
        ended = _run(RUFF, "check", "--no-cache", "--select", "TID251,PTH123,T201", "src", folder=copy)
    finally:
        path.unlink()

    assert ended.returncode == 1
    assert "impure.py" in ended.stdout


def _broken(folder: Path) -> set[str]:
    """Name the contracts that are broken."""
    ended = _run(LINT_IMPORTS, "--no-cache", folder=folder)
    broken = {line.removesuffix(" BROKEN") for line in ended.stdout.splitlines() if line.endswith(" BROKEN")}
    assert (ended.returncode == 0) == (not broken), ended.stdout
    return broken


def _run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60
    )
