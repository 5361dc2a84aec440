"""The command's very beginning: a signal that comes while the rest is loaded ends it without a traceback."""

import os
import signal
import sys
from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


def run() -> int:
    """Run the command with this process' arguments and return its exit status: the console script's entry."""
    for name in _ENDING:
        number = getattr(signal, name, None)  # Windows lacks the last
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` leaves it
            signal.signal(number, _end)
    from pleio_profile_sync_client.cli.main import run as run_command  # noqa: PLC0415 -- what takes its time

    return run_command()


def _end(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    sys.exit(run())
