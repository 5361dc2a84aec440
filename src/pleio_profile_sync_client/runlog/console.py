"""Where the log's lines go: a stream that may refuse a character, be full or be gone; none of that ends a run."""

import errno
import logging
import os
import sys
from contextlib import suppress
from typing import TextIO

_READER_GONE = (errno.EPIPE, errno.EINVAL)  # the second is how Windows says it


class ConsoleHandler(logging.Handler):
    """Writes each record as a line, at once. Once the stream is lost it says nothing more.

    `loss` says then why, and so does one line on standard error; neither where a reader went away (`| head`).
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
        """Let what is left in the stream's buffer go nowhere, or Python complains about it at exit."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def _tell_loss(self, reason: str) -> None:
        self.loss = reason
        with suppress(OSError):
            sys.stderr.write(f"Error: standard output can't be written: {reason}. From there on the log is lost.\n")
