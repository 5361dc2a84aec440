"""The documentation is true: its commands are run against a sandbox, its options exist, its links lead somewhere.

A `sh` block is run as it stands, all those of a page one after the other in one shell, unless it needs what a test does
not have: root, make, a package index, a container engine, or a person to end a sandbox.
"""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from pleio_profile_sync_client.core.models import Memory, Remembered
from pleio_profile_sync_client.core.policy import ACCEPTABLE_PROBLEMS, RUN_PROBLEMS
from pleio_profile_sync_client.errors import EXIT_MEANINGS
from pleio_profile_sync_client.settings.config_file import read_config_file
from pleio_profile_sync_client.settings.options import COMMAND_LINE
from pleio_sandbox.example import seed_example
from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.pages import PAGES, ROOT, Block, anchors, blocks, prose, relative_links
from tests.cli.process import SCRIPT, Command
from tests.unit.core.builders import DELETE, people, plan

DOCS = ROOT / "docs"
UNITS = ROOT / "src" / "pleio_profile_sync_client" / "cli" / "systemd"
OTHERS_OPTIONS = {"--collector", "--time"}  # node_exporter's and docker's, named in the text
_SUBCOMMANDS = ("check", "explain", "export", "status", "revert", "init", "units", "sandbox")
_SYNC = "pleio-profile-sync-client --source users.csv --destination https://SUBSITE.pleio.nl/profile_sync_api/"
_NOT_FOR_A_TEST = re.compile(r"^ *(sudo|make|pipx?|git|docker|pleio-profile-sync-client sandbox)\b", re.MULTILINE)
_NEWCOMER = "0010031"  # of these, the one who is not on the subsite yet
_USERS = """\
external_id,name,email,profile.occupation
0010023,Sanne de Vries,sanne.devries@gemeente.test,Kanariehouder
0010024,Daan Jansen,daan.jansen@gemeente.test,Applicatiebeheerder
0010025,Fatima El Amrani,fatima.elamrani@gemeente.test,Jurist
0010026,Pieter van den Berg,pieter.vandenberg@gemeente.test,Opzichter
0010027,Zoë Willems,zoe.willems@gemeente.test,Communicatieadviseur
0010028,Bram Visser,bram.visser@gemeente.test,Vergunningverlener
0010031,Lotte Kanarie,lotte.kanarie@gemeente.test,Kanariehouder
"""


class Machine:
    """What the pages presuppose: the paths that they name, made in a folder, and a subsite to speak to."""

    def __init__(self, command: Command, sandbox: RunningSandbox) -> None:
        self.command = command
        self.folder = folder = command.folder
        self._places = {
            "https://SUBSITE.pleio.nl/profile_sync_api": sandbox.url,
            "http://127.0.0.1:8800/profile_sync_api": sandbox.url,
            "sandbox-secret": SECRET,
            "/etc/pleio": str(folder / "etc"),
            "/srv/export": str(folder),
            "/var/lib/pleio-profile-sync": str(folder / "state"),
            "/var/lib/prometheus/node-exporter": str(folder / "metrics"),
            "/opt/pleio-profile-sync/bin": str(SCRIPT.parent),
        }
        for name in ("etc", "state", "metrics"):
            (folder / name).mkdir()
        shutil.copytree(ROOT / "example", folder / "example", ignore=shutil.ignore_patterns("*.py", "*.sh"))
        (folder / "users.csv").write_text(_USERS, encoding="utf-8")
        secret = folder / "etc" / "api_secret"
        secret.touch(mode=0o600)
        secret.write_text(f"{SECRET}\n", encoding="ascii")
        first = next(blocks(DOCS / "running.md", "toml"))
        (folder / "etc" / "sync.toml").write_text(self.here(first.text), encoding="utf-8")

    def here(self, text: str) -> str:
        """Return the text with the places of the pages replaced by those of this machine."""
        for named, place in self._places.items():
            text = text.replace(named, place)
        return text

    def run(self, script: str) -> str:
        """Run a script as a careful person would, pasting the secret where it is asked for; return what it wrote."""
        path = f"{SCRIPT.parent}:/usr/bin:/bin"
        (self.folder / "script.sh").write_text(self.here(script), encoding="utf-8")
        ended = subprocess.run(
            ["sh", "-eux", "script.sh"],
            input=f"{SECRET}\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=self.command.environment({"PATH": path}),
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout
        assert SECRET not in "".join(line for line in ended.stdout.splitlines() if not line.startswith("+ "))
        self.command.look_through_states()
        return ended.stdout


@pytest.fixture
def machine(command: Command, sandbox: RunningSandbox) -> Machine:
    """A machine that is set up as the pages say, and a subsite with a few people, as before its first sync."""
    seed_example(sandbox.store)
    return Machine(command, sandbox)


def _runnable(page: Path) -> list[Block]:
    return [block for block in blocks(page, "sh") if not _NOT_FOR_A_TEST.search(block.text)]


@pytest.mark.parametrize("page", [page for page in PAGES if _runnable(page)], ids=lambda page: page.name)
def test_the_commands_of_a_page_work_as_they_stand(page: Path, machine: Machine) -> None:
    if page.name not in ("README.md", "source.md"):  # these show how the secret gets into its file
        machine.run("cp etc/api_secret api_secret")
    if page.name == "watching.md":  # looks back at runs
        machine.run("API_SECRET_FILE=/etc/pleio/api_secret pleio-profile-sync-client --config /etc/pleio/sync.toml")

    machine.run("\n".join(block.text for block in _runnable(page)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_that_exports_makes_a_file_for_its_owner_only(page: Path) -> None:
    exports = [line for block in blocks(page, "sh") for line in block.text.splitlines() if " export --" in line]

    assert [line for line in exports if "umask 077" not in line] == []


@pytest.mark.parametrize("page", [page for page in PAGES if [*blocks(page, "crontab")]], ids=lambda page: page.name)
def test_the_crontab_lines_of_a_page_work_as_they_stand(page: Path, machine: Machine, sandbox: RunningSandbox) -> None:
    lines = [line for block in blocks(page, "crontab") for line in block.text.splitlines() if line]
    variables = [line for line in lines if re.match(r"[A-Z_]+=", line)]
    jobs = [line.split(maxsplit=5)[5].replace(r"\%", "%") for line in lines if line not in variables]

    script = ["export API_SECRET_FILE=/etc/pleio/api_secret", *(f"export {line}" for line in variables), *jobs]
    out = machine.run("\n".join(script))

    assert "ended with" not in "".join(line for line in out.splitlines() if not line.startswith("+"))
    assert "users.csv" in (machine.folder / "state" / "sync.log").read_text(encoding="utf-8")
    assert sandbox.store.users.with_external_id(_NEWCOMER)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_completion_of_the_page_works_in_bash(machine: Machine) -> None:
    (block,) = blocks(DOCS / "running.md", "bash")
    (machine.folder / "bashrc").write_text(block.text, encoding="utf-8")

    out = machine.run("bash -euc '. ./bashrc; complete -p pleio-profile-sync-client'")

    assert "complete -o nosort -F" in out


def test_the_command_of_the_systemd_service_syncs(machine: Machine, sandbox: RunningSandbox) -> None:
    service = _unit("pleio-profile-sync.service")["Service"]

    machine.run(f"API_SECRET_FILE=/etc/pleio/api_secret {service['ExecStart']}")

    assert (machine.folder / "state" / "report.html").exists()
    assert sandbox.store.users.with_external_id(_NEWCOMER)


@pytest.mark.parametrize("name", ["pleio-profile-sync.service", "pleio-profile-sync.timer"])
def test_the_systemd_units_are_well_formed(name: str) -> None:
    assert set(_unit(name)) - {"DEFAULT"} <= {"Unit", "Service", "Timer", "Install"}


def test_the_systemd_service_hands_the_secret_over_as_a_credential() -> None:
    service = _unit("pleio-profile-sync.service")["Service"]

    assert service["LoadCredential"].split(":")[0] == "api_secret"
    assert service["Environment"] == "API_SECRET_FILE=%d/api_secret"
    assert service["StateDirectory"] == "pleio-profile-sync"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/pleio-profile-sync/bin", str(SCRIPT.parent))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")

    ended = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "")


def _unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
    parser.read_string((UNITS / name).read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize(
    ("page", "block"),
    [(page, block) for page in PAGES for block in blocks(page, "toml")],
    ids=lambda value: value.name if isinstance(value, Path) else f"line {value.line}",
)
def test_the_client_accepts_each_configuration_file_of_a_page(page: Path, block: Block, tmp_path: Path) -> None:
    path = tmp_path / "sync.toml"
    for text in (block.text, re.sub(r"^# (?=\w+ = )", "", block.text, flags=re.MULTILINE)):  # what is commented out too
        path.write_text(text, encoding="utf-8")
        read_config_file(path)


def test_every_option_that_a_page_names_exists(command: Command) -> None:
    helps = [command(*name, "--help").out for name in ((), *((name,) for name in _SUBCOMMANDS))]
    existing = {option for text in helps for option in re.findall(r"--[a-z][a-z-]*", text)}

    for page in (page for page in PAGES if page.name != "CONTRIBUTING.md"):  # which names other tools' options
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", prose(page)))
        for block in blocks(page, "sh", "crontab"):
            for line in block.text.replace("\\\n", " ").splitlines():
                if line.strip().startswith("pleio-profile-sync-client"):
                    named |= set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", line))
        assert named - existing - OTHERS_OPTIONS == set(), page.name


def test_every_option_is_named_in_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    options = [*COMMAND_LINE, "port", "database", "version", "help"]

    assert [name for name in options if f"--{name.replace('_', '-')}" not in text] == []


def test_every_problem_is_explained_in_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)

    assert [code for code in (*ACCEPTABLE_PROBLEMS, *RUN_PROBLEMS) if f"`{code}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in relative_links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_keys_of_the_json_log_are_those_of_the_page(machine: Machine) -> None:
    out = machine.run(f"API_SECRET_FILE=/etc/pleio/api_secret {_SYNC} --ban --only-linked true --log-format json")
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    rows = _table(DOCS / "watching.md", "As JSON")
    assert {"planned", "applied"} & {line.get("outcome") for line in lines}
    assert {key for line in lines for key in line} <= rows
    section = _section(DOCS / "watching.md", "As JSON")
    assert [line["event"] for line in lines if f"`{line['event']}`" not in section] == []


def test_the_metrics_are_those_of_the_page(machine: Machine) -> None:
    machine.run(f"API_SECRET_FILE=/etc/pleio/api_secret {_SYNC} --metrics /var/lib/prometheus/node-exporter/sync.prom")
    text = (machine.folder / "metrics" / "sync.prom").read_text(encoding="utf-8")
    families = {family.name for family in text_string_to_metric_families(text)}

    named = {f"pleio_profile_sync_{name}" for name in _table(DOCS / "watching.md", "The metrics")}
    in_alerts = {
        name
        for block in blocks(DOCS / "watching.md", "yaml")
        for name in re.findall(r"pleio_profile_sync_\w+", block.text)
    }
    assert families <= named
    assert named - families == {"pleio_profile_sync_problems_by_code"}  # there are none
    assert in_alerts <= families


def test_the_keys_of_the_json_report_are_those_of_the_page(machine: Machine) -> None:
    machine.run(f"API_SECRET_FILE=/etc/pleio/api_secret {_SYNC} --report report.json")
    report = json.loads((machine.folder / "report.json").read_text(encoding="utf-8"))

    assert set(report) - {"format"} == _table(DOCS / "watching.md", "The report")
    page = (DOCS / "watching.md").read_text(encoding="utf-8")
    parts = (report["source"], report["subsite"], report["counts"], report["changes"][0], report["fuses"][0])
    assert [key for part in parts for key in part if f"`{key}`" not in page] == []


def test_the_fuses_are_those_of_the_page() -> None:
    """Of ten people, one gets the next one's name, one another value, and one an empty one."""
    rows, users = people(10)
    rows = [replace(one, profile={"KEY": "new"}, groups=("g1",)) for one in rows]
    rows[:2] = [replace(rows[0], name=rows[1].name), replace(rows[1], name="Kim Bos", profile={"KEY": ""})]
    users = [replace(one, profile={"KEY": "old"}) for one in users]
    guids = [str(one.guid) for one in users]
    memory = Memory(dict.fromkeys(guids, Remembered(groups=frozenset())), last_list=frozenset(guids))

    fuses = {fuse.fuse for fuse in plan(rows, users, DELETE, memory=memory).fuses}

    assert fuses == _table(DOCS / "safety.md", "The fuses")


def test_each_exit_status_has_its_advice() -> None:
    rows = _section(DOCS / "running.md", "What to do at each exit status")
    statuses = {
        int(status) for cell in re.findall(r"^\| ([\d, ]+) \|", rows, re.MULTILINE) for status in cell.split(",")
    }

    assert statuses == set(EXIT_MEANINGS)


def _table(page: Path, heading: str) -> set[str]:
    """Return the names in backquotes of the first column of the section's tables."""
    cells = re.findall(r"^ *\| (`[^|]+) \|", _section(page, heading), re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def _section(page: Path, heading: str) -> str:
    parts = re.split(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return parts[parts.index(heading) + 1]
