"""What the forge runs is what the project says: its versions of Python, and actions that nobody can change under us."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_digest(path: Path) -> None:
    used = re.findall(r"^ *(?:- )?uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_nothing_but_what_its_jobs_ask_for(path: Path) -> None:
    assert "\npermissions: {}\n" in path.read_text(encoding="utf-8")


def test_the_versions_of_python_that_are_promised_are_tested() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', pyproject)
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    tested = re.search(r"python: \[(.+)\]", workflow)

    assert tested is not None
    assert re.findall(r'"(3\.\d+)"', tested[1]) == promised


@pytest.mark.parametrize(
    "path",
    [
        *WORKFLOWS,
        ROOT / ".pre-commit-config.yaml",
        ROOT / ".github" / "dependabot.yml",
        ROOT / "requirements.txt",
        ROOT / "pyproject.toml",
    ],
    ids=lambda path: path.name,
)
def test_no_file_names_a_package_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"--(?:extra-)?index-url|--find-links|files\.python|/simple\b", text) == []
