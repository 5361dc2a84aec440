"""Signals that come when the test says so."""

from collections.abc import Iterator
from contextlib import contextmanager


class FakeSignals:
    """None comes until `reason` is set."""

    reason: str | None = None

    @property
    def exit_status(self) -> int | None:
        return None if self.reason is None else 143

    @contextmanager
    def deferred(self) -> Iterator[None]:
        yield

    @contextmanager
    def at_once(self) -> Iterator[None]:
        yield
