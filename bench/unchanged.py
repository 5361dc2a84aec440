"""A run that finds nothing to do, as a process: against a list that takes its time, and against an instant one.

The goals: one GET for every 499 users and no writes but the log; wall time at most 1.1 x what the pages take + 0.3 s;
for 100,000 rows without avatars at most 1.5 s of CPU and 230 MB. The CPU is the least of three runs: what else a shared
machine does only adds to it.
"""

import argparse
import math
import tempfile
from pathlib import Path

from bench.command import Spent, run_command, write_source
from bench.stand_in import Behaviour, running_stand_in, seen_figures
from bench.table import Figure, show, tell_bottleneck

USERS_OF_A_PAGE = 499
LIST_MS_PER_USER = 1.5
SLOW_USERS = 10_000
INSTANT_USERS = 100_000
TURNS = 3


def run_unchanged(behaviour: Behaviour) -> tuple[Spent, dict[str, float]]:
    """Sync a source with a stand-in that holds the same; return what it took and what the stand-in saw."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "users.csv"
        write_source(source, behaviour.users, behaviour.profile_fields)
        with running_stand_in(behaviour) as url:
            seen_figures(url)
            spent = run_command(folder, "--source", str(source), "--destination", url)
            seen = seen_figures(url)
    assert spent.exit_status == 0, spent.output[-2000:]
    return spent, seen


def show_requests(name: str, users: int, seen: dict[str, float]) -> None:
    """Print how much was asked of the subsite, beside its goals."""
    show(Figure(f"{name}: GETs", seen["lists"], "requests", math.ceil(users / USERS_OF_A_PAGE)))
    show(Figure(f"{name}: writes beside the log", seen["requests"] - seen["logs"], "requests", 0))


def show_slow() -> None:
    """Measure against a list that takes 1.5 ms a user."""
    behaviour = Behaviour(users=SLOW_USERS, list_ms_per_user=LIST_MS_PER_USER)
    spent, seen = run_unchanged(behaviour)
    name = f"unchanged, {SLOW_USERS:,} users at {LIST_MS_PER_USER} ms"
    show_requests(name, SLOW_USERS, seen)
    show(Figure(f"{name}: (wall - 0.3 s) / pages", (spent.wall_s - 0.3) / seen["pages_s"], "x", 1.1))
    tell_bottleneck(name, seen["cpu_s"], spent.wall_s)


def show_instant(
    users: int,
    *,
    profile_fields: int,
    turns: int = 1,
    cpu_goal_s: float | None = None,
    memory_goal_mb: float | None = None,
) -> None:
    """Measure against an instant list."""
    behaviour = Behaviour(users=users, latency_ms=0, profile_fields=profile_fields)
    spent, seen = min((run_unchanged(behaviour) for _ in range(turns)), key=lambda run: run[0].cpu_s)
    name = f"unchanged, {users:,} rows, {profile_fields} profile fields"
    show_requests(name, users, seen)
    show(Figure(f"{name}: CPU", spent.cpu_s, "s", cpu_goal_s))
    show(Figure(f"{name}: memory at most", spent.peak_mb, "MB", memory_goal_mb))
    show(Figure(f"{name}: wall", spent.wall_s, "s"))
    tell_bottleneck(name, seen["cpu_s"], spent.wall_s)


def main() -> None:
    """Measure both."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    show_slow()
    for profile_fields in (2, 6):
        show_instant(INSTANT_USERS, profile_fields=profile_fields, turns=TURNS, cpu_goal_s=1.5, memory_goal_mb=230)


if __name__ == "__main__":
    main()
