"""A fast stand-in subsite for the benches: just enough of the API, in a process of its own, and no quirks.

It handles `capacity` writes at a time, each for `latency_ms` (scattered, if asked), the others wait in line; above
`refuse_above` in flight it answers 503. Lists are instant, or take `list_ms_per_user`. `GET /figures` tells what it saw
and begins to count anew.
"""

import argparse
import asyncio
import heapq
import multiprocessing
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import msgspec

SECRET = "bench-secret"
BASE = "/profile_sync_api"


@dataclass(frozen=True)
class Behaviour:
    """How the stand-in behaves."""

    capacity: int = 4
    latency_ms: float = 25.0
    scatter_sigma: float = 0.0
    refuse_above: int | None = None
    users: int = 0
    profile_fields: int = 6
    list_ms_per_user: float = 0.0
    seed: int = 1


class Subsite:
    """The users, and the queue for the places in which writes are handled."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._random = random.Random(behaviour.seed)
        self._free_at_s = [0.0] * behaviour.capacity
        self._encoded: list[bytes] = []
        self._index_by_guid: dict[str, int] = {}
        self._guid_by_email: dict[str, str] = {}
        self._in_flight = 0
        self._begin_figures()
        for number in range(behaviour.users):
            self._add(invented_user(number, behaviour.profile_fields))

    def _begin_figures(self) -> None:
        self._first_s = 0.0
        self._last_s = 0.0
        self._most_in_flight = 0
        self._most_in_flight_later = 0
        self._refused = 0
        self._requests = 0
        self._taken = 0
        self._lists = 0
        self._pages_s = 0.0
        self._logs = 0
        self._cpu_began_s = time.process_time()

    def figures(self) -> bytes:
        """Return what was seen since the last call; `later` is after the first second.

        `requests` are all but lists, `logs` of them; `pages_s` is how long the lists were made to take, `cpu_s` the CPU
        that the stand-in itself took.
        """
        answer = {
            "lists": self._lists,
            "pages_s": self._pages_s,
            "cpu_s": time.process_time() - self._cpu_began_s,
            "requests": self._requests,
            "logs": self._logs,
            "refused": self._refused,
            "taken": self._taken,
            "users": len(self._encoded),
            "most_in_flight": self._most_in_flight,
            "most_in_flight_later": self._most_in_flight_later,
            "seconds": self._last_s - self._first_s,
        }
        self._begin_figures()
        return msgspec.json.encode(answer)

    def handle(self, method: str, target: str, body: bytes, answer: Callable[[int, bytes], None]) -> None:
        """Answer a request, now or when its time has come."""
        url = urlsplit(target)
        if url.path == "/figures":
            answer(200, self.figures())
        elif method == "GET":
            page = self._page(parse_qs(url.query))
            delay_s = self._behaviour.list_ms_per_user / 1000 * page.count(b'"guid"')
            self._lists += 1
            self._pages_s += delay_s
            asyncio.get_running_loop().call_later(delay_s, answer, 200, page)
        else:
            self._handle_write(method, url.path.removeprefix(BASE), body, answer)

    def _handle_write(self, method: str, path: str, body: bytes, answer: Callable[[int, bytes], None]) -> None:
        now_s = time.monotonic()
        self._requests += 1
        self._logs += path == "/logs"
        self._first_s = self._first_s or now_s
        self._in_flight += 1
        self._most_in_flight = max(self._most_in_flight, self._in_flight)
        if now_s - self._first_s > 1:
            self._most_in_flight_later = max(self._most_in_flight_later, self._in_flight)
        limit = self._behaviour.refuse_above
        if limit is not None and self._in_flight > limit:
            self._refused += 1
            self._in_flight -= 1
            answer(503, b"")
            return
        duration_s = self._duration_s()
        end_s = max(now_s, heapq.heappop(self._free_at_s)) + duration_s
        heapq.heappush(self._free_at_s, end_s)

        def finish() -> None:
            self._in_flight -= 1
            self._last_s = time.monotonic()
            answer(*self._write(method, path, body))

        if duration_s:
            # Timers are rounded up to the next millisecond; half of it earlier is right on average.
            asyncio.get_running_loop().call_at(end_s - 0.0005, finish)
        else:
            finish()

    def _duration_s(self) -> float:
        mean_s = self._behaviour.latency_ms / 1000
        sigma = self._behaviour.scatter_sigma
        return mean_s * self._random.lognormvariate(-sigma * sigma / 2, sigma) if sigma else mean_s

    def _write(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if method == "DELETE":
            return 200, b'{"status":200}'
        if path == "/logs":
            run = msgspec.json.decode(body)["uuid"]
            return 200, msgspec.json.encode({"status": 200, "log": {"uuid": run}})
        if path != "/users":
            return 200, b'{"status":200,"user":' + self._encoded[self._index_by_guid[path.split("/")[2]]] + b"}"
        user = msgspec.json.decode(body)
        if "guid" in user:
            index = self._index_by_guid[user["guid"]]
            self._encoded[index] = encode_user(user)
            return 200, b'{"status":200,"user":' + self._encoded[index] + b"}"
        if user["email"].lower() in self._guid_by_email:
            self._taken += 1
            return 400, b'{"error":"could_not_create","pretty_error":"This e-mail is already taken.","status":400}'
        return 200, b'{"status":200,"user":' + self._add(user) + b"}"

    def _add(self, user: dict[str, Any]) -> bytes:
        user["guid"] = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        user["time_created"] = f"2026-07-01T10:00:00.{len(self._encoded):09d}+00:00"
        self._index_by_guid[user["guid"]] = len(self._encoded)
        self._guid_by_email[user["email"].lower()] = user["guid"]
        encoded = encode_user(user)
        self._encoded.append(encoded)
        return encoded

    def _page(self, query: dict[str, list[str]]) -> bytes:
        limit = int(query.get("limit", ["100"])[0])
        cursor = query.get("cursor", [""])[0]
        first = self._index_by_guid[cursor] + 1 if cursor else 0
        return b'{"users":[' + b",".join(self._encoded[first : first + limit]) + b"]}"


def invented_user(number: int, profile_fields: int = 6) -> dict[str, Any]:
    """Return user `number` of the list, as a source made for this bench would have them."""
    profile = {
        "occupation": f"Coördinator {number % 97}",
        "location": f"Súdwest-Fryslân {number % 11}",
        "department": f"Afdeling {number % 53}",
        "phone": f"0201{number % 1000000:06d}",
        "manager": f"Joost Bakker {number % 401}",
        "floor": str(number % 13),
    }
    return {
        "name": f"Zoë de Vries {number}",
        "email": f"zoe.{number}@gemeente.test",
        "external_id": f"P{number:07d}",
        "profile": dict(islice(profile.items(), profile_fields)),
    }


def encode_user(user: dict[str, Any]) -> bytes:
    """Return a user as the list shows them."""
    return msgspec.json.encode(
        {
            "guid": user["guid"],
            "external_id": user.get("external_id"),
            "name": user["name"],
            "email": user["email"],
            "is_member": True,
            "is_banned": False,
            "time_created": user.get("time_created", "2026-07-01T10:00:00+00:00"),
            "time_updated": "2026-07-01T10:00:00.000001+00:00",
            "icontime": None,
            "profile": user.get("profile", {}),
        }
    )


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time."""

    def __init__(self, subsite: Subsite) -> None:
        self._subsite = subsite
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._buffer[:head_end].decode("latin-1")
        length = 0
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        if len(self._buffer) < head_end + 4 + length:
            return
        body = self._buffer[head_end + 4 : head_end + 4 + length]
        self._buffer = self._buffer[head_end + 4 + length :]
        method, target, _ = head.split(" ", 2)
        self._subsite.handle(method, target, body, self._answer)

    def _answer(self, status: int, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            kind = "application/json" if body else "text/html"
            head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.write(head.encode() + body)


async def _serve(behaviour: Behaviour, port: int, tell_port: Callable[[int], None]) -> None:
    subsite = Subsite(behaviour)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(subsite), "127.0.0.1", port)
    tell_port(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(behaviour: Behaviour, ports: "multiprocessing.Queue[int]") -> None:
    asyncio.run(_serve(behaviour, 0, ports.put))


@contextmanager
def running_stand_in(behaviour: Behaviour) -> Iterator[str]:
    """Run a stand-in in a process of its own; gives the address of its API."""
    context = multiprocessing.get_context("spawn")
    ports: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_run, args=(behaviour, ports), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=120)}{BASE}"
    finally:
        process.terminate()
        process.join()


def seen_figures(url: str) -> dict[str, float]:
    """Return what the stand-in saw since it was last asked."""
    with urlopen(url.rpartition("/")[0] + "/figures") as answer:
        return msgspec.json.decode(answer.read(), type=dict[str, float])


def main() -> None:
    """Run a stand-in until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8801)
    parser.add_argument("--capacity", type=int, default=4)
    parser.add_argument("--latency-ms", type=float, default=25.0)
    parser.add_argument("--scatter-sigma", type=float, default=0.0)
    parser.add_argument("--refuse-above", type=int)
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--profile-fields", type=int, default=6)
    parser.add_argument("--list-ms-per-user", type=float, default=0.0)
    options = vars(parser.parse_args())
    port = options.pop("port")
    behaviour = Behaviour(**options)
    asyncio.run(
        _serve(behaviour, port, lambda port: print(f"http://127.0.0.1:{port}{BASE} secret {SECRET}", flush=True))
    )


if __name__ == "__main__":
    main()
