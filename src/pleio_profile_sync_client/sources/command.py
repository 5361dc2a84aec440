"""A program's output as a source: a CSV that counts only if the program says that all went well."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.core.ports import Ending, Progress
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.csv_text import parse_csv
from pleio_profile_sync_client.sources.files_and_pipes import PipeReader, wait_until
from pleio_profile_sync_client.sources.records import Records
from pleio_profile_sync_client.sources.source import FolderSource

OUR_SECRETS = ("API_SECRET", "API_SECRET_FILE")
"""Variables of the environment that the program does not get."""

LARGEST_OUTPUT = 1024**3
_END_OF_ERRORS = 2_000
_SHOWN_OF_ERRORS = 400
_FOR_THE_END_S = 2.0
_FOR_THE_REST_S = 2.0
"""How long to wait for the rest of the output: a child process that was left behind may keep it open forever."""


class CommandSource(FolderSource):
    """A program that prints the people as a CSV.

    `run` is the program and its arguments, used as they are, without a shell; it runs in `folder`, to which avatars are
    relative too. It is run only once, however often the source is used.
    """

    def __init__(
        self,
        run: Sequence[str],
        layout: Layout = Layout(),  # noqa: B008 -- frozen
        *,
        folder: Path,
        timeout_s: float,
        environ: Mapping[str, str],
    ) -> None:
        super().__init__(layout, folder)
        self._run = tuple(run)
        self._folder = folder
        self._timeout_s = timeout_s
        self._environ = {name: value for name, value in environ.items() if name not in OUR_SECRETS}
        self._output: bytes | None = None

    @property
    def location(self) -> str:
        """The program's name alone: its arguments may hold passwords."""
        return visible(Path(self._run[0]).name)

    def load(self, progress: Progress, ending: Ending | None = None) -> Records:
        """Run the program, unless it has been run, and parse its output as a CSV."""
        if self._output is None:
            with progress.phase(f"waiting for {self.location}", None):
                self._output = self._run_once(ending)
        return parse_csv(self._output, location=self.location, layout=self._layout)

    def _run_once(self, ending: Ending | None) -> bytes:
        process = self._start()
        output = PipeReader(process.stdout, at_most=LARGEST_OUTPUT)
        errors = PipeReader(process.stderr, keep=_END_OF_ERRORS)

        def is_through(timeout_s: float) -> bool:
            # An output that is still open elsewhere is not complete, even if the program itself has ended.
            return output.has_ended(timeout_s) and (not output.is_whole or _has_ended(process, timeout_s))

        try:
            is_in_time = wait_until(is_through, timeout_s=self._timeout_s, ending=ending)
            status = process.poll() if is_in_time else None
        finally:
            _end(process)
            for pipe in (output, errors):
                pipe.has_ended(_FOR_THE_REST_S)
                pipe.close()
        self._refuse(status, output, errors, "" if ending is None else ending.reason)
        return output.content

    def _start(self) -> subprocess.Popen[bytes]:
        program = self._run[0]
        if Path(program).name != program:
            program = str(self._folder / program)
        try:
            return subprocess.Popen(  # noqa: S603 -- what to run is the administrator's to say
                (program, *self._run[1:]),
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in it
            reason = getattr(error, "strerror", None) or "no usable name"
            hint = "Give its full path: cron and systemd look in few folders."
            if len(self._run) == 1 and " " in self._run[0]:
                hint = 'Each argument is a string of its own: run = ["psql", "--csv", "-f", "people.sql"].'
            raise SourceError(f"The program {self.location} can't be run: {reason}.", hint=hint) from error

    def _refuse(self, status: int | None, output: PipeReader, errors: PipeReader, why_ended: str) -> None:
        """Raise `SourceError` unless all of the output is there and the program succeeded."""
        if output.is_too_long:
            raise SourceError(
                f"The program {self.location} printed more than {LARGEST_OUTPUT // 1024**2} MB and was stopped.",
                hint="Does it print what it should?",
            )
        if status is None and why_ended:
            what, hint = f"was stopped because the run had to end: {why_ended}", "None of its output is used."
        elif status is None:
            time = describe_duration(self._timeout_s)
            what = f"did not end within {time}, so it was stopped and none of its output is used"
            hint = "Why does it take so long? If that is normal, raise timeout in the configuration, under [command]."
        elif status < 0:
            what, hint = f"was ended by {_name_signal(-status)}", "None of its output is used."
        elif status:
            what, hint = f"ended with exit status {status}", "None of its output is used. Run it by hand to see why."
        else:
            return
        said = " ".join(errors.content.decode("utf-8", "replace").split())[-_SHOWN_OF_ERRORS:]
        raise SourceError(
            f"The program {self.location} {what}" + (f"; its last words: {visible(said)}" if said else ""),
            hint=hint,
            uploadable=f"The program {self.location} {what}.",
        )


def _has_ended(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout_s)
    return process.poll() is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, if any of that is left: first politely, then by force."""
    if process.poll() is None:
        _send(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_FOR_THE_END_S)
    _send(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the program and its children, or, without process groups, to the program alone."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
    elif process.poll() is None:
        process.kill()


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
