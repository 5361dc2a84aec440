"""How long `--help` takes, from nothing to the prompt, with the bytecode in its place: at most 100 ms."""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from bench.command import COMMAND
from bench.table import Figure, show

GOAL_MS = 100


def median_ms(command: Sequence[str], turns: int) -> float:
    """Return the median wall time of a command, after a first turn that is not counted."""
    took_ms = []
    for _ in range(turns + 1):
        began_s = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        took_ms.append((time.monotonic() - began_s) * 1000)
    return statistics.median(took_ms[1:])


def main() -> None:
    """Measure the command, and an interpreter that does nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=21)
    turns = parser.parse_args().turns
    show(Figure("--help", median_ms([str(COMMAND), "--help"], turns), "ms", GOAL_MS))
    show(Figure("an interpreter that does nothing", median_ms([sys.executable, "-c", ""], turns), "ms"))


if __name__ == "__main__":
    main()
