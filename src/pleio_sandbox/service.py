"""Serves the API as an ASGI application: reads a request, applies the faults, sends the answer or not."""

import asyncio
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from email.utils import formatdate

from starlette.types import Message, Receive, Scope, Send

from pleio_sandbox.api import Api, invalid_token
from pleio_sandbox.faults import SPOILING, Dice, Fault, Faults, Scripts, spoil, without_cursor
from pleio_sandbox.traffic import Traffic
from pleio_sandbox.wire import (
    CSRF_PAGE,
    HTML,
    PLACEHOLDER_PAGE,
    WEB_PAGE,
    Answer,
    Endpoint,
    Request,
    bad_request,
    html_answer,
    not_found,
)

ELSEWHERE = "http://elsewhere.gemeente.test"
"""Where the faults redirect to."""

_STATUSES = {
    Fault.UNAVAILABLE: 503,
    Fault.TOO_MANY: 429,
    Fault.BAD_GATEWAY: 502,
    Fault.GATEWAY_TIMEOUT: 504,
    Fault.GATEWAY_TIMEOUT_AFTER: 504,
    Fault.SERVER_ERROR: 500,
    Fault.SERVER_ERROR_AFTER: 500,
}
_FIXED_ANSWERS = {
    Fault.BAD_REQUEST: bad_request().answer,
    Fault.REFUSE: invalid_token(),
    Fault.PLACEHOLDER: html_answer(200, WEB_PAGE),
    Fault.PLACEHOLDER_403: html_answer(403, CSRF_PAGE),
    Fault.PLACEHOLDER_404: html_answer(404, PLACEHOLDER_PAGE),
    Fault.ERROR_200: replace(not_found().answer, status=200),
}
_CARRIED_OUT_FIRST = frozenset({Fault.SERVER_ERROR_AFTER, Fault.GATEWAY_TIMEOUT_AFTER, Fault.REDIRECT_AFTER})
_RESETTING = frozenset({Fault.DROP, Fault.DROP_AFTER})
_CUTTING = _RESETTING | {Fault.LOSE, Fault.TRUNCATE}
_HANGING = frozenset({Fault.HANG, Fault.HANG_AFTER})
_DRIPS = 10
"""The number of pieces of a body that trickles in; and of its headers."""
_LISTS_KEPT = 100
"""The answers to lists that are kept, to be repeated as stale ones."""


class Service:
    """The API over HTTP, with faults. `faults` may be replaced at any time, from any thread."""

    def __init__(self, api: Api, traffic: Traffic, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._traffic = traffic
        self._behaviour = _Behaviour(Faults())
        self._hung: set[asyncio.Event] = set()
        self._lists: dict[str, Answer] = {}
        self.scripts = Scripts(clock_s)

    @property
    def faults(self) -> Faults:
        """Tell how the subsite misbehaves now."""
        return self._behaviour.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        # As a whole: what is under way ends as it began, under the old ones.
        self._behaviour = _Behaviour(faults)

    def release(self) -> None:
        """Let the requests that hang now go on. Only from the event loop's thread."""
        for event in self._hung:
            event.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = await _read(scope, receive)
        if request is None:
            return
        line = _Line(scope, receive, send)
        behaviour = self._behaviour
        person = self._traffic.begin(request)
        fault = self._draw(behaviour, request, person)
        if fault in _HANGING:
            await self._hang(behaviour, request, person, fault, line)
        elif fault in _CUTTING:
            await self._cut(behaviour, request, person, fault, line)
        else:
            answer = await self._answer(behaviour, request, fault)
            self._traffic.end(request, person, status=answer.status, fault=fault)
            if fault is Fault.DRIP:
                await line.drip(answer, behaviour.faults.drip_s)
            elif fault is Fault.DRIP_HEAD:
                await line.drip_from_the_head(answer, behaviour.faults.drip_s)
            else:
                await line.send(answer)
            if behaviour.faults.close_idle:
                line.close()

    def _draw(self, behaviour: "_Behaviour", request: Request, person: str | None) -> Fault:
        scripted = self.scripts.fault(request)
        if scripted is not None:
            return scripted
        most = behaviour.faults.refuse_above
        if most is not None and self._traffic.in_flight > most:
            return Fault.UNAVAILABLE
        return behaviour.dice.fault(request, person)

    async def _answer(self, behaviour: "_Behaviour", request: Request, fault: Fault) -> Answer:
        if fault in (Fault.NONE, Fault.DRIP, Fault.DRIP_HEAD):
            return await self._carry_out(behaviour, request)
        if fault in SPOILING:
            return await self._spoiled(behaviour, request, fault)
        if fault in _CARRIED_OUT_FIRST:
            await self._carry_out(behaviour, request)
        return behaviour.answer_instead(fault, request)

    async def _carry_out(self, behaviour: "_Behaviour", request: Request) -> Answer:
        async with behaviour.capacity:
            latency_s = behaviour.dice.latency_s()
            if latency_s:
                await asyncio.sleep(latency_s)
            answer = self._api.answer(request)
            if request.endpoint() is Endpoint.LIST:
                self._keep(request.query, answer)
            listing_s = answer.users_listed * behaviour.faults.cost_per_user_s
            if listing_s:
                await asyncio.sleep(listing_s)
            return answer

    async def _spoiled(self, behaviour: "_Behaviour", request: Request, fault: Fault) -> Answer:
        before, earlier = self._api.shown_users(), self._lists.get(request.query)
        answer = await self._carry_out(behaviour, without_cursor(request) if fault is Fault.SWAPPED else request)
        return spoil(answer, fault, before=before, earlier=earlier)

    async def _cut(
        self, behaviour: "_Behaviour", request: Request, person: str | None, fault: Fault, line: "_Line"
    ) -> None:
        answer = None if fault is Fault.DROP else await self._carry_out(behaviour, request)
        self._traffic.end(request, person, status=None, fault=fault)
        if answer is not None and fault is Fault.TRUNCATE:
            await line.send_half(answer)
        if fault in _RESETTING:
            line.reset()
        else:
            line.close()
        await line.wait_for_end()

    def _keep(self, query: str, answer: Answer) -> None:
        self._lists.pop(query, None)
        self._lists[query] = answer
        if len(self._lists) > _LISTS_KEPT:
            del self._lists[next(iter(self._lists))]

    async def _hang(
        self, behaviour: "_Behaviour", request: Request, person: str | None, fault: Fault, line: "_Line"
    ) -> None:
        answer = await self._carry_out(behaviour, request) if fault is Fault.HANG_AFTER else None
        # It is no longer in progress, so that a client that gave up and asks again does not count twice.
        self._traffic.hang(person)
        is_released = await self._is_released(line)
        self._traffic.stop_hanging()
        if is_released:
            answer = answer or await self._carry_out(behaviour, request)
            self._traffic.record(request, status=answer.status, fault=fault)
            await line.send(answer)
        else:
            self._traffic.record(request, status=None, fault=fault)

    async def _is_released(self, line: "_Line") -> bool:
        """Wait for `release` or for the client to give up; tell whether it was the former."""
        released = asyncio.Event()
        self._hung.add(released)
        waits = [asyncio.ensure_future(released.wait()), asyncio.ensure_future(line.wait_for_end())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hung.discard(released)
            for wait in waits:
                wait.cancel()
        return released.is_set()


class _Behaviour:
    """The faults with what they need: random numbers, and slots that limit how many requests are handled at a time."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.dice = Dice(faults)
        self.capacity: AbstractAsyncContextManager[None] = (
            nullcontext() if faults.capacity is None else asyncio.Semaphore(faults.capacity)
        )

    def answer_instead(self, fault: Fault, request: Request) -> Answer:
        """Give a fault's answer instead of the API's."""
        if fault in _FIXED_ANSWERS:
            return _FIXED_ANSWERS[fault]
        if fault in (Fault.REDIRECT, Fault.REDIRECT_AFTER):
            return Answer(status=301, content_type=HTML, headers={"location": ELSEWHERE + request.path})
        status = _STATUSES[fault]
        answer = html_answer(status, "Server error" if status == 500 else f"<h1>{status}</h1>")
        delay_s = self.faults.retry_after_s
        if delay_s is None or status not in (429, 503):
            return answer
        if self.faults.retry_after_form == "seconds":
            return answer.with_header("retry-after", str(delay_s))
        return answer.with_header("retry-after", formatdate(time.time() + delay_s, usegmt=True))


class _Line:
    """One request's connection to the client."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self._send = send

    async def send(self, answer: Answer) -> None:
        """Send a whole answer."""
        await self._send(_start(answer, length=len(answer.body)))
        await self._send({"type": "http.response.body", "body": answer.body})

    async def drip(self, answer: Answer, pause_s: float) -> None:
        """Send a whole answer in pieces, with a pause before each."""
        await self._send(_start(answer, length=len(answer.body)))
        async for piece in _drops(answer.body, pause_s):
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def drip_from_the_head(self, answer: Answer, pause_s: float) -> None:
        """Send a whole answer in pieces, its head too, past the server; the connection ends with it."""
        start = _start(answer, length=len(answer.body))
        head = b"".join(b"%b: %b\r\n" % header for header in start["headers"])
        whole = f"HTTP/1.1 {answer.status} Dripping\r\n".encode() + head + b"connection: close\r\n\r\n"
        for part in (whole, answer.body):
            async for piece in _drops(part, pause_s):
                self._transport.write(piece)
        self.close()
        await self.wait_for_end()

    async def send_half(self, answer: Answer) -> None:
        """Promise an answer and send half of it."""
        await self._send(_start(answer, length=len(answer.body) + 1))
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})

    def close(self) -> None:
        """Close the connection once what was sent is out."""
        self._transport.close()

    def reset(self) -> None:
        """Cut the connection at once, so that the client sees a reset, not an orderly end."""
        connection = self._transport.get_extra_info("socket")
        # A linger of no time makes the kernel send a reset; Windows has the two numbers in 16 bits.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        self._transport.abort()

    async def wait_for_end(self) -> None:
        """Wait until the connection is gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _drops(content: bytes, pause_s: float) -> AsyncIterator[bytes]:
    """Yield a content's pieces, each after a pause."""
    size = max(1, -(-len(content) // _DRIPS))
    for begin in range(0, len(content), size):
        await asyncio.sleep(pause_s)
        yield content[begin : begin + size]


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """Read a request to its end; None if the client went away before."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message["body"])
        if not message["more_body"]:
            break
    headers: Mapping[str, bytes] = {name.decode("latin-1"): value for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"".join(chunks),
    )


def _start(answer: Answer, *, length: int) -> Message:
    headers = {
        "date": formatdate(usegmt=True),
        "content-type": answer.content_type,
        "content-length": str(length),
        **answer.headers,
    }
    return {
        "type": "http.response.start",
        "status": answer.status,
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
    }
