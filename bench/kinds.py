"""A workbook of 50,000 people and a directory of 20,000 read and checked: CPU and memory beside their goals."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.directory.slapd import PASSWORD, PEOPLE, READER, SLAPD, Slapd, person

from bench.source import Silence, peak_mb
from bench.table import Figure, show

FIELDS = tuple(f"profile.field{number}" for number in range(7))
ATTRIBUTES = {
    "external_id": "employeeNumber",
    "name": "displayName",
    "email": "mail",
    "profile.occupation": "title",
    "avatar": "jpegPhoto",
}
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(250)) * 32


def write_workbook(path: Path, count: int) -> None:
    """Write people with ten columns, as a spreadsheet would: shared texts, numbers with formats, a date."""
    from datetime import date  # noqa: PLC0415 -- only the writing process needs these

    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Staf")
    sheet.append(("external_id", "name", "email", *FIELDS))
    for number in range(1, count + 1):  # zeros alone are no external_id
        key = WriteOnlyCell(sheet, number)
        key.number_format = "0000000"
        name = f"Persoon {number} van der Meer"
        texts = (f"functie {number % 300}", f"kamer {number % 900}", f"06-{number:08}", "Den Haag")
        sheet.append((key, name, f"p{number}@gemeente.test", *texts, number % 60, date(2026, 1, 1), number / 7))
    book.save(path)


def measure_workbook(path: str) -> None:
    """Read a workbook and print the CPU seconds of this process, its peak of memory in MB, and the users."""
    from pleio_profile_sync_client.sources.file import FileSource  # noqa: PLC0415 -- its import is measured

    tell(len(FileSource(path).read(Silence()).users))


def measure_directory(url: str) -> None:
    """Read a directory and print the same."""
    from pleio_profile_sync_client.settings.models import DirectorySettings  # noqa: PLC0415 -- as above
    from pleio_profile_sync_client.sources.directory import DirectorySource  # noqa: PLC0415
    from pleio_profile_sync_client.sources.ldap import Ldap  # noqa: PLC0415

    ldap = Ldap(url, timeout_s=60, start_tls=False, ca_file=None, bind=READER, password=PASSWORD)
    source = DirectorySource(ldap, DirectorySettings(url, (PEOPLE,), 60), columns=ATTRIBUTES)
    tell(len(source.read(Silence()).users))


def tell(users: int) -> None:
    """Print what this process took."""
    print(f"{time.process_time():.3f} {peak_of_this_process_mb():.0f} {users}")


def peak_of_this_process_mb() -> float:
    """Return the most memory that it had; what the kernel tells at the end counts its parent's too."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_mb()
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6


def run(kind: str, what: str, *, times: int, count: int, name: str, goals: tuple[float, float]) -> None:
    """Measure in processes of their own, and show the best."""
    command = [sys.executable, "-m", "bench.kinds", f"--{kind}", what]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(times)]
    cpu_s, memory_mb, users = min(tuple(map(float, line.split())) for line in runs)
    assert users == count
    show(Figure(name, cpu_s, "s of CPU", goals[0]))
    show(Figure("the same: memory at most", memory_mb, "MB", goals[1]))


def run_directory(count: int, times: int) -> None:
    """Measure a directory without photos, and with one for everybody."""
    for photo, with_photos in ((b"", ""), (PHOTO, ", with photos of 8 kB")):
        with tempfile.TemporaryDirectory() as folder:
            people = [person(number, jpegPhoto=photo) for number in range(1, count + 1)]
            server = Slapd(Path(folder) / "slapd", people, options=f'limits dn.exact="{READER}" size=unlimited')
            try:
                name = f"a directory of {count:,} entries{with_photos}"
                goals = (4 * count / 20_000, 100.0)
                run("directory", server.url, times=times, count=count, name=name, goals=goals)
            finally:
                server.stop()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workbook", help=argparse.SUPPRESS)
    parser.add_argument("--directory", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.workbook:
        measure_workbook(args.workbook)
        return
    if args.directory:
        measure_directory(args.directory)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.xlsx"
        write_workbook(path, args.rows)
        name = f"a workbook of {args.rows:,} rows with 10 columns"
        run("workbook", str(path), times=args.times, count=args.rows, name=name, goals=(7 * args.rows / 50_000, 150.0))
    if SLAPD:
        run_directory(args.entries, args.times)
    else:
        print("NO SLAPD HERE: a directory was not measured")


if __name__ == "__main__":
    main()
