"""Connections: kept and reused, closed while idle, hanging, broken, and answers that are no HTTP or no JSON."""

import sys

import pytest

from pleio_profile_sync_client.core.models import Answer, Done, Guid, Record, Refused, Unavailable
from pleio_profile_sync_client.errors import SubsiteError, UsageError
from pleio_sandbox.faults import Faults
from pleio_sandbox.server import RunningSandbox
from tests.integration.raw_server import CLOSE, http, raw_server
from tests.integration.subject import Subject, subject
from tests.silence import SILENCE

FINE = http(200, b'{"status":200,"user":{"guid":"g","is_banned":true}}')
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
SECRET = "canary-secret"


def user(guid: int) -> bytes:
    return http(200, b'{"status":200,"user":{"guid":%d,"is_banned":true}}' % guid)


def guid_of(answer: Answer) -> Guid | None:
    assert isinstance(answer, Done)
    return answer.user.guid if answer.user else None


def test_one_connection_serves_many_requests() -> None:
    with raw_server(FINE, keeps=True) as server:
        api = Subject(server.url, SECRET)
        assert all(isinstance(api.client.ban("g"), Done) for _ in range(20))
        assert server.connections == 1
        api.client.close()


def test_connection_that_the_server_announced_to_close_is_not_used_again() -> None:
    closing = http(200, b'{"status":200,"user":{"guid":"g","is_banned":true}}', "application/json", "Connection: close")
    with raw_server(closing) as server:
        api = Subject(server.url, SECRET)
        assert all(isinstance(api.client.ban("g"), Done) for _ in range(3))
        assert len(server.received) == server.connections == 3
        assert api.time.slept_s == 0


def test_host_that_can_not_be_is_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"gemeente\.\.localhost is not a host name"):
        Subject("http://gemeente..localhost/profile_sync_api", SECRET)


def test_connection_closed_while_idle_is_no_failure() -> None:
    with raw_server(FINE) as server:
        api = Subject(server.url, SECRET)
        for _ in range(5):
            assert isinstance(api.client.ban("g"), Done)

        assert len(server.received) == 5
        api.client.close()


@pytest.mark.parametrize("seed", range(3))
def test_subsite_that_closes_every_connection_silently_fails_nothing(seed: int) -> None:
    with RunningSandbox(faults=Faults(close_idle=True)) as sandbox, subject(sandbox, seed=seed) as api:
        for number in range(30):
            record = Record(f"User {number}", f"user{number}@gemeente.test", f"P{number}")
            assert isinstance(api.client.create(record), Done)
        users = api.client.list_users(SILENCE)
        for user in users:
            assert isinstance(api.client.ban(user.guid), Done)
        assert len(users) == 30
        assert all(user.is_banned for user in api.client.list_users(SILENCE))


@pytest.mark.parametrize(
    "broken",
    [
        CLOSE,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999999999999\r\n\r\n{",
        CHUNKED + b"20\r\n{",
        CHUNKED,
        CHUNKED + b"1\r\n{\r\n",
        CHUNKED + b"1\r\n{\r\nno size\r\n",
        CHUNKED + b"1\r\n{\r\n-1\r\n}",
        CHUNKED + b"fffffffffffffff\r\n{",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-",
        CHUNKED[: CHUNKED.index(b"nked")],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_broken_answer_is_tried_again(broken: bytes) -> None:
    with raw_server(broken, broken, FINE) as server:
        api = Subject(server.url, SECRET)
        assert isinstance(api.client.ban("g"), Done)
        assert len(server.received) == 3
        api.client.close()


def test_chunked_answer_is_read() -> None:
    first, rest = b'{"status":200,"user":{"guid":"g","is_banned":true', b"}}"
    chunks = b'%x;name="of a chunk"\r\n%b\r\n2\r\n%b\r\n0\r\nTrailer: last\r\n\r\n' % (len(first), first, rest)
    with raw_server(CHUNKED + chunks, keeps=True) as server:
        api = Subject(server.url, SECRET)
        assert isinstance(api.client.ban("g"), Done)
        assert isinstance(api.client.ban("g"), Done)
        assert server.connections == 1
        api.client.close()


@pytest.mark.parametrize("interim", [b"100 Continue\r\n", b"102 Processing\r\n", b"103 Early Hints\r\nLink: </a>\r\n"])
def test_answer_that_announces_another_is_passed_over(interim: bytes) -> None:
    with raw_server(*(b"HTTP/1.1 " + interim + b"\r\n" + user(number) for number in range(3)), keeps=True) as server:
        api = Subject(server.url, SECRET)
        assert [guid_of(api.client.ban(number)) for number in range(3)] == [0, 1, 2]
        assert server.connections == 1
        api.client.close()


def test_what_follows_an_answer_is_no_answer_to_the_next_request() -> None:
    with raw_server(user(1) + user(666), user(2), keeps=True) as server:
        api = Subject(server.url, SECRET)
        assert [guid_of(api.client.ban(number)) for number in (1, 2)] == [1, 2]
        api.client.close()


def test_answer_without_an_end_is_cut_at_its_limit() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b" " * (17 * 2**20)
    with raw_server(endless) as server:
        api = Subject(server.url, SECRET)
        with pytest.raises(SubsiteError, match="more than 16 MB"):
            api.client.ban("g")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 100_000, b'{"user":{"guid":1e999}}'])
def test_json_that_makes_no_sense_is_no_answer_to_a_write_and_no_list(body: bytes) -> None:
    with raw_server(http(200, body)) as server:
        api = Subject(server.url, SECRET)
        answer = api.client.ban("g")
        assert isinstance(answer, Unavailable)
        assert answer.maybe_done
        with pytest.raises(SubsiteError):
            api.client.list_users(SILENCE)
        api.client.close()


def test_refusal_while_the_body_is_still_being_sent_is_a_refusal() -> None:
    too_large = http(413, b"<html>too large</html>", "text/html", "Connection: close")
    with raw_server(too_large, reads_body=False) as server:
        api = Subject(server.url, SECRET)
        answers = {type(api.client.send_avatar("g", b"\xff\xd8" + b"x" * 5_000_000)) for _ in range(3)}
        # Other systems may drop the answer together with the connection: then there is none.
        assert answers <= {Refused, Unavailable}
        if sys.platform == "linux":
            assert answers == {Refused}
            assert len(server.received) == 3
        api.client.close()


def test_secret_that_a_server_sends_back_is_not_in_the_message() -> None:
    body = b'{"error":"x","pretty_error":"Bearer canary-secret is \\u001b[31mwrong"}'
    with raw_server(http(400, body)) as server:
        api = Subject(server.url, SECRET)
        answer = api.client.ban("g")
        assert isinstance(answer, Refused)
        assert SECRET not in answer.message
        assert answer.message.isprintable()
        api.client.close()


def test_requests_have_a_length_and_are_never_chunked() -> None:
    with raw_server(FINE, keeps=True) as server:
        api = Subject(server.url, SECRET)
        api.client.create(Record("Sanne", "s@gemeente.test", "P1"))
        api.client.ban("g")
        api.client.delete("g")
        api.client.send_avatar("g", b"\xff\xd8")
        api.client.upload_log("run", "text")
        api.client.close()
    assert len(server.received) == 5
    for request in server.received:
        head, _, body = request.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
        assert b"chunked" not in head.lower()
        assert head.count(b"Authorization: Bearer canary-secret") == 1
