"""Where the log's lines go: a stream that may refuse a character, or be gone (`| head`); neither ends a run."""

import logging
import os
from contextlib import suppress
from typing import TextIO


class ConsoleHandler(logging.Handler):
    """Writes each record as a line, at once. Once the stream is gone it says nothing more."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._is_gone = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record; characters that the stream's encoding lacks are written out."""
        if self._is_gone:
            return
        line = f"{self.format(record)}\n"
        try:
            try:
                self._stream.write(line)
            except UnicodeEncodeError:
                encoding = self._stream.encoding or "ascii"
                self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):  # a broken pipe or a full disk; a closed stream
            self._is_gone = True
            self._muffle()

    def _muffle(self) -> None:
        """Let what is left in the stream's buffer go nowhere, or Python complains about it at exit."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
