"""The example configurations read files of the shapes that they are for."""

import re
import shutil
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Avatar
from pleio_profile_sync_client.settings.config_file import parse_config, read_config_file
from pleio_profile_sync_client.settings.load import load_check_settings
from pleio_profile_sync_client.settings.options import FILE_KEYS
from pleio_profile_sync_client.sync.origins import make_source
from tests.corpus.make_corpus import CASES, FOLDER
from tests.silence import SILENCE

EXAMPLE = Path(__file__).parents[2] / "example"
FILES = {
    "users.toml": "users.csv",
    "afas-export-windows.toml": "afas-export-windows.csv",
    "excel-csv-utf8.toml": "excel-csv-utf8.csv",
    "excel-unicode-text.toml": "excel-unicode-text.txt",
    "users-with-problems.toml": "users-with-problems.csv",
}


@pytest.mark.parametrize(("config", "file"), FILES.items())
def test_an_example_reads_a_file_of_its_shape(config: str, file: str, tmp_path: Path) -> None:
    shutil.copy(EXAMPLE / config, tmp_path)
    shutil.copy(FOLDER / file, tmp_path)
    reading = make_source(load_check_settings({"config": str(tmp_path / config)}).source).read(SILENCE)
    case = CASES[file]
    assert {warning.code for warning in reading.warnings} <= {"unused_skip"}  # not every export has vacancies
    assert [(finding.line, finding.code) for finding in reading.problems] == list(case.problems)
    assert (reading.rows, len(reading.users)) == (case.rows, case.users)
    assert reading.users[0].name == "Loïs Visser"
    assert reading.fields == {"external_id", "name", "email", "profile.occupation", "profile.location", "groups"}


def test_each_shape_has_an_example() -> None:
    assert {path.name for path in EXAMPLE.glob("*.toml")} == {*FILES, "config.toml"}


def test_the_whole_configuration_reads_the_example_with_its_avatars() -> None:
    source = make_source(load_check_settings({"config": str(EXAMPLE / "config.toml")}).source)
    reading = source.read(SILENCE)
    assert reading.users
    assert not reading.problems
    assert {warning.code for warning in reading.warnings} <= {"unused_skip"}  # not every export has vacancies
    paths = [user.avatar for user in reading.users if user.avatar]
    assert paths
    assert all(isinstance(source.examine_avatar(path, None), Avatar) for path in paths)


def test_what_is_commented_out_in_the_whole_configuration_is_right_too() -> None:
    path = EXAMPLE / "config.toml"
    text = re.sub(r'^# (?=(?:"[^"]+"|[\w.]+) = |\[)', "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    whole = parse_config(text.encode(), path)
    assert whole.columns["profile.occupation"] == "Functie"
    assert whole.skip == {"Naam": ("Vacature*", "Totaal*"), "Status": ("Uit dienst",)}
    assert set(whole.options) > set(read_config_file(path).options)


def test_the_whole_configuration_names_every_option_that_it_may_hold() -> None:
    text = (EXAMPLE / "config.toml").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?(\w+) = ", text, flags=re.MULTILINE))
    may_be_held = {name for (_, name), option in FILE_KEYS.items() if not option.file_refusal}
    assert may_be_held - named == set()
