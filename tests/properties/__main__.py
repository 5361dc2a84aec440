"""The proofs of docs/safety.md run long: `python -m tests.properties lost --files 100000`; `year` prints its table.

A file is told by its seed: `--seed 17 --files 1` tries that one again.
"""

import argparse
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from typing import Any, TypeVar

from tqdm import tqdm

from tests.properties import changing_hands, lost_people, needless_waiting
from tests.properties.year import POLICIES, STYLES, Tally, Year

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True)
class Search:
    """A fault to look for in one file after another."""

    what: str
    try_file: Callable[[int], list[Any]]
    show: Callable[[Any], str] = str


SEARCHES = {
    "lost": Search(
        "people who are removed although they can be read in the file",
        lost_people.try_file,
        lambda lost: lost_people.describe(lost_people.shrink(lost)),
    ),
    "waiting": Search("removals that wait for no reason", needless_waiting.try_file),
    "hands": Search("accounts that go to another person", changing_hands.try_file),
}


def main() -> int:
    """Do what the command line asks, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, search in SEARCHES.items():
        files = commands.add_parser(name, help=f"look for {search.what}")
        files.add_argument("--files", type=int, default=20_000)
        files.add_argument("--seed", type=int, default=0, help="the first file's")
        files.add_argument("--show", type=int, default=5, help="how many to show")
        files.set_defaults(run=look_for, search=search)
    years = commands.add_parser("year", help="live ordinary years, and print what each came to")
    years.add_argument("--people", type=int, nargs="+", default=[1_500, 3_000])
    years.add_argument("--nights", type=int, default=365)
    years.add_argument("--seed", type=int, default=1)
    years.add_argument("--damaged", type=float, default=0, help="rows that are damaged a week")
    years.add_argument("--examples", type=int, default=0, help="messages to show of each code")
    years.set_defaults(run=live_years)
    for command in commands.choices.values():
        command.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many processes to share the work")
    options = parser.parse_args()
    return options.run(options)  # type: ignore[no-any-return] # one of the functions below


def look_for(options: argparse.Namespace) -> int:
    """Try the files, show the first that went wrong, and count the faults."""
    search: Search = options.search
    began_s = time.perf_counter()
    seeds = range(options.seed, options.seed + options.files)
    with in_order(search.try_file, seeds, options.jobs, at_a_time=50) as tried:
        found = [wrong for wrong in tqdm(tried, total=len(seeds), unit=" files", disable=None, leave=False) if wrong]
    took_s = time.perf_counter() - began_s
    for wrong in itertools.islice(found, options.show):
        print(search.show(wrong[0]), end="\n\n")
    faults = Counter(one.fault for wrong in found for one in wrong)
    pace = f"{took_s:.0f} s, {options.files / took_s:.0f} a second"
    print(f"{options.files:,} files from seed {options.seed} ({pace}): {len(found):,} went wrong {dict(faults)}")
    return 1 if found else 0


@contextmanager
def in_order(
    do: Callable[[_In], _Out], of: Iterable[_In], jobs: int, *, at_a_time: int = 1
) -> Iterator[Iterable[_Out]]:
    """Give what comes of each, in their order, however many processes share the work."""
    if jobs == 1:
        yield map(do, of)
        return
    with Pool(jobs) as pool:
        yield pool.imap(do, of, at_a_time)


def live_years(options: argparse.Namespace) -> int:
    """Let years pass, and print what each came to."""
    years = list(itertools.product(options.people, STYLES, POLICIES))
    damaged = f", {options.damaged:g} rows damaged a week" if options.damaged else ""
    with in_order(partial(_live, options), years, options.jobs) as tallies:
        for (people, style, policy), tally in zip(years, tallies, strict=True):
            print(f"## {people:,} people, {style}, {policy}, {tally.nights} nights{damaged}")
            _show(tally, options.examples)
    return 0


def _live(options: argparse.Namespace, year: tuple[int, str, str]) -> Tally:
    people, style, policy = year
    return Year(people, style, options.seed, POLICIES[policy], damaged_a_week=options.damaged).run(options.nights)


def _show(tally: Tally, examples: int) -> None:
    print(f"withheld {tally.withheld}, with problems {tally.with_problems}, fuses {dict(tally.fuses)}")
    for code, count in tally.problems.most_common():
        wrong = f", {tally.wrong[code]} of them wrongly" if code in tally.wrong else ""
        print(f"  {code}: {count} people{wrong} ({tally.problem_nights[code]} times told)")
        for message in tally.examples[code][:examples]:
            print(f"    {message}")
    print(
        f"  of the whole run: { {code: n for code, n in tally.problem_nights.items() if code not in tally.problems} }"
    )
    print(f"  changes {dict(tally.changes)}")
    print(f"  events {dict(tally.events)}")
    print(f"  lost {tally.lost[:3]}, given away {tally.given_away[:3]}")


if __name__ == "__main__":
    sys.exit(main())
