"""Telling a dead man's switch how the run goes. It never fails the run."""

from contextlib import closing
from typing import Literal
from urllib.parse import urlsplit

from pleio_profile_sync_client.errors import ClientError
from pleio_profile_sync_client.subsite.transport import Broken, Request, Transport

TIME_S = 10.0
_ANSWER_LIMIT_BYTES = 2**20


def ping(url: str, event: Literal["", "/start", "/fail"]) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    The message names the host only: who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        with closing(Transport(url, {})) as transport:
            answer = transport.send(Request("GET", event, answer_limit_bytes=_ANSWER_LIMIT_BYTES), within_s=TIME_S)
    except ClientError as error:
        return f"The ping to {host} failed: {error}."
    if isinstance(answer, Broken):
        return f"The ping to {host} failed: {answer.message}."
    return None if 200 <= answer.status < 300 else f"The ping to {host} was answered with status {answer.status}."
