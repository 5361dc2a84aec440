"""What was sent to the API: each request, and how many were under way at a time."""

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pleio_sandbox.faults import Fault
from pleio_sandbox.wire import Endpoint, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request and what became of it. `status` is None if no answer (or no whole one) was sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, bytes]
    body: bytes
    status: int | None
    fault: Fault
    endpoint: Endpoint

    @property
    def content(self) -> object:
        """Give the body's JSON; raises `ValueError` if it is none."""
        content: object = json.loads(self.body)
        return content


class Traffic:
    """The requests since the last `clear`, in the order of their ends, and the most that were under way at a time.

    At most `keep` are kept, then without their bodies (None: all, with them); the counts go on. May be used from any
    thread.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._changed = threading.Condition()
        self._requests: deque[RecordedRequest] = deque(maxlen=keep)
        self._keeps_bodies = keep is None
        self._begun = 0
        self._under_way: Counter[str] = Counter()
        self._in_flight = 0
        self._hanging = 0
        self.peak_in_flight = 0
        self.peak_per_user = 0

    def __iter__(self) -> Iterator[RecordedRequest]:
        with self._changed:
            return iter(list(self._requests))

    def __len__(self) -> int:
        with self._changed:
            return len(self._requests)

    @property
    def begun(self) -> int:
        """Count the requests that have arrived, those still under way too."""
        return self._begun

    @property
    def in_flight(self) -> int:
        """Count the requests that are under way."""
        return self._in_flight

    @property
    def hanging(self) -> int:
        """Count the requests that wait for a `release`; they are not under way."""
        return self._hanging

    def matching(self, method: str | None = None, paths: str = "") -> list[RecordedRequest]:
        """List the requests with this method (None: any) whose path matches the pattern `paths`."""
        return [request for request in self if method in (None, request.method) and re.search(paths, request.path)]

    def writes(self, *, logs: bool = False) -> list[RecordedRequest]:
        """List the requests that were no GET; those for the log only with `logs`."""
        return [r for r in self if r.method != "GET" and (logs or not r.path.endswith("/logs"))]

    def clear(self) -> None:
        """Forget the requests and peaks so far."""
        with self._changed:
            self._requests.clear()
            self._begun = self._in_flight
            self.peak_in_flight = self._in_flight
            self.peak_per_user = max(self._under_way.values(), default=0)

    def wait_for(self, condition: Callable[["Traffic"], bool], *, timeout_s: float = 30.0) -> bool:
        """Wait until the condition holds, which is asked when a request begins, hangs or ends; tell whether it does."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout_s)

    def begin(self, request: Request) -> str | None:
        """Note that a request has arrived; give the person it is about, if it is about one."""
        person = request.person()
        with self._changed:
            self._begun += 1
            self._in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self._in_flight)
            if person is not None:
                self._under_way[person] += 1
                self.peak_per_user = max(self.peak_per_user, self._under_way[person])
            self._changed.notify_all()
        return person

    def end(self, request: Request, person: str | None, *, status: int | None, fault: Fault) -> None:
        """Note what became of a request, just before its answer is sent, and that it is no longer under way."""
        self._leave(person)
        self.record(request, status=status, fault=fault)

    def hang(self, person: str | None) -> None:
        """Note that a request is no longer under way and waits."""
        with self._changed:
            self._leave(person)
            self._hanging += 1
            self._changed.notify_all()

    def stop_hanging(self) -> None:
        """Note that a request waits no longer."""
        with self._changed:
            self._hanging -= 1

    def record(self, request: Request, *, status: int | None, fault: Fault) -> None:
        """Note what became of a request."""
        recorded = RecordedRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=request.body if self._keeps_bodies else b"",
            status=status,
            fault=fault,
            endpoint=request.endpoint(),
        )
        with self._changed:
            self._requests.append(recorded)
            self._changed.notify_all()

    def _leave(self, person: str | None) -> None:
        """Note that a request is no longer under way."""
        with self._changed:
            self._in_flight -= 1
            if person is not None:
                self._under_way[person] -= 1
                if not self._under_way[person]:
                    del self._under_way[person]
