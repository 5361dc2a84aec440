"""How far something long is: a bar on standard error where that is a terminal, else nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from pleio_profile_sync_client.cli.terminal import is_terminal
from pleio_profile_sync_client.core.ports import Progress

_DELAY_S = 1


class SilentProgress:
    """Shows nothing, where nobody looks."""

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Begin a phase that is not shown."""
        del what, total
        yield lambda _done: None


class BarProgress:
    """Shows a bar for each phase that takes longer than a second, and removes it at its end."""

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """Begin a phase of `total` items, with a bar."""
        tqdm = import_module("tqdm").tqdm  # only where a bar can be seen: it costs each start of the command
        with tqdm(desc=what, total=total, delay=_DELAY_S, leave=False, file=sys.stderr, dynamic_ncols=True) as bar:
            yield lambda done: bar.update(done) and None


def choose_progress() -> Progress:
    """Return a bar if standard error is a terminal, else silence."""
    return BarProgress() if is_terminal(sys.stderr) else SilentProgress()
