"""Showing long lists a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list of `total` items, from its `first` on. Pages and items count from 1."""

    items: Sequence[Item]
    number: int
    pages: int
    total: int
    first: int

    @property
    def previous(self) -> int | None:
        """The page before this one; None before the first."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page behind this one; None behind the last."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def last(self) -> int:
        """The position of the last item that is shown, counted from 1."""
        return self.first + len(self.items) - 1


def cut_page(items: Sequence[Item], number: str | None, *, size: int) -> Page[Item]:
    """Cut out the page that is asked for; the nearest there is, where the number is out of range or none."""
    pages = max(1, -(-len(items) // size))
    wanted = int(number) if number and number.isascii() and number.isdigit() and len(number) < 10 else 1
    current = min(max(wanted, 1), pages)
    start = (current - 1) * size
    return Page(items=items[start : start + size], number=current, pages=pages, total=len(items), first=start + 1)
