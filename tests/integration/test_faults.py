"""Faults that pass, over real HTTP: each alone and all together, whole runs come to the end that they have without."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest

from pleio_profile_sync_client.core.models import Action, RemovalAction
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from tests.integration.night import POLICY, address, begin_night, end_of, row, sync_night, wanted_end
from tests.integration.subject import SkippingTime
from tests.integration.world import NO_PAUSES, World
from tests.seeds import seeds

REMOVALS: tuple[RemovalAction, RemovalAction] = (Action.BAN, Action.DELETE)
ANSWERED = (Fault.UNAVAILABLE, Fault.TOO_MANY, Fault.BAD_GATEWAY, Fault.GATEWAY_TIMEOUT, Fault.GATEWAY_TIMEOUT_AFTER)
BROKEN = (Fault.DROP, Fault.DROP_AFTER, Fault.LOSE, Fault.TRUNCATE)
HANGING = (Fault.HANG, Fault.HANG_AFTER)
SERVER_ERRORS = (Fault.SERVER_ERROR, Fault.SERVER_ERROR_AFTER)
SPARING = 3
"""So many faults in a row, and not more, are met before anything was answered."""
SHORT = Timing(sleep=lambda _s: None, read_timeout_s=0.1)

ALONE: dict[str, dict[str, Any]] = {
    "none": {},
    **{fault.value: {"shares": {fault: 0.25}, "most_in_a_row": SPARING} for fault in (*ANSWERED, *BROKEN)},
    "slow answers": {"latency_s": 0.002, "latency_sigma": 0.8},
    "slow lists": {"shares": {Fault.DRIP: 1.0}, "methods": frozenset({"GET"}), "drip_s": 0.003, "latency_s": 0.001},
    "idle connections closed": {"close_idle": True},
}


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        begin_night(world)
        yield world


@pytest.mark.parametrize("seed", seeds(10))
@pytest.mark.parametrize("faults", ALONE.values(), ids=ALONE)
def test_one_fault_alone_leads_to_the_same_end(world: World, faults: dict[str, Any], seed: int) -> None:
    check_same_end(world, Faults(**faults, seed=seed))
    assert world.sandbox.requests.peak_per_user <= 1


@pytest.mark.parametrize("seed", seeds(10))
@pytest.mark.parametrize("fault", HANGING)
def test_answers_that_never_come_lead_to_the_same_end(world: World, fault: Fault, seed: int) -> None:
    check_same_end(world, Faults(shares={fault: 0.1}, most_in_a_row=SPARING, seed=seed), timing=SHORT)


@pytest.mark.parametrize("seed", seeds(10))
def test_all_faults_together_lead_to_the_same_end(world: World, seed: int) -> None:
    shares = dict.fromkeys((*ANSWERED, *BROKEN, Fault.DRIP), 0.035) | dict.fromkeys(HANGING, 0.02)
    faults = Faults(
        shares=shares,
        most_in_a_row=SPARING,
        latency_s=0.002,
        latency_sigma=0.8,
        drip_s=0.002,
        close_idle=True,
        seed=seed,
    )
    check_same_end(world, faults, timing=SHORT)


def check_same_end(world: World, faults: Faults, *, timing: Timing = NO_PAUSES) -> None:
    removal = REMOVALS[faults.seed % 2]
    world.sandbox.faults = faults

    run = sync_night(world, removal, timing=timing)

    assert run.exit_status == 0, run.log
    assert {change["outcome"] for change in run.report["changes"]} == {"applied"}
    assert not faults.shares or any(request.fault is not Fault.NONE for request in world.sandbox.requests)
    assert end_of(world) == wanted_end(removal)
    check_quiet(world, removal)


def check_quiet(world: World, removal: RemovalAction) -> None:
    """See that a run without faults finds nothing to do."""
    world.sandbox.faults = Faults()
    again = sync_night(world, removal)
    assert again.exit_status == 0, again.log
    assert again.writes == []
    assert end_of(world) == wanted_end(removal)


@pytest.mark.parametrize("seed", seeds(10))
@pytest.mark.parametrize("fault", SERVER_ERRORS)
def test_server_errors_are_the_users_failure_and_mended_by_the_next_run(world: World, fault: Fault, seed: int) -> None:
    """A 500 is not tried again: it mostly means that the request was wrong."""
    removal = REMOVALS[seed % 2]
    world.sandbox.faults = Faults(shares={fault: 0.15}, methods=frozenset({"POST"}), paths="/users", seed=seed)

    run = sync_night(world, removal)

    failed = [change for change in run.report["changes"] if change["outcome"] == "failed"]
    met = [status for _method, _path, status in run.writes if status == 500]
    assert len(failed) == len(met)
    assert run.exit_status == (1 if failed else 0)
    world.sandbox.faults = Faults()
    assert sync_night(world, removal).exit_status == 0
    check_quiet(world, removal)


def test_what_waits_for_a_failed_change_is_not_attempted_and_done_by_the_next_run() -> None:
    with World() as world:
        rows = [row(number) for number in range(3)]
        world.write(list(rows))
        assert world.sync().exit_status == 0
        for taking, giving in ((0, 1), (1, 2)):
            rows[taking]["email"] = address(giving)
        rows[2]["email"] = "verhuisd@gemeente.test"
        world.write(list(rows))
        world.sandbox.next_faults([Fault.SERVER_ERROR], method="POST", paths="/users$")

        run = world.sync(**POLICY)

        assert run.exit_status == 1, run.log
        assert {change["external_id"]: change["outcome"] for change in run.report["changes"]} == {
            "P0": "not_attempted",
            "P1": "not_attempted",
            "P2": "failed",
        }
        assert len(run.writes) == 1
        assert world.sync(**POLICY).exit_status == 0
        assert [user.email for user in world.sandbox.store.users.everybody()] == [each["email"] for each in rows]
        assert world.sync(**POLICY).writes == []


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(world: World, form: Literal["seconds", "date"]) -> None:
    time = SkippingTime()
    world.sandbox.faults = Faults(retry_after_s=300, retry_after_form=form)
    world.sandbox.next_faults([Fault.NONE, Fault.NONE, Fault.UNAVAILABLE], paths="/users")

    run = sync_night(world, Action.BAN, timing=Timing(clock=time.clock, sleep=time.sleep))

    assert run.exit_status == 0, run.log
    assert run.statuses.count(503) == 1
    assert 298 <= time.slept_s <= 302
    check_quiet(world, Action.BAN)


@pytest.mark.parametrize("seed", seeds(10))
def test_a_subsite_that_refuses_above_twice_its_capacity_refuses_little_and_gets_everything(seed: int) -> None:
    with World() as world:
        world.write([row(number) for number in range(150)])
        world.sandbox.faults = Faults(latency_s=0.002, latency_sigma=0.4, capacity=2, refuse_above=4, seed=seed)

        run = world.sync()

        assert run.exit_status == 0, run.log
        assert len(world.sandbox.store.users) == 150
        assert run.statuses.count(503) <= 12
        world.sandbox.faults = Faults()
        assert world.sync().writes == []
