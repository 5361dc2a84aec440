"""The sandbox's faults, over HTTP: what the client sees, and what was done all the same."""

import http.client
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest

from pleio_sandbox.faults import Dice, Fault, Faults
from pleio_sandbox.server import RunningSandbox
from tests.sandbox.site import BASE, Reply, Site

LOG = {"uuid": "1", "content": "x"}


def uploads(site: Site) -> int:
    return len(site.store.logs.entries())


def in_background(sandbox: RunningSandbox, ask: Callable[[Site], object]) -> threading.Thread:
    """Ask over a connection of its own while the test goes on."""

    def run() -> None:
        other = Site(sandbox)
        try:
            ask(other)
        finally:
            other.connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# Answers instead of the API's


@pytest.mark.parametrize(
    ("fault", "status", "is_done"),
    [
        (Fault.UNAVAILABLE, 503, False),
        (Fault.TOO_MANY, 429, False),
        (Fault.BAD_GATEWAY, 502, False),
        (Fault.GATEWAY_TIMEOUT, 504, False),
        (Fault.GATEWAY_TIMEOUT_AFTER, 504, True),
        (Fault.SERVER_ERROR, 500, False),
        (Fault.SERVER_ERROR_AFTER, 500, True),
        (Fault.BAD_REQUEST, 400, False),
        (Fault.PLACEHOLDER, 200, False),
        (Fault.PLACEHOLDER_403, 403, False),
        (Fault.PLACEHOLDER_404, 404, False),
        (Fault.REDIRECT, 301, False),
        (Fault.REDIRECT_AFTER, 301, True),
    ],
)
def test_a_fault_answers_in_html_before_or_after_the_work(site: Site, fault: Fault, status: int, is_done: bool) -> None:
    site.sandbox.next_faults([fault])
    reply = site.post("/logs", LOG)
    assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert uploads(site) == is_done
    assert site.post("/logs", LOG).status == 200
    assert [(request.status, request.fault) for request in site.sandbox.requests] == [
        (status, fault),
        (200, Fault.NONE),
    ]


def test_a_redirect_leads_elsewhere_and_is_empty(site: Site) -> None:
    site.sandbox.next_faults([Fault.REDIRECT])
    reply = site.post("/logs", LOG)
    assert (reply.headers["location"], reply.body) == (f"http://elsewhere.gemeente.test{BASE}/logs", b"")


def test_a_refused_secret_is_the_apis_own_403(site: Site) -> None:
    site.sandbox.next_faults([Fault.REFUSE])
    reply = site.post("/logs", LOG)
    assert (reply.status, reply.json["error"]) == (403, "invalid_bearer_token")
    assert uploads(site) == 0


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.TOO_MANY])
def test_retry_after_comes_in_seconds_or_as_a_date(site: Site, fault: Fault) -> None:
    site.sandbox.faults = Faults(retry_after_s=7)
    site.sandbox.next_faults([fault])
    assert site.get("/users").headers["retry-after"] == "7"
    site.sandbox.faults = Faults(retry_after_s=3_600, retry_after_form="date")
    site.sandbox.next_faults([fault])
    headers = site.get("/users").headers
    delay = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert 3_598 <= delay.total_seconds() <= 3_602


def test_without_retry_after_there_is_no_such_header(site: Site) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE])
    assert "retry-after" not in site.get("/users").headers


# Connections


@pytest.mark.parametrize(("fault", "is_done"), [(Fault.DROP, False), (Fault.DROP_AFTER, True)])
def test_a_drop_resets_the_connection_before_or_after_the_work(site: Site, fault: Fault, is_done: bool) -> None:
    site.sandbox.next_faults([fault])
    with pytest.raises(ConnectionResetError):
        site.post("/logs", LOG)
    assert uploads(site) == is_done
    assert [request.status for request in site.sandbox.requests] == [None]


def test_a_lost_answer_closes_the_connection_and_the_work_is_done(site: Site) -> None:
    site.sandbox.next_faults([Fault.LOSE])
    with pytest.raises(http.client.RemoteDisconnected):
        site.post("/logs", LOG)
    assert uploads(site) == 1


def test_a_truncated_answer_ends_before_its_length_and_the_work_is_done(site: Site) -> None:
    site.sandbox.next_faults([Fault.TRUNCATE])
    with pytest.raises(http.client.IncompleteRead) as caught:
        site.post("/logs", LOG)
    site.connection.close()
    whole = site.post("/logs", LOG).body
    assert caught.value.partial == whole[: len(whole) // 2]
    assert uploads(site) == 2


def test_an_answer_that_drips_comes_whole_and_takes_its_time(site: Site) -> None:
    site.create()
    whole = site.get("/users").body
    site.sandbox.faults = Faults(drip_s=0.005)
    site.sandbox.next_faults([Fault.DRIP])
    begun = time.monotonic()
    assert site.get("/users").body == whole
    assert time.monotonic() - begun >= 10 * 0.004
    assert site.post("/logs", LOG).status == 200


def test_a_connection_can_be_closed_after_each_answer_without_notice(site: Site) -> None:
    site.sandbox.faults = Faults(close_idle=True)
    reply = site.post("/logs", LOG)
    assert "connection" not in reply.headers
    connection = site.connection.sock
    assert connection is not None
    assert connection.recv(1) == b""


@pytest.mark.parametrize(("fault", "done_meanwhile"), [(Fault.HANG, 0), (Fault.HANG_AFTER, 1)])
def test_a_hanging_request_goes_on_when_released(
    sandbox: RunningSandbox, site: Site, fault: Fault, done_meanwhile: int
) -> None:
    replies: list[Reply] = []
    sandbox.next_faults([fault])
    thread = in_background(sandbox, lambda other: replies.append(other.post("/logs", LOG)))
    assert sandbox.requests.wait_for(lambda requests: requests.hanging == 1)
    assert (uploads(site), sandbox.requests.in_flight) == (done_meanwhile, 0)
    sandbox.release()
    thread.join()
    assert [reply.status for reply in replies] == [200]
    assert (uploads(site), sandbox.requests.hanging) == (1, 0)


def test_a_hanging_request_is_forgotten_when_the_client_gives_up(sandbox: RunningSandbox, site: Site) -> None:
    sandbox.next_faults([Fault.HANG])
    site.connection.request(
        "POST", f"{BASE}/logs", '{"uuid": "1", "content": "x"}', {"Authorization": f"Bearer {sandbox.secret}"}
    )
    assert sandbox.requests.wait_for(lambda requests: requests.hanging == 1)
    site.connection.close()
    assert sandbox.requests.wait_for(lambda requests: len(requests) == 1)
    assert [request.status for request in sandbox.requests] == [None]
    assert uploads(site) == 0


def test_stopping_with_requests_hanging_and_waiting_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with RunningSandbox(faults=Faults(latency_s=600)) as sandbox:
        sandbox.next_faults([Fault.HANG])
        connections = [Site(sandbox).connection for _ in range(3)]
        for connection in connections:
            connection.request("GET", f"{BASE}/users", headers={"Authorization": f"Bearer {sandbox.secret}"})
        assert sandbox.requests.wait_for(lambda requests: requests.begun == 3)
    for connection in connections:
        connection.close()
    assert capfd.readouterr() == ("", "")


# Which requests are concerned


def test_scripted_faults_concern_the_requests_they_name(site: Site) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE, Fault.NONE, Fault.BAD_GATEWAY], method="POST", paths="/logs$")
    site.sandbox.next_faults([Fault.TOO_MANY], paths="/users")
    statuses = [site.post("/logs", LOG).status, site.get("/users").status, site.get("/users").status]
    statuses += [site.post("/logs", LOG).status for _ in range(3)]
    assert statuses == [503, 429, 200, 200, 502, 200]
    assert site.sandbox.unused_faults == 0


def test_scripted_faults_can_be_taken_back(site: Site) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE] * 3)
    assert site.get("/users").status == 503
    assert site.sandbox.unused_faults == 2
    site.sandbox.forget_next_faults()
    assert site.get("/users").status == 200


def test_shares_can_be_limited_to_methods_paths_and_later_requests(site: Site) -> None:
    site.sandbox.faults = Faults(
        shares={Fault.UNAVAILABLE: 1.0}, methods=frozenset({"POST"}), paths="/logs", after_requests=2
    )
    assert [site.post("/logs", LOG).status for _ in range(4)] == [200, 200, 503, 503]
    assert site.get("/users").status == 200
    assert site.try_create().status == 200


def test_after_so_many_faults_in_a_row_the_same_request_is_spared(site: Site) -> None:
    site.sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0}, most_in_a_row=2)
    statuses = [site.try_create(email=email).status for email in ("an@x.test", "bo@x.test") for _ in range(3)]
    assert statuses == [503, 503, 200] * 2
    asked = ["/users", "/users?limit=5", "/users", "/users"]
    assert [site.get(path).status for path in asked] == [503, 503, 200, 503]


def test_faults_can_be_ended(site: Site) -> None:
    site.sandbox.faults = Faults(shares={Fault.REFUSE: 1.0})
    assert site.get("/users").status == 403
    site.sandbox.faults = Faults()
    assert site.get("/users").status == 200


def test_the_same_seed_draws_the_same_faults() -> None:
    def drawn(seed: int) -> list[Fault]:
        dice = Dice(Faults(shares={Fault.UNAVAILABLE: 0.25, Fault.DROP: 0.25}, seed=seed))
        return [dice.fault("GET", "/users") for _ in range(400)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert all(60 < drawn(1).count(fault) < 140 for fault in (Fault.UNAVAILABLE, Fault.DROP))
    assert set(drawn(1)) == {Fault.UNAVAILABLE, Fault.DROP, Fault.NONE}


def test_scattered_latency_keeps_its_mean() -> None:
    dice = Dice(Faults(latency_s=0.025, latency_sigma=0.6))
    drawn = [dice.latency_s() for _ in range(20_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(0.025, rel=0.03)
    assert min(drawn) < 0.01 < 0.06 < max(drawn)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": {Fault.DROP: 0.7, Fault.LOSE: 0.4}},
        {"shares": {Fault.DROP: -0.1}},
        {"latency_s": -1.0},
        {"capacity": 0},
        {"after_requests": -1},
        {"drip_s": -1.0},
    ],
)
def test_impossible_faults_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Faults(**wrong)  # type: ignore[arg-type]


# Load


def test_latency_and_the_cost_of_a_list_take_their_time(site: Site) -> None:
    for _ in range(10):
        site.create()
    site.sandbox.faults = Faults(latency_s=0.01, cost_per_user_s=0.005)
    begun = time.monotonic()
    site.get("/users?limit=10")
    assert time.monotonic() - begun >= 0.055
    begun = time.monotonic()
    site.post("/logs", LOG)
    assert time.monotonic() - begun >= 0.009


def test_capacity_makes_the_others_wait(sandbox: RunningSandbox) -> None:
    sandbox.faults = Faults(latency_s=0.02, capacity=2)
    begun = time.monotonic()
    threads = [in_background(sandbox, lambda other: other.post("/logs", LOG)) for _ in range(8)]
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun >= 4 * 0.019
    assert [request.status for request in sandbox.requests] == [200] * 8


def test_too_many_under_way_are_refused_at_once(sandbox: RunningSandbox, site: Site) -> None:
    sandbox.faults = Faults(latency_s=600, refuse_above=2)
    waiting = [Site(sandbox) for _ in range(2)]
    for other in waiting:
        other.connection.request("GET", f"{BASE}/users", headers={"Authorization": f"Bearer {sandbox.secret}"})
    assert sandbox.requests.wait_for(lambda requests: requests.in_flight == 2)
    assert site.get("/users").status == 503
    assert sandbox.requests.peak_in_flight == 3
    for other in waiting:
        other.connection.close()
