"""100,000 rows read and checked: CPU and memory beside their goal, for each shape that exports have.

Run it with nothing else going on: `python bench/source.py`. The goal, start-up aside: at most 0.8 s of CPU
for the plain
shape (UTF-8, commas, six columns); the others are shown beside it.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pleio_profile_sync_client.sources.csv_file import CsvSource

GOAL_S = 0.8
HEADERS = ("external_id", "name", "email", "profile.occupation", "profile.location", "groups")
FIRST = ("Loïs", "Daniël", "Thijs", "Ilse", "Özlem", "Sjoerd", "Zoë", "Renée")
LAST = ("Visser", "El Amrani", "Jansen", "van den Berg", "Meijer", "Köhler", "de Wit")
JOBS = ("Coördinator", "Griffier", "Beleidsmedewerker", "Handhaver", "Projectleider; ICT")
PLACES = ("Amsterdam", "Súdwest-Fryslân", "'s-Hertogenbosch", "Den Haag")
GROUP = "11111111-1111-4111-8111-111111111111"


class Silence:
    """A progress that nobody looks at."""

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        yield lambda done: None


def invented_rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield the headers and so many people."""
    yield HEADERS
    for number in range(count):
        name = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
        group = GROUP if number % 4 == 0 else ""
        email = f"persoon{number}@gemeente.test"
        yield f"{number:07d}", name, email, JOBS[number % len(JOBS)], PLACES[number % len(PLACES)], group


def written(count: int, *, delimiter: str = ",", quotes: bool = False) -> str:
    """Return the rows as a file's text."""
    quote = '"' if quotes else ""
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in invented_rows(count))


SHAPES: Mapping[str, Callable[[int], bytes]] = {
    "plain": lambda count: written(count).encode(),
    "all quoted": lambda count: written(count, delimiter=";", quotes=True).encode("utf-8-sig"),
    "Windows-1252": lambda count: written(count, delimiter="\t").encode("cp1252"),
    "UTF-16, tabs": lambda count: written(count, delimiter="\t").encode("utf-16"),
    "decomposed": lambda count: written(count).replace("ë", "e\u0308").encode(),
}


def measure(path: Path) -> None:
    """Read one file and print the CPU seconds, the peak of memory in MB, and the users."""
    began = time.process_time()
    reading = CsvSource(str(path)).read(Silence())
    print(f"{time.process_time() - began:.3f} {peak_mb():.0f} {len(reading.users)}")


def peak_mb() -> float:
    """Return the most memory that this process had; 0 where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 -- only where used
    except ImportError:  # Windows
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def run(count: int, times: int) -> int:
    """Measure each shape in processes of their own, best of `times`, and return 1 where the goal is missed."""
    print(f"{count:,} rows; best of {times}")
    is_missed = False
    with tempfile.TemporaryDirectory() as folder:
        for shape, make in SHAPES.items():
            path = Path(folder) / "people.csv"
            path.write_bytes(make(count))
            command = [sys.executable, __file__, "--measure", str(path)]
            runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(times)]
            cpu_s, memory_mb, users = min((float(cpu), mb, users) for cpu, mb, users in map(str.split, runs))
            goal = ""
            if shape == "plain":
                goal_s = GOAL_S * count / 100_000
                is_missed = cpu_s > goal_s
                goal = f"  goal {goal_s:.2f} s: {'MISSED' if is_missed else 'met'}"
            print(f"{shape:<14} {cpu_s:6.3f} s CPU  {memory_mb:>4} MB at most  {users} users{goal}")
    return int(is_missed)


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure)
        return 0
    return run(args.rows, args.times)


if __name__ == "__main__":
    sys.exit(main())
