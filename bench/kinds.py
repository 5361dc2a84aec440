"""A workbook of 50,000 people and a directory of 20,000 read and checked: CPU and memory beside their goals."""

import argparse
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from string import ascii_uppercase

from tests.directory.slapd import PASSWORD, PEOPLE, READER, SLAPD, Slapd, person
from tests.silence import SILENCE
from tests.workbooks import row, workbook

from bench.source import peak_mb, quickest
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


def person_cells(number: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return a person's texts, and the numbers after them: an age, a day, a fraction."""
    name = f"Persoon {number} van der Meer"
    texts = (f"functie {number % 300}", f"kamer {number % 900}", f"06-{number:08}", "Den Haag")
    return (name, f"p{number}@gemeente.test", *texts), (number % 60, 46_023, number / 7)


def write_workbook(path: Path, count: int) -> None:
    """Write people with ten columns as Excel does: shared texts, numbers with formats, a date, each cell's place."""
    strings: dict[str, int] = {}

    def placed(number: int, cells: Iterable[str]) -> str:
        return row(number, *(f'<c r="{ascii_uppercase[index]}{number}" {cell}</c>' for index, cell in enumerate(cells)))

    def shared(text: str) -> str:
        return f't="s"><v>{strings.setdefault(text, len(strings))}</v>'

    rows = [placed(1, map(shared, ("external_id", "name", "email", *FIELDS)))]
    for number in range(1, count + 1):  # zeros alone are no external_id
        texts, (age, day, fraction) = person_cells(number)
        numbers = f"><v>{age}</v>", f's="2"><v>{day}</v>', f"><v>{fraction!r}</v>"
        rows.append(placed(number + 1, (f's="1"><v>{number}</v>', *map(shared, texts), *numbers)))
    sheet = f'<dimension ref="A1:J{count + 1}"/><sheetData>{"".join(rows)}</sheetData>'
    path.write_bytes(
        workbook({"Staf": sheet}, strings=[f"<t>{text}</t>" for text in strings], formats=("0000000", "d-m-yyyy"))
    )


def write_with_library(path: Path, count: int) -> None:
    """Write the same people as openpyxl does: each text in its own cell."""
    from openpyxl import Workbook  # noqa: PLC0415 -- only the writing process needs these
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Staf")
    sheet.append(("external_id", "name", "email", *FIELDS))
    for number in range(1, count + 1):
        texts, (age, day, fraction) = person_cells(number)
        key, date = WriteOnlyCell(sheet, number), WriteOnlyCell(sheet, day)
        key.number_format, date.number_format = "0000000", "d-m-yyyy"
        sheet.append((key, *texts, age, date, fraction))
    book.save(path)


def measure_workbook(path: str) -> None:
    """Read a workbook and print the CPU seconds of this process, its peak of memory in MB, and the users."""
    from pleio_profile_sync_client.sources.file import FileSource  # noqa: PLC0415 -- its import is measured

    tell(len(FileSource(path).read(SILENCE).users))


def measure_directory(url: str) -> None:
    """Read a directory and print the same."""
    from pleio_profile_sync_client.core.models import Layout  # noqa: PLC0415 -- as above
    from pleio_profile_sync_client.sources.directory import DirectorySource  # noqa: PLC0415 -- as above
    from pleio_profile_sync_client.sources.ldap import Ldap  # noqa: PLC0415

    ldap = Ldap(url, timeout_s=60, start_tls=False, ca_file=None, bind=READER, password=PASSWORD)
    source = DirectorySource(ldap, Layout(ATTRIBUTES), bases=(PEOPLE,))
    tell(len(source.read(SILENCE).users))


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
    cpu_s, memory_mb, users = quickest(times, "bench.kinds", f"--{kind}", what)
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
        for write, addition in ((write_workbook, ""), (write_with_library, ", as openpyxl writes it")):
            write(path, args.rows)
            name = f"a workbook of {args.rows:,} rows with 10 columns{addition}"
            goals = (7 * args.rows / 50_000, 150.0)
            run("workbook", str(path), times=args.times, count=args.rows, name=name, goals=goals)
    if SLAPD:
        run_directory(args.entries, args.times)
    else:
        print("NO SLAPD HERE: a directory was not measured")


if __name__ == "__main__":
    main()
