"""How the log of a run is set up: the package's logger, its line format, what it leaves out, where it goes.

The stream may refuse a character, be full or be gone: none of that ends a run. Messages are logged where things happen.
"""

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, TextIO

from pleio_profile_sync_client.core.ports import Warn
from pleio_profile_sync_client.core.text import Redactor
from pleio_profile_sync_client.runlog.lines import DETAIL, JsonFormatter, Style, TextFormatter
from pleio_profile_sync_client.runlog.upload import LogUploader, Upload

LOGGER = "pleio_profile_sync_client"
_READER_GONE = (errno.EPIPE, errno.EINVAL)  # the second is how Windows says it


class ConsoleHandler(logging.Handler):
    """Writes each record as a line, at once. Once the stream is lost, it writes nothing more.

    Then `loss` says why, and so does one line on standard error; but not if a reader went away (`| head`).
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self.loss: str | None = None
        self._stream = stream
        self._is_lost = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; characters that the stream's encoding lacks are written out."""
        if self._is_lost:
            return
        line = f"{self.format(record)}\n"
        try:
            try:
                self._stream.write(line)
            except UnicodeEncodeError:
                encoding = self._stream.encoding or "ascii"
                self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except OSError as error:
            self._is_lost = True
            self._muffle()
            if error.errno not in _READER_GONE:
                self._tell_loss(error.strerror or str(error))
        except ValueError:  # a closed stream
            self._is_lost = True

    def _muffle(self) -> None:
        """Discard what is left in the stream's buffer, or Python complains about it at exit."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def _tell_loss(self, reason: str) -> None:
        self.loss = reason
        with suppress(OSError):
            sys.stderr.write(f"Error: standard output can't be written: {reason}. From here on the log is lost.\n")


class RunLog:
    """The log of a run."""

    def __init__(self, logger: logging.Logger, console: ConsoleHandler, run: str, redactor: Redactor) -> None:
        self._logger = logger
        self._console = console
        self._run = run
        self._redactor = redactor

    @property
    def loss(self) -> str | None:
        """Why lines are missing on the console; None if none are, or if its reader went away."""
        return self._console.loss

    def collect_for_upload(self, upload: Upload, warn: Warn) -> LogUploader:
        """Collect lines for the subsite from now on; they are sent once the uploader is started."""
        uploader = LogUploader(upload, self._run, warn=warn, redact=self._redactor)
        self._logger.addHandler(uploader)
        return uploader


@contextmanager
def configure(
    *,
    run: str,
    stream: TextIO,
    secret: str,
    log_format: Literal["text", "json"] = "text",
    verbose: bool = True,
    style: Style | None = None,
) -> Iterator[RunLog]:
    """Send the package's log to `stream`, without the secret, until the `with` is left.

    `verbose` adds a line for each change, `style` colours lines of text.
    """
    redactor = Redactor(secret)
    console = ConsoleHandler(stream)
    console.setFormatter(JsonFormatter(redactor, run) if log_format == "json" else TextFormatter(redactor, style))
    logger = logging.getLogger(LOGGER)
    _take_off_handlers(logger)
    logger.addHandler(console)
    logger.setLevel(DETAIL if verbose else logging.INFO)
    logger.propagate = False
    try:
        yield RunLog(logger, console, run, redactor)
    finally:
        _take_off_handlers(logger)


def _take_off_handlers(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
