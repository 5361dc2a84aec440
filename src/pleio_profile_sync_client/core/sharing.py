"""Equal texts as one object: there may be a million people, and they share departments, functions and places."""

from collections.abc import Callable

_MOST_TEXTS = 20_000
"""A field in which hardly two people have the same value (a phone number) would fill the memory that is to be saved."""


def sharing(texts: dict[str, str]) -> Callable[[str, str], str]:
    """Return what takes a text, twice, and gives the equal one of `texts`; it grows up to some thousands.

    Ask again every now and then: what was returned goes on as it began. A method of a dict costs half a function.
    """
    return texts.setdefault if len(texts) < _MOST_TEXTS else texts.get
