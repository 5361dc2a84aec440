"""The proofs of docs/safety.md run long: `python -m tests.properties lost --files 100000`; `year` prints its table.

A file is told by its seed: `--seed 17 --files 1` tries that one again.
"""

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.properties import changing_hands, lost_people, needless_waiting
from tests.properties.year import POLICIES, STYLES, Tally, Year


def main() -> int:
    """Do what the command line asks, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.properties", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run in (("lost", find_lost), ("waiting", find_needless), ("hands", find_changing_hands)):
        files = commands.add_parser(name)
        files.add_argument("--files", type=int, default=20_000)
        files.add_argument("--seed", type=int, default=0, help="the first file's")
        files.add_argument("--show", type=int, default=5, help="how many to show")
        files.set_defaults(run=run)
    years = commands.add_parser("year")
    years.add_argument("--people", type=int, nargs="+", default=[1_500, 3_000])
    years.add_argument("--nights", type=int, default=365)
    years.add_argument("--seed", type=int, default=1)
    years.add_argument("--damaged", type=float, default=0, help="rows that are damaged a week")
    years.add_argument("--examples", type=int, default=0, help="messages to show of each code")
    years.set_defaults(run=live_years)
    options = parser.parse_args()
    return options.run(options)  # type: ignore[no-any-return] # one of the functions below


def find_lost(options: argparse.Namespace) -> int:
    """Look for people who are removed although they can be read in the file."""
    return _try_files(
        options,
        lost_people.try_file,
        kind=lambda lost: lost.trace,
        show=lambda lost: lost_people.describe(lost_people.shrink(lost)),
    )


def find_needless(options: argparse.Namespace) -> int:
    """Look for removals that wait for no reason."""
    return _try_files(options, needless_waiting.try_file, kind=lambda wrong: wrong.kind, show=str)


def find_changing_hands(options: argparse.Namespace) -> int:
    """Look for accounts that go to another person."""
    return _try_files(options, changing_hands.try_file, kind=lambda wrong: wrong.kind, show=str)


def _try_files(
    options: argparse.Namespace,
    try_file: Callable[[int], list[Any]],
    *,
    kind: Callable[[Any], str],
    show: Callable[[Any], str],
) -> int:
    began_s = time.perf_counter()
    tried = (try_file(seed) for seed in range(options.seed, options.seed + options.files))
    found = [wrong for wrong in tried if wrong]
    took_s = time.perf_counter() - began_s
    for wrong in itertools.islice(found, options.show):
        print(show(wrong[0]), end="\n\n")
    kinds = Counter(kind(one) for wrong in found for one in wrong)
    pace = f"{took_s:.0f} s, {options.files / took_s:.0f} a second"
    print(f"{options.files:,} files from seed {options.seed} ({pace}): {len(found):,} went wrong {dict(kinds)}")
    return 1 if found else 0


def live_years(options: argparse.Namespace) -> int:
    """Let years pass, and print what each came to."""
    for people, style, (name, policy) in itertools.product(options.people, STYLES, POLICIES.items()):
        tally = Year(people, style, options.seed, policy, damaged_a_week=options.damaged).run(options.nights)
        damaged = f", {options.damaged:g} rows damaged a week" if options.damaged else ""
        print(f"## {people:,} people, {style}, {name}, {tally.nights} nights{damaged}")
        _show(tally, options.examples)
    return 0


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
