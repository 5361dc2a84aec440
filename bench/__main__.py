"""Run the benches one after the other, each in a process of its own, and print one table of all figures."""

import argparse
import subprocess
import sys

from bench.table import MISSED, show_head

BENCHES = ("startup", "unchanged", "creates", "source", "kinds", "plan")


def run_bench(name: str) -> int:
    """Run a bench, show its lines as they come, and return how many goals it missed."""
    missed = 0
    with subprocess.Popen([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            missed += line.rstrip().endswith(MISSED)
    if process.returncode:
        raise SystemExit(f"the bench {name} ended with {process.returncode}")
    return missed


def main() -> None:
    """Run them all, or those that were named."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--only", choices=BENCHES, action="append", help="run this one; repeatable")
    names = parser.parse_args().only or BENCHES
    show_head()
    missed = sum(run_bench(name) for name in names)
    print(f"goals missed: {missed}")


if __name__ == "__main__":
    main()
