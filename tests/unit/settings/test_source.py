"""Which source the settings name, and what goes with which."""

from pathlib import Path

import pytest

from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.config_file import parse_config
from pleio_profile_sync_client.settings.load import load_check_settings, load_source
from pleio_profile_sync_client.settings.models import SourceSettings

PATH = Path("/etc/pleio/sync.toml")
COMMAND = '[command]\nrun = ["psql", "--csv"]\n'
LDAP = '[ldap]\nurl = "ldap://localhost:1389/"\nbase = "DC=gemeente,DC=test"\n'


def load(text: str) -> SourceSettings:
    return load_source(parse_config(text.encode(), PATH), PATH)


def load_with(folder: Path, text: str, **typed: object) -> SourceSettings:
    """Load a source from a file and what is typed on the command line."""
    config = folder / "sync.toml"
    config.write_text(text, "utf-8")
    return load_check_settings({"config": str(config), **typed}).source


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        load(text)
    return f"{caught.value} {caught.value.hint}"


def test_there_may_be_no_source() -> None:
    assert not load("").is_said


def test_a_sheet_is_a_workbooks() -> None:
    settings = load('source = "people.xlsx"\n[workbook]\nsheet = "Staf"\n')
    assert (settings.location, settings.layout.sheet, settings.is_said) == ("/etc/pleio/people.xlsx", "Staf", True)


def test_a_command_works_in_the_configurations_folder() -> None:
    command = load(COMMAND).command
    assert command is not None
    assert (command.run, command.folder, command.timeout_s) == (("psql", "--csv"), Path("/etc/pleio"), 600)


def test_a_directory_is_said_with_its_groups() -> None:
    groups = '[ldap.groups]\n"CN=A,DC=gemeente,DC=test" = "g1"\n"CN=B,DC=gemeente,DC=test" = ["g2", "g3"]\n'
    directory = load(f'{LDAP}timeout = "5s"\nca_file = "ca.pem"\n{groups}').directory
    assert directory is not None
    assert (directory.url, directory.base) == ("ldap://localhost:1389", ("DC=gemeente,DC=test",))
    assert (directory.timeout_s, directory.ca_file) == (5, Path("/etc/pleio/ca.pem"))
    assert directory.groups == {"CN=A,DC=gemeente,DC=test": ("g1",), "CN=B,DC=gemeente,DC=test": ("g2", "g3")}


@pytest.mark.parametrize(
    "text",
    [f'source = "a.csv"\n{COMMAND}', f'source = "a.csv"\n{LDAP}', COMMAND + LDAP, f'source = "-"\n{LDAP}{COMMAND}'],
)
def test_only_one_source_may_be_named(text: str) -> None:
    assert "several sources" in refusal(text)


@pytest.mark.parametrize("text", [COMMAND, LDAP, COMMAND + LDAP, f'source = "a.csv"\n{LDAP}'])
def test_the_command_lines_source_goes_before_all_of_the_files(tmp_path: Path, text: str) -> None:
    settings = load_with(tmp_path, text, source="b.csv", encoding="cp1252")
    assert (settings.location, settings.command, settings.directory) == ("b.csv", None, None)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (LDAP, {"encoding": "cp1252"}),
        (LDAP, {"delimiter": ";"}),
        (LDAP, {"max_source_age": "60s"}),
        (f'[csv]\ndelimiter = ";"\n{LDAP}', {}),
        (COMMAND, {"max_source_age": "60s"}),
    ],
)
def test_what_is_for_files_is_refused_with_another_source(tmp_path: Path, text: str, typed: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is for files"):
        load_with(tmp_path, text, **typed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[command]\n", "does not say what to run"),
        ("[command]\nrun = []\n", "does not say what to run"),
        ("[command]\nrun = ' '\n", "does not say what to run"),
        ("[ldap]\n", "url nor base"),
        ('[ldap]\nurl = "ldap://localhost"\n', "base"),
        (LDAP.replace("ldap://localhost:1389/", "ldap://dc1.gemeente.test"), "in the clear"),
        (LDAP.replace("ldap://", "ldaps://") + "start_tls = true\n", "start_tls is for ldap://"),
        (f'{LDAP}bind = "CN=x"\n', "has only bind"),
        (f'{LDAP}password_file = "x"\n', "has only password_file"),
        (LDAP.replace("ldap://", "https://"), "ldaps://"),
        (LDAP.replace("ldap://", "ldap://a:b@"), "do not belong"),
        (LDAP.replace("1389/", "1389/DC=x"), "base"),
        (f'{LDAP}[ldap.groups]\n"CN=A" = 3\n', "must be the guid"),
        (f"{LDAP}groups = 3\n", "table"),
        (f"{LDAP}passwrod_file = 3\n", "did you mean password_file"),
        ('[workbook]\nsheets = "x"\n', "did you mean sheet"),
    ],
)
def test_what_is_missing_or_wrong_is_said(text: str, said: str) -> None:
    assert said in refusal(text)


def test_start_tls_makes_a_plain_address_good() -> None:
    directory = load(LDAP.replace("localhost:1389/", "dc1.gemeente.test") + "start_tls = true\n").directory
    assert directory is not None
    assert directory.start_tls
