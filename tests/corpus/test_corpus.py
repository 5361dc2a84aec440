"""Every file of the corpus is read as its case says."""

import re
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.errors import SourceError
from pleio_profile_sync_client.sources.file import FileSource
from tests.corpus.make_corpus import CASES, FOLDER
from tests.silence import SILENCE

REFUSED = [name for name, case in CASES.items() if case.refusal is not None]
READ = [name for name in CASES if name not in REFUSED]


def source(name: str, folder: Path = FOLDER) -> FileSource:
    case = CASES[name]
    return FileSource(str(folder / name), Layout(case.columns, case.skip, (), case.encoding, case.delimiter))


def test_the_files_are_what_the_script_makes() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == {
        name: case.data for name, case in CASES.items()
    }


@pytest.mark.parametrize("name", READ)
def test_a_file_reads_as_its_case_says(name: str) -> None:
    case = CASES[name]
    reading = source(name).read(SILENCE)
    assert [(finding.line, finding.code) for finding in reading.problems] == list(case.problems)
    assert [finding.code for finding in reading.warnings] == list(case.warnings)
    assert (reading.rows, len(reading.users)) == (case.rows, case.users)
    assert (reading.cut_off is not None) == case.is_cut_off
    assert case.first_name is None or reading.users[0].name == case.first_name
    assert case.fields is None or reading.fields == case.fields
    assert [(row.line, row.code) for row in reading.skipped] == list(case.problems)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(name).read(SILENCE)
    assert re.search(CASES[name].refusal or "", f"{caught.value} {caught.value.hint}")
    assert "\n" not in f"{caught.value}{caught.value.hint}"
