"""What a running sandbox remembers of the requests that it got."""

from pleio_sandbox.faults import Fault
from pleio_sandbox.server import RunningSandbox
from pleio_sandbox.traffic import Traffic
from pleio_sandbox.wire import Request
from tests.contract.site import BASE, SandboxSite


def request(method: str, path: str, body: bytes = b"") -> Request:
    return Request(method=method, path=BASE + path, query="", headers={}, body=body)


def test_each_request_is_remembered_as_it_was_sent(site: SandboxSite) -> None:
    site.get("/users?limit=5", headers={"User-Agent": "test"})
    site.post("/logs", {"uuid": "1", "content": "x"}, token="wrong")
    listing, upload = site.sandbox.requests
    assert (listing.method, listing.path, listing.query, listing.status) == ("GET", f"{BASE}/users", "limit=5", 200)
    assert listing.headers["user-agent"] == b"test"
    assert (upload.status, upload.content) == (403, {"uuid": "1", "content": "x"})


def test_requests_can_be_picked_and_forgotten(site: SandboxSite) -> None:
    user = site.create()
    site.post(f"/users/{user['guid']}/ban")
    site.post("/logs", {"uuid": "1", "content": "x"})
    site.listed()
    requests = site.sandbox.requests
    assert [r.path for r in requests.matching("POST", "/users")] == [
        f"{BASE}/users",
        f"{BASE}/users/{user['guid']}/ban",
    ]
    assert (len(requests.writes()), len(requests.writes(logs=True)), len(requests)) == (2, 3, 4)
    requests.clear()
    assert (len(requests), requests.begun, requests.peak_in_flight) == (0, 0, 0)


def test_only_the_last_requests_are_kept_without_bodies_where_that_is_said() -> None:
    with RunningSandbox(keep_requests=2) as sandbox:
        site = SandboxSite(sandbox)
        for number in range(3):
            site.post("/logs", {"uuid": str(number), "content": "x"})
        assert (len(sandbox.requests), sandbox.requests.begun) == (2, 3)
        assert [request.body for request in sandbox.requests] == [b"", b""]
        site.connection.close()


def test_peaks_count_what_is_under_way_in_all_and_for_each_person() -> None:
    traffic = Traffic()
    guid = "11111111-1111-4111-8111-111111111111"
    asked = [
        request("POST", f"/users/{guid}/ban"),
        request("POST", "/users", b'{"guid": "' + guid.upper().encode() + b'"}'),
        request("POST", "/users", b'{"email": " Jan@gemeente.test"}'),
        request("POST", "/users", b'{"email": "jan@gemeente.TEST "}'),
        request("GET", "/users"),
        request("POST", "/users", b"nonsense"),
    ]
    persons = [traffic.begin(one) for one in asked]
    assert (traffic.peak_in_flight, traffic.peak_per_user) == (6, 2)
    for one, person in zip(asked, persons, strict=True):
        traffic.end(one, person, status=200, fault=Fault.NONE)
    assert (traffic.in_flight, traffic.peak_in_flight) == (0, 6)
    traffic.clear()
    assert (traffic.peak_in_flight, traffic.peak_per_user) == (0, 0)
