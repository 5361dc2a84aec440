"""Which requests are tried again, how often and after which pauses, and which are not, over real HTTP."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Literal

import pytest

from pleio_profile_sync_client.core.models import Done, Refused, Unavailable
from pleio_profile_sync_client.errors import SubsiteError
from pleio_sandbox.faults import Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.integration.raw_server import http, raw_server
from tests.integration.subject import SkippingTime, Subject, subject
from tests.silence import SILENCE

GUID = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"
ANSWERED = (Fault.UNAVAILABLE, Fault.TOO_MANY, Fault.BAD_GATEWAY, Fault.GATEWAY_TIMEOUT)
UNANSWERED = (Fault.DROP, Fault.DROP_AFTER, Fault.LOSE, Fault.TRUNCATE, Fault.HANG)
SHORT_S = 0.05


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        running.store.users.add(name="Sanne", email="sanne@gemeente.test", external_id="P1", guid=GUID)
        yield running


@pytest.mark.parametrize("fault", [*ANSWERED, *UNANSWERED])
def test_trouble_is_tried_again_after_seven_pauses_of_two_minutes_in_all(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox, read_timeout_s=SHORT_S if fault is Fault.HANG else 30.0) as api:
        api.client.list_users(SILENCE)
        sandbox.requests.clear()
        sandbox.faults = Faults(shares={fault: 1.0})

        answer = api.client.ban(GUID)

        assert isinstance(answer, Unavailable)
        assert answer.message.endswith("; tried 8 times")
        assert sandbox.requests.begun == 8
        assert 95 <= api.time.slept_s <= 160


@pytest.mark.parametrize("fault", UNANSWERED)
def test_there_are_three_repeats_while_nothing_was_answered_yet(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox, read_timeout_s=SHORT_S if fault is Fault.HANG else 30.0) as api:
        sandbox.faults = Faults(shares={fault: 1.0})

        answer = api.client.ban(GUID)

        assert isinstance(answer, Unavailable)
        assert sandbox.requests.begun == 4
        assert 5 <= api.time.slept_s <= 9


@pytest.mark.parametrize("fault", ANSWERED)
def test_an_answer_that_something_is_wrong_is_an_answer(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox) as api:
        sandbox.faults = Faults(shares={fault: 1.0})
        assert isinstance(api.client.ban(GUID), Unavailable)
        assert sandbox.requests.begun == 8


@pytest.mark.parametrize("fault", [Fault.BAD_REQUEST, Fault.SERVER_ERROR])
def test_refusals_that_come_as_a_page_are_not_tried_again(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox) as api:
        sandbox.next_faults([fault])
        answer = api.client.ban(GUID)
        assert isinstance(answer, Refused)
        assert answer.status == int(fault)
        assert (len(sandbox.requests.writes()), api.time.slept_s) == (1, 0)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_refusals_that_come_as_json_are_not_tried_again(status: int) -> None:
    with raw_server(http(status, b'{"error":"no","pretty_error":"No."}')) as server:
        api = Subject(server.url, "secret")
        answer = api.client.ban(GUID)
        assert isinstance(answer, Refused)
        assert (answer.status, len(server.received), api.time.slept_s) == (status, 1, 0)
        api.client.close()


@pytest.mark.parametrize("fault", [Fault.PLACEHOLDER, Fault.PLACEHOLDER_403, Fault.PLACEHOLDER_404, Fault.REFUSE])
def test_what_is_not_this_apis_is_not_tried_again(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox) as api:
        sandbox.next_faults([fault])
        with pytest.raises(SubsiteError):
            api.client.ban(GUID)
        assert (sandbox.requests.begun, api.time.slept_s) == (1, 0)


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE, Fault.TRUNCATE, Fault.HANG_AFTER])
def test_a_delete_whose_answer_was_lost_is_done(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox, read_timeout_s=0.1) as api:
        sandbox.next_faults([fault])
        assert api.client.delete(GUID) == Done()
        assert [user.guid for user in sandbox.store.users.deleted()] == [GUID]
        assert api.client.requests == {"DELETE": 2}


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.TOO_MANY])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_the_pause(sandbox: RunningSandbox, form: Literal["seconds", "date"], fault: Fault) -> None:
    with subject(sandbox) as api:
        sandbox.faults = Faults(retry_after_s=200, retry_after_form=form)
        sandbox.next_faults([fault])
        assert isinstance(api.client.ban(GUID), Done)
        # A date has no fractions of a second.
        assert 198 <= api.time.slept_s <= 200.1


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_request_waits_ten_minutes_at_most(sandbox: RunningSandbox, form: Literal["seconds", "date"]) -> None:
    with subject(sandbox) as api:
        sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0}, retry_after_s=86_400, retry_after_form=form)
        assert isinstance(api.client.ban(GUID), Unavailable)
        assert sandbox.requests.begun == 2
        assert api.time.slept_s == pytest.approx(600)


def test_a_date_that_is_over_asks_for_nothing() -> None:
    over = http(503, b"", "text/html", "Retry-After: Wed, 01 Jan 2020 00:00:00 GMT")
    with raw_server(over, http(200, b'{"user":{"guid":"%s","is_banned":true}}' % GUID.encode()), keeps=True) as server:
        api = Subject(server.url, "secret")
        assert isinstance(api.client.ban(GUID), Done)
        assert 0.7 <= api.time.slept_s <= 1.3
        api.client.close()


class HeldTime(SkippingTime):
    """Time whose first pause lasts until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses = Event()
        self.may_go_on = Event()

    def sleep(self, duration_s: float) -> None:
        self.pauses.set()
        self.may_go_on.wait(30.0)
        super().sleep(duration_s)


@pytest.fixture
def held() -> Iterator[HeldTime]:
    time = HeldTime()
    yield time
    time.may_go_on.set()


def test_a_request_that_pauses_holds_no_place(sandbox: RunningSandbox, held: HeldTime) -> None:
    """One request at a time is allowed, and while the first one pauses, others are sent."""
    with subject(sandbox, time=held) as api:
        sandbox.next_faults([Fault.BAD_GATEWAY])
        paused = Thread(target=api.client.ban, args=(GUID,))
        paused.start()
        assert held.pauses.wait(30.0)
        assert api.client.upload_log("run", "text") == Done()
        assert len(api.client.list_users(SILENCE)) == 1
        held.may_go_on.set()
        paused.join()
        assert [request.status for request in sandbox.requests] == [502, 200, 200, 200]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_back_everything_else_too(
    sandbox: RunningSandbox, held: HeldTime, form: Literal["seconds", "date"]
) -> None:
    with subject(sandbox, time=held) as api:
        sandbox.faults = Faults(retry_after_s=90, retry_after_form=form)
        sandbox.next_faults([Fault.UNAVAILABLE])
        threads = [Thread(target=api.client.ban, args=(GUID,))]
        threads[0].start()
        assert held.pauses.wait(30.0)
        threads += [
            Thread(target=api.client.upload_log, args=("run", "text")),
            Thread(target=api.client.list_users, args=(SILENCE,)),
        ]
        for thread in threads[1:]:
            thread.start()

        assert not sandbox.requests.wait_for(lambda requests: requests.begun > 1, timeout_s=0.3)
        assert api.pace.room() == 0

        held.may_go_on.set()
        for thread in threads:
            thread.join()
        assert sorted(request.status or 0 for request in sandbox.requests) == [200, 200, 200, 503]
        assert 88 <= held.slept_s <= 90.1


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.HANG_AFTER])
def test_an_answer_that_hangs_is_a_time_out_and_tried_again(sandbox: RunningSandbox, fault: Fault) -> None:
    with subject(sandbox, read_timeout_s=SHORT_S) as api:
        sandbox.next_faults([fault, fault])
        assert isinstance(api.client.ban(GUID), Done)
        assert sandbox.requests.begun == 3
        assert 2 <= api.time.slept_s <= 4


def test_a_list_that_comes_in_pieces_may_take_longer_than_the_time_out(sandbox: RunningSandbox) -> None:
    """The time-out is for each piece: ten of them take longer, and are no failure."""
    with subject(sandbox, read_timeout_s=0.5) as api:
        sandbox.faults = Faults(shares={Fault.DRIP: 1.0}, drip_s=0.06)
        assert len(api.client.list_users(SILENCE)) == 1
        assert [request.fault for request in sandbox.requests] == [Fault.DRIP]


class SlowFirstAnswer(SkippingTime):
    """Time of which eleven minutes pass when the first request has come."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        super().__init__()
        self._sandbox = sandbox
        self._is_over = False

    def clock(self) -> float:
        if self._sandbox.requests.begun and not self._is_over:
            self._is_over = True
            self.slept_s += 660.0
        return super().clock()


def test_an_answer_that_comes_in_pieces_for_more_than_ten_minutes_is_a_time_out(sandbox: RunningSandbox) -> None:
    with subject(sandbox, time=SlowFirstAnswer(sandbox)) as api:
        sandbox.faults = Faults(drip_s=0.02)
        sandbox.next_faults([Fault.DRIP])
        assert isinstance(api.client.ban(GUID), Done)
        assert sandbox.requests.begun == 2


def test_a_page_larger_than_others_has_more_time(sandbox: RunningSandbox) -> None:
    """A page of 500 who were all created at one time is asked again with twice the limit, and 20 ms for each."""
    for number in range(900):
        sandbox.store.users.add(name="Jan", email=f"{number}@gemeente.test", time_created_us=1_780_000_000_000_000)
    with subject(sandbox, read_timeout_s=0.7) as api:
        sandbox.faults = Faults(cost_per_user_s=0.001)
        assert len(api.client.list_users(SILENCE)) == 901
