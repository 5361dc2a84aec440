"""Changes, findings and a log for the tests of the log."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pleio_profile_sync_client.core.models import Action, Avatar, Record, Removal, Write
from pleio_profile_sync_client.runlog.configuration import LOGGER, RunLog, configure

LOG = logging.getLogger(f"{LOGGER}.tests")

UPDATE = Write(
    Action.UPDATE,
    "guid-7",
    7,
    "P7",
    "fatma@gemeente.test",
    Record("Fatma Yildiz", "fatma@gemeente.test", "P7", {"phone": "06-1"}, ("g1", "g2")),
    {"name": ("Fatma", "Fatma Yildiz"), "profile.phone": ("", "06-1")},
    Avatar("fatma.jpg", "d", 1, 2),
    ("relinked",),
)
BAN = Removal(Action.BAN, "guid-8", "jan@gemeente.test", "jan@gemeente.test", "Jan de Vries")


@contextmanager
def log_to(
    stream: io.TextIOBase, *, secret: str = "", log_format: Literal["text", "json"] = "text", verbose: bool = True
) -> Iterator[RunLog]:
    with configure(
        run="run-1",
        stream=stream,  # type: ignore[arg-type]  # a StringIO will do
        secret=secret,
        log_format=log_format,
        verbose=verbose,
    ) as run_log:
        yield run_log


def log_a_bug(value: str) -> None:
    """Log an exception that holds this value, with its traceback."""
    try:
        int(f"odd {value}")
    except ValueError:
        LOG.exception("bug")
