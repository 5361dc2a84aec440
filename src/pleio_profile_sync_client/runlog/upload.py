"""The upload of the log to the subsite: lines collected, sent now and then by a thread of its own, and at the end.

It never blocks or ends the run. An upload that fails is tried again; one that is refused is the last one. If lines
could not be uploaded in the end, that is one warning. `POST /logs` takes bodies up to 2,621,440 bytes, in which a
character may count six (observed), and no NUL.
"""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable

from pleio_profile_sync_client.core.models import Answer, Done, Finding, Refused
from pleio_profile_sync_client.core.ports import Warn
from pleio_profile_sync_client.core.text import shortened, visible
from pleio_profile_sync_client.runlog.lines import Redact, format_time, name_level

INTERVAL_S = 30.0
FULL_BATCH_BYTES = 200_000
"""A batch ends with the line that fills it, so it is at most six times `LONGEST_LINE` larger."""

LONGEST_LINE = 20_000
KEPT_BYTES = 8_000_000
"""What is kept for the next try; beyond it the oldest lines are lost."""

Upload = Callable[[str, str], Answer]


class LogUploader(logging.Handler):
    """Collects the log's lines from the beginning; uploads them after `start`, and the rest on `finish`."""

    def __init__(
        self, upload: Upload, run: str, *, warn: Warn, redact: Redact = str, interval_s: float = INTERVAL_S
    ) -> None:
        super().__init__()
        self._upload = upload
        self._run = run
        self._warn = warn
        self._redact = redact
        self._interval_s = interval_s
        self._lines: deque[str] = deque()
        self._size = 0
        self._lost = 0
        self._is_finishing = False
        self._is_collecting = True
        self._failure: str | None = None
        self._is_refused = False
        self._has_told = False
        self._changed = threading.Condition()
        self._sender: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Collect a record: its `uploaded` text, or its message; but not what the upload itself logs."""
        if self._sender is threading.current_thread():
            return
        text = record.getMessage() if not hasattr(record, "uploaded") else record.uploaded
        if text is None:
            return
        shown = shortened(visible(self._redact(text)), LONGEST_LINE)
        with self._changed:
            if self._is_collecting:
                self._append(f"{format_time(record)} {name_level(record)} {shown}")
                if self._size >= FULL_BATCH_BYTES:
                    self._changed.notify()

    def start(self) -> None:
        """Begin to upload: the run makes requests from here on."""
        self._sender = threading.Thread(target=self._send_now_and_then, name="log upload", daemon=True)
        self._sender.start()

    def finish(self, wait_s: float) -> None:
        """Send what is left, and wait at most this long for it; without `start` nothing is sent."""
        if self._sender is not None:
            with self._changed:
                self._is_finishing = True
                self._changed.notify()
            self._sender.join(wait_s)
            if self._failure is not None:
                self._tell(self._failure)
            elif self._sender.is_alive():
                self._tell(f"the subsite did not answer within {wait_s:.0f} s")
        self._end()

    def _send_now_and_then(self) -> None:
        while not self._is_refused:
            with self._changed:
                self._changed.wait_for(self._is_due, self._interval_s)
                is_last = self._is_finishing
            self._send_all()
            if is_last:
                return
            if self._failure is not None:
                with self._changed:
                    self._changed.wait_for(lambda: self._is_finishing, self._interval_s)

    def _is_due(self) -> bool:
        return self._is_finishing or self._size >= FULL_BATCH_BYTES

    def _send_all(self) -> None:
        while batch := self._take():
            self._failure = self._send("\n".join(batch) + "\n")
            if self._failure is None:
                continue
            self._put_back(batch)
            if self._is_refused:
                self._tell(self._failure)
                self._end()
            return

    def _send(self, content: str) -> str | None:
        answer = self._upload(self._run, content)
        if isinstance(answer, Done):
            return None
        self._is_refused = isinstance(answer, Refused) and answer.status < 500
        return answer.message

    def _take(self) -> list[str]:
        batch: list[str] = []
        size = 0
        with self._changed:
            if self._lost and self._lines:
                self._lines.appendleft(f"({self._lost} earlier lines could not be uploaded and are missing here)")
                self._size += _size(self._lines[0])
                self._lost = 0
            while self._lines and size < FULL_BATCH_BYTES:
                batch.append(self._lines.popleft())
                size += _size(batch[-1])
            self._size -= size
        return batch

    def _put_back(self, batch: list[str]) -> None:
        with self._changed:
            self._lines.extendleft(reversed(batch))
            self._size += sum(map(_size, batch))
            self._drop_oldest()

    def _append(self, line: str) -> None:
        self._lines.append(line)
        self._size += _size(line)
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._size > KEPT_BYTES:
            self._size -= _size(self._lines.popleft())
            self._lost += 1

    def _end(self) -> None:
        """Collect nothing more, and drop what is left."""
        with self._changed:
            self._is_collecting = False
            self._lines.clear()
            self._size = 0

    def _tell(self, why: str) -> None:
        if self._has_told:
            return
        self._has_told = True
        sentence = f"The log could not be uploaded to the subsite: {why.rstrip('.')}."
        self._warn(Finding("log_not_uploaded", f"{sentence} The log on this machine is complete."))


def _size(line: str) -> int:
    """Return how much of a body the line takes, including its line break."""
    return len(line) + 2 if line.isascii() and line.isprintable() else len(json.dumps(line)) + 2
