"""What holds for every kind of source: empty, huge, damaged, gone half-way, changed while it is read.

A directory is put to the same tests against real servers, in `tests/directory`.
"""

import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from pleio_profile_sync_client.core.models import SourceReading
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.command import CommandSource
from pleio_profile_sync_client.sources.file import FileSource
from pleio_profile_sync_client.sources.source import RecordSource
from tests.silence import SILENCE

HEADERS = ("external_id", "name", "email", "profile.occupation")
Rows = Sequence[Sequence[str]]
Make = Callable[[Path, bytes], RecordSource]


def as_csv(rows: Rows) -> bytes:
    return "".join(",".join(row) + "\n" for row in rows).encode()


def as_workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Staf")
    for row in rows:
        sheet.append(row)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def a_file(folder: Path, content: bytes) -> RecordSource:
    (folder / "people").write_bytes(content)
    return FileSource(str(folder / "people"))


def standard_input(_folder: Path, content: bytes) -> RecordSource:
    return FileSource("-", stdin=BytesIO(content))


def a_command(folder: Path, content: bytes) -> RecordSource:
    (folder / "output").write_bytes(content)
    program = "import sys; sys.stdout.buffer.write(open('output', 'rb').read())"
    return CommandSource((sys.executable, "-c", program), folder=folder, timeout_s=60, environ={})


KINDS = {
    "csv": (a_file, as_csv),
    "standard input": (standard_input, as_csv),
    "workbook": (a_file, as_workbook),
    "command": (a_command, as_csv),
}
every_kind = pytest.mark.parametrize(("make", "write"), KINDS.values(), ids=KINDS.keys())


def town(number: int) -> list[tuple[str, ...]]:
    return [(f"P{n}", f"Persoon {n}", f"p{n}@gemeente.test", f"functie {n % 90}") for n in range(number)]


def read(source: RecordSource) -> SourceReading:
    return source.read(SILENCE)


@every_kind
@pytest.mark.parametrize(
    "rows", [[], [HEADERS], [HEADERS, ("", "", "", "")]], ids=["nothing", "headers", "a blank row"]
)
def test_an_empty_source_is_refused(make: Make, write: Callable[[Rows], bytes], tmp_path: Path, rows: Rows) -> None:
    with pytest.raises(SourceError):
        read(make(tmp_path, write(rows)))


@every_kind
def test_a_source_of_no_bytes_is_refused(make: Make, write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read(make(tmp_path, b""))


@every_kind
def test_the_same_people_read_the_same(make: Make, write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    reading = read(make(tmp_path, write([HEADERS, *town(100)])))
    assert [(user.external_id, user.name, user.email, user.profile["occupation"]) for user in reading.users] == town(
        100
    )
    assert [user.line for user in reading.users] == list(range(2, 102))
    assert (reading.problems, reading.warnings, reading.cut_off, reading.doubts) == ((), (), None, ())


@every_kind
def test_a_huge_source_is_read_whole(make: Make, write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    assert len(read(make(tmp_path, write([HEADERS, *town(20_000)]))).users) == 20_000


@every_kind
def test_a_bad_row_is_a_problem_with_its_place(make: Make, write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    reading = read(make(tmp_path, write([HEADERS, *town(3), ("P9", "Zonder", "", "x")])))
    (problem,) = reading.problems
    assert (problem.line, problem.code) == (5, "missing_email")
    assert problem.message.lower().startswith((problem.place or "line 5").lower())
    assert tuple(filter(None, reading.skipped[0].cells)) == ("P9", "Zonder", "x")


@every_kind
def test_half_of_a_source_is_never_taken_for_the_whole(
    make: Make, write: Callable[[Rows], bytes], tmp_path: Path
) -> None:
    whole = write([HEADERS, *town(50)])
    for length in range(len(whole) // 2, len(whole) - 2, max(len(whole) // 40, 1)):
        try:
            reading = read(make(tmp_path, whole[:length]))
        except SourceError:
            continue
        # A text that ends between two lines, or inside the last cell, is as good as whole: nothing shows it.
        assert write is as_csv
        ends_in_last_cell = whole[:length].rpartition(b"\n")[2].count(b",") in (0, 3)
        assert reading.cut_off is not None or ends_in_last_cell


@pytest.mark.parametrize("write", [as_csv, as_workbook])
def test_a_file_that_is_gone_is_refused_and_counts_as_changed(write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    source = a_file(tmp_path, write([HEADERS, *town(3)]))
    read(source)
    assert not source.is_changed()
    (tmp_path / "people").unlink()
    assert source.is_changed()
    with pytest.raises(SourceError, match="can't be read"):
        read(source)


@pytest.mark.parametrize("write", [as_csv, as_workbook])
def test_a_file_that_is_another_one_meanwhile_counts_as_changed(write: Callable[[Rows], bytes], tmp_path: Path) -> None:
    source = a_file(tmp_path, write([HEADERS, *town(3)]))
    read(source)
    a_file(tmp_path, write([HEADERS, *town(2)]))
    assert source.is_changed()


def test_a_command_that_ends_half_way_is_refused(tmp_path: Path) -> None:
    program = f"import sys; sys.stdout.write({as_csv([HEADERS, *town(3)]).decode()!r}); sys.exit(1)"
    with pytest.raises(SourceError, match="exit status 1"):
        read(CommandSource((sys.executable, "-c", program), folder=tmp_path, timeout_s=60, environ={}))
