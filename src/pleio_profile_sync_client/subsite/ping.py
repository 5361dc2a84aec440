"""Telling a dead man's switch how the run goes. It never fails the run, and never makes it wait for long."""

from collections.abc import Mapping
from contextlib import closing
from os import environ
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

from pleio_profile_sync_client.errors import ClientError
from pleio_profile_sync_client.subsite.transport import Broken, Request, Transport

_ANSWER_LIMIT_BYTES = 2**20


def ping(
    url: str, event: Literal["", "/start", "/fail"], *, within_s: float, variables: Mapping[str, str] = environ
) -> str | None:
    """GET `url` with `event` appended; return what went wrong, None if nothing did.

    It is over `within_s` of now, whatever comes: a name that is not resolved has no time-out of its own, so a thread is
    left to it. The message names the host only: who knows the address can silence the switch.
    """
    host = urlsplit(url).netloc.rpartition("@")[2]
    failures: list[str | None] = []
    asking = Thread(target=lambda: failures.append(_ask(url, event, within_s, variables)), name="ping", daemon=True)
    asking.start()
    asking.join(within_s)
    failure = failures[0] if failures else f"no answer within {within_s:.0f} s"
    return None if failure is None else f"The ping to {host} failed: {failure}."


def _ask(url: str, event: str, within_s: float, variables: Mapping[str, str]) -> str | None:
    try:
        with closing(Transport(url, {}, variables=variables)) as transport:
            answer = transport.send(Request("GET", event, answer_limit_bytes=_ANSWER_LIMIT_BYTES), within_s=within_s)
    except ClientError as error:
        return str(error).rstrip(".")
    if isinstance(answer, Broken):
        return answer.message
    return None if 200 <= answer.status < 300 else f"it was answered with status {answer.status}"
