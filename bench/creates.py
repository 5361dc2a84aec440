"""N creates against a stand-in that takes 25 ms for each: wall time and CPU beside their goals, and a plain loop.

Run it with nothing else going on: `python bench/creates.py`. The goals: wall time at most 1.15 x N x 25 ms / capacity;
after the first second at most 3 x capacity in flight; CPU at most 0.8 ms for a user at capacity 1, 0.4 ms at 16.
"""

import argparse
import gc
import time
from dataclasses import dataclass
from urllib.request import urlopen

import msgspec
import requests

from pleio_profile_sync_client.apply.apply import apply_changes
from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.core.models import Action, Avatar, Change, Finding, Outcome, Record, Status, Write
from pleio_profile_sync_client.subsite.client import ApiClient
from stand_in import SECRET, Behaviour, invented_user, running_stand_in

LATENCY_MS = 25.0
WALL_GOAL = 1.15
IN_FLIGHT_GOAL = 3
CPU_GOALS_MS = {1: 0.8, 16: 0.4}


class NeverStop:
    """A stop that nobody sets."""

    reason = None

    def is_set(self) -> bool:
        return False


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
    stop = NeverStop()
    pace = AdaptivePace(16, stop=stop)
    client = ApiClient(url, SECRET, pace=pace, stop=stop)
    outcomes: list[Outcome] = []
    gc.collect()
    cpu_s, wall_s = time.process_time(), time.monotonic()
    applied = apply_changes(
        changes,
        subsite=client,
        read_avatar=no_avatar,
        on_outcome=lambda _, outcome: outcomes.append(outcome),
        pace=pace,
        stop=stop,
    )
    wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
    client.close()
    assert applied.given_up is None, applied
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


def seen_figures(url: str) -> dict[str, float]:
    """Return what the stand-in saw since it was last asked."""
    with urlopen(url.rpartition("/")[0] + "/figures") as answer:
        return msgspec.json.decode(answer.read(), type=dict[str, float])


def measure(behaviour: Behaviour, count: int, run: str = "apply") -> Figures:
    """Run against a fresh stand-in."""
    with running_stand_in(behaviour) as url:
        wall_s, cpu_s = (apply_creates if run == "apply" else plain_loop)(url, count)
        return Figures(wall_s, cpu_s, seen_figures(url))


def show(name: str, behaviour: Behaviour, count: int, figures: Figures, *, with_goals: bool = True) -> None:
    """Print one line of figures beside their goals."""
    ideal_s = count * behaviour.latency_ms / 1000 / behaviour.capacity
    ratio = figures.wall_s / ideal_s
    in_flight = figures.seen["most_in_flight_later"] / behaviour.capacity
    cpu_ms = figures.cpu_s / count * 1000
    cpu_goal_ms = CPU_GOALS_MS.get(behaviour.capacity)
    goals = (
        f"(goal {WALL_GOAL})",
        f"(goal {IN_FLIGHT_GOAL})",
        f"(goal {cpu_goal_ms})" if cpu_goal_ms else "",
    )
    wall_goal, in_flight_goal, cpu_goal = goals if with_goals else ("", "", "")
    print(
        f"{name:32} wall {ratio:5.2f} x ideal {wall_goal:11} in flight {in_flight:4.1f} x capacity {in_flight_goal:8} "
        f"CPU {cpu_ms:5.2f} ms a user {cpu_goal:10} refused {figures.seen['refused']:.0f}",
        flush=True,
    )


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
        show(f"capacity {capacity}", steady, count, measure(steady, count))
        show(f"capacity {capacity}, 503 above {2 * capacity}", refusing, count, measure(refusing, count))
        show(f"capacity {capacity}, scattered", scattered, count, measure(scattered, count))
        if options.loop:
            show(f"capacity {capacity}, plain loop", steady, 200, measure(steady, 200, "loop"), with_goals=False)


if __name__ == "__main__":
    main()
