"""Applying a plan through every fault, alone and together: the end is as without, and nobody is there twice."""

from collections.abc import Mapping
from typing import Any

import pytest

from pleio_profile_sync_client.core.models import Action, Change, Record, Removal, Status, Write
from pleio_profile_sync_client.sandbox.faults import Fault, Faults
from pleio_profile_sync_client.sandbox.server import RunningSandbox
from tests.integration.subject import AVATAR, Subject, subject

SEEDS = range(10)
ALONE = (
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
PRESENT = 24
NEW = 24


class Town:
    """A subsite with users to update, reactivate, ban and delete, and the plan for that."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self._sandbox = sandbox
        sandbox.store.add_profile_field("occupation")
        self._group = sandbox.store.groups.add(name="Everybody").guid
        users = [
            sandbox.store.users.add(
                name=f"User {number}",
                email=f"user{number}@gemeente.test",
                external_id=f"P{number}",
                is_active=number % 6 != 2,
            )
            for number in range(PRESENT)
        ]
        self._guids = [user.guid for user in users]

    def plan(self) -> list[Change]:
        changes: list[Change] = [self._create(number) for number in range(100, 100 + NEW)]
        for number, guid in enumerate(self._guids):
            match number % 6:
                case 0:  # this one takes the address that the next one gives up
                    changes.append(self._update(number, f"user{number + 1}@gemeente.test", self._guids[number + 1]))
                case 1 | 3:
                    changes.append(self._update(number, f"moved{number}@gemeente.test"))
                case 2:
                    changes.append(self._reactivate(number))
                case 4:
                    changes.append(Removal(Action.BAN, guid, f"P{number}", "", ""))
                case _:
                    changes.append(Removal(Action.DELETE, guid, f"P{number}", "", ""))
        return changes

    def _create(self, number: int) -> Write:
        record = self._record(number, f"new{number}@gemeente.test")
        avatar = AVATAR if number % 4 == 0 else None
        return Write(Action.CREATE, None, number, record.external_id, record.email, record=record, avatar=avatar)

    def _update(self, number: int, email: str, waits_for: str | None = None) -> Write:
        record = self._record(number, email)
        guid = self._guids[number]
        return Write(
            Action.UPDATE, guid, number, record.external_id, email, record=record, avatar=AVATAR, waits_for=waits_for
        )

    def _reactivate(self, number: int) -> Write:
        record = self._record(number, f"user{number}@gemeente.test")
        return Write(Action.REACTIVATE, self._guids[number], number, record.external_id, record.email, record=record)

    def _record(self, number: int, email: str) -> Record:
        groups = (self._group,) if number % 3 == 0 else ()
        return Record(f"Name {number}", email, f"P{number}", {"occupation": f"Work {number}"}, groups)

    def state(self) -> list[tuple[Any, ...]]:
        """Everybody, without what is made anew in each run."""
        store = self._sandbox.store
        users = [
            (
                user.external_id,
                user.name,
                user.email,
                user.is_banned,
                sorted(user.profile.items()),
                self._group in store.groups.of_user(user.guid),
                store.avatars.get(user.guid) is not None,
            )
            for user in store.users.everybody()
        ]
        return [*sorted(users, key=str), ("deleted", len(store.users.deleted()))]


def run(api: Subject, town: Town) -> None:
    applied = api.apply(town.plan())
    assert (applied.given_up, applied.stopped, applied.bug) == (None, None, None)
    assert api.errors() == []
    assert {outcome.status for _, outcome in api.outcomes} == {Status.APPLIED}


@pytest.fixture(scope="module")
def end_without_faults() -> list[tuple[Any, ...]]:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        town = Town(sandbox)
        run(api, town)
        return town.state()


def end_through(shares: Mapping[Fault, float], seed: int, *, close_idle: bool = False) -> list[tuple[Any, ...]]:
    with RunningSandbox() as sandbox, subject(sandbox, seed=seed, read_timeout_s=0.5) as api:
        town = Town(sandbox)
        sandbox.faults = Faults(shares=shares, seed=seed, close_idle=close_idle)
        run(api, town)
        assert sandbox.requests.peak_per_user == 1
        return town.state()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", ALONE)
def test_one_fault_changes_nothing_about_the_end(
    fault: Fault, seed: int, end_without_faults: list[tuple[Any, ...]]
) -> None:
    assert end_through({fault: 0.2}, seed) == end_without_faults


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", HANGING)
def test_hanging_requests_change_nothing_about_the_end(
    fault: Fault, seed: int, end_without_faults: list[tuple[Any, ...]]
) -> None:
    assert end_through({fault: 0.03}, seed) == end_without_faults


@pytest.mark.parametrize("seed", SEEDS)
def test_connections_closed_while_idle_change_nothing_about_the_end(
    seed: int, end_without_faults: list[tuple[Any, ...]]
) -> None:
    assert end_through({}, seed, close_idle=True) == end_without_faults


@pytest.mark.parametrize("seed", SEEDS)
def test_all_faults_together_change_nothing_about_the_end(seed: int, end_without_faults: list[tuple[Any, ...]]) -> None:
    shares = dict.fromkeys(ALONE, 0.03) | dict.fromkeys(HANGING, 0.01)
    assert end_through(shares, seed, close_idle=seed % 2 == 0) == end_without_faults


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_for(form: Any, end_without_faults: list[tuple[Any, ...]]) -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        town = Town(sandbox)
        sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 0.05}, retry_after_s=90, retry_after_form=form, seed=3)
        run(api, town)
        assert api.time.slept_s > 80
        assert town.state() == end_without_faults


def test_subsite_that_refuses_above_its_capacity_gets_everything(end_without_faults: list[tuple[Any, ...]]) -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        town = Town(sandbox)
        sandbox.faults = Faults(latency_s=0.002, capacity=2, refuse_above=4)
        run(api, town)
        assert town.state() == end_without_faults
