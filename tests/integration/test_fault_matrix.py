"""Each fault at each endpoint, once and from then on: every exit status is true, and an honest run fixes it all.

What was tried is told in docs/safety.md.
"""

from collections.abc import Iterator

import pytest
from _pytest.mark import ParameterSet

from pleio_profile_sync_client.core.models import Action, RemovalAction
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.wire import Endpoint
from tests.integration.night import NEWCOMERS, begin_night, end_of, sync_night, wanted_end
from tests.integration.subject import SkippingTime
from tests.integration.world import NO_PAUSES, World

FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
ENDPOINTS = [endpoint for endpoint in Endpoint if endpoint is not Endpoint.OTHER]
OF_LISTS = {Fault.EMPTY_LIST, Fault.SHORT_LIST}
HANGING = {Fault.HANG, Fault.HANG_AFTER}
LIES_ABOUT_A_LIST = {Fault.EMPTY_LIST, Fault.SHORT_LIST, Fault.WRONG_BAN}
"""Nothing in such a list shows that it is one; what it makes of the plan is the fuses' business."""
NAMED = {f"P{number}" for number in (*range(9), *NEWCOMERS)}
SHORT = Timing(sleep=lambda _s: None, read_timeout_s=0.3)
"""For faults that hang alone: any other answer may be late on a busy machine, and counts as none then."""


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        begin_night(world)
        yield world


def cells() -> Iterator[ParameterSet]:
    """Give each fault at each endpoint, once and from then on; a quarter of them, over all of both, in every run."""
    for row, fault in enumerate(FAULTS):
        for column, endpoint in enumerate(ENDPOINTS):
            if (fault in OF_LISTS) > (endpoint is Endpoint.LIST):
                continue
            removal: RemovalAction = Action.DELETE if endpoint is Endpoint.DELETE else Action.BAN
            for lasts in (False, True):
                if not (lasts and fault in HANGING):
                    yield pytest.param(
                        *(fault, endpoint, lasts, removal, (row + column + lasts) % 2),
                        marks=() if (row + column + 2 * lasts) % 4 == 0 else pytest.mark.slow,
                        id=f"{fault}-{endpoint}{'-lasting' * lasts}",
                    )


@pytest.mark.parametrize(("fault", "endpoint", "lasts", "removal", "after"), [*cells()])
def test_every_status_is_true_and_an_honest_run_comes_to_the_end(
    world: World,
    fault: Fault,
    endpoint: Endpoint,
    lasts: bool,
    removal: RemovalAction,
    after: int,
) -> None:
    world.sandbox.faults = Faults(drip_s=0.0002)
    for_s = 3_600.0 if lasts else None
    world.sandbox.next_faults([fault], at=endpoint, after=after, for_s=for_s)

    run = sync_night(world, removal, timing=SHORT if fault in HANGING else NO_PAUSES)

    if endpoint is Endpoint.LOG:
        assert run.exit_status == 0, run.log
        assert {change["outcome"] for change in run.report["changes"]} == {"applied"}
    if fault not in LIES_ABOUT_A_LIST:
        assert named_but_gone(world) == set()
    world.sandbox.forget_next_faults()
    world.sandbox.release()
    world.sandbox.faults = Faults()
    assert sync_night(world, removal).exit_status in (0, 1)
    assert sync_night(world, removal).exit_status == 0
    assert end_of(world) == wanted_end(removal)
    assert sync_night(world, removal).writes == []


def named_but_gone(world: World) -> set[str]:
    """Return who stands in the source and was banned or deleted."""
    users = world.sandbox.store.users
    banned = {user.external_id or "" for user in users.everybody() if user.is_banned and user.external_id != "P4"}
    gone = {f"P{number}" for number in range(9)} - {user.external_id or "" for user in users.everybody()}
    return NAMED & (banned | gone)


class OutageTime(SkippingTime):
    """Time in which the site's faults end when the client has waited for so long."""

    def __init__(self, world: World, lasts_s: float) -> None:
        super().__init__()
        self._world = world
        self._lasts_s = lasts_s

    def sleep(self, duration_s: float) -> None:
        super().sleep(duration_s)
        if self.slept_s >= self._lasts_s:
            self._world.sandbox.faults = Faults()


@pytest.mark.parametrize("lasts_s", [1.0, 30.0])
@pytest.mark.parametrize("after", [1, 7, 16])
@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.SERVER_ERROR_AFTER, Fault.BAD_GATEWAY, Fault.DROP])
def test_an_outage_of_everything_is_waited_for(world: World, fault: Fault, after: int, lasts_s: float) -> None:
    time = OutageTime(world, lasts_s)
    world.sandbox.faults = Faults(shares={fault: 1.0}, after_requests=after)

    run = sync_night(world, Action.BAN, timing=Timing(clock=time.clock, sleep=time.sleep))

    assert run.exit_status == 0, run.log
    assert end_of(world) == wanted_end(Action.BAN)
    assert sync_night(world, Action.BAN).writes == []
