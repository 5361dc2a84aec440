"""What the output may look like: colours and progress bars are for terminals only."""

import os
from collections.abc import Mapping
from typing import TextIO


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person may be looking: the stream is there, open, and a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def is_colourful(stream: TextIO | None, environ: Mapping[str, str]) -> bool:
    """Tell whether to write in colour there: on a terminal that can, unless NO_COLOR says otherwise.

    Not on Windows, whose consoles need not understand the colours' codes.
    """
    return os.name != "nt" and is_terminal(stream) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
