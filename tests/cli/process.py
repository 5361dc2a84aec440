"""The command as a process: the console script, in a clean environment, and what it left behind."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.canaries import SECRET, assert_names_nobody

SCRIPT = Path(sys.executable).parent / "pleio-profile-sync-client"
_PASSED_ON = ("PATH", "COVERAGE_PROCESS_START", "SYSTEMROOT")


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The first line on standard error."""
        return self.err.partition("\n")[0]


class Command:
    """Runs the command in a folder of its own; looks for the secret in all that it wrote, for people in the state.

    `bytecode` is a folder for Python's compiled modules, which processes share; without it, each compiles anew.
    """

    def __init__(self, folder: Path, bytecode: Path | None = None) -> None:
        self.folder = folder
        self._bytecode = {"PYTHONPYCACHEPREFIX": str(bytecode)} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a clean environment, whose state folder is in the test's folder."""
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        own = {"HOME": str(self.folder), "STATE_DIRECTORY": str(self.folder / "state"), "LANG": "C.UTF-8"}
        return passed_on | self._bytecode | own | dict(more or {})

    @contextmanager
    def start(
        self, *args: str, environ: Mapping[str, str] | None = None, stdin: int = subprocess.PIPE
    ) -> Iterator[subprocess.Popen[str]]:
        """Start the command and leave it running inside the `with`; what it leaves is looked through at the end."""
        before = self._files()
        with subprocess.Popen(
            [SCRIPT, *args],
            cwd=self.folder,
            env=self.environment(environ),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            yield process
        for path, stamp in self._files().items():
            if before.get(path) != stamp:
                assert SECRET.encode() not in path.read_bytes(), path
        self.look_through_states()

    def __call__(self, *args: str, environ: Mapping[str, str] | None = None, stdin: str = "") -> Ended:
        """Run the command to its end; what it wrote may not hold `SECRET`."""
        with self.start(*args, environ=environ) as process:
            out, err = process.communicate(stdin, timeout=120)
        assert SECRET not in out + err
        return Ended(process.returncode, out, err)

    def look_through_states(self) -> None:
        """Look for people and the secret in state files, and in what SQLite keeps beside them."""
        for path in self._files():
            if ".sqlite3" in path.name:
                assert_names_nobody(path.read_bytes(), path, folder=self.folder)

    def on_terminal(self, *args: str, environ: Mapping[str, str] | None = None) -> str:
        """Run the command on a pseudo-terminal and return what a person would see there."""
        ours, theirs = os.openpty()
        with subprocess.Popen(
            [SCRIPT, *args],
            cwd=self.folder,
            env=self.environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        ):
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return shown.decode()

    def _files(self) -> dict[Path, tuple[int, int]]:
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side has closed
        return b""
