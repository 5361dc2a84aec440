"""No two of the files that the settings name may be the same. Paths only: links are looked at with the command."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.settings.load import refuse_shared_files

PLACES: dict[str, object] = {
    "source": "users.csv",
    "api_secret_file": Path("secret.txt"),
    "config": Path("sync.toml"),
    "rejects": Path("to-fix.csv"),
    "state": Path("state.sqlite3"),
    "report": (Path("night.json"), Path("night.html")),
    "metrics": Path("sync.prom"),
}


def _refuse(said: Mapping[str, object], environ: Mapping[str, str] = {}) -> None:
    refuse_shared_files({**PLACES, **said}, environ)


def test_files_of_their_own_are_fine() -> None:
    _refuse({}, {"API_SECRET_FILE": "other.txt"})


@pytest.mark.parametrize(
    ("said", "options", "path"),
    [
        ({"metrics": Path("users.csv")}, "--metrics and --source", "users.csv"),
        ({"metrics": Path("secret.txt")}, "--metrics and --api-secret-file", "secret.txt"),
        ({"metrics": Path("sync.toml")}, "--metrics and --config", "sync.toml"),
        ({"metrics": Path("night.json")}, "--metrics and --report", "night.json"),
        ({"metrics": Path("state.sqlite3")}, "--state and --metrics", "state.sqlite3"),
        ({"state": Path("users.csv")}, "--state and --source", "users.csv"),
        ({"state": Path("secret.txt")}, "--state and --api-secret-file", "secret.txt"),
        ({"source": "night.json"}, "--report and --source", "night.json"),
        ({"source": "secret.txt"}, "--api-secret-file and --source", "secret.txt"),
        ({"report": (Path("x.json"), Path("y.json"), Path("a/../x.json"))}, "--report and --report", "x.json"),
        ({"report": (Path("x.json"), Path("x.json"))}, "--report and --report", "x.json"),
        ({"source": "folder/../sync.toml"}, "--config and --source", "sync.toml"),
    ],
)
def test_one_file_for_two_things_is_refused_with_both_options(said: dict[str, object], options: str, path: str) -> None:
    with pytest.raises(UsageError) as caught:
        _refuse(said)
    assert str(caught.value) == f"{options} are the same file, {path}."
    assert caught.value.hint == "Give one of them another name."


@pytest.mark.parametrize("place", ["users.csv", "secret.txt", "sync.toml", "night.html", "state.sqlite3", "sync.prom"])
def test_rejects_replace_nothing_that_the_settings_name(place: str) -> None:
    with pytest.raises(UsageError, match=f"--rejects and --.* are the same file, {place}"):
        _refuse({"rejects": Path(place)})


def test_the_environments_secret_is_kept_too_whether_an_option_overrules_it_or_not() -> None:
    with pytest.raises(UsageError, match="--metrics and API_SECRET_FILE are the same file"):
        _refuse({}, {"API_SECRET_FILE": " sync.prom "})
    with pytest.raises(UsageError, match="--metrics and API_SECRET_FILE are the same file"):
        _refuse({"api_secret_file": None}, {"API_SECRET_FILE": "sync.prom"})


def test_option_and_environment_may_name_the_same_secret() -> None:
    _refuse({}, {"API_SECRET_FILE": "./secret.txt"})


@pytest.mark.parametrize("source", ["-", None])
def test_standard_input_is_no_file(source: str | None) -> None:
    _refuse({"source": source, "metrics": Path("-")})


def test_a_path_that_can_be_none_is_nobodys_file() -> None:
    _refuse({"source": "a\0b", "metrics": Path("x" * 5_000)})
