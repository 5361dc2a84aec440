"""What planning takes: CPU and memory of matching and of making the plan, for rows that change nothing and for others.

And what the search for traces adds: the goal is 0.3 s for 100 skipped rows among 100,000 users whom no row matches. A
quote that was lost makes half a file the cell of one such row.

Run it with nothing else going on: `python -m bench.plan [ROWS]`. A plan is arithmetic on values: no network, no files.
Times are the least of three turns; memory is what the values of the plan hold, measured in a turn of its own.
"""

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from msgspec import structs

from bench.table import Figure, show
from pleio_profile_sync_client.core.approval import Occasion
from pleio_profile_sync_client.core.draft import draft_plan
from pleio_profile_sync_client.core.matching import Matching, match_rows
from pleio_profile_sync_client.core.models import (
    Action,
    Memory,
    Remembered,
    SkippedRow,
    SourceReading,
    SourceUser,
    SubsiteUser,
)
from pleio_profile_sync_client.core.plan import Plan, make_plan
from pleio_profile_sync_client.core.policy import Policy

TURNS = 3
OCCASION = Occasion(date(2026, 11, 24), "gemeente.pleio.test/profile_sync_api", is_dry_run=False)
GOAL_OF_TRACES_S = 0.3
TORN_ROWS = 100
LOST_QUOTES_ROWS = (10_000, 20_000)
FIELDS = frozenset({"external_id", "name", "email", "profile.functie", "profile.afdeling"})


@dataclass(frozen=True)
class Case:
    """Two lists of people, and how to plan for them."""

    name: str
    reading: SourceReading
    users: list[SubsiteUser]
    memory: Memory
    policy: Policy

    def match(self) -> Matching:
        """Match the rows with the users."""
        return match_rows(self.reading, self.users)

    def plan(self, matching: Matching) -> Plan:
        """Make the plan."""
        now_s = time.time()
        draft = draft_plan(matching, self.reading, memory=self.memory, policy=self.policy, avatars={}, now_s=now_s)
        return make_plan(draft, OCCASION)


def profile_of(number: int) -> dict[str, str]:
    """Return a profile such as a municipality's."""
    return {"functie": f"Functie {number % 300}", "afdeling": f"Afdeling {number % 40}"}


def make_rows(count: int, email: Callable[[int], str]) -> SourceReading:
    """Return a source of so many people."""
    rows = tuple(SourceUser(n + 2, f"P{n:07}", f"Naam {n}", email(n), None, (), profile_of(n)) for n in range(count))
    return SourceReading("bench", count, rows, (), (), (), FIELDS)


def make_cases(count: int) -> list[Case]:
    """Return what is measured."""
    users = [
        SubsiteUser(
            f"{n:032x}", f"P{n:07}", f"Naam {n}", f"naam{n}@gemeente.test", is_banned=False, profile=profile_of(n)
        )
        for n in range(count)
    ]
    known = Memory({user.guid: Remembered(name_digest=bytes(16)) for user in users if isinstance(user.guid, str)}, b"s")
    same = make_rows(count, lambda n: f"naam{n}@gemeente.test")
    delete = Policy(removal=Action.DELETE, only_linked=True)
    return [
        Case("unchanged", same, users, Memory(), Policy()),
        Case("unchanged, remembered, with delete", same, users, known, delete),
        Case("everybody is new", same, [], Memory(), Policy()),
        Case("everybody gets another e-mail", make_rows(count, lambda n: f"n{n}@x.test"), users, known, Policy()),
        Case(
            "everybody takes the next one's e-mail",
            make_rows(count, lambda n: f"naam{n + 1}@gemeente.test"),
            users,
            known,
            Policy(),
        ),
    ]


def cpu_s(case: Case) -> tuple[float, float]:
    """Return the CPU that matching and planning took."""
    gc.collect()
    began_s = time.process_time()
    matching = case.match()
    matched_s = time.process_time()
    case.plan(matching)
    return matched_s - began_s, time.process_time() - matched_s


def held_mb(case: Case) -> float:
    """Return what matching and plan hold, beside the two lists."""
    gc.collect()
    tracemalloc.start()
    matching = case.match()
    plan = case.plan(matching)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del plan
    return held / 1e6


def measure_traces(users: list[SubsiteUser]) -> None:
    """Measure what skipped rows add to the matching of a source that has one good row."""
    alone = Case("", make_rows(1, lambda n: f"naam{n}@gemeente.test"), users, Memory(), Policy())

    def added_s(cells: Sequence[tuple[str, ...]]) -> float:
        skipped = tuple(SkippedRow(line, "ragged_row", None, None, row) for line, row in enumerate(cells, 3))
        torn = replace(alone, reading=structs.replace(alone.reading, skipped=skipped))
        return min(sum(cpu_s(torn)) for _ in range(TURNS)) - min(sum(cpu_s(alone)) for _ in range(TURNS))

    torn = [(f"P{n:07}", f"Naam {n}", f"naam{n}@gemeente.test", "Functie", "te veel") for n in range(TORN_ROWS)]
    name = f"{TORN_ROWS} skipped rows, searched for {len(users)} users: CPU"
    show(Figure(name, added_s(torn), "s", GOAL_OF_TRACES_S))
    for count in LOST_QUOTES_ROWS:
        cell = "\n".join(f"P{n:07},Naam {n},naam{n}@gemeente.test,Functie" for n in range(count))
        show(Figure(f"a quote lost, {count} rows in one cell: CPU", added_s([("P1", cell)]), "s"))


def main() -> None:
    """Measure all cases and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    rows = parser.parse_args().rows
    print(f"{rows} rows                              match s  plan s  both s  holds MB")
    for case in make_cases(rows):
        match_s, plan_s = min((cpu_s(case) for _ in range(TURNS)), key=sum)
        print(f"{case.name:<40} {match_s:7.3f} {plan_s:7.3f} {match_s + plan_s:7.3f} {held_mb(case):9.1f}")
    measure_traces(make_cases(rows)[0].users)


if __name__ == "__main__":
    main()
