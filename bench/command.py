"""The whole command as a process of its own: what it took, and the source that it reads.

Keep the process that calls this small: a child's peak memory is at least what its parent held when it was started.
"""

import csv
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.stand_in import SECRET, invented_user

COMMAND = Path(sys.executable).with_name("pleio-profile-sync-client")


@dataclass(frozen=True)
class Spent:
    """What one process took."""

    exit_status: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def run_command(folder: Path, *arguments: str) -> Spent:
    """Run the command with nothing of this machine's settings; its state and its output are in `folder`."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "STATE_DIRECTORY": str(folder / "state"),
        "API_SECRET": SECRET,
        "LANG": "C.UTF-8",
    }
    output = folder / "output"
    with output.open("wb") as stream:
        began_s = time.monotonic()
        process = subprocess.Popen(
            [COMMAND, *arguments], env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Spent(
        process.returncode, wall_s, usage.ru_utime + usage.ru_stime, peak_bytes / 1e6, output.read_text("utf-8")
    )


def write_source(path: Path, rows: int, profile_fields: int) -> None:
    """Write the source in which the first `rows` users of the stand-in stand as they are there."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        first = invented_user(0, profile_fields)
        writer.writerow(["name", "email", "external_id", *(f"profile.{field}" for field in first["profile"])])
        for number in range(rows):
            user = invented_user(number, profile_fields)
            writer.writerow([user["name"], user["email"], user["external_id"], *user["profile"].values()])
