"""State files that can't be used as they are."""

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path, PureWindowsPath

import pytest

from pleio_profile_sync_client.core.models import Action, Finding, Outcome, Removal, Status, Step
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.state.file import identify_subsite, locate_state, nearest_folder
from pleio_profile_sync_client.state.store import State, peek_memory, peek_runs

OpenState = Callable[[], AbstractContextManager[State]]

BAN = Removal(Action.BAN, "u1", "P1", "a@x.test", "A")
DELETE = Removal(Action.DELETE, "u1", "P1", "a@x.test", "A")
SUBSITE = "https://gemeente.test/profile_sync_api"

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


def change_with(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"external_id;name;email\n", id="a text"),
        pytest.param(bytes(8192), id="only NULs"),
        pytest.param(b"SQLite format 3\0" + bytes(100), id="a header and nothing else"),
    ],
)
def test_what_is_no_database_is_put_aside_and_started_anew(path: Path, warnings: list[Finding], content: bytes) -> None:
    path.write_bytes(content)
    now_s = datetime(2026, 11, 24, 2, 0, 1, tzinfo=UTC).timestamp
    with State.open(path, subsite_url=SUBSITE, warn=warnings.append, now_s=now_s) as state:
        assert state.memory.users == {}
    assert [warning.code for warning in warnings] == ["state_damaged"]
    assert path.with_name("state.sqlite3.damaged-20261124T020001Z").read_bytes() == content


def test_a_file_with_damaged_bytes_never_ends_in_anything_but_a_usable_state(
    open_state: OpenState, path: Path, warnings: list[Finding]
) -> None:
    with open_state() as state:
        state.intend_bans(f"u{number}" for number in range(500))
    good = path.read_bytes()
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(good)
        start = chance.randrange(len(damaged))
        damaged[start : start + 40] = chance.randbytes(len(damaged[start : start + 40]))
        path.write_bytes(damaged)
        try:
            with open_state() as state:
                state.intend_bans(["u1"])
        except UsageError as error:  # the bytes that say whose file it is were hit
            assert "--state" in error.hint or "state file" in error.hint  # noqa: PT017 -- one of several ways
    assert {warning.code for warning in warnings} == {"state_damaged"}


def test_a_truncated_file_is_put_aside(open_state: OpenState, path: Path, warnings: list[Finding]) -> None:
    with open_state() as state:
        state.intend_bans(f"u{number}" for number in range(500))
    path.write_bytes(path.read_bytes()[:-4096])
    with open_state() as state:
        assert state.memory.users == {}
    assert [warning.code for warning in warnings] == ["state_damaged"]


def test_an_empty_file_is_a_new_state(open_state: OpenState, path: Path, warnings: list[Finding]) -> None:
    path.touch()
    with open_state() as state:
        assert state.memory.users == {}
    assert warnings == []


def test_a_damaged_value_puts_the_file_aside(open_state: OpenState, path: Path, warnings: list[Finding]) -> None:
    with open_state() as state:
        state.intend_bans(["u1"])
    change_with(path, "UPDATE users SET not_taken = 'no JSON'")
    with open_state() as state:
        assert state.memory.users == {}
    assert [warning.code for warning in warnings] == ["state_damaged"]


def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(open_state: OpenState, path: Path) -> None:
    with open_state():
        pass
    change_with(path, "PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="newer version"), open_state():
        pass
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_is(open_state: OpenState, path: Path) -> None:
    change_with(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="another program's database"), open_state():
        pass
    assert path.read_bytes() == before


def test_another_subsites_file_is_refused(open_state: OpenState, path: Path, warnings: list[Finding]) -> None:
    with open_state():
        pass
    with (
        pytest.raises(UsageError, match=r"another subsite, gemeente\.test/profile_sync_api"),
        State.open(path, subsite_url="https://elders.test/profile_sync_api", warn=warnings.append),
    ):
        pass


def test_the_same_subsite_spelt_otherwise_is_let_in(open_state: OpenState, path: Path, warnings: list[Finding]) -> None:
    with open_state():
        pass
    with State.open(path, subsite_url="https://GEMEENTE.test:443/profile_sync_api/", warn=warnings.append):
        pass


def test_a_file_that_another_program_has_locked_is_refused(open_state: OpenState, path: Path) -> None:
    with open_state():
        pass
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UsageError, match="locked by another program") as raised, open_state():
        pass
    assert "--state" in raised.value.hint
    blocker.close()


def test_a_folder_is_no_state_file(open_state: OpenState, path: Path) -> None:
    path.mkdir()
    with pytest.raises(UsageError, match="is not a file"), open_state():
        pass


def test_a_place_below_a_file_is_refused(tmp_path: Path, warnings: list[Finding]) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match="can't be written") as raised,
        State.open(tmp_path / "file" / "state.sqlite3", subsite_url=SUBSITE, warn=warnings.append),
    ):
        pass
    assert "--state" in raised.value.hint


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a place that nobody may write is known on Linux only")
@pytest.mark.parametrize("place", ["/proc/state.sqlite3", "/proc/deep/state.sqlite3"])
def test_a_place_that_cannot_be_written_is_refused(place: str, warnings: list[Finding]) -> None:
    with pytest.raises(UsageError) as raised, State.open(Path(place), subsite_url=SUBSITE, warn=warnings.append):
        pass
    assert "--state" in raised.value.hint


def everybodys_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "everybodys"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sticky folders")
@pytest.mark.parametrize("suffix", ["", ".lock", "-journal"])
def test_a_link_that_anybody_may_have_put_there_is_taken_away_and_not_followed(
    tmp_path: Path, warnings: list[Finding], suffix: str
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    path = everybodys_folder(tmp_path) / "state.sqlite3"
    path.with_name(path.name + suffix).symlink_to(victim)
    peek_memory(path, subsite_url=SUBSITE, warn=warnings.append)
    peeked = [warning.code for warning in warnings]
    assert peeked == (["state_unreadable"] if not suffix else [])
    with State.open(path, subsite_url=SUBSITE, warn=warnings.append) as state:
        assert state.path == path
    assert victim.read_bytes() == b"precious"
    assert not path.is_symlink()
    assert [warning.code for warning in warnings] == peeked + (["state_link"] if not suffix else [])


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give files to others")
@pytest.mark.parametrize("suffix", ["", ".lock", "-journal"])
def test_another_accounts_file_in_everybodys_folder_is_refused(
    tmp_path: Path, warnings: list[Finding], suffix: str
) -> None:
    path = everybodys_folder(tmp_path) / "state.sqlite3"
    planted = path.with_name(path.name + suffix)
    planted.touch()
    os.chown(planted, 65_534, 65_534)
    with (
        pytest.raises(UsageError, match="another account") as raised,
        State.open(path, subsite_url=SUBSITE, warn=warnings.append),
    ):
        pass
    assert "--state" in raised.value.hint


def test_links_in_a_circle_are_no_place(tmp_path: Path, warnings: list[Finding]) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with (
        pytest.raises(UsageError, match="can't be written"),
        State.open(tmp_path / "a", subsite_url=SUBSITE, warn=warnings.append),
    ):
        pass


@pytest.mark.parametrize("place", ["Z:/pleio/state.sqlite3", "//server/share/pleio/state.sqlite3", "Z:/", "a/b"])
def test_walking_up_to_a_root_that_is_not_there_ends(place: str) -> None:
    assert nearest_folder(PureWindowsPath(place), lambda _folder: False) is None


def test_the_nearest_folder_that_is_there_is_found() -> None:
    there = PureWindowsPath("Z:/pleio")
    assert (
        nearest_folder(there / "a" / "b" / "state.sqlite3", lambda folder: folder in (there, *there.parents)) == there
    )


@pytest.mark.parametrize(
    "column",
    [
        "groups",
        "avatar_digest",
        "avatar_size",
        "avatar_mtime_ns",
        "name_digest",
        "email_digest",
        "not_taken",
        "banned_by_us",
        "absent_s",
        "counted_s",
    ],
)
@pytest.mark.parametrize("value", ["a text", 10**17, -1.5, b"\xff\xfe", "1e999"])
def test_a_value_that_is_none_of_ours_does_no_harm(
    open_state: OpenState, path: Path, warnings: list[Finding], column: str, value: object
) -> None:
    with open_state() as state:
        state.intend_bans(["u1"])
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"UPDATE users SET avatar_digest = 'd', {column} = ?", (value,))
    connection.close()
    peek_memory(path, subsite_url=SUBSITE, warn=warnings.append)
    with open_state() as state:
        state.record(BAN, Outcome(Status.APPLIED, "u1", steps=(Step.BAN,)))
    with open_state() as state:
        assert state.memory.users["u1"].banned_by_us
    assert {warning.code for warning in warnings} <= {"state_unreadable", "state_damaged"}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("runs", "run"),
        ("runs", "started_s"),
        ("runs", "finished_s"),
        ("runs", "exit_code"),
        ("runs", "counts"),
        ("runs", "is_partial"),
        ("about", "value"),
        ("deleted", "guid"),
    ],
)
@pytest.mark.parametrize("value", ["a text", 10**17, b"\xff", '{"create": "many"}'])
def test_a_value_about_runs_or_the_file_that_is_none_of_ours_does_no_harm(
    open_state: OpenState, path: Path, warnings: list[Finding], table: str, column: str, value: object
) -> None:
    with open_state() as state:
        state.start_run("r1", datetime(2026, 11, 24, tzinfo=UTC))
        state.keep_list(["u1"])
        state.record(DELETE, Outcome(Status.APPLIED, "u1", steps=(Step.DELETE,)))
    change_with(
        path,
        f"UPDATE {table} SET {column} = {literal(value)}",
    )
    try:
        peek_runs(path, warn=warnings.append)
        peek_memory(path, subsite_url=SUBSITE, warn=warnings.append)
        with open_state() as state:
            state.start_run("r2", datetime(2026, 11, 25, tzinfo=UTC))
            assert state.runs()[0].run == "r2"
    except UsageError as error:
        assert "another subsite" in str(error)  # noqa: PT017 -- one of several ways
    assert {warning.code for warning in warnings} <= {"state_unreadable", "state_damaged"}


def literal(value: object) -> str:
    return f"x'{value.hex()}'" if isinstance(value, bytes) else repr(value)


OPEN_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path, PureWindowsPath
from pleio_profile_sync_client.errors import UsageError
from pleio_profile_sync_client.state.store import State
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    with State.open(Path(sys.argv[1]), subsite_url=sys.argv[2], warn=print):
        pass
except UsageError as error:
    print(error, error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limits for a file's size")
@pytest.mark.parametrize("room", ["0", "4096"])
def test_a_full_disk_is_told_on_opening(path: Path, room: str) -> None:
    command = [sys.executable, "-c", OPEN_ON_A_FULL_DISK, str(path), SUBSITE, room]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "can't be written" in answer.stdout
    assert "--state" in answer.stdout


def test_a_file_from_before_the_first_release_is_put_aside(
    open_state: OpenState, path: Path, warnings: list[Finding]
) -> None:
    with open_state():
        pass
    change_with(path, "PRAGMA user_version = 1", "ALTER TABLE users RENAME COLUMN absent_s TO absent_since_s")
    with open_state() as state:
        assert state.memory.users == {}
    assert [warning.code for warning in warnings] == ["state_damaged"]


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
