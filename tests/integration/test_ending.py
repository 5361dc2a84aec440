"""What ends a run in the middle, over real HTTP, and what does not; what is told of each change is exact."""

import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread
from time import monotonic

import pytest

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.subsite.transport import Request, Temporary, Transport
from pleio_profile_sync_client.sync.outputs import ping
from pleio_profile_sync_client.sync.parts import Timing
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from pleio_sandbox.wire import Endpoint
from tests.integration.night import begin_night, sync_night
from tests.integration.subject import SkippingTime
from tests.integration.world import World
from tests.signals import FakeSignals


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        begin_night(world)
        yield world


@pytest.mark.parametrize("after", [0, 1, 5])
@pytest.mark.parametrize(
    "fault", [Fault.REDIRECT, Fault.PLACEHOLDER, Fault.PLACEHOLDER_403, Fault.PLACEHOLDER_404, Fault.REFUSE]
)
def test_an_upload_that_is_refused_stops_the_uploads_and_nothing_else(fault: Fault, after: int) -> None:
    with World() as world:
        world.write([{"external_id": f"P{n}", "name": f"N {n}", "email": f"p{n}@x.test"} for n in range(60)])
        world.sandbox.faults = Faults(shares={fault: 1.0}, endpoints=frozenset({Endpoint.LOG}), after_requests=after)
        run = world.sync()
        assert (run.exit_status, run.report["counts"]["applied"]) == (0, 60)
        uploads = [request for request in world.sandbox.requests if request.path.endswith("/logs")]
        assert len(uploads) <= after + 1
        assert run.codes("warnings").count("log_not_uploaded") == (len(uploads) == after + 1)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.TOO_MANY])
def test_the_time_ends_a_long_pause_and_what_was_refused_was_not_done(world: World, fault: Fault) -> None:
    time = SkippingTime()
    world.sandbox.faults = Faults(retry_after_s=100)
    world.sandbox.next_faults([fault] * 100, method="POST", paths="/users")

    run = sync_night(world, Action.BAN, timing=Timing(clock=time.clock, sleep=time.sleep), max_duration_s=2.0)

    assert run.exit_status == 4
    assert time.slept_s < 3.0
    assert "--max-duration has run out" in run.log
    errors = [change["error"] for change in run.report["changes"] if change["outcome"] == "failed"]
    assert errors
    assert all("was not done" in error and "not tried again: --max-duration" in error for error in errors)
    assert {change["outcome"] for change in run.report["changes"]} == {"failed", "not_attempted"}


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.SERVER_ERROR, Fault.DROP])
def test_the_time_ends_the_reading_of_the_list(world: World, fault: Fault) -> None:
    time = SkippingTime()
    world.sandbox.faults = Faults(shares={fault: 1.0}, retry_after_s=100)

    run = sync_night(world, Action.BAN, timing=Timing(clock=time.clock, sleep=time.sleep), max_duration_s=2.0)

    assert run.exit_status == 4
    assert run.writes == []
    assert "--max-duration has run out" in run.log
    assert "The list of the subsite's users could not be read" in run.log
    assert time.slept_s < 3.0


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.HANG_AFTER, Fault.DRIP, Fault.DRIP_HEAD])
@pytest.mark.parametrize("endpoint", [Endpoint.LIST, Endpoint.LOG])
def test_an_answer_takes_no_longer_than_the_run_has(world: World, endpoint: Endpoint, fault: Fault) -> None:
    sandbox = world.sandbox
    sandbox.faults = Faults(shares={fault: 1.0}, drip_s=0.1)
    request = Request("GET", "/users") if endpoint is Endpoint.LIST else Request("POST", "/logs", b"{}")
    began_s = monotonic()
    with closing(Transport(sandbox.url, {"Authorization": f"Bearer {sandbox.secret}"})) as transport:
        answer = transport.send(request, within_s=0.3)
    assert isinstance(answer, Temporary)
    assert (answer.maybe_done, answer.is_congested) == (True, True)
    assert monotonic() - began_s < 10.0


def test_a_list_that_hangs_for_longer_than_any_time_out_is_left_when_the_time_is_over(world: World) -> None:
    sandbox, time, is_over = world.sandbox, SkippingTime(), Event()
    sandbox.next_faults([Fault.HANG], at=Endpoint.LIST)

    def let_the_time_pass() -> None:
        if sandbox.requests.wait_for(lambda traffic: traffic.hanging == 1):
            while not is_over.wait(0.01):
                time.sleep(10.0)

    passing = Thread(target=let_the_time_pass)
    passing.start()
    timing = Timing(clock=time.clock, sleep=time.sleep, read_timeout_s=600.0)
    run = sync_night(world, Action.BAN, timing=timing, max_duration_s=60.0)
    is_over.set()
    passing.join()
    assert run.exit_status == 4
    assert "--max-duration has run out" in run.log
    assert sandbox.requests.hanging == 1
    sandbox.release()


def test_a_signal_before_the_first_write_leaves_everything_undone(world: World) -> None:
    signals = FakeSignals()

    def stop() -> None:
        signals.reason = "stopped by SIGTERM"

    run = sync_night(world, Action.BAN, signals=signals, before={"applying": stop}, max_duration_s=3_600.0)
    assert run.exit_status == 143
    assert run.writes == []
    assert {change["outcome"] for change in run.report["changes"]} == {"not_attempted"}
    assert {change["error"] for change in run.report["changes"]} == {"not sent: stopped by SIGTERM"}


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_a_ping_is_over_in_time_and_tells_no_address_whatever_comes(fault: Fault) -> None:
    with RunningSandbox(faults=Faults(shares={fault: 1.0}, drip_s=0.05)) as sandbox:
        failure = ping(f"{sandbox.url}/users?canary", "", within_s=0.2)
    assert (failure is None) == (fault in {Fault.PLACEHOLDER, Fault.ERROR_200})  # which have status 200
    if failure is not None:
        assert failure.startswith("The ping to 127.0.0.1:")
        assert "canary" not in failure


def test_nobody_at_the_pings_address_takes_no_longer_than_it_may() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        failure = ping(f"http://127.0.0.1:{silent.getsockname()[1]}/uuid", "", within_s=0.2)
    assert failure is not None
    assert "no answer within" in failure


def test_an_update_of_who_was_deleted_meanwhile_says_so_and_the_next_run_creates_them_anew(world: World) -> None:
    (user,) = world.sandbox.store.users.with_external_id("P1")

    run = sync_night(world, Action.BAN, before={"applying": lambda: world.sandbox.store.delete(user.guid)})

    (failed,) = [change for change in run.report["changes"] if change["outcome"] == "failed"]
    assert failed["external_id"] == "P1"
    assert "was deleted on the subsite after the list was read" in failed["error"]
    assert run.exit_status == 1
    assert sync_night(world, Action.BAN).exit_status == 0
    assert len(world.sandbox.store.users.with_external_id("P1")) == 1


def test_twins_that_only_the_database_takes_for_the_same_are_named() -> None:
    with World() as world:
        holder = world.sandbox.store.users.add(name="Isik", email="\u0131s@gemeente.test", external_id="P1")
        world.write([{"external_id": "P2", "name": "Isa", "email": "IS@gemeente.test"}])

        run = world.sync()

        (change,) = run.report["changes"]
        assert change["outcome"] == "failed"
        assert f"The subsite user {holder.guid}" in change["error"]
        assert "database takes for the same" in change["error"]


@pytest.mark.parametrize("fault", [Fault.SWAPPED, Fault.STALE, Fault.NO_USER, Fault.ERROR_200])
def test_no_picture_goes_to_whom_an_answer_to_a_create_only_seems_to_show(world: World, fault: Fault) -> None:
    world.sandbox.next_faults([fault], at=Endpoint.CREATE, for_s=3_600.0)

    run = sync_night(world, Action.BAN)

    store = world.sandbox.store
    shown = {user.external_id for user in store.users.everybody() if store.avatars.get(user.guid)}
    assert shown <= {"P6", "P20", "P22"}
    if fault is not Fault.STALE:  # it shows the new user's keys
        assert shown == {"P6"}
        assert run.exit_status == 1
