"""The progress of something long: a bar on standard error if that is a terminal, else nothing."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from typing import Any, TextIO, cast

from pleio_profile_sync_client.cli.process import is_terminal
from pleio_profile_sync_client.core.ports import Progress

_DELAY_S = 1.0
_KNOWN_TOTAL = "{desc}: {n_fmt} of {total_fmt} users {bar:20} {remaining} left"
_UNKNOWN_TOTAL = "{desc}: {n_fmt} users, {elapsed}"


@contextmanager
def progress_shown() -> Iterator[Progress]:
    """Give what shows progress: bars if standard error is a terminal; lines on standard output then make them way."""
    if not is_terminal(sys.stderr):
        yield SilentProgress()
        return
    bars = BarProgress(sys.stderr)
    if not is_terminal(sys.stdout):
        yield bars
        return
    with redirect_stdout(cast("TextIO", LinesBesideBars(sys.stdout, bars))):
        yield bars


class SilentProgress:
    """Shows nothing, if nobody is watching."""

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Begin a phase that is not shown."""
        yield lambda _done: None


class BarProgress:
    """Shows a bar for each phase that takes longer than a second, and removes it at its end."""

    def __init__(self, stream: TextIO, *, delay_s: float = _DELAY_S) -> None:
        # Imported only if a bar can be seen: it slows down each start of the command.
        self._make_bar = import_module("tqdm").tqdm
        self._stream = RedrawnLine(stream) if os.name == "posix" else stream
        self._delay_s = delay_s
        self._bars: list[Any] = []

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Begin a phase of `total` items, with a bar."""
        with self._make_bar(
            desc=what,
            total=total,
            delay=self._delay_s,
            leave=False,
            file=self._stream,
            dynamic_ncols=True,
            bar_format=_UNKNOWN_TOTAL if total is None else _KNOWN_TOTAL,
        ) as bar:
            self._bars.append(bar)
            try:
                yield lambda done: bar.update(done) and None
            finally:
                self._bars.remove(bar)

    @contextmanager
    def cleared(self) -> Iterator[None]:
        """Within, no bar is in the way of what is written; each comes back with its next step."""
        with self._make_bar.get_lock():
            for bar in self._bars:
                bar.clear(nolock=True)
            yield


class RedrawnLine:
    """The terminal that bars are drawn on, so that nothing of an earlier one is left when it becomes narrower.

    A line that no longer fits takes several rows then; the bar's padding would take more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._length = 0

    def write(self, text: str) -> int:
        """Write a bar, which begins with a carriage return, in place of the earlier one; and anything else as it is."""
        bar = text.removeprefix("\r").rstrip(" ")
        if not text.startswith("\r") or "\n" in bar:
            return self._stream.write(text)
        rows_above = max(self._length - 1, 0) // self._columns()
        up = f"\x1b[{rows_above}A" if rows_above else ""
        self._length = len(bar)
        return self._stream.write(f"\r{up}\x1b[J{bar}")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _columns(self) -> int:
        try:
            return max(os.get_terminal_size(self._stream.fileno()).columns, 1)
        except (OSError, ValueError):
            return 1_000


class LinesBesideBars:
    """Standard output on the same terminal as the bars, which make way for its lines."""

    def __init__(self, stream: TextIO, bars: BarProgress) -> None:
        self._stream = stream
        self._bars = bars

    def write(self, text: str) -> int:
        """Write where the bar was."""
        with self._bars.cleared():
            return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
