"""A subsite that behaves badly, over real HTTP: whatever goes wrong on the way, the runs come to the same end."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action
from pleio_profile_sync_client.core.policy import Limit
from pleio_profile_sync_client.sandbox.faults import Fault, Faults
from tests.integration.world import World

GROUPS = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222")
SEEDS = range(10)
TRANSIENT = (
    Fault.UNAVAILABLE,
    Fault.TOO_MANY,
    Fault.BAD_GATEWAY,
    Fault.GATEWAY_TIMEOUT,
    Fault.GATEWAY_TIMEOUT_AFTER,
    Fault.DROP,
    Fault.LOSE,
    Fault.TRUNCATE,
)
HANGING = (Fault.HANG, Fault.HANG_AFTER)
NOT_THIS_API = (Fault.PLACEHOLDER, Fault.PLACEHOLDER_404, Fault.REDIRECT, Fault.REDIRECT_AFTER, Fault.REFUSE)
SERVER_ERRORS = (Fault.SERVER_ERROR, Fault.SERVER_ERROR_AFTER)
SHARE = 0.15
POLICY: dict[str, Any] = {
    "removal": Action.BAN,
    "max_removals": Limit.percentage(100),
    "max_changes": Limit.percentage(100),
    "reactivate": True,
}


@pytest.fixture
def world() -> Iterator[World]:
    """A site of ten, and a source of which six are new, four differ; three are to be banned, one to come back."""
    with World() as world:
        _fill(world)
        yield world


@pytest.fixture(scope="module")
def undisturbed() -> tuple[object, ...]:
    """The end to which a run without faults comes."""
    with World() as world:
        _fill(world)
        run = world.sync(**POLICY)
        assert run.exit_status == 0, run.log
        assert {change["action"] for change in run.report["changes"]} == {"create", "update", "reactivate", "ban"}
        return _end(world)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", TRANSIENT)
def test_one_fault(world: World, undisturbed: tuple[object, ...], fault: Fault, seed: int) -> None:
    _check_comes_to_the_same_end(world, undisturbed, Faults(shares={fault: SHARE}, seed=seed))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", HANGING)
def test_hanging_answers(world: World, undisturbed: tuple[object, ...], fault: Fault, seed: int) -> None:
    with _hanging_requests_go_on(world):
        _check_comes_to_the_same_end(world, undisturbed, Faults(shares={fault: SHARE}, seed=seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_connections_closed_while_idle(world: World, undisturbed: tuple[object, ...], seed: int) -> None:
    _check_comes_to_the_same_end(world, undisturbed, Faults(close_idle=True, shares={Fault.LOSE: SHARE}, seed=seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_faults_together(world: World, undisturbed: tuple[object, ...], seed: int) -> None:
    kinds = (*TRANSIENT, *HANGING)
    world.sandbox.faults = Faults(shares=dict.fromkeys(kinds, 0.45 / len(kinds)), close_idle=True, seed=seed)

    with _hanging_requests_go_on(world):
        run = world.sync(**POLICY)

    failed = [change for change in run.report["changes"] if change["outcome"] != "applied"]
    assert run.exit_status == (1 if failed else 0)
    assert all(re.search("; tried [0-9]+ times", change["error"]) for change in failed), run.log
    assert bool(failed) or _end(world) == undisturbed
    _check_quiet_runs(world, undisturbed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", SERVER_ERRORS)
def test_server_errors_are_the_users_failure_and_mended_by_the_next_run(
    world: World, undisturbed: tuple[object, ...], fault: Fault, seed: int
) -> None:
    """A 500 is not tried again: it mostly means that the request was wrong."""
    world.sandbox.faults = Faults(shares={fault: SHARE}, methods=frozenset({"POST"}), paths="/users", seed=seed)

    run = world.sync(**POLICY)

    failed = [change for change in run.report["changes"] if change["outcome"] == "failed"]
    met = [status for _method, _path, status in run.writes if status == 500]
    assert len(failed) == len(met)
    assert run.exit_status == (1 if failed else 0)
    _check_quiet_runs(world, undisturbed)


@pytest.mark.parametrize("after_requests", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("fault", NOT_THIS_API)
def test_an_answer_that_is_not_this_apis_ends_the_run(
    world: World, undisturbed: tuple[object, ...], fault: Fault, after_requests: int
) -> None:
    world.sandbox.faults = Faults(shares={fault: 1.0}, paths="/users", after_requests=after_requests)

    run = world.sync(**POLICY)

    assert run.exit_status == 4, run.log
    assert all(change["outcome"] != "planned" for change in run.report["changes"])
    _check_quiet_runs(world, undisturbed)


def test_an_outage_gives_the_run_up_and_the_next_one_does_the_rest(
    world: World, undisturbed: tuple[object, ...]
) -> None:
    world.sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0}, methods=frozenset({"POST"}), after_requests=2)

    run = world.sync(**POLICY)

    outcomes = {change["outcome"] for change in run.report["changes"]}
    assert run.exit_status in {1, 4}
    assert "failed" in outcomes
    _check_quiet_runs(world, undisturbed)


def _check_comes_to_the_same_end(world: World, undisturbed: tuple[object, ...], faults: Faults) -> None:
    world.sandbox.faults = faults

    run = world.sync(**POLICY)

    assert run.exit_status == 0, run.log
    assert _end(world) == undisturbed
    _check_quiet_runs(world, undisturbed, writes=0)


def _check_quiet_runs(world: World, undisturbed: tuple[object, ...], *, writes: int | None = None) -> None:
    """Let one run mend what is left (at most `writes`), and see that the one after sends nothing."""
    world.sandbox.faults = Faults()
    run = world.sync(**POLICY)
    assert run.exit_status == 0, run.log
    assert writes is None or len(run.writes) <= writes, run.writes
    assert _end(world) == undisturbed
    assert world.sync(**POLICY).writes == []


@contextmanager
def _hanging_requests_go_on(world: World) -> Iterator[None]:
    """Release whatever hangs, as long as this lasts."""
    is_over = Event()

    def release() -> None:
        while not is_over.wait(0.005):
            world.sandbox.release()

    thread = Thread(target=release)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _fill(world: World) -> None:
    store = world.sandbox.store
    for guid in GROUPS:
        store.groups.add(guid[:4], guid=guid)
    for number in range(10):
        store.users.add(name=f"Oud {number}", email=f"p{number}@gemeente.test", external_id=f"p{number}")
    store.ban(store.users.with_external_id("p4")[0].guid, "Overlast")
    rows = []
    for number in (0, 1, 2, 3, 4, 5, 6, *range(10, 16)):
        is_new, has_avatar = number >= 10, number % 4 == 1
        if has_avatar:
            (world.folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + random.Random(number).randbytes(200))
        rows.append(
            {
                "external_id": f"p{number}",
                "name": f"Nieuw {number}" if is_new or number in {1, 4} else f"Oud {number}",
                "email": f"p{number}@gemeente.test",
                "avatar": f"{number}.jpg" if has_avatar else "",
                "groups": ",".join(GROUPS[: number % 3]),
                "profile.occupation": "Griffier" if number in {2, 11, 12} else "",
            }
        )
    world.write(list(rows))


def _end(world: World) -> tuple[object, ...]:
    """Everything about the site that a run could change, without guids and times."""
    store = world.sandbox.store
    users = store.users.everybody()
    assert len({user.email for user in users}) == len(users)
    return tuple(
        sorted(
            (
                user.external_id or "",
                user.name,
                user.email,
                user.is_banned,
                sorted((key, value) for key, value in user.profile.items() if value),
                sorted(store.groups.of_user(user.guid)),
                avatar.content if (avatar := store.avatars.get(user.guid)) else b"",
            )
            for user in users
        )
    )
