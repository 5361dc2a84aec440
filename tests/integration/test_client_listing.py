"""Reading the list over real HTTP: pages, users of one time, a cursor that is deleted meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pleio_profile_sync_client.core.models import SubsiteUser
from pleio_profile_sync_client.errors import SubsiteError
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import SiteSettings
from pleio_sandbox.server import RunningSandbox
from tests.integration.subject import subject
from tests.seeds import seeds
from tests.silence import SILENCE

START_US = 1_780_000_000_000_000


def fill(sandbox: RunningSandbox, times_us: list[int]) -> None:
    for number, time_us in enumerate(times_us):
        sandbox.store.users.add(
            name=f"User {number}",
            email=f"user{number}@gemeente.test",
            external_id=f"P{number}",
            time_created_us=START_US + time_us,
        )


def ids(users: list[SubsiteUser]) -> list[str | None]:
    return [user.external_id for user in users]


def expected(count: int) -> list[str]:
    return [f"P{number}" for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1300])
def test_everybody_is_listed_in_order(count: int) -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        fill(sandbox, list(range(count)))
        assert ids(api.client.list_users(SILENCE)) == expected(count)


@pytest.mark.parametrize(("before", "same"), [(499, 2), (498, 700), (0, 1100), (300, 201), (995, 10)])
def test_users_of_one_creation_time_at_an_edge_are_all_seen(before: int, same: int) -> None:
    times_us = [*range(before), *[before] * same, *range(before + 1, before + 50)]
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        fill(sandbox, times_us)
        assert sorted(ids(api.client.list_users(SILENCE)), key=lambda name: int((name or "")[1:])) == expected(
            len(times_us)
        )


@pytest.mark.parametrize("count", [3, 1300])
def test_numeric_guids_are_read_and_paged(count: int) -> None:
    with RunningSandbox(settings=SiteSettings(guid_style="number")) as sandbox, subject(sandbox) as api:
        fill(sandbox, list(range(count)))
        assert ids(api.client.list_users(SILENCE)) == expected(count)


def test_users_without_times_are_read_and_paged() -> None:
    settings = SiteSettings(hidden_fields=frozenset({"time_created", "time_updated"}))
    with RunningSandbox(settings=settings) as sandbox, subject(sandbox) as api:
        fill(sandbox, list(range(1300)))
        assert ids(api.client.list_users(SILENCE)) == expected(1300)


class DeletesAfterPages:
    """A progress that deletes the user who is the next cursor when a page has come."""

    def __init__(self, sandbox: RunningSandbox, pages: set[int]) -> None:
        self._sandbox = sandbox
        self._pages = pages
        self._seen = 0

    @contextmanager
    def phase(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        def advance(done: int) -> None:
            self._seen += 1
            if self._seen in self._pages:
                (cursor,) = self._sandbox.store.users.with_external_id("P498")
                self._sandbox.store.delete(cursor.guid)
                self._sandbox.store.users.add(
                    name="again", email="again@gemeente.test", external_id="P498", time_created_us=START_US + 498
                )

        yield advance


def test_cursor_that_is_deleted_meanwhile_restarts_the_list() -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        fill(sandbox, list(range(1300)))
        assert ids(api.client.list_users(DeletesAfterPages(sandbox, {1}))) == expected(1300)


def test_cursor_that_is_deleted_twice_ends_the_run() -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        fill(sandbox, list(range(1300)))
        with pytest.raises(SubsiteError, match="broke off twice"):
            api.client.list_users(DeletesAfterPages(sandbox, {1, 2}))


@pytest.mark.parametrize("seed", seeds(10))
def test_list_comes_whole_through_faults(seed: int) -> None:
    retried = (
        Fault.UNAVAILABLE,
        Fault.TOO_MANY,
        Fault.BAD_GATEWAY,
        Fault.GATEWAY_TIMEOUT,
        Fault.DROP,
        Fault.LOSE,
        Fault.TRUNCATE,
        Fault.HANG,
        Fault.DRIP,
    )
    with RunningSandbox() as sandbox, subject(sandbox, seed=seed, read_timeout_s=0.2) as api:
        fill(sandbox, list(range(1300)))
        sandbox.faults = Faults(shares=dict.fromkeys(retried, 0.08), most_in_a_row=3, drip_s=0.001, seed=seed)
        assert ids(api.client.list_users(SILENCE)) == expected(1300)
        assert any(request.fault is not Fault.NONE for request in sandbox.requests)


def test_subsite_that_stays_away_ends_the_run() -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0})
        with pytest.raises(SubsiteError, match=r"could not be read: .* status 503; tried 8 times"):
            api.client.list_users(SILENCE)


def test_host_where_nobody_listens_ends_the_run_after_three_repeats() -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        sandbox.stop()
        with pytest.raises(SubsiteError, match=r"no connection: .*; tried 4 times"):
            api.client.list_users(SILENCE)


def test_list_answered_500_is_asked_for_again() -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        sandbox.next_faults([Fault.SERVER_ERROR] * 7)
        assert api.client.list_users(SILENCE) == []
        assert len(sandbox.requests) == 8


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.PLACEHOLDER, Fault.PLACEHOLDER_404])
def test_list_that_is_refused_ends_the_run_at_once(fault: Fault) -> None:
    with RunningSandbox() as sandbox, subject(sandbox) as api:
        sandbox.next_faults([fault])
        with pytest.raises(SubsiteError):
            api.client.list_users(SILENCE)
        assert len(sandbox.requests) == 1
