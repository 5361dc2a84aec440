"""Telling a dead man's switch: which address is asked, and that nothing of it fails or shows in a message."""

from typing import Literal

import pytest

from pleio_profile_sync_client.sync.outputs import ping
from tests.integration.raw_server import CLOSE, http, raw_server

PATH = "/canary-uuid"


@pytest.mark.parametrize(("event", "path"), [("/start", f"{PATH}/start"), ("", PATH), ("/fail", f"{PATH}/fail")])
def test_event_is_appended_to_the_address(event: Literal["", "/start", "/fail"], path: str) -> None:
    with raw_server(http(200, b"OK", "text/plain")) as server:
        assert ping(f"http://127.0.0.1:{server.port}{PATH}", event, within_s=10.0) is None
    (request,) = server.received
    assert request.startswith(f"GET {path} HTTP/1.1\r\n".encode())
    assert b"Authorization" not in request


@pytest.mark.parametrize(
    "answer",
    [
        http(404, b"", "text/plain"),
        http(302, b"", "text/plain"),
        CLOSE,
        b"rubbish\r\n\r\n",
        f"GET {PATH} is no answer\r\n\r\n".encode(),
    ],
)
def test_failure_is_told_without_the_address(answer: bytes) -> None:
    with raw_server(answer) as server:
        failure = ping(f"http://127.0.0.1:{server.port}{PATH}", "", within_s=10.0)
    assert failure is not None
    assert "canary" not in failure
    assert f"127.0.0.1:{server.port}" in failure
    assert len(server.received) == 1


def test_nobody_there_is_told() -> None:
    with raw_server(CLOSE) as server:
        pass
    failure = ping(f"http://127.0.0.1:{server.port}{PATH}", "/start", within_s=10.0)
    assert failure is not None
    assert "canary" not in failure
