"""A program's output counts only if the program says that all went well, and nothing of it is left running."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.command import CommandSource
from pleio_profile_sync_client.sync.ending import RunEnding
from tests.signals import FakeSignals
from tests.silence import SILENCE

PEOPLE = "external_id,name,email\nP1,Zoë,zoe@gemeente.test\n"


def source(folder: Path, *run: str, timeout_s: float = 60, **environ: str) -> CommandSource:
    return CommandSource(run, folder=folder, timeout_s=timeout_s, environ={**os.environ, **environ})


def python(folder: Path, program: str, *arguments: str, timeout_s: float = 60, **environ: str) -> CommandSource:
    return source(folder, sys.executable, "-c", program, *arguments, timeout_s=timeout_s, **environ)


def refusal(command: CommandSource) -> SourceError:
    with pytest.raises(SourceError) as caught:
        command.read(SILENCE)
    return caught.value


def test_what_a_program_prints_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    reading = python(tmp_path, "import sys; sys.stdout.write(open('people.csv', encoding='utf-8').read())").read(
        SILENCE
    )
    assert [user.name for user in reading.users] == ["Zoë"]
    assert reading.location == Path(sys.executable).name


def test_a_program_with_a_path_of_its_own_is_in_the_configurations_folder(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "people"
    program.write_text(f"#!{sys.executable}\nprint('name,email\\nJan,jan@gemeente.test')\n", encoding="utf-8")
    program.chmod(0o755)
    assert len(source(tmp_path, "bin/people").read(SILENCE).users) == 1


def test_it_is_run_once(tmp_path: Path) -> None:
    command = python(tmp_path, f"open('runs', 'a').write('x'); print({PEOPLE!r})")
    command.read(SILENCE)
    command.examine(SILENCE)
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "x"


def test_its_arguments_are_read_by_no_shell(tmp_path: Path) -> None:
    reading = python(tmp_path, "import sys; print('name,email'); print(sys.argv[1] + ',a@b')", "$HOME;*").read(SILENCE)
    assert reading.users[0].name == "$HOME;*"


def test_it_does_not_get_our_secret(tmp_path: Path) -> None:
    program = "import os; print('name,email'); [print(n + '=' + v + ',' + n + '@b') for n, v in os.environ.items()]"
    reading = python(tmp_path, program, API_SECRET="geheim", API_SECRET_FILE="x", PGUSER="pleio").read(SILENCE)
    names = {user.name.partition("=")[0] for user in reading.users}
    assert "PGUSER" in names
    assert names.isdisjoint({"API_SECRET", "API_SECRET_FILE"})


def test_it_gets_no_standard_input(tmp_path: Path) -> None:
    assert python(tmp_path, f"import sys; assert not sys.stdin.read(); print({PEOPLE!r})").read(SILENCE).users


def test_a_program_that_fails_has_printed_nothing_that_counts(tmp_path: Path) -> None:
    program = f"import sys; print({PEOPLE!r}); sys.stderr.write('geen\\x1b[31m rechten\\n'); sys.exit(3)"
    error = refusal(python(tmp_path, program, "wachtwoord"))
    assert "ended with exit status 3; its last words: geen" in str(error)
    assert str(error).isprintable()
    assert "rechten" not in error.uploadable
    assert "wachtwoord" not in f"{error}{error.hint}{error.uploadable}"


def test_only_the_end_of_what_it_says_is_shown(tmp_path: Path) -> None:
    error = refusal(python(tmp_path, "import sys; sys.stderr.write('x' * 500_000 + ' het eind'); sys.exit(1)"))
    assert str(error).endswith("x het eind.")
    assert len(str(error)) < 600


def test_a_program_that_was_ended_by_a_signal_has_printed_nothing_that_counts(tmp_path: Path) -> None:
    error = refusal(python(tmp_path, f"import os; print({PEOPLE!r}, flush=True); os.kill(os.getpid(), 9)"))
    assert "was ended by SIGKILL" in str(error)


@pytest.mark.parametrize("program", ["niet-hier", "bin/niet-hier", "/niet/hier", "\0", "psql --csv"])
def test_a_program_that_is_not_there_is_named(tmp_path: Path, program: str) -> None:
    error = refusal(source(tmp_path, program))
    assert "can't be run" in str(error)
    assert error.hint


@pytest.mark.parametrize(
    "program",
    [
        "import time; print('name,email'); time.sleep(600)",
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
        "import os, time; os.close(1); time.sleep(600)",
    ],
    ids=["goes on", "does not listen", "has closed its output"],
)
def test_a_program_that_takes_too_long_is_ended(tmp_path: Path, program: str) -> None:
    assert "did not end within 1.0 s" in str(refusal(python(tmp_path, program, timeout_s=1)))


@pytest.mark.parametrize(
    "program", ["print('name,email', flush=True); time.sleep(600)", "os.close(1); time.sleep(600)"]
)
def test_a_program_that_goes_on_when_the_run_has_to_end_is_ended(tmp_path: Path, program: str) -> None:
    command = python(tmp_path, f"import os, time; {program}")
    with pytest.raises(SourceError, match=r"was stopped because the run had to end: --max-duration has run out"):
        command.read(SILENCE, RunEnding(FakeSignals(), deadline_s=0))


CHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], {where})
open("child", "w").write(str(child.pid))
print("name,email\\nJan,jan@gemeente.test", flush=True)
{then}
"""


def is_running(process: int) -> bool:
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("where", "then", "is_read"),
    [
        ("stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL", "", True),
        ("stdout=subprocess.DEVNULL", "", True),
        ("", "", False),
        ("", "import time; time.sleep(600)", False),
        ("stdout=subprocess.DEVNULL", "sys.exit(1)", False),
    ],
    ids=["apart", "holds standard error", "holds the output", "of one that goes on", "of one that failed"],
)
def test_its_children_are_ended_too(tmp_path: Path, where: str, then: str, is_read: bool) -> None:
    command = python(tmp_path, CHILD.format(where=where, then=then), timeout_s=2)
    if is_read:
        assert len(command.read(SILENCE).users) == 1
    else:
        refusal(command)
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        os.sched_yield()
    assert not is_running(child)


def test_a_signal_that_ends_the_run_ends_the_program(tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise SystemExit(143)

    before = signal.signal(signal.SIGUSR1, stop)
    try:
        program = f"import os, signal, time; open('p', 'w').write(str(os.getpid())); os.kill({os.getpid()}, 10); "
        with pytest.raises(SystemExit):
            python(tmp_path, f"{program}time.sleep(600)").read(SILENCE)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not is_running(int((tmp_path / "p").read_text(encoding="utf-8")))


def test_avatars_are_in_the_configurations_folder(tmp_path: Path) -> None:
    (tmp_path / "zoe.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    command = python(tmp_path, f"print({PEOPLE!r})")
    assert not hasattr(command.examine_avatar("zoe.jpg", None), "code")
    assert getattr(command.examine_avatar("../zoe.jpg", None), "code", "") == "avatar_outside"
