"""The command with a workbook and with another program's output."""

import csv
import io
import json
import sys
from pathlib import Path

from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.process import Command
from tests.workbooks import row, workbook

HEADERS = ("external_id", "name", "email")
ANNA = ("P1", "Anna Bakker", "anna@gemeente.test")


def test_a_workbook_is_checked_by_sheet_and_row(command: Command, tmp_path: Path) -> None:
    rows = row(1, *HEADERS) + row(2, *ANNA) + row(9, "P2", "Jan", "")
    (tmp_path / "people.xls").write_bytes(workbook({"Staf": rows, "Oud": ""}))
    (tmp_path / "sync.toml").write_text('source = "people.xls"\n[workbook]\nsheet = "staf"\n', encoding="utf-8")
    assert "several sheets" in command("check", "--source", "people.xls").error
    ended = command("check", "--config", "sync.toml", "--rejects", "bad.csv")
    assert ended.status == 1
    assert 'Row 9 of the sheet "Staf": ' in ended.out
    text = (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["line", "problem", *HEADERS],
        ["9", "missing_email", "P2", "Jan", ""],
    ]


def test_a_workbook_takes_no_encoding(command: Command, tmp_path: Path) -> None:
    (tmp_path / "people.xlsx").write_bytes(workbook({"Staf": row(1, *HEADERS) + row(2, *ANNA)}))
    for option in (("--encoding", "utf-8"), ("--delimiter", ";")):
        ended = command("check", "--source", "people.xlsx", *option)
        assert (ended.status, "is a workbook" in ended.error) == (2, True)
    assert command("check", "--source", "people.xlsx", "--max-source-age", "1h").status == 0


def test_without_its_extra_a_workbook_says_what_to_install(command: Command, tmp_path: Path) -> None:
    (tmp_path / "people.xlsx").write_bytes(workbook({"Staf": row(1, *HEADERS) + row(2, *ANNA)}))
    (tmp_path / "people.csv").write_text("external_id,name,email\nP1,Anna,anna@gemeente.test\n", encoding="utf-8")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "openpyxl.py").write_text("raise ModuleNotFoundError('openpyxl', name='openpyxl')", encoding="utf-8")
    environ = {"PYTHONPATH": str(hidden)}
    ended = command("check", "--source", "people.xlsx", environ=environ)
    assert (ended.status, "openpyxl, which is not installed" in ended.error) == (2, True)
    assert "pip install 'pleio-profile-sync-client[workbook]'" in ended.err
    assert command("check", "--source", "people.csv", environ=environ).status == 0


def test_a_program_is_run_for_a_sync_and_its_failure_ends_it(
    command: Command, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("external_id,name,email\nP1,Anna,anna@gemeente.test\n", encoding="utf-8")
    program = "import sys; open('runs', 'a').write('x'); print(open('people.csv').read()); sys.exit(int(sys.argv[1]))"
    configuration = f'destination = "{sandbox.url}"\nreport = "report.json"\n[command]\n'
    for status in (0, 3):
        (tmp_path / f"{status}.toml").write_text(
            f'{configuration}run = ["{sys.executable}", "-c", "{program}", "{status}"]\n', encoding="utf-8"
        )
    assert command("--config", "0.toml", "--force", environ={"API_SECRET": SECRET}).status == 0
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "x"
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["source"]["location"] == Path(sys.executable).name
    assert report["counts"]["applied"] == 1
    ended = command("--config", "3.toml", "--delete", environ={"API_SECRET": SECRET})
    assert ended.status == 4
    assert "ended with exit status 3" in ended.out
