"""`check` as a process: its exit status, what it prints, the rejects file."""

from pathlib import Path

import pytest

from tests.cli.process import Command
from tests.corpus.make_corpus import CASES, FOLDER

STATUSES = {
    "users.csv": 0,
    "unknown-headers.csv": 0,
    "users-with-problems.csv": 1,
    "cut-inside-quotes.csv": 1,
    "first-problem-counts.csv": 4,
    "headers-only.csv": 4,
    "workbook-with-password.xlsx": 4,
    "a-nul.csv": 4,
    "no-name.csv": 4,
}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_the_exit_status_is_that_of_the_case(command: Command, name: str, status: int) -> None:
    assert CASES[name].exit_status == status
    assert command("check", "--source", str(FOLDER / name)).status == status


def test_problems_are_printed_with_lines_and_written_to_the_rejects_file(command: Command, tmp_path: Path) -> None:
    ended = command("check", "--source", str(FOLDER / "users-with-problems.csv"), "--rejects", "to-fix.csv")
    assert "missing_email (1 row)" in ended.out
    assert "Line 4: " in ended.out
    assert "12 rows were written to to-fix.csv" in ended.out
    rejects = (tmp_path / "to-fix.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rejects[0].startswith('"line","problem","external_id"')
    assert rejects[1].startswith('"4","missing_email","0010030","Fleur Bos"')


def test_a_rejects_file_that_cannot_be_written_is_wrong_use(command: Command) -> None:
    ended = command("check", "--source", str(FOLDER / "users-with-problems.csv"), "--rejects", "gone/to-fix.csv")
    assert ended.status == 2
    assert "gone/to-fix.csv can't be written" in ended.error
    assert "--rejects" in ended.err


def test_mended_rejects_are_read_back_without_a_warning(command: Command, tmp_path: Path) -> None:
    command("check", "--source", str(FOLDER / "missing-email.csv"), "--rejects", "to-fix.csv")
    rejects = tmp_path / "to-fix.csv"
    fixed = rejects.read_text(encoding="utf-8-sig").replace('""', '"jan@gemeente.test"')
    rejects.write_text(fixed, encoding="utf-8")
    ended = command("check", "--source", "to-fix.csv")
    assert ended.status == 0
    assert "0 problems, 0 warnings" in ended.out
    assert "not used: from a rejects file" in ended.out


def test_a_source_without_a_good_row_is_shown_before_it_is_refused(command: Command) -> None:
    ended = command("check", "--source", str(FOLDER / "first-problem-counts.csv"))
    assert "duplicate_external_id (2 rows)" in ended.out
    assert "has no good row" in ended.error
    assert "The command check" not in ended.err
    assert "above" in ended.err


def test_accepted_problems_leave_the_exit_status_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,email\nJan,\nPiet,piet@gemeente.test\n", encoding="utf-8")
    assert command("check", "--source", "users.csv").status == 1
    assert command("check", "--source", "users.csv", "--accept", "missing_email").status == 0


def test_avatars_are_looked_at(command: Command, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,email,avatar\nJan,jan@gemeente.test,none.jpg\n", encoding="utf-8")
    ended = command("check", "--source", "users.csv", "--rejects", "to-fix.csv")
    assert ended.status == 1
    assert 'Line 2 (Jan): The avatar "none.jpg" does not exist' in ended.out
    assert '"2","avatar_missing","Jan"' in (tmp_path / "to-fix.csv").read_text(encoding="utf-8-sig")


def test_a_source_that_can_add_nobody_is_warned_of_once_and_is_fine(command: Command, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,email\nJan,jan@gemeente.test\n", encoding="utf-8")
    (tmp_path / "sync.toml").write_text('[columns]\nexternal_id = "email"\n', encoding="utf-8")
    without = command("check", "--source", "users.csv")
    mapped = command("check", "--source", "users.csv", "--config", "sync.toml")
    assert (without.status, mapped.status) == (0, 0)
    assert without.out.count("The source has no external_id column: new users can't be added") == 1
    assert "external_id column" not in mapped.out


def test_standard_input_is_read(command: Command) -> None:
    ended = command("check", "--source", "-", stdin="name,email\nJan,jan@gemeente.test\n")
    assert (ended.status, ended.err) == (0, "")
    assert "standard input" in ended.out


def test_a_pipe_that_is_named_as_a_file_is_refused(command: Command) -> None:
    ended = command("check", "--source", "/dev/stdin", stdin="name,email\n")
    assert ended.status == 4
    assert "is a pipe, not a file" in ended.error


def test_what_the_source_holds_cannot_write_to_the_terminal(command: Command, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(
        "name,email,\x1b[31m\n\x1b]0;x\x07,a@gemeente.test,\nJan,\x9b2J,\nP,p@q,x\n", encoding="utf-8"
    )
    seen = command("check", "--source", "users.csv")
    assert (seen.out + seen.err).replace("\n", "").isprintable()


def test_a_look_over_imports_nothing_that_only_a_run_needs(command: Command, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("name,email\nJan,jan@gemeente.test\n", encoding="utf-8")
    ended = command("check", "--source", "users.csv", environ={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.err.splitlines()}
    assert "msgspec" in imported
    assert imported.isdisjoint({"http", "ssl", "sqlite3", "filelock", "jinja2"})
