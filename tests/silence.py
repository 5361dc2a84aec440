"""A progress that nobody looks at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Silence:
    """Shows nothing."""

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        yield lambda done: None


SILENCE = Silence()
