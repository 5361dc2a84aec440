"""What runs remember for later ones, over real HTTP: absence, the list, creates without an external_id, the source."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action, Memory
from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.state.store import peek_memory
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from tests.integration.world import Run, World

ALL = Limit.percentage(100)
FREELY: dict[str, Any] = {"max_removals": ALL, "max_changes": ALL, "only_linked": True}
HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S


class Night:
    """A world whose time of day is set by hand; each run is one night later, unless it is said otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now_s = 1_790_000_000.0

    def sync(self, *, after_s: float = DAY_S, **options: Any) -> Run:
        self.now_s += after_s
        timing = Timing(sleep=lambda _s: None, now_s=lambda: self.now_s)
        return self.world.sync(timing=timing, **{**FREELY, **options})

    def delete_after_a_week(self, *, after_s: float = DAY_S, **options: Any) -> list[str]:
        """Run with `--delete --grace 7d`; return the external_ids of who was deleted."""
        run = self.sync(after_s=after_s, removal=Action.DELETE, grace_s=7 * DAY_S, **options)
        return [change["external_id"] for change in run.report["changes"] if change["action"] == "delete"]

    def memory(self) -> Memory:
        return peek_memory(self.world.state, subsite_url=self.world.sandbox.url, warn=print)


@pytest.fixture
def night() -> Iterator[Night]:
    with World() as world:
        yield Night(world)


def row(number: int, **cells: str) -> Mapping[str, str]:
    return {
        "external_id": f"{number or 99_999:05}",
        "name": f"Naam {number}",
        "email": f"p{number}@gemeente.test",
    } | cells


def people(*numbers: int) -> list[Mapping[str, str]]:
    return [row(number) for number in numbers]


def test_a_week_of_nightly_absence_is_a_week(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(19)))
    assert [night.delete_after_a_week() for _ in range(8)] == [[]] * 7 + [["00019"]]


def test_two_nights_of_absence_with_a_pause_between_are_36_hours(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(19)))
    assert night.delete_after_a_week() == []
    assert night.delete_after_a_week(after_s=30 * DAY_S) == []
    assert night.delete_after_a_week(after_s=-400 * DAY_S) == []
    assert night.delete_after_a_week(after_s=4_000 * DAY_S) == []


def test_whom_a_refused_night_saw_present_was_not_absent(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    for _ in range(6):
        night.world.write(people(*range(19)))
        assert night.delete_after_a_week() == []
    night.world.write([row(number, name="Iemand Anders") for number in range(20)])
    refused = night.sync(removal=Action.DELETE, grace_s=7 * DAY_S, max_changes=Limit.percentage(5))
    assert refused.exit_status == 3
    night.world.write(people(*range(19)))
    assert [night.delete_after_a_week() for _ in range(3)] == [[], [], []]


def test_a_refused_night_counts_those_who_are_absent(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write([row(number, name="Iemand Anders") for number in range(19)])
    for _ in range(3):
        assert night.sync(max_changes=Limit.percentage(5)).exit_status == 3
    (absent,) = [user.absent_s for user in night.memory().users.values() if user.absent_s is not None]
    assert absent == 2 * DAY_S


def test_a_file_with_one_row_and_only_makes_nobody_absent(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    for _ in range(10):
        night.world.write(people(3))
        night.delete_after_a_week(only="00003", min_matched=Limit.percentage(0))
    assert {user.absent_s for user in night.memory().users.values()} == {None}
    night.world.write(people(*range(20)))
    assert night.delete_after_a_week() == []


def test_users_outside_the_scope_are_not_absent(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(18)))
    for _ in range(10):
        night.sync(scope=("p18@*",))
    assert night.delete_after_a_week() == ["00018"]


def test_a_dry_run_counts_as_the_next_run_would_and_remembers_nothing(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(19)))
    for _ in range(7):
        assert night.delete_after_a_week() == []
    assert night.delete_after_a_week(dry_run=True) == ["00019"]
    assert night.delete_after_a_week(after_s=-HOUR_S) == []
    assert night.delete_after_a_week(after_s=HOUR_S) == ["00019"]


def test_a_refused_run_forgets_nobody_whom_its_list_lacks(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(19)))
    night.sync(removal=Action.BAN)
    (banned,) = [guid for guid, user in night.memory().users.items() if user.banned_by_us]
    night.world.sandbox.store.delete(banned)
    night.world.write([row(number, name="Iemand Anders") for number in range(19)])
    assert night.sync(max_changes=Limit.percentage(5)).exit_status == 3
    assert night.memory().users[banned].banned_by_us
    night.sync(only="00003")
    assert night.memory().users[banned].banned_by_us
    night.sync()
    assert banned not in night.memory().users


def test_creates_without_an_external_id_are_tried_once_and_then_told_each_night(night: Night) -> None:
    night.world.sandbox.store.users.add(name="Beheer", email="beheer@x.test", is_admin=True)
    night.world.write([{**row(number), "external_id": ""} for number in (1, 2, 3)] + people(4))

    first = night.sync()
    assert (first.exit_status, first.codes()) == (1, [])
    assert first.codes("warnings").count("needs_external_id") == 1
    assert first.statuses.count(400) == 1
    assert all("external_id" in change["error"] for change in first.report["changes"] if change["outcome"] == "failed")

    for options in ({}, {"dry_run": True}):
        later = night.sync(**options)
        assert (later.exit_status, later.codes()) == (1, ["needs_external_id"] * 3)
        assert later.writes == []

    administrator, *_ = night.world.sandbox.store.users.with_email("beheer@x.test")
    night.world.sandbox.store.delete(administrator.guid)
    last = night.sync(full=True)
    assert [write[2] for write in last.writes if write[1] == "/users"] == [200, 400]
    assert night.sync().codes() == ["needs_external_id"] * 2


def test_a_source_that_changes_before_the_first_removal_removes_nobody(night: Night) -> None:
    night.world.write(people(1, 2))
    night.sync()
    night.world.write(people(1, 3))

    run = night.sync(removal=Action.DELETE, before={"applying": lambda: night.world.write(people(1, 2, 3))})

    assert run.exit_status == 4
    assert "was changed during the run; nobody was banned or deleted" in run.log
    assert [(change["action"], change["outcome"]) for change in run.report["changes"]] == [
        ("create", "applied"),
        ("delete", "not_attempted"),
    ]


def test_a_new_state_beside_linked_users_is_a_warning(night: Night) -> None:
    night.world.write(people(1))
    assert "new_state" not in night.sync().codes("warnings")
    night.world.state.unlink()
    assert "new_state" in night.sync(dry_run=True).codes("warnings")
    lost = night.sync()
    assert "new_state" in lost.codes("warnings")
    assert f"The state file {night.world.state} is new." in lost.log
    known = night.sync()
    assert "new_state" not in known.codes("warnings")
    assert f"The state file {night.world.state} knows 1 run." in known.log


def test_a_picture_from_2300_is_sent_once(night: Night) -> None:
    picture = night.world.folder / "a.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0 a very small picture")
    os.utime(picture, (10_413_792_000, 10_413_792_000))
    night.world.write([row(1, avatar="a.jpg")])
    assert night.sync().exit_status == 0
    again = night.sync()
    assert (again.exit_status, again.writes) == (0, [])


def test_an_empty_or_short_list_forgets_no_ban_of_ours(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.world.write(people(*range(19)))
    night.sync(removal=Action.BAN)
    night.world.write(people(*range(20)))
    known = night.memory()
    for lie in (Fault.EMPTY_LIST, Fault.SHORT_LIST):
        night.world.sandbox.faults = Faults(shares={lie: 1.0})
        refused = night.sync()
        assert refused.exit_status == 3, refused.log
        assert "listed" in [fuse["fuse"] for fuse in refused.report["fuses"] if fuse["tripped"]]
        assert refused.writes == []
        assert night.memory().last_list == known.last_list
    night.world.sandbox.faults = Faults()
    assert night.sync().report["counts"]["reactivate"] == 1


def test_whom_we_deleted_is_not_missed_in_the_next_list(night: Night) -> None:
    night.world.write(people(*range(20)))
    night.sync()
    night.sync()
    night.world.write(people(*range(10)))
    assert night.sync(removal=Action.DELETE).report["counts"]["delete"] == 10
    assert night.sync(removal=Action.DELETE).exit_status == 0


def test_a_first_fill_that_is_killed_goes_on_unforced(night: Night) -> None:
    night.world.write(people(*range(120)))
    night.world.kill(after_requests=60)
    assert night.memory().is_filling
    again = night.sync()
    assert again.exit_status == 0
    assert again.report["counts"]["create"] > 20
    assert not night.memory().is_filling


def test_many_newcomers_on_a_filled_subsite_are_refused(night: Night) -> None:
    night.world.write(people(*range(30)))
    night.sync()
    night.world.write(people(*range(120)))
    assert night.sync().exit_status == 3
