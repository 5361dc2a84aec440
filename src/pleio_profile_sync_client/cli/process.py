"""What the process gets from outside: its standard streams, and the signals that end it.

SIGINT, SIGTERM and SIGHUP end it at once if nothing is under way; otherwise they ask the run to end.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from pleio_profile_sync_client.errors import EXIT_SIGHUP, EXIT_SIGINT, EXIT_SIGTERM

_EXIT_STATUSES = {
    getattr(signal, name): status
    for name, status in (("SIGINT", EXIT_SIGINT), ("SIGTERM", EXIT_SIGTERM), ("SIGHUP", EXIT_SIGHUP))
    if hasattr(signal, name)
}
_REASONS = {status: f"stopped by {number.name}" for number, status in _EXIT_STATUSES.items()}


class StopSignals:
    """The port `Signals` over this process' own.

    A signal ends the process at once, by `SystemExit` in the main thread. Within `deferred`, the first signal is only
    noted; a SIGINT after that ends the process at once, without writing anything more. After `deferred`, signals are
    ignored: the run has said how it ended, and the process is about to end.
    """

    def __init__(self) -> None:
        self._exit_status: int | None = None
        self._is_deferred = False

    @property
    def exit_status(self) -> int | None:
        """129, 130 or 143 by the signal that came first; None if there was none."""
        return self._exit_status

    @property
    def reason(self) -> str | None:
        """Why the run stops, for its log and for what was not attempted: `stopped by SIGTERM`."""
        return None if self._exit_status is None else _REASONS[self._exit_status]

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within, a signal is noted instead of ending the process; the caller looks at `reason` and comes to an end."""
        with self._deferring(is_deferred=True):
            try:
                yield
            finally:
                for number in _EXIT_STATUSES:
                    if signal.getsignal(number) == self._receive:
                        signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within, in `deferred` too, a signal ends the process by `SystemExit`: for waits that can't be cut short.

        Reading standard input is one. A signal that came before ends it here.
        """
        with self._deferring(is_deferred=False):
            if self._exit_status is not None:
                raise SystemExit(self._exit_status)
            yield

    @contextmanager
    def _deferring(self, *, is_deferred: bool) -> Iterator[None]:
        before, self._is_deferred = self._is_deferred, is_deferred
        try:
            yield
        finally:
            self._is_deferred = before

    def install(self) -> None:
        """Handle the signals; to be called in the main thread. Ignored ones remain ignored, as SIGHUP under nohup."""
        for number in _EXIT_STATUSES:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._exit_status is not None and number == signal.SIGINT:
            os._exit(self._exit_status)
        if self._exit_status is None:
            self._exit_status = _EXIT_STATUSES[signal.Signals(number)]
        if not self._is_deferred:
            raise SystemExit(self._exit_status)


def ready_streams() -> None:
    """Open closed streams, so that no file of ours gets their number; write out characters that can't be shown.

    A parent may start the command with standard output closed. The next file that is opened, such as the state, would
    then be standard output.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def drop_output() -> None:
    """Discard what is left for standard output, once it can't be written: Python would fail on it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person may be looking: the stream is there, open, and a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def is_colourful(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether to write in colour there: on a terminal that can, unless NO_COLOR says otherwise.

    Not on Windows, whose consoles may not understand colour codes.
    """
    return os.name != "nt" and is_terminal(stream) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
