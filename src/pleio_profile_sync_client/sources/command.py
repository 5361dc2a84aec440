"""A program's output as a source: a CSV that counts only if the program says that all went well."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

from pleio_profile_sync_client.core.models import Avatar, Finding
from pleio_profile_sync_client.core.ports import Progress
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.core.wording import describe_duration
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.avatars import AvatarFolder
from pleio_profile_sync_client.sources.csv_text import parse_csv
from pleio_profile_sync_client.sources.records import Records
from pleio_profile_sync_client.sources.source import RecordSource

OUR_SECRETS = ("API_SECRET", "API_SECRET_FILE")
"""What of the environment is not the program's business."""

LARGEST_OUTPUT = 1024**3
_END_OF_ERRORS = 2_000
_SHOWN_OF_ERRORS = 400
_CHUNK = 64 * 1024
_FOR_THE_END_S = 2.0
_FOR_ERRORS_S = 2.0
"""How long to wait for the rest of standard error: a child that was left behind may hold it for ever."""


class CommandSource(RecordSource):
    """A program that prints the people as a CSV.

    `run` is the program and its arguments, taken as they are, without a shell; it works in `folder`, to which avatars
    are relative too. It is run once, whatever is asked of the source.
    """

    def __init__(
        self,
        run: Sequence[str],
        *,
        folder: Path,
        timeout_s: float,
        environ: Mapping[str, str],
        columns: Mapping[str, str] = {},
        skip: Mapping[str, Sequence[str]] = {},
        ignore: Sequence[str] = (),
        encoding: str | None = None,
        delimiter: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(columns=columns, skip=skip, ignore=ignore)
        self._run = tuple(run)
        self._folder = folder
        self._timeout_s = timeout_s
        self._environ = {name: value for name, value in environ.items() if name not in OUR_SECRETS}
        self._encoding = encoding
        self._delimiter = delimiter
        self._clock = clock
        self._avatars = AvatarFolder(folder)
        self._output: bytes | None = None

    @property
    def location(self) -> str:
        """The program's name alone: its arguments may hold passwords."""
        return visible(Path(self._run[0]).name)

    def load(self, progress: Progress) -> Records:
        """Run the program, unless it was run, and understand its output as a CSV."""
        if self._output is None:
            with progress.phase(f"waiting for {self.location}", None):
                self._output = self._run_once()
        return parse_csv(
            self._output,
            location=self.location,
            encoding=self._encoding,
            delimiter=self._delimiter,
            mapping=self._columns,
        )

    def is_changed(self) -> bool:
        """Tell that it is not: nobody knows, short of running the program again."""
        return False

    def examine_avatar(self, path: str, known: Avatar | None) -> Avatar | Finding:
        """Check an avatar in the configuration's folder; its bytes are read only where it is not as `known`."""
        return self._avatars.examine(path, known)

    def read_avatar(self, path: str) -> tuple[Avatar, bytes] | Finding:
        """Read an avatar's bytes, checked again, with what they are."""
        return self._avatars.read(path)

    def _run_once(self) -> bytes:
        process = self._start()
        output, errors = _Output(process.stdout, at_most=LARGEST_OUTPUT), _Output(process.stderr, keep=_END_OF_ERRORS)
        deadline = self._clock() + self._timeout_s
        status: int | None = None
        try:
            # An output that somebody still holds is not whole, even where the program itself has ended.
            if output.wait(self._timeout_s):
                with suppress(subprocess.TimeoutExpired):
                    status = process.wait(max(deadline - self._clock(), 0))
        finally:
            _end(process)
        errors.wait(_FOR_ERRORS_S)
        self._refuse(status, output, errors)
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
            hint = "Give its whole path: cron and systemd look in few folders."
            if len(self._run) == 1 and " " in self._run[0]:
                hint = 'Each argument is a string of its own: run = ["psql", "--csv", "-f", "people.sql"].'
            raise SourceError(f"The program {self.location} can't be run: {reason}.", hint=hint) from error

    def _refuse(self, status: int | None, output: "_Output", errors: "_Output") -> None:
        """Raise `SourceError` unless all of the output is there and the program says that all went well."""
        if output.is_too_long:
            raise SourceError(
                f"The program {self.location} printed more than {LARGEST_OUTPUT // 1024**2} MB and was ended.",
                hint="Does it print what it should?",
            )
        if status is None:
            time = describe_duration(self._timeout_s)
            what = f"did not end within {time}, so it was ended and nothing of its output counts"
            hint = "Why does it take so long? If it has to, raise timeout in the configuration, under [command]."
        elif status < 0:
            what, hint = f"was ended by {_name_signal(-status)}", "Nothing of its output counts."
        elif status:
            what, hint = f"ended with exit status {status}", "Nothing of its output counts. Run it by hand to see why."
        else:
            return
        said = " ".join(errors.content.decode("utf-8", "replace").split())[-_SHOWN_OF_ERRORS:]
        raise SourceError(
            f"The program {self.location} {what}" + (f"; it said last: {visible(said)}" if said else ""),
            hint=hint,
            uploadable=f"The program {self.location} {what}.",
        )


class _Output:
    """What a program writes, read by a thread: all of it up to `at_most` bytes, or with `keep` only the end."""

    def __init__(self, stream: IO[bytes] | None, *, at_most: int | None = None, keep: int | None = None) -> None:
        self.is_whole = False
        self.is_too_long = False
        self._chunks: list[bytes] = []
        self._stream = stream
        self._at_most = at_most
        self._keep = keep
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def content(self) -> bytes:
        return b"".join(self._chunks)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end; tell whether all of it was read."""
        self._thread.join(timeout_s)
        return self.is_whole

    def _read(self) -> None:
        length = 0
        stream = self._stream
        if stream is None:
            return
        with stream:
            while chunk := os.read(stream.fileno(), _CHUNK):
                length += len(chunk)
                if self._at_most is not None and length > self._at_most:
                    self.is_too_long = True
                    return
                self._chunks = [(b"".join(self._chunks) + chunk)[-self._keep :]] if self._keep else self._chunks
                if not self._keep:
                    self._chunks.append(chunk)
        self.is_whole = True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started, if anything of them is left: first asking, then not."""
    if process.poll() is None:
        _send(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_FOR_THE_END_S)
    _send(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the program and its children, or where there are no groups of processes to it alone."""
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
