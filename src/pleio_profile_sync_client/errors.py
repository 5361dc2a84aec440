"""The errors that end a run: one root, each class with its exit status, and a hint at the way out.

Trouble with one row or one user is not an error but a value: a finding (`core.models.Finding`) or an outcome.
"""

EXIT_OK = 0
EXIT_PROBLEMS = 1
EXIT_USAGE = 2
EXIT_FUSE = 3
EXIT_UNUSABLE = 4
EXIT_ALREADY_RUNNING = 5
EXIT_BUG = 70
EXIT_SIGHUP = 129
EXIT_SIGINT = 130
EXIT_SIGTERM = 143

COMPLETED = (EXIT_OK, EXIT_PROBLEMS)
"""The exit statuses of a run that came to its end, with or without problems."""

EXIT_MEANINGS = {
    EXIT_OK: "in sync, or a dry run without problems",
    EXIT_PROBLEMS: "done, but there are problems or failed changes",
    EXIT_USAGE: "wrong usage or configuration; nothing was sent",
    EXIT_FUSE: "refused by a safety limit; no change was sent",
    EXIT_UNUSABLE: "source or subsite unusable, or the run was given up",
    EXIT_ALREADY_RUNNING: "another run for this subsite is in progress",
    EXIT_BUG: "a bug; the message says what to report, and where",
    EXIT_SIGHUP: "stopped by SIGHUP (the terminal or connection was closed)",
    EXIT_SIGINT: "stopped by SIGINT (Ctrl-C)",
    EXIT_SIGTERM: "stopped by SIGTERM",
}
"""What each exit status means, in words. `sync.result` decides which one a run ends with."""


class ClientError(Exception):
    """End the run with `exit_status`; the text says what happened, `hint` what to do next.

    `uploadable` is the text for the log that the subsite gets: the same, unless the text holds personal data. `paste`
    is a block for the configuration file, of several lines, which only the terminal shows.
    """

    exit_status = EXIT_BUG

    def __init__(self, message: str, *, hint: str = "", uploadable: str | None = None, paste: str = "") -> None:
        message = f"{message.rstrip('. ')}."  # some end with another program's text
        super().__init__(message)
        self.hint = hint
        self.paste = paste
        self.uploadable = message if uploadable is None else uploadable


class UsageError(ClientError):
    """Options, configuration or environment with which no run can start; found before any request."""

    exit_status = EXIT_USAGE


class AlreadyRunningError(ClientError):
    """Another run for this subsite holds the lock."""

    exit_status = EXIT_ALREADY_RUNNING


class SourceError(ClientError):
    """The source as a whole can't be used: unreadable, too old, changed while read, no good row."""

    exit_status = EXIT_UNUSABLE


class SheetNeededError(SourceError):
    """A workbook has several visible sheets, and nobody said which one to read; `sheets` are their names."""

    def __init__(self, message: str, *, hint: str, sheets: tuple[str, ...]) -> None:
        super().__init__(message, hint=hint)
        self.sheets = sheets


class OutputError(ClientError):
    """What the command was asked to show can't be written."""

    exit_status = EXIT_UNUSABLE


class SubsiteError(ClientError):
    """The subsite as a whole can't be used: wrong secret, unreachable, not this API; or the run was given up."""

    exit_status = EXIT_UNUSABLE
