"""A create whose answer was lost, over real HTTP: looked up, completed or repeated, and never there twice."""

from collections.abc import Callable, Iterator

import pytest

from pleio_profile_sync_client.core.models import Answer, Done, Record, Unavailable
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.records import User
from pleio_sandbox.server import RunningSandbox
from tests.integration.subject import SkippingTime, Subject, subject
from tests.silence import SILENCE

GROUP = "11111111-1111-4111-8111-111111111111"
SANNE = Record("Sanne de Vries", "sanne@gemeente.test", "P1", {"occupation": "Jurist"})
JOOST = Record("Joost Bakker", "joost@gemeente.test", "P2")
DONE_AND_LOST = (Fault.DROP_AFTER, Fault.LOSE, Fault.TRUNCATE, Fault.HANG_AFTER, Fault.GATEWAY_TIMEOUT_AFTER)
MAYBE_DONE = (Fault.DROP, Fault.HANG, Fault.BAD_GATEWAY, Fault.GATEWAY_TIMEOUT)
SURELY_NOT_DONE = (Fault.UNAVAILABLE, Fault.TOO_MANY)


class EventfulTime(SkippingTime):
    """Time in which something happens in the next pause."""

    def __init__(self) -> None:
        super().__init__()
        self.happens: Callable[[], object] | None = None

    def sleep(self, duration_s: float) -> None:
        happens, self.happens = self.happens, None
        if happens is not None:
            happens()
        super().sleep(duration_s)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        running.store.add_profile_field("occupation")
        running.store.groups.add("Iedereen", guid=GROUP)
        for number in range(3):
            running.store.users.add(name="Oud", email=f"oud{number}@gemeente.test", external_id=f"O{number}")
        yield running


@pytest.fixture
def time() -> EventfulTime:
    return EventfulTime()


@pytest.fixture
def api(sandbox: RunningSandbox, time: EventfulTime) -> Iterator[Subject]:
    """A client that has read the list; what was sent for it is forgotten."""
    with subject(sandbox, time=time, read_timeout_s=0.1) as api:
        api.client.list_users(SILENCE)
        sandbox.requests.clear()
        api.client.requests.clear()
        yield api


def only_user(sandbox: RunningSandbox, record: Record) -> User:
    """Return the user of a record, who is there once."""
    users = [user for user in sandbox.store.users.everybody() if user.email == record.email]
    assert len(users) == 1
    return users[0]


def check_created(sandbox: RunningSandbox, answer: Answer, record: Record = SANNE) -> None:
    user = only_user(sandbox, record)
    assert isinstance(answer, Done)
    assert answer.user is not None
    assert str(answer.user.guid) == user.guid
    assert (user.name, user.external_id) == (record.name, record.external_id)
    assert {key: value for key, value in user.profile.items() if value} == record.profile


def looks(sandbox: RunningSandbox) -> list[str]:
    """Return the queries of the lists that were asked for."""
    return [request.query for request in sandbox.requests if request.method == "GET"]


@pytest.mark.parametrize("fault", DONE_AND_LOST)
def test_one_that_was_done_is_found_and_not_sent_again(sandbox: RunningSandbox, api: Subject, fault: Fault) -> None:
    sandbox.next_faults([fault])
    check_created(sandbox, api.client.create(SANNE))
    assert api.client.requests == {"POST": 1, "GET": 1}


@pytest.mark.parametrize("fault", MAYBE_DONE)
def test_one_that_was_not_done_is_looked_for_and_sent_again(
    sandbox: RunningSandbox, api: Subject, fault: Fault
) -> None:
    sandbox.next_faults([fault])
    check_created(sandbox, api.client.create(SANNE))
    assert api.client.requests == {"POST": 2, "GET": 1}


@pytest.mark.parametrize("fault", SURELY_NOT_DONE)
def test_one_that_was_refused_as_too_much_is_sent_again_without_a_look(
    sandbox: RunningSandbox, api: Subject, fault: Fault
) -> None:
    sandbox.next_faults([fault])
    check_created(sandbox, api.client.create(SANNE))
    assert api.client.requests == {"POST": 2}


def test_the_look_begins_at_the_last_user_of_the_list(sandbox: RunningSandbox, api: Subject) -> None:
    sandbox.next_faults([Fault.LOSE])
    check_created(sandbox, api.client.create(SANNE))
    (last,) = sandbox.store.users.with_external_id("O2")
    assert looks(sandbox) == [f"limit=500&cursor={last.guid}"]


def test_the_look_begins_at_a_user_who_was_created_before(
    sandbox: RunningSandbox, api: Subject, time: EventfulTime
) -> None:
    api.client.create(JOOST)
    time.sleep(3.0)
    sandbox.next_faults([Fault.LOSE])
    check_created(sandbox, api.client.create(SANNE))
    assert looks(sandbox) == [f"limit=500&cursor={only_user(sandbox, JOOST).guid}"]


def test_a_look_from_somebody_who_was_deleted_meanwhile_begins_anew(sandbox: RunningSandbox, api: Subject) -> None:
    (last,) = sandbox.store.users.with_external_id("O2")
    sandbox.store.delete(last.guid)
    sandbox.next_faults([Fault.LOSE])
    check_created(sandbox, api.client.create(SANNE))
    assert looks(sandbox) == [f"limit=500&cursor={last.guid}", "limit=500"]


def test_one_that_was_done_half_is_completed(sandbox: RunningSandbox, api: Subject, time: EventfulTime) -> None:
    sandbox.next_faults([Fault.DROP])
    time.happens = lambda: sandbox.store.users.add(name=SANNE.name, email=SANNE.email, external_id="P1")
    check_created(sandbox, api.client.create(SANNE))
    assert api.client.requests == {"POST": 2, "GET": 1}


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE])
def test_groups_are_there_in_any_case(sandbox: RunningSandbox, api: Subject, fault: Fault) -> None:
    record = Record(SANNE.name, SANNE.email, SANNE.external_id, SANNE.profile, (GROUP,))
    sandbox.next_faults([fault])
    check_created(sandbox, api.client.create(record))
    assert list(sandbox.store.groups.of_user(only_user(sandbox, SANNE).guid)) == [GROUP]


def test_one_that_is_done_after_the_look_is_found_when_the_repeat_is_refused_as_taken(
    sandbox: RunningSandbox, api: Subject, time: EventfulTime
) -> None:
    sandbox.next_faults([Fault.UNAVAILABLE])
    time.happens = lambda: sandbox.store.users.add(
        name=SANNE.name, email=SANNE.email, external_id="P1", profile=SANNE.profile
    )
    check_created(sandbox, api.client.create(SANNE))
    assert sorted(request.status or 0 for request in sandbox.requests.writes()) == [400, 503]
    assert api.client.requests == {"POST": 2, "GET": 1}


def test_a_repeat_that_is_done_and_answered_500_is_found(sandbox: RunningSandbox, api: Subject) -> None:
    sandbox.next_faults([Fault.GATEWAY_TIMEOUT, Fault.SERVER_ERROR_AFTER], method="POST")
    check_created(sandbox, api.client.create(SANNE))
    # Two looks, and between them the question whether everything is answered with 500.
    assert api.client.requests == {"POST": 2, "GET": 3}


def test_looks_through_trouble_find_it(sandbox: RunningSandbox, api: Subject) -> None:
    sandbox.next_faults([Fault.LOSE], method="POST")
    sandbox.next_faults([Fault.UNAVAILABLE, Fault.DROP, Fault.TRUNCATE, Fault.HANG, Fault.DRIP], method="GET")
    check_created(sandbox, api.client.create(SANNE))
    assert api.client.requests["POST"] == 1


def test_one_that_can_not_be_looked_up_is_left_to_the_next_run_and_told_so(
    sandbox: RunningSandbox, api: Subject
) -> None:
    sandbox.next_faults([Fault.LOSE], method="POST")
    sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0}, methods=frozenset({"GET"}))
    answer = api.client.create(SANNE)
    assert isinstance(answer, Unavailable)
    assert answer.maybe_done
    assert "not known whether the user was created" in answer.message
    assert api.client.requests == {"POST": 1, "GET": 8}
    only_user(sandbox, SANNE)
