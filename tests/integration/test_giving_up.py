"""Faults that end a run, over real HTTP: exit 4, nothing more is sent, and the next run comes to the same end."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from pleio_profile_sync_client.core.models import Action, RemovalAction
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from tests.integration.night import POLICY, address, begin_night, end_of, row, sync_night, wanted_end
from tests.integration.subject import SkippingTime
from tests.integration.world import NO_PAUSES, Run, World

NOT_THIS_API = {
    Fault.PLACEHOLDER: "not the profile sync API",
    Fault.PLACEHOLDER_403: "not the profile sync API",
    Fault.PLACEHOLDER_404: "not the profile sync API",
    Fault.REDIRECT: "redirects are not followed",
    Fault.REDIRECT_AFTER: "redirects are not followed",
    Fault.REFUSE: "refused the API secret",
}
TROUBLES = (
    Fault.UNAVAILABLE,
    Fault.TOO_MANY,
    Fault.BAD_GATEWAY,
    Fault.GATEWAY_TIMEOUT,
    Fault.GATEWAY_TIMEOUT_AFTER,
    Fault.SERVER_ERROR,
    Fault.DROP,
    Fault.DROP_AFTER,
    Fault.LOSE,
    Fault.TRUNCATE,
    Fault.HANG,
)
FIRST_REMOVAL = 17
"""So many requests, the list and sixteen for the writes, come before the first removal."""
WRITES = frozenset({"POST", "DELETE"})
STAFF = 40
LEAVERS = 3


@pytest.mark.parametrize(
    ("after_requests", "removal"),
    [
        (0, Action.BAN),
        (1, Action.DELETE),
        (2, Action.BAN),
        (5, Action.DELETE),
        (9, Action.BAN),
        (FIRST_REMOVAL, Action.BAN),
        (FIRST_REMOVAL, Action.DELETE),
    ],
)
@pytest.mark.parametrize("fault", NOT_THIS_API)
def test_an_answer_that_is_not_this_apis_ends_the_run_at_once(
    fault: Fault, after_requests: int, removal: RemovalAction
) -> None:
    with World() as world:
        begin_night(world)
        world.sandbox.faults = Faults(shares={fault: 1.0}, paths="/users", after_requests=after_requests)

        run = sync_night(world, removal, max_concurrency=1)

        assert run.exit_status == 4, run.log
        assert NOT_THIS_API[fault] in run.log
        assert len(world.sandbox.requests.matching(paths="/users")) == after_requests + 1
        if after_requests:
            check_rest_not_attempted(run, removal, are_writes_done=after_requests == FIRST_REMOVAL)
        world.sandbox.faults = Faults()
        assert sync_night(world, removal).exit_status == 0
        assert end_of(world) == wanted_end(removal)
        assert sync_night(world, removal).writes == []


def check_rest_not_attempted(run: Run, removal: RemovalAction, *, are_writes_done: bool) -> None:
    """One change failed, and perhaps one that waited for its turn half-way."""
    outcomes = Counter((change["action"] == removal, change["outcome"]) for change in run.report["changes"])
    assert 1 <= outcomes[are_writes_done, "failed"] <= 2
    assert outcomes[are_writes_done, "not_attempted"] >= 1
    assert outcomes[True, "applied"] == 0
    if are_writes_done:
        assert {outcome for is_removal, outcome in outcomes if not is_removal} == {"applied"}
    else:
        assert {outcome for is_removal, outcome in outcomes if is_removal} == {"not_attempted"}


@pytest.fixture
def staff() -> Iterator[World]:
    """A site where everybody's name differs from the source's, and three are in the source no more."""
    with World() as world:
        for number in range(STAFF + LEAVERS):
            world.sandbox.store.users.add(name="Oud", email=address(number), external_id=f"P{number}")
        world.write([row(number) for number in range(STAFF)])
        yield world


def sync_staff(world: World, timing: Timing = NO_PAUSES) -> Run:
    """Let two changes at most be under way: when the run is given up, one may still be."""
    return world.sync(timing=timing, removal=Action.BAN, max_concurrency=1, **POLICY)


@pytest.mark.parametrize("fault", TROUBLES)
def test_twenty_changes_in_a_row_that_end_in_the_subsites_trouble_end_the_run(staff: World, fault: Fault) -> None:
    staff.sandbox.faults = Faults(shares={fault: 1.0}, methods=WRITES, paths="/users")

    run = sync_staff(staff, Timing(sleep=NO_PAUSES.sleep, read_timeout_s=0.01 if fault is Fault.HANG else 30.0))

    assert run.exit_status == 4, run.log
    assert "20 changes in a row failed because of the subsite" in run.log
    outcomes = Counter(change["outcome"] for change in run.report["changes"])
    assert outcomes["failed"] in (20, 21)
    assert outcomes["failed"] + outcomes["not_attempted"] == STAFF + LEAVERS
    assert {change["outcome"] for change in run.report["changes"] if change["action"] == "ban"} == {"not_attempted"}
    check_next_run_does_the_rest(staff)


def check_next_run_does_the_rest(world: World) -> None:
    world.sandbox.faults = Faults()
    assert sync_staff(world).exit_status == 0
    users = world.sandbox.store.users.everybody()
    assert [user.is_banned for user in users] == [False] * STAFF + [True] * LEAVERS
    assert sync_staff(world).writes == []


def test_nineteen_in_a_row_do_not_end_the_run(staff: World) -> None:
    staff.sandbox.next_faults([Fault.SERVER_ERROR] * 19, method="POST", paths="/users$")

    run = sync_staff(staff)

    assert run.exit_status == 1, run.log
    assert Counter(change["outcome"] for change in run.report["changes"]) == {
        "failed": 19,
        "applied": STAFF + LEAVERS - 19,
    }
    check_next_run_does_the_rest(staff)


def test_an_answer_in_between_begins_the_row_anew(staff: World) -> None:
    ten = [Fault.SERVER_ERROR] * 10
    staff.sandbox.next_faults([*ten, Fault.NONE, *ten, Fault.NONE, *ten], method="POST", paths="/users$")

    run = sync_staff(staff)

    assert run.exit_status == 1, run.log
    assert Counter(change["outcome"] for change in run.report["changes"])["failed"] == 30


def test_refusals_that_are_about_one_user_do_not_end_the_run(staff: World) -> None:
    """A page with status 400 or an address that is taken says nothing about the subsite."""
    staff.sandbox.faults = Faults(shares={Fault.BAD_REQUEST: 1.0}, methods=WRITES, paths="/users$")

    run = sync_staff(staff)

    assert run.exit_status == 1, run.log
    assert Counter((change["action"], change["outcome"]) for change in run.report["changes"]) == {
        ("update", "failed"): STAFF,
        ("ban", "applied"): LEAVERS,
    }
    assert run.statuses.count(400) == STAFF


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE, Fault.HANG])
def test_ten_minutes_without_any_answer_end_the_run(staff: World, fault: Fault) -> None:
    time = SkippingTime()
    staff.sandbox.faults = Faults(shares={fault: 1.0}, after_requests=5)

    run = sync_staff(staff, Timing(time.clock, time.sleep, read_timeout_s=0.02 if fault is Fault.HANG else 30.0))

    assert run.exit_status == 4, run.log
    assert re.search("has not answered for 1[01] minutes", run.log)
    assert 590 < time.slept_s < 800
    outcomes = Counter(change["outcome"] for change in run.report["changes"])
    assert 1 <= outcomes["failed"] <= 10
    assert outcomes["not_attempted"] > 0
    check_next_run_does_the_rest(staff)


def test_a_subsite_that_never_answers_ends_the_run_after_three_repeats(staff: World) -> None:
    staff.sandbox.faults = Faults(shares={Fault.HANG: 1.0})

    run = sync_staff(staff, Timing(sleep=NO_PAUSES.sleep, read_timeout_s=0.05))

    assert run.exit_status == 4, run.log
    assert "; tried 4 times" in run.log
    assert (run.report["requests"]["GET"], run.writes) == (4, [])
    check_next_run_does_the_rest(staff)
