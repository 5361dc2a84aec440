"""The sandbox's faults, over HTTP: what the client sees, and what was done all the same."""

import http.client
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest

from pleio_sandbox.faults import SPOILING, Dice, Fault, Faults
from pleio_sandbox.server import RunningSandbox
from pleio_sandbox.wire import Endpoint, Request
from tests.contract.site import BASE, NOT_FOUND, UNKNOWN_GUID, Reply, SandboxSite, multipart, part

LOG = {"uuid": "1", "content": "x"}
LIST = Request(method="GET", path=f"{BASE}/users", query="", headers={}, body=b"")


def uploads(site: SandboxSite) -> int:
    return len(site.store.logs.entries())


def in_background(sandbox: RunningSandbox, ask: Callable[[SandboxSite], object]) -> threading.Thread:
    """Ask over a connection of its own while the test goes on."""

    def run() -> None:
        other = SandboxSite(sandbox)
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
def test_a_fault_answers_in_html_before_or_after_the_work(
    site: SandboxSite, fault: Fault, status: int, is_done: bool
) -> None:
    site.sandbox.next_faults([fault])
    reply = site.post("/logs", LOG)
    assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert uploads(site) == is_done
    assert site.post("/logs", LOG).status == 200
    assert [(request.status, request.fault) for request in site.sandbox.requests] == [
        (status, fault),
        (200, Fault.NONE),
    ]


def test_a_redirect_leads_elsewhere_and_is_empty(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.REDIRECT])
    reply = site.post("/logs", LOG)
    assert (reply.headers["location"], reply.body) == (f"http://elsewhere.gemeente.test{BASE}/logs", b"")


def test_a_refused_secret_is_the_apis_own_403(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.REFUSE])
    reply = site.post("/logs", LOG)
    assert (reply.status, reply.json["error"]) == (403, "invalid_bearer_token")
    assert uploads(site) == 0


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.TOO_MANY])
def test_retry_after_comes_in_seconds_or_as_a_date(site: SandboxSite, fault: Fault) -> None:
    site.sandbox.faults = Faults(retry_after_s=7)
    site.sandbox.next_faults([fault])
    assert site.get("/users").headers["retry-after"] == "7"
    site.sandbox.faults = Faults(retry_after_s=3_600, retry_after_form="date")
    site.sandbox.next_faults([fault])
    headers = site.get("/users").headers
    delay = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert 3_598 <= delay.total_seconds() <= 3_602


def test_without_retry_after_there_is_no_such_header(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE])
    assert "retry-after" not in site.get("/users").headers


# Answers that are not what happened


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.NO_USER, Fault.STALE, Fault.SWAPPED, Fault.WRONG_BAN])
def test_a_wrong_answer_comes_in_json_after_the_work(site: SandboxSite, fault: Fault) -> None:
    other, user = site.create(name="Piet"), site.create(name="Jan")
    site.sandbox.next_faults([fault])
    reply = site.update(user, name="Jan Jansen")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert site.shown(user["guid"])["name"] == "Jan Jansen"
    shown = {
        Fault.EMPTY: b"",
        Fault.NO_USER: {"status": 200},
        Fault.STALE: {"status": 200, "user": user},
        Fault.SWAPPED: {"status": 200, "user": other},
        Fault.WRONG_BAN: {"status": 200, "user": {**site.shown(user["guid"]), "is_banned": True}},
    }[fault]
    assert (reply.body if fault is Fault.EMPTY else reply.json) == shown


def test_an_error_can_come_with_status_200_and_nothing_is_done(site: SandboxSite) -> None:
    user = site.create()
    site.sandbox.next_faults([Fault.ERROR_200])
    assert site.post(f"/users/{user['guid']}/ban").json["error"] == "not_found"
    assert site.listed() == [user]


def test_a_stale_answer_to_a_create_lacks_the_profile(site: SandboxSite) -> None:
    site.store.add_profile_field("phone")
    site.sandbox.next_faults([Fault.STALE])
    user = site.create(profile={"phone": "1"})
    assert user["profile"] == {"phone": ""}
    assert site.shown(user["guid"])["profile"] == {"phone": "1"}


def test_a_stale_list_is_the_one_that_was_answered_the_last_time(site: SandboxSite) -> None:
    first = site.create()
    site.sandbox.next_faults([Fault.STALE, Fault.NONE, Fault.STALE], at=Endpoint.LIST)
    assert site.listed() == [first]
    second = site.create()
    assert site.listed() == [first, second]
    site.delete(first["guid"])
    assert site.listed() == [first, second]
    assert site.listed() == [second]


@pytest.mark.parametrize(
    ("fault", "pages"),
    [
        (Fault.SWAPPED, [[1, 2], [1, 2], [5]]),
        (Fault.EMPTY_LIST, [[1, 2], [], [5]]),
        (Fault.SHORT_LIST, [[1, 2], [3], [5]]),
        (Fault.NONE, [[1, 2], [3, 4], [5]]),
    ],
)
def test_a_page_of_the_list_can_be_wrong(site: SandboxSite, fault: Fault, pages: list[list[int]]) -> None:
    guids = [site.create()["guid"] for _ in range(5)]
    site.sandbox.next_faults([Fault.NONE, fault])
    asked = [f"/users?limit=2&cursor={cursor}" for cursor in ("", guids[1], guids[3])]
    answered = [[guids.index(user["guid"]) + 1 for user in site.get(path).json["users"]] for path in asked]
    assert answered == pages


def test_a_list_can_lack_its_users_and_have_every_ban_the_wrong_way_round(site: SandboxSite) -> None:
    site.create()
    site.post(f"/users/{site.create()['guid']}/ban")
    site.sandbox.next_faults([Fault.WRONG_BAN, Fault.NO_USER])
    assert [user["is_banned"] for user in site.listed()] == [True, False]
    assert site.get("/users").json == {}


@pytest.mark.parametrize("fault", sorted(SPOILING))
def test_an_error_stays_an_error_and_a_log_is_answered_all_the_same(site: SandboxSite, fault: Fault) -> None:
    site.sandbox.next_faults([fault] * 2)
    assert site.post(f"/users/{UNKNOWN_GUID}/ban").json == NOT_FOUND
    assert site.post("/logs", LOG).status == 200
    assert uploads(site) == 1


# Connections


@pytest.mark.parametrize(("fault", "is_done"), [(Fault.DROP, False), (Fault.DROP_AFTER, True)])
def test_a_drop_resets_the_connection_before_or_after_the_work(site: SandboxSite, fault: Fault, is_done: bool) -> None:
    site.sandbox.next_faults([fault])
    with pytest.raises(ConnectionResetError):
        site.post("/logs", LOG)
    assert uploads(site) == is_done
    assert [request.status for request in site.sandbox.requests] == [None]


def test_a_lost_answer_closes_the_connection_and_the_work_is_done(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.LOSE])
    with pytest.raises(http.client.RemoteDisconnected):
        site.post("/logs", LOG)
    assert uploads(site) == 1


def test_a_truncated_answer_ends_before_its_length_and_the_work_is_done(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.TRUNCATE])
    with pytest.raises(http.client.IncompleteRead) as caught:
        site.post("/logs", LOG)
    site.connection.close()
    whole = site.post("/logs", LOG).body
    assert caught.value.partial == whole[: len(whole) // 2]
    assert uploads(site) == 2


@pytest.mark.parametrize(("fault", "pauses"), [(Fault.DRIP, 10), (Fault.DRIP_HEAD, 20)])
def test_an_answer_that_drips_comes_whole_and_takes_its_time(site: SandboxSite, fault: Fault, pauses: int) -> None:
    site.create()
    whole = site.get("/users").body
    site.sandbox.faults = Faults(drip_s=0.005)
    site.sandbox.next_faults([fault])
    begun = time.monotonic()
    assert site.get("/users").body == whole
    assert time.monotonic() - begun >= pauses * 0.004
    assert site.post("/logs", LOG).status == 200


def test_a_connection_can_be_closed_after_each_answer_without_notice(site: SandboxSite) -> None:
    site.sandbox.faults = Faults(close_idle=True)
    reply = site.post("/logs", LOG)
    assert "connection" not in reply.headers
    connection = site.connection.sock
    assert connection is not None
    assert connection.recv(1) == b""


@pytest.mark.parametrize(("fault", "done_meanwhile"), [(Fault.HANG, 0), (Fault.HANG_AFTER, 1)])
def test_a_hanging_request_goes_on_when_released(
    sandbox: RunningSandbox, site: SandboxSite, fault: Fault, done_meanwhile: int
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


def test_a_hanging_request_is_forgotten_when_the_client_gives_up(sandbox: RunningSandbox, site: SandboxSite) -> None:
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
        connections = [SandboxSite(sandbox).connection for _ in range(3)]
        for connection in connections:
            connection.request("GET", f"{BASE}/users", headers={"Authorization": f"Bearer {sandbox.secret}"})
        assert sandbox.requests.wait_for(lambda requests: requests.begun == 3)
    for connection in connections:
        connection.close()
    assert capfd.readouterr() == ("", "")


# Which requests are concerned


def test_scripted_faults_concern_the_requests_they_name(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE, Fault.NONE, Fault.BAD_GATEWAY], method="POST", paths="/logs$")
    site.sandbox.next_faults([Fault.TOO_MANY], paths="/users")
    statuses = [site.post("/logs", LOG).status, site.get("/users").status, site.get("/users").status]
    statuses += [site.post("/logs", LOG).status for _ in range(3)]
    assert statuses == [503, 429, 200, 200, 502, 200]
    assert site.sandbox.unused_faults == 0


def test_scripted_faults_can_be_aimed_at_an_endpoint(site: SandboxSite) -> None:
    user = site.create()
    about = f"/users/{user['guid']}"
    ask: dict[Endpoint, Callable[[], Reply]] = {
        Endpoint.LIST: lambda: site.get("/users"),
        Endpoint.CREATE: site.try_create,
        Endpoint.UPDATE: lambda: site.update(user),
        Endpoint.BAN: lambda: site.post(f"{about}/ban"),
        Endpoint.UNBAN: lambda: site.post(f"{about}/unban"),
        Endpoint.AVATAR: lambda: site.upload(user["guid"], multipart(part(b"x"))),
        Endpoint.LOG: lambda: site.post("/logs", LOG),
        Endpoint.OTHER: lambda: site.get("/user"),
        Endpoint.DELETE: lambda: site.delete(user["guid"]),
    }
    assert set(ask) == set(Endpoint)
    for aimed in Endpoint:
        site.sandbox.next_faults([Fault.BAD_GATEWAY], at=aimed)
        for endpoint, request in ask.items():
            if endpoint is not Endpoint.DELETE or aimed is Endpoint.DELETE:
                assert (request().status == 502) == (endpoint is aimed), (aimed, endpoint)


def test_scripted_faults_can_begin_later(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE], paths="/logs", after=2)
    assert [site.post("/logs", LOG).status for _ in range(4)] == [200, 200, 503, 200]


def test_a_scripted_fault_can_last_for_a_time_from_the_first_request_on() -> None:
    now_s = 1_000.0
    with RunningSandbox(clock_s=lambda: now_s) as sandbox:
        site = SandboxSite(sandbox)
        sandbox.next_faults([Fault.SERVER_ERROR], for_s=30)
        now_s += 500
        assert [site.get("/users").status for _ in range(3)] == [500] * 3
        now_s += 29.9
        assert site.get("/users").status == 500
        now_s += 0.2
        assert [site.get("/users").status for _ in range(2)] == [200, 200]
        site.connection.close()


def test_scripted_faults_can_be_taken_back(site: SandboxSite) -> None:
    site.sandbox.next_faults([Fault.UNAVAILABLE] * 3)
    assert site.get("/users").status == 503
    assert site.sandbox.unused_faults == 2
    site.sandbox.forget_next_faults()
    assert site.get("/users").status == 200


def test_shares_can_be_limited_to_methods_paths_and_later_requests(site: SandboxSite) -> None:
    site.sandbox.faults = Faults(
        shares={Fault.UNAVAILABLE: 1.0}, methods=frozenset({"POST"}), paths="/logs", after_requests=2
    )
    assert [site.post("/logs", LOG).status for _ in range(4)] == [200, 200, 503, 503]
    assert site.get("/users").status == 200
    assert site.try_create().status == 200


def test_after_so_many_faults_in_a_row_the_same_request_is_spared(site: SandboxSite) -> None:
    site.sandbox.faults = Faults(shares={Fault.UNAVAILABLE: 1.0}, most_in_a_row=2)
    statuses = [site.try_create(email=email).status for email in ("an@x.test", "bo@x.test") for _ in range(3)]
    assert statuses == [503, 503, 200] * 2
    asked = ["/users", "/users?limit=5", "/users", "/users"]
    assert [site.get(path).status for path in asked] == [503, 503, 200, 503]


def test_faults_can_be_ended(site: SandboxSite) -> None:
    site.sandbox.faults = Faults(shares={Fault.REFUSE: 1.0})
    assert site.get("/users").status == 403
    site.sandbox.faults = Faults()
    assert site.get("/users").status == 200


def test_the_same_seed_draws_the_same_faults() -> None:
    def drawn(seed: int) -> list[Fault]:
        dice = Dice(Faults(shares={Fault.UNAVAILABLE: 0.25, Fault.DROP: 0.25}, seed=seed))
        return [dice.fault(LIST) for _ in range(400)]

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


def test_latency_and_the_cost_of_a_list_take_their_time(site: SandboxSite) -> None:
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


def test_too_many_under_way_are_refused_at_once(sandbox: RunningSandbox, site: SandboxSite) -> None:
    sandbox.faults = Faults(latency_s=600, refuse_above=2)
    waiting = [SandboxSite(sandbox) for _ in range(2)]
    for other in waiting:
        other.connection.request("GET", f"{BASE}/users", headers={"Authorization": f"Bearer {sandbox.secret}"})
    assert sandbox.requests.wait_for(lambda requests: requests.in_flight == 2)
    assert site.get("/users").status == 503
    assert sandbox.requests.peak_in_flight == 3
    for other in waiting:
        other.connection.close()
