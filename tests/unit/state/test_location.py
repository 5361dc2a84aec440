"""Where the state lies when nobody said it."""

from itertools import combinations
from pathlib import Path

import pytest

from pleio_profile_sync_client.state.location import identify_subsite, locate_state

SUBSITES = [
    "https://gemeente.test/profile_sync_api",
    "https://gemeente.test:8443/profile_sync_api",
    "https://gemeente.test/elders/profile_sync_api",
    "https://gemeente-test/profile_sync_api",
    "https://gemeente.test",
    "http://127.0.0.1:8800/profile_sync_api",
    "http://[::1]:8800/profile_sync_api",
    "https://gemeenté.test/profile_sync_api",
]


@pytest.mark.parametrize(("one", "other"), list(combinations(SUBSITES, 2)))
def test_every_subsite_has_a_file_of_its_own(one: str, other: str) -> None:
    assert locate_state(one, {}) != locate_state(other, {})


@pytest.mark.parametrize("subsite", SUBSITES)
def test_the_name_holds_only_what_every_file_system_takes(subsite: str) -> None:
    name = locate_state(subsite, {}).name
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| ')
    assert name.endswith(".sqlite3")


def test_the_name_shows_the_host() -> None:
    assert locate_state("https://gemeente.test/profile_sync_api", {}).name.startswith("gemeente.test-")


def test_systemds_folder_comes_first() -> None:
    environment = {"STATE_DIRECTORY": "/var/lib/pleio:/var/lib/other"}
    assert locate_state(SUBSITES[0], environment).parent == Path("/var/lib/pleio")


def test_without_systemds_folder_the_platforms_own_is_taken() -> None:
    assert locate_state(SUBSITES[0], {"STATE_DIRECTORY": ""}).parent.name == "pleio-profile-sync-client"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://GEMEENTE.test/profile_sync_api/",
        "https://gemeente.test:443/profile_sync_api",
        "https://gemeente.test./profile_sync_api//",
    ],
)
def test_spellings_of_one_subsite_are_one(spelling: str) -> None:
    assert identify_subsite(spelling) == identify_subsite("https://gemeente.test/profile_sync_api")
