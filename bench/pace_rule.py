"""The pace's rule alone, against a subsite that is simulated: hundreds of runs in a few seconds.

N creates with 25 ms each (N = 200 x capacity), where answers are steady or scatter (lognormal, sigma 0.6), and where
the subsite answers 503 above twice its capacity. Shows the median, the ninth decile and the worst of the seeds.
"""

import argparse
import heapq
import random
from collections import deque
from dataclasses import dataclass

from pleio_profile_sync_client.apply.pace import PaceRule

LATENCY_S = 0.025
MAX_CONCURRENCY = 16
CLIENT_S = 0.0006
"""What the client itself takes between an answer and the next request."""


@dataclass(frozen=True)
class Site:
    """A subsite that handles `capacity` requests at a time."""

    capacity: int
    scatter_sigma: float = 0.0
    refuse_above: int | None = None


@dataclass(frozen=True)
class Reckoned:
    """What one run came to; `in_flight` is the most after the first second."""

    wall_ratio: float
    in_flight_ratio: float
    refused: int


@dataclass(order=True, frozen=True)
class _Event:
    at_s: float
    order: int
    what: str
    epoch: int = 0
    sent_s: float = 0.0


class Reckoning:
    """One run, event by event."""

    def __init__(self, site: Site, count: int, seed: int) -> None:
        self._site = site
        self._random = random.Random(seed)
        self._rule = PaceRule(MAX_CONCURRENCY)
        self._left = deque(range(count))
        self._free_at_s = [0.0] * site.capacity
        self._events: list[_Event] = []
        self._orders = 0
        self._count = count
        self._under_way = self._in_flight = self._most_in_flight = self._refused = self._done = 0

    def run(self) -> Reckoned:
        """Run until everything is done."""
        now_s = 0.0
        self._start(now_s)
        while self._done < self._count:
            event = heapq.heappop(self._events)
            now_s = event.at_s
            if event.what == "arrive":
                self._arrive(event)
            elif event.what == "answer":
                self._in_flight -= 1
                self._under_way -= 1
                self._done += 1
                self._rule.answered("create", now_s - event.sent_s, event.epoch)
            elif event.what == "refusal":
                self._under_way -= 1
                self._rule.congested(event.epoch)
                self._add(now_s + self._random.uniform(0.75, 1.25), "again")
            else:
                self._left.appendleft(0)
            self._start(now_s)
        ideal_s = self._count * LATENCY_S / self._site.capacity
        return Reckoned(now_s / ideal_s, self._most_in_flight / self._site.capacity, self._refused)

    def _start(self, now_s: float) -> None:
        while self._left and self._under_way < self._rule.parallelism:
            self._left.popleft()
            self._under_way += 1
            self._add(now_s + CLIENT_S, "arrive", epoch=self._rule.epoch, sent_s=now_s + CLIENT_S)

    def _arrive(self, event: _Event) -> None:
        limit = self._site.refuse_above
        if limit is not None and self._in_flight >= limit:
            self._refused += 1
            self._add(event.at_s, "refusal", epoch=event.epoch)
            return
        self._in_flight += 1
        if event.at_s > 1:
            self._most_in_flight = max(self._most_in_flight, self._in_flight)
        sigma = self._site.scatter_sigma
        scatter = self._random.lognormvariate(-sigma * sigma / 2, sigma) if sigma else 1.0
        end_s = max(event.at_s, heapq.heappop(self._free_at_s)) + LATENCY_S * scatter
        heapq.heappush(self._free_at_s, end_s)
        self._add(end_s, "answer", epoch=event.epoch, sent_s=event.sent_s)

    def _add(self, at_s: float, what: str, *, epoch: int = 0, sent_s: float = 0.0) -> None:
        self._orders += 1
        heapq.heappush(self._events, _Event(at_s, self._orders, what, epoch, sent_s))


def spread(values: list[float]) -> str:
    """Return median, ninth decile and worst."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 2]:5.2f} {ordered[int(len(ordered) * 0.9)]:5.2f} {ordered[-1]:5.2f}"


def main() -> None:
    """Reckon all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    seeds = parser.parse_args().seeds
    for capacity in (1, 2, 4, 16):
        for name, site in (
            ("steady", Site(capacity)),
            ("503", Site(capacity, refuse_above=2 * capacity)),
            ("scattered", Site(capacity, scatter_sigma=0.6)),
            ("scattered, 503", Site(capacity, scatter_sigma=0.6, refuse_above=2 * capacity)),
        ):
            runs = [Reckoning(site, 200 * capacity, seed).run() for seed in range(seeds)]
            print(
                f"capacity {capacity:2} {name:15} wall / ideal {spread([run.wall_ratio for run in runs])}   "
                f"in flight / capacity {spread([run.in_flight_ratio for run in runs])}   "
                f"refused at most {max(run.refused for run in runs)}"
            )


if __name__ == "__main__":
    main()
