"""How long a test waits for another thread before it has failed."""

from collections.abc import Callable
from threading import Event

PATIENCE_S = 60.0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another thread to have come so far."""
    tick = Event()
    for _ in range(int(PATIENCE_S * 100)):
        if is_so():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come so far")
