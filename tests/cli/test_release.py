"""A release: wheel and sdist are built, hold what they should and nothing else, and the wheel works where it is put."""

import email
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from pleio_profile_sync_client import __version__
from tests.cli.pages import ROOT

PACKAGE = "pleio_profile_sync_client"
STEM = f"{PACKAGE}-{__version__}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the sdist; the wheel is built from the sdist, as a package index's users do."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in a fresh environment; what it depends on comes from this one, since there may be no network."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    paths = {"base": str(folder), "platbase": str(folder)}
    python = Path(sysconfig.get_path("scripts", "venv", paths)) / Path(sys.executable).name
    pip = (sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", "--quiet")
    _run(*pip, "--disable-pip-version-check", str(_wheel(built)))
    dependencies = Path(sysconfig.get_path("purelib", "venv", paths)) / "dependencies.pth"
    dependencies.write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return python.parent / "pleio-profile-sync-client"


def test_the_wheel_says_its_version(installed: Path) -> None:
    assert _run(str(installed), "--version") == f"pleio-profile-sync-client {__version__}\n"


def test_the_wheel_looks_a_source_over(installed: Path, tmp_path: Path) -> None:
    source = tmp_path / "users.csv"
    source.write_text("external_id,name,email\n1,Zoë Willems,zoe@gemeente.test\n", encoding="utf-8")

    assert "external_id" in _run(str(installed), "check", "--source", str(source))


def test_the_wheel_prints_units_for_its_own_place(installed: Path) -> None:
    service = _run(str(installed), "units", "service")

    assert f"ExecStart={installed} --config /etc/pleio/sync.toml\n" in service
    assert "StateDirectoryMode=0700\n" in service
    assert "OnCalendar=" in _run(str(installed), "units", "timer")


def test_the_installed_package_is_the_wheels_own(installed: Path) -> None:
    python = str(installed.with_name(Path(sys.executable).name))

    place = _run(python, "-c", f"import {PACKAGE}; print({PACKAGE}.__file__)").strip()

    assert Path(place).is_relative_to(installed.parent.parent)


def test_the_wheel_holds_both_packages_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(_wheel(built)) as wheel:
        names = {name for name in wheel.namelist() if not name.startswith(f"{STEM}.dist-info/")}

    src = ROOT / "src"
    files = {path for path in src.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert names == {path.relative_to(src).as_posix() for path in files}
    assert any(name.endswith(".html") for name in names)


def test_the_wheel_holds_licence_command_and_metadata(built: Path) -> None:
    with zipfile.ZipFile(_wheel(built)) as wheel:
        metadata = email.message_from_bytes(wheel.read(f"{STEM}.dist-info/METADATA"))
        assert wheel.read(f"{STEM}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        entry_points = wheel.read(f"{STEM}.dist-info/entry_points.txt").decode()

    assert "pleio-profile-sync-client = pleio_profile_sync_client.__main__:run" in entry_points
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "EUPL-1.2"
    assert metadata["Requires-Python"] == ">=3.11"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(metadata.get_all("Provides-Extra", [])) == set(extras)
    assert "msgspec" in "".join(metadata.get_all("Requires-Dist", []))


def test_the_sdist_holds_what_its_readers_look_for(built: Path) -> None:
    with tarfile.open(built / f"{STEM}.tar.gz") as sdist:
        names = {name.removeprefix(f"{STEM}/") for name in sdist.getnames()}

    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "docs/running.md"} <= names
    assert [name for name in names if name.startswith((".", "tests", "bench"))] == [".gitignore"]


def test_what_the_dockerfile_copies_is_enough_to_build_the_package(tmp_path: Path) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for name in [name for line in re.findall(r"^COPY (.+) \./\S*$", dockerfile, re.MULTILINE) for name in line.split()]:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, tmp_path / name)

    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(tmp_path))

    assert _wheel(tmp_path / "dist").exists()


def test_the_container_runs_the_command_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert 'ENTRYPOINT ["pleio-profile-sync-client"]' in lines
    assert [line for line in lines if line.startswith("USER ")] == ["USER pleio-sync"]


def test_the_state_is_in_the_same_folder_in_every_recipe() -> None:
    folder = "/var/lib/pleio-profile-sync"
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    service = (ROOT / "src" / PACKAGE / "cli" / "systemd" / "pleio-profile-sync.service").read_text(encoding="utf-8")
    running = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")

    assert f"ENV STATE_DIRECTORY={folder}\n" in dockerfile
    assert f"VOLUME {folder}\n" in dockerfile
    assert "StateDirectory=pleio-profile-sync\n" in service
    assert f'state = "{folder}/state.sqlite3"\n' in running
    assert f"-v pleio-state:{folder} " in running


def test_the_version_stands_in_one_place() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = [
        path
        for path in (ROOT / "src").rglob("*.py")
        if re.search(rf"[\"']{re.escape(__version__)}[\"']", path.read_text(encoding="utf-8"))
    ]

    assert [path.name for path in found] == ["__init__.py"]
    assert f'"{__version__}"' not in pyproject


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == __version__


def _wheel(folder: Path) -> Path:
    return folder / f"{STEM}-py3-none-any.whl"


def _run(*command: str) -> str:
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout
