"""How the log of a run is set up: the package's logger, its line format, what it leaves out, where it goes.

What is logged stands where it happens.
"""

import logging
from types import TracebackType
from typing import Literal, Self, TextIO

from pleio_profile_sync_client.core.ports import Warn
from pleio_profile_sync_client.runlog.console import ConsoleHandler
from pleio_profile_sync_client.runlog.formats import DETAIL, Style, TextFormatter
from pleio_profile_sync_client.runlog.redaction import Redactor
from pleio_profile_sync_client.runlog.upload import LogUploader, Upload

LOGGER = "pleio_profile_sync_client"


class RunLog:
    """The log as it was set up; leaving its `with` takes its handlers off again."""

    def __init__(self, logger: logging.Logger, console: ConsoleHandler, run: str, redactor: Redactor) -> None:
        self._logger = logger
        self._console = console
        self._run = run
        self._redactor = redactor
        self._uploader: LogUploader | None = None

    @property
    def loss(self) -> str | None:
        """Why lines are missing on the console; None where none are, or where its reader went away."""
        return self._console.loss

    def hide(self, secret: str) -> None:
        """Keep this secret out of every line from now on."""
        self._redactor.hide(secret)

    def collect_for_upload(self, upload: Upload, warn: Warn) -> LogUploader:
        """Collect lines for the subsite from now on; they are sent once the uploader is started."""
        self._uploader = LogUploader(upload, self._run, warn=warn, redact=self._redactor)
        self._logger.addHandler(self._uploader)
        return self._uploader

    def close(self) -> None:
        """Take the handlers off. What was not uploaded by then is not uploaded."""
        if self._uploader is not None:
            self._uploader.finish(0)
        _take_off_handlers(self._logger)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def configure(
    *,
    run: str,
    stream: TextIO,
    log_format: Literal["text", "json"] = "text",
    verbose: bool = True,
    style: Style | None = None,
) -> RunLog:
    """Send the package's log to `stream`; `verbose` adds a line for each change, `style` colours lines of text."""
    redactor = Redactor()
    console = ConsoleHandler(stream)
    if log_format == "json":
        from pleio_profile_sync_client.runlog.json_format import JsonLineFormatter  # noqa: PLC0415 -- only where used

        console.setFormatter(JsonLineFormatter(redactor, run))
    else:
        console.setFormatter(TextFormatter(redactor, style))
    logger = logging.getLogger(LOGGER)
    _take_off_handlers(logger)
    logger.addHandler(console)
    logger.setLevel(DETAIL if verbose else logging.INFO)
    logger.propagate = False
    return RunLog(logger, console, run, redactor)


def _take_off_handlers(logger: logging.Logger) -> None:
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
