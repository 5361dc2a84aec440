"""100,000 rows read and checked, start-up aside: CPU beside its goal for the plain shape, and the other shapes."""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.silence import SILENCE

from bench.table import Figure, show
from pleio_profile_sync_client.sources.file import FileSource

GOAL_S = 0.8
HEADERS = ("external_id", "name", "email", "profile.occupation", "profile.location", "groups")
FIRST = ("Loïs", "Daniël", "Thijs", "Ilse", "Özlem", "Sjoerd", "Zoë", "Renée")
LAST = ("Visser", "El Amrani", "Jansen", "van den Berg", "Meijer", "Köhler", "de Wit")
JOBS = ("Coördinator", "Griffier", "Beleidsmedewerker", "Handhaver", "Projectleider; ICT")
PLACES = ("Amsterdam", "Súdwest-Fryslân", "'s-Hertogenbosch", "Den Haag")
GROUP = "11111111-1111-4111-8111-111111111111"


def invented_rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield the headers and so many people."""
    yield HEADERS
    for number in range(1, count + 1):  # zeros alone are no external_id
        name = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
        group = GROUP if number % 4 == 0 else ""
        email = f"persoon{number}@gemeente.test"
        yield f"{number:07d}", name, email, JOBS[number % len(JOBS)], PLACES[number % len(PLACES)], group


def written(count: int, *, delimiter: str = ",", quotes: bool = False) -> str:
    """Return the rows as a file's text."""
    quote = '"' if quotes else ""
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in invented_rows(count))


SHAPES: Mapping[str, Callable[[int], bytes]] = {
    "UTF-8, commas": lambda count: written(count).encode(),
    "UTF-8, all in quotes": lambda count: written(count, delimiter=";", quotes=True).encode("utf-8-sig"),
    "Windows-1252": lambda count: written(count, delimiter="\t").encode("cp1252"),
    "UTF-16, tabs": lambda count: written(count, delimiter="\t").encode("utf-16"),
    "UTF-8, letters decomposed": lambda count: written(count).replace("ë", "e\u0308").encode(),
}
PLAIN = "UTF-8, commas"


def measure(path: Path) -> None:
    """Read one file and print the CPU seconds, the peak of memory in MB, and the users."""
    began_s = time.process_time()
    reading = FileSource(str(path)).read(SILENCE)
    print(f"{time.process_time() - began_s:.3f} {peak_mb():.0f} {len(reading.users)}")


def peak_mb() -> float:
    """Return the most memory that this process had."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def quickest(times: int, *arguments: str) -> tuple[float, ...]:
    """Run a module in processes of its own, and return the figures that the quickest printed."""
    command = [sys.executable, "-m", *arguments]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(times)]
    return min(tuple(map(float, line.split())) for line in runs)


def run(count: int, times: int) -> None:
    """Measure each shape in processes of their own, best of `times`."""
    with tempfile.TemporaryDirectory() as folder:
        for shape, make in SHAPES.items():
            path = Path(folder) / "people.csv"
            path.write_bytes(make(count))
            cpu_s, memory_mb, users = quickest(times, "bench.source", "--measure", str(path))
            assert users == count
            goal_s = GOAL_S * count / 100_000 if shape == PLAIN else None
            show(Figure(f"{count:,} rows read and checked: {shape}", cpu_s, "s of CPU", goal_s))
            if shape == PLAIN:
                show(Figure(f"{count:,} rows read and checked: memory at most", memory_mb, "MB"))


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.measure)
    else:
        run(args.rows, args.times)


if __name__ == "__main__":
    main()
