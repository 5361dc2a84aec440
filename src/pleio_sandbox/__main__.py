"""Runs a sandbox until a signal ends it: `python -m pleio_sandbox [--port N] [--database PATH]`."""

import argparse
import logging
import signal
import sqlite3
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pleio_sandbox.server import RunningSandbox

_SIGNALS = ("SIGHUP", "SIGINT", "SIGTERM")


def main() -> NoReturn:
    """Serve until a signal comes; if that can't begin, exit with status 2 and say what to do."""
    parser = argparse.ArgumentParser("pleio_sandbox", description="A local stand-in subsite.", allow_abbrev=False)
    parser.add_argument("--port", type=int, default=8800, help="listen on this port; 0 takes a free one (8800)")
    parser.add_argument("--database", type=Path, help="keep the site in this file (in memory, gone at the end)")
    options = parser.parse_args()
    for name in _SIGNALS:
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), _end)
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # an invalid body is nothing special here
    try:
        from pleio_sandbox.server import serve  # noqa: PLC0415 - its libraries are an extra, which may be missing
    except ModuleNotFoundError as error:
        _fail(
            f"The sandbox needs {error.name}, which is not installed.",
            f"Install it with: {sys.executable} -m pip install 'pleio-profile-sync-client[sandbox]'",
        )
    try:
        serve(port=options.port, database=options.database, on_ready=_show)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        _fail(f"The sandbox can't listen on port {options.port}: {reason or error}.", "Choose another --port.")
    except sqlite3.Error as error:
        _fail(f"{options.database} can't be used as the sandbox's database: {error}.", "Name another --database.")


def _show(sandbox: "RunningSandbox") -> None:
    lines = (
        f"Sandbox:  {sandbox.pages_url}",
        f"API:      {sandbox.url}",
        f"Secret:   {sandbox.secret}",
        "",
        "Sync into it from another terminal:",
        f"  export API_SECRET={sandbox.secret}",
        f"  pleio-profile-sync-client --source users.csv --destination {sandbox.url} --dry-run",
        "",
        "Ctrl-C ends it.",
    )
    print(*lines, sep="\n", flush=True)


def _fail(message: str, hint: str) -> NoReturn:
    print(f"Error: {message}", hint, sep="\n", file=sys.stderr)
    raise SystemExit(2)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
