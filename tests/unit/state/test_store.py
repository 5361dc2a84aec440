"""What a run remembers for the next one."""

import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Literal

import pytest

from pleio_profile_sync_client.core.approval import Awaiting
from pleio_profile_sync_client.core.keys import digest
from pleio_profile_sync_client.core.models import (
    Action,
    Avatar,
    Finding,
    Memo,
    NotTaken,
    Outcome,
    Record,
    Remembered,
    Removal,
    RunRecord,
    Status,
    Step,
    Write,
)
from pleio_profile_sync_client.core.removals import Absence
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.state.store import State, peek_memory

OpenState = Callable[[], AbstractContextManager[State]]

SUBSITE = "https://gemeente.test/profile_sync_api"
NOW = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def written(guid: str | int, *groups: str) -> tuple[Write, Outcome]:
    record = Record("Fatma Yildiz", "fatma@gemeente.test", "P7", groups=groups)
    create = Write(Action.CREATE, None, 2, "P7", record.email, record)
    return create, Outcome(Status.APPLIED, guid, steps=(Step.USER,))


def removed(guid: str, step: Step) -> tuple[Removal, Outcome]:
    action = Action.BAN if step is Step.BAN else Action.DELETE
    ban = Removal(action, guid, "P7", "fatma@gemeente.test", "Fatma Yildiz")  # type: ignore[arg-type]  # narrowed above
    return ban, Outcome(Status.APPLIED, guid, steps=(step,))


def test_a_first_run_remembers_nobody(open_state: OpenState) -> None:
    with open_state() as state:
        assert state.memory.users == {}
        assert len(state.memory.salt) == 16


def test_the_salt_stays_and_is_another_one_in_every_file(
    open_state: OpenState, tmp_path: Path, warnings: list[Finding]
) -> None:
    with open_state() as state:
        salt = state.memory.salt
    with open_state() as state:
        assert state.memory.salt == salt
    with State.open(tmp_path / "other.sqlite3", subsite_url=SUBSITE, warn=warnings.append) as other:
        assert other.memory.salt != salt


def test_what_was_recorded_is_remembered_by_the_next_run(open_state: OpenState) -> None:
    with open_state() as state:
        salt = state.memory.salt
        state.record(*written("u1", "g2", "g1"))
    with open_state() as state:
        assert state.memory.users == {
            "u1": Remembered(
                groups=frozenset({"g1", "g2"}),
                name_digest=digest(salt, "Fatma Yildiz"),
                email_digest=digest(salt, "fatma@gemeente.test"),
            )
        }


def test_all_that_is_remembered_of_a_user_survives_but_the_avatars_path(open_state: OpenState, path: Path) -> None:
    avatar = Avatar("avatars/Fatma Yildiz.jpg", "d1", 10, 12_790_000_000_123_456_789)
    record = Record("Fatma", "fatma@gemeente.test", "P7", {"phone": "06"})
    update = Write(Action.UPDATE, "u1", 2, "P7", record.email, record, avatar=avatar)
    with State.open(path, subsite_url=SUBSITE, warn=print, now_s=NOW.timestamp) as state:
        salt = state.memory.salt
        steps = (Step.USER, Step.AVATAR)
        state.record(
            update, Outcome(Status.APPLIED, "u1", steps=steps, avatar=avatar, not_taken={"profile.phone": "06"})
        )
        state.keep_absences({"u1": Absence(12.5, 1e9)})
    with open_state() as state:
        remembered = state.memory.users["u1"]
    assert remembered.avatar == Avatar("", "d1", 10, 12_790_000_000_123_456_789)
    assert remembered.not_taken == {"profile.phone": NotTaken(digest(salt, "06"), NOW.timestamp())}
    assert (remembered.absent_s, remembered.counted_s) == (12.5, 1e9)


def test_no_name_email_value_or_file_name_stands_in_the_file(open_state: OpenState, path: Path) -> None:
    record = Record("Kanarie Achternaam", "kanarie@gemeente.test", "P7", {"phone": "kanarie-06"})
    avatar = Avatar("kanarie.jpg", "d1", 10, 20)
    update = Write(Action.UPDATE, "u1", 2, "P7", record.email, record, {"name": ("Kanarie", "x")}, avatar)
    steps = (Step.USER, Step.AVATAR)
    outcome = Outcome(Status.APPLIED, "u1", steps=steps, avatar=avatar, not_taken={"profile.phone": "kanarie-06"})
    with open_state() as state:
        state.record(update, outcome)
    assert b"kanarie" not in path.read_bytes().lower()


def test_numeric_guids_are_remembered_as_text(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written(57979220, "g1"))
    with open_state() as state:
        assert list(state.memory.users) == ["57979220"]
        state.keep_list([57979220])
    with open_state() as state:
        assert list(state.memory.users) == ["57979220"]


def test_steps_of_one_user_add_up_in_the_order_in_which_they_were_recorded(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "g1"))
        state.record(*removed("u1", Step.BAN))
        state.flush()
        state.record(*written("u1", "g2"))
    with open_state() as state:
        remembered = state.memory.users["u1"]
        assert remembered.groups == frozenset({"g1", "g2"})
        assert not remembered.banned_by_us


def test_a_deleted_user_is_forgotten(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "g1"))
        state.record(*removed("u1", Step.DELETE))
    with open_state() as state:
        assert state.memory.users == {}


def test_a_failed_change_without_a_step_leaves_no_trace(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(written("u1", "g1")[0], Outcome(Status.FAILED, error="refused"))
    with open_state() as state:
        assert state.memory.users == {}


def test_recording_is_safe_from_many_threads(open_state: OpenState) -> None:
    def record_fifty(state: State, start: int) -> None:
        for number in range(start, start + 50):
            state.record(*written(f"u{number}", "g1"))

    with open_state() as state:
        threads = [Thread(target=record_fifty, args=(state, start)) for start in range(0, 400, 50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with open_state() as state:
        assert len(state.memory.users) == 400


def test_a_quiet_period_is_written_too(path: Path, warnings: list[Finding]) -> None:
    with State.open(path, subsite_url=SUBSITE, warn=warnings.append, write_interval_s=0.001) as state:
        state.record(*written("u1", "g1"))
        patience = Event()
        assert any(
            "u1" in peek_memory(path, subsite_url=SUBSITE, warn=warnings.append).users or patience.wait(0.001)
            for _ in range(10_000)
        )
    assert warnings == []


def test_a_memo_replaces_the_groups_and_leaves_the_rest(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "g1", "g2"))
    with open_state() as state:
        before = state.memory.users["u1"]
        state.remember([Memo("u1", groups=frozenset({"g2"}))])
    with open_state() as state:
        after = state.memory.users["u1"]
        assert after.groups == frozenset({"g2"})
        assert (after.name_digest, after.email_digest) == (before.name_digest, before.email_digest)


def test_a_group_that_left_the_cell_and_one_that_came_end_up_right_in_one_run(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "left", "kept"))
    with open_state() as state:
        state.remember([Memo("u1", groups=frozenset({"kept"}))])
        state.record(*written("u1", "new"))
    with open_state() as state:
        assert state.memory.users["u1"].groups == frozenset({"kept", "new"})


def test_a_memo_can_hold_an_avatar_alone(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "g1"))
        state.flush()
        state.remember([Memo("u1", avatar=Avatar("a.jpg", "d", 1, 3))])
    with open_state() as state:
        assert state.memory.users["u1"].avatar == Avatar("", "d", 1, 3)
        assert state.memory.users["u1"].groups == frozenset({"g1"})


def test_intended_bans_are_ours_although_none_was_recorded(open_state: OpenState) -> None:
    with open_state() as state:
        state.intend_bans(["u1", 2])
    with open_state() as state:
        assert {guid for guid, user in state.memory.users.items() if user.banned_by_us} == {"u1", "2"}


def test_a_user_who_is_listed_as_active_was_not_banned_by_us(open_state: OpenState) -> None:
    with open_state() as state:
        state.intend_bans(["u1", "u2"])
    with open_state() as state:
        state.forget_bans_of(["u1", "u3"])
    with open_state() as state:
        assert {guid: user.banned_by_us for guid, user in state.memory.users.items()} == {"u1": False, "u2": True}


def test_absence_is_kept_until_it_ends(open_state: OpenState) -> None:
    with open_state() as state:
        state.keep_absences({"u1": Absence(0.0, 100.0), "u2": Absence(5.0, 100.0)})
    with open_state() as state:
        state.keep_absences({"u1": None, "u2": Absence(105.0, 200.0)})
    with open_state() as state:
        assert state.memory.users == {"u1": Remembered(), "u2": Remembered(absent_s=105.0, counted_s=200.0)}


def test_users_who_are_no_longer_listed_are_forgotten(open_state: OpenState) -> None:
    with open_state() as state:
        state.record(*written("u1", "g1"))
        state.record(*written("u2", "g1"))
    with open_state() as state:
        state.keep_list(["u2", "u3"])
    with open_state() as state:
        assert list(state.memory.users) == ["u2"]


def test_an_empty_list_forgets_nobody(open_state: OpenState) -> None:
    with open_state() as state:
        state.intend_bans(["u1"])
        state.keep_list(["u1", 2])
    with open_state() as state:
        state.keep_list([])
    with open_state() as state:
        assert state.memory.users["u1"].banned_by_us
        assert state.memory.last_list == frozenset({"u1", "2"})


def test_the_last_list_is_kept_without_those_whom_we_deleted_since(open_state: OpenState) -> None:
    with open_state() as state:
        assert state.memory.last_list is None
        state.keep_list(["u1", "u2", 3])
        state.record(*removed("u1", Step.DELETE))
    with open_state() as state:
        assert state.memory.last_list == frozenset({"u2", "3"})
        state.keep_list(["u1", "u2"])
    with open_state() as state:
        assert state.memory.last_list == frozenset({"u1", "u2"})


@pytest.mark.parametrize(
    ("external_id", "taken", "is_needed"),
    [(None, "external_id", True), (None, "email", False), ("P7", "external_id", False)],
)
def test_a_refused_create_without_an_external_id_is_remembered(
    open_state: OpenState, external_id: str | None, taken: Literal["email", "external_id"], *, is_needed: bool
) -> None:
    create = Write(Action.CREATE, None, 2, external_id, "a@x.test", Record("A", "a@x.test", external_id))
    with open_state() as state:
        assert not state.memory.needs_external_id
        state.record(create, Outcome(Status.FAILED, taken=taken))
    with open_state() as state:
        assert state.memory.needs_external_id is is_needed
        assert state.memory.users == {}


def test_a_create_without_an_external_id_that_is_taken_shows_that_none_is_needed(open_state: OpenState) -> None:
    create = Write(Action.CREATE, None, 2, None, "a@x.test", Record("A", "a@x.test"))
    with open_state() as state:
        state.record(create, Outcome(Status.FAILED, taken="external_id"))
        state.record(create, Outcome(Status.APPLIED, "u1", steps=(Step.USER,)))
    with open_state() as state:
        assert not state.memory.needs_external_id


def test_since_when_something_waits_for_an_approval_is_kept(open_state: OpenState) -> None:
    awaiting = Awaiting(2, (), {"u1": date(2026, 11, 20)}, date(2026, 11, 19))
    with open_state() as state:
        state.keep_awaiting(awaiting)
    with open_state() as state:
        assert state.memory.awaiting == {"u1": date(2026, 11, 20)}
        assert state.memory.awaiting_since == date(2026, 11, 19)
        state.keep_awaiting(None)
    with open_state() as state:
        assert (state.memory.awaiting, state.memory.awaiting_since) == ({}, None)


def test_a_field_that_was_taken_after_all_loses_its_mark_and_no_other(open_state: OpenState) -> None:
    change, _ = written("u1", "g1")
    with open_state() as state:
        state.record(
            change, Outcome(Status.APPLIED, "u1", steps=(Step.USER,), not_taken={"name": "A", "email": "b@x.test"})
        )
    with open_state() as state:
        state.remember([Memo("u1", taken=("name",))])
    with open_state() as state:
        assert list(state.memory.users["u1"].not_taken) == ["email"]
        state.remember([Memo("u1", taken=("email",))])
    with open_state() as state:
        assert state.memory.users["u1"].not_taken == {}


def test_runs_are_told_newest_first_with_how_they_ended(open_state: OpenState) -> None:
    with open_state() as state:
        state.start_run("r1", START)
        state.finish_run("r1", START + timedelta(seconds=5), 1, {"create": 2, "problems": 3})
        state.start_run("r2", START + timedelta(days=1), is_partial=True)
    with open_state() as state:
        assert state.runs() == [
            RunRecord("r2", START + timedelta(days=1), is_partial=True),
            RunRecord("r1", START, START + timedelta(seconds=5), 1, {"create": 2, "problems": 3}),
        ]


def test_only_the_last_runs_are_kept(open_state: OpenState, path: Path) -> None:
    with open_state():
        pass
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(
            "INSERT INTO runs (run, started_s) VALUES (?, 0)", [(f"r{number}",) for number in range(1_005)]
        )
    connection.close()
    with open_state() as state:
        state.start_run("last", START)
        runs = state.runs()
    assert len(runs) == 1_000
    assert runs[0].run == "last"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_the_file_its_lock_and_the_folders_made_for_it_are_the_owners_only(
    tmp_path: Path, warnings: list[Finding]
) -> None:
    path = tmp_path / "deep" / "er" / "state.sqlite3"
    with State.open(path, subsite_url=SUBSITE, warn=warnings.append):
        modes = {
            each.relative_to(tmp_path).as_posix(): stat.S_IMODE(each.stat().st_mode) for each in tmp_path.rglob("*")
        }
    assert modes == {
        "deep": 0o700,
        "deep/er": 0o700,
        "deep/er/state.sqlite3": 0o600,
        "deep/er/state.sqlite3.lock": 0o600,
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_file_that_others_could_read_is_closed_to_them(open_state: OpenState, path: Path) -> None:
    with open_state():
        pass
    path.chmod(0o644)
    with open_state():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_write_that_fails_during_the_run_is_one_warning_and_nothing_is_lost_in_the_end(
    open_state: OpenState, path: Path, warnings: list[Finding]
) -> None:
    with open_state() as state:
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        state.record(*written("u1", "g1"))
        state.flush()
        state.keep_absences({"u2": Absence(0.0, 1.0)})
        state.finish_run("r1", START, 0, {})
        blocker.execute("ROLLBACK")
        blocker.close()
    assert [warning.code for warning in warnings] == ["state_not_written"]
    for consequence in ("groups and avatars", "bans made now may not be known to be ours", "--grace may start again"):
        assert consequence in warnings[0].message
    with open_state() as state:
        assert list(state.memory.users) == ["u1"]


def test_no_ban_is_intended_that_cannot_be_written(open_state: OpenState, path: Path) -> None:
    with open_state() as state:
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(SubsiteError, match="Nobody was banned"):
            state.intend_bans(["u1"])
        blocker.execute("ROLLBACK")
        blocker.close()
    with open_state() as state:
        assert state.memory.users == {}


def test_a_bug_in_writing_ends_the_run_and_not_only_the_thread_that_writes(
    path: Path, open_state: OpenState, warnings: list[Finding]
) -> None:
    stack = ExitStack()
    state = stack.enter_context(State.open(path, subsite_url=SUBSITE, warn=warnings.append, write_interval_s=3_600))
    state.record(*written("u1", "g1"))
    impossible = Outcome(Status.APPLIED, "u2", steps=(Step.AVATAR,), avatar=Avatar("", "d", 1 << 99, 0))
    state.record(written("u2")[0], impossible)
    for attempt in (state.flush, state.flush, stack.close):
        with pytest.raises(OverflowError):
            attempt()
    with open_state() as later:
        assert later.memory.users == {}
