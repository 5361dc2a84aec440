"""N creates against a stand-in that takes 25 ms for each: wall time and CPU beside their goals, and a plain loop.

Run it with nothing else going on: `python -m bench.creates`. The goals: wall time at most 1.15 x N x 25 ms / capacity;
after the first second at most 3 x capacity in flight; CPU at most 0.8 ms for a user at capacity 1, 0.5 ms at 16, what a
run of ten costs taken off.
"""

import argparse
import gc
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import requests

from bench.stand_in import SECRET, Behaviour, invented_user, running_stand_in, seen_figures
from bench.table import Figure, show, tell_bottleneck
from pleio_profile_sync_client.apply.apply import apply_changes
from pleio_profile_sync_client.apply.changes import carry_out
from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core.models import Action, Avatar, Change, Finding, Outcome, Record, Status, Write
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.sync.ending import RunEnding

LATENCY_MS = 25.0
WALL_GOAL = 1.15
IN_FLIGHT_GOAL = 3
BEGINNING = 10
"""So many creates show what beginning costs, which the goals for each user do not count."""
CPU_GOALS_MS = {1: 0.8, 16: 0.5}


class NoSignals:
    """Nobody stops a bench."""

    reason = None
    exit_status = None

    def deferred(self) -> AbstractContextManager[None]:
        """Defer nothing."""
        return nullcontext()

    def at_once(self) -> AbstractContextManager[None]:
        """Defer nothing."""
        return nullcontext()


@dataclass(frozen=True)
class Figures:
    """What one run took."""

    wall_s: float
    cpu_s: float
    seen: dict[str, float]


def planned_creates(count: int) -> list[Change]:
    """Return a plan of creates."""
    changes: list[Change] = []
    for number in range(count):
        user = invented_user(number)
        record = Record(user["name"], user["email"], user["external_id"], user["profile"])
        fields: dict[str, tuple[str | None, str | None]] = {"name": (None, record.name)}
        changes.append(
            Write(Action.CREATE, None, number + 2, record.external_id, record.email, record=record, fields=fields)
        )
    return changes


def no_avatar(path: str) -> tuple[Avatar, bytes] | Finding:
    """Refuse to read: the bench has no avatars."""
    raise AssertionError(path)


def apply_creates(url: str, count: int) -> tuple[float, float]:
    """Apply creates through the product's own parts; return wall time and CPU time."""
    changes = planned_creates(count)
    ending = RunEnding(NoSignals())
    pace = AdaptivePace(16, ending=ending)
    client = ApiClient.connect(url, SECRET, pace=pace, ending=ending)
    outcomes: list[Outcome] = []
    gc.collect()
    cpu_s, wall_s = time.process_time(), time.monotonic()
    is_whole = apply_changes(
        changes,
        partial(carry_out, subsite=client, read_avatar=no_avatar, find_holder=lambda _taken, _write: None),
        on_outcome=lambda _, outcome: outcomes.append(outcome),
        room=pace.room,
        ending=ending,
    )
    wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
    client.close()
    assert is_whole
    not_applied = [outcome for outcome in outcomes if outcome.status is not Status.APPLIED]
    assert not not_applied, not_applied[:3]
    return wall_s, cpu_s


def plain_loop(url: str, count: int) -> tuple[float, float]:
    """Create users one after the other with `requests`, as a simple script would."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {SECRET}"
        cpu_s, wall_s = time.process_time(), time.monotonic()
        for number in range(count):
            session.post(f"{url}/users", json=invented_user(number), timeout=60).raise_for_status()
        return time.monotonic() - wall_s, time.process_time() - cpu_s


def measure(behaviour: Behaviour, count: int, run: str = "apply") -> Figures:
    """Run against a fresh stand-in."""
    with running_stand_in(behaviour) as url:
        seen_figures(url)  # what it took to start does not count
        wall_s, cpu_s = (apply_creates if run == "apply" else plain_loop)(url, count)
        return Figures(wall_s, cpu_s, seen_figures(url))


def show_run(name: str, behaviour: Behaviour, count: int, figures: Figures, *, has_goals: bool = True) -> None:
    """Print a run's figures, beside their goals if it has any."""
    ideal_s = count * behaviour.latency_ms / 1000 / behaviour.capacity
    in_flight = figures.seen["most_in_flight_later"] / behaviour.capacity
    cpu_goal_ms = CPU_GOALS_MS.get(behaviour.capacity) if name.endswith("steady") else None
    show(Figure(f"{name}: wall / ideal", figures.wall_s / ideal_s, "x", WALL_GOAL if has_goals else None))
    show(Figure(f"{name}: in flight", in_flight, "x capacity", IN_FLIGHT_GOAL if has_goals else None))
    show(Figure(f"{name}: CPU", figures.cpu_s / count * 1000, "ms a user", cpu_goal_ms))
    tell_bottleneck(name, figures.seen["cpu_s"], figures.wall_s)


def main() -> None:
    """Measure all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="ideal wall time of each run")
    parser.add_argument("--capacity", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loop", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    for capacity in options.capacity:
        count = int(options.seconds / LATENCY_MS * 1000) * capacity
        steady = Behaviour(capacity=capacity, latency_ms=LATENCY_MS, seed=options.seed)
        refusing = Behaviour(capacity=capacity, latency_ms=LATENCY_MS, refuse_above=2 * capacity, seed=options.seed)
        scattered = Behaviour(capacity=capacity, latency_ms=LATENCY_MS, scatter_sigma=0.6, seed=options.seed)
        name = f"creates, capacity {capacity}"
        begun = measure(steady, BEGINNING).cpu_s
        whole = measure(steady, count)
        show_run(f"{name}, steady", steady, count, Figures(whole.wall_s, whole.cpu_s - begun, whole.seen))
        show_run(f"{name}, 503 above {2 * capacity}", refusing, count, measure(refusing, count))
        show_run(f"{name}, scattered", scattered, count, measure(scattered, count))
        if options.loop:
            show_run(f"{name}, plain loop", steady, 200, measure(steady, 200, "loop"), has_goals=False)


if __name__ == "__main__":
    main()
