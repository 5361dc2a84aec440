"""What can go wrong with a subsite, and when; and the wrong answers that caches, replicas and proxies give.

Values only, no sockets.
"""

import json
import random
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from pleio_sandbox.wire import Answer, Endpoint, Request


class Fault(StrEnum):
    """What becomes of a request. Those whose name ends in `after` carry it out first."""

    NONE = "none"
    UNAVAILABLE = "503"
    TOO_MANY = "429"
    BAD_GATEWAY = "502"
    GATEWAY_TIMEOUT = "504"
    SERVER_ERROR = "500"
    SERVER_ERROR_AFTER = "500_after"
    GATEWAY_TIMEOUT_AFTER = "504_after"
    DROP = "drop"
    """The connection is reset, nothing is done."""
    DROP_AFTER = "drop_after"
    """The request is carried out, and the connection reset without an answer."""
    LOSE = "lose"
    """The request is carried out, and the connection closed without an answer."""
    TRUNCATE = "truncate"
    """The request is carried out, half of the answer is sent, and the connection closed."""
    HANG = "hang"
    """No answer until `release`; then the request is carried out, if the client still waits."""
    HANG_AFTER = "hang_after"
    """The request is carried out, and not answered until `release`."""
    DRIP = "drip"
    """The request is carried out, and the answer's body comes in pieces, `drip_s` apart."""
    DRIP_HEAD = "drip_head"
    """The request is carried out, and the answer comes in pieces from its head on, `drip_s` apart."""
    BAD_REQUEST = "400"
    """The framework refuses the request, as one that is too large: a page comes with status 400."""
    REFUSE = "refuse"
    """The secret is refused, right or not."""
    PLACEHOLDER = "placeholder"
    """A web page comes with status 200."""
    PLACEHOLDER_403 = "placeholder_403"
    """A web page comes with status 403, as for a write to a path that is not the API's."""
    PLACEHOLDER_404 = "placeholder_404"
    """A web page comes with status 404, as for a host that no site has."""
    REDIRECT = "redirect"
    """A redirect to elsewhere, nothing is done."""
    REDIRECT_AFTER = "redirect_after"
    """The request is carried out and answered with a redirect, as a secondary domain does."""
    EMPTY = "empty"
    """The request is carried out, and answered with status 200, the API's type and nothing."""
    NO_USER = "no_user"
    """The request is carried out, and its answer, in JSON, lacks the user; a list lacks the users."""
    ERROR_200 = "200_error"
    """Nothing is done, and an error of the API comes with status 200."""
    STALE = "stale"
    """The request is carried out, and answered with the old state: the user as they were, of a new user only the keys;
    a list as it was when this page was last asked for."""
    SWAPPED = "swapped"
    """The request is carried out, and answered with another user, if there is one; a list begins from the start,
    whatever the cursor."""
    WRONG_BAN = "wrong_ban"
    """The request is carried out, and its answer has every `is_banned` the wrong way round."""
    EMPTY_LIST = "empty_list"
    """A list is empty. Other requests are answered correctly."""
    SHORT_LIST = "short_list"
    """A list ends after half of its users. Other requests are answered correctly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How the subsite misbehaves. By default it answers at once, and always.

    `latency_s` is the time each request takes, on average; with `latency_sigma` it scatters (lognormal).
    `cost_per_user_s` is added for each user listed. `capacity` requests are handled at a time, the others wait; above
    `refuse_above` under way, 503 is answered at once. `shares` gives each fault's share of the requests, drawn from
    `seed`; only of those with one of `methods`, for one of `endpoints` (empty: all) and with a path matching `paths`,
    and only after the first `after_requests` of them. After `most_in_a_row` such faults, the next request about the
    same person by the same method and path is spared: a client that asks again often enough gets through.
    `retry_after_s` goes with 429 and 503. `close_idle` closes a connection after each answer, without notice.
    """

    latency_s: float = 0.0
    latency_sigma: float = 0.0
    cost_per_user_s: float = 0.0
    capacity: int | None = None
    refuse_above: int | None = None
    shares: Mapping[Fault, float] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()
    endpoints: frozenset[Endpoint] = frozenset()
    paths: str = ""
    after_requests: int = 0
    most_in_a_row: int | None = None
    drip_s: float = 0.0
    retry_after_s: int | None = None
    retry_after_form: Literal["seconds", "date"] = "seconds"
    close_idle: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if sum(self.shares.values()) > 1.000_001 or any(share < 0 for share in self.shares.values()):
            raise ValueError("the shares of the faults must be 0 or more and at most 1 together")
        if min(self.latency_s, self.latency_sigma, self.cost_per_user_s, self.drip_s, self.after_requests) < 0:
            raise ValueError("times and numbers must be 0 or more")
        if self.capacity is not None and self.capacity < 1:
            raise ValueError("capacity must be 1 or more")
        re.compile(self.paths)

    def concern(self, request: Request) -> bool:
        """Tell whether the shares are drawn for a request."""
        return (
            (not self.methods or request.method in self.methods)
            and (not self.endpoints or request.endpoint() in self.endpoints)
            and re.search(self.paths, request.path) is not None
        )


class Dice:
    """Draws each request's fault: scripted faults first, then by the shares. Not for several threads."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable, not secret
        self._seen = 0
        self._in_a_row: Counter[tuple[str, str, str | None]] = Counter()

    def fault(self, request: Request, person: str | None = None) -> Fault:
        """Draw the fault for a request, which is about this person if about one."""
        drawn = self._draw(request)
        same = (request.method, request.path, person)
        if drawn is Fault.NONE or self._in_a_row[same] == self._faults.most_in_a_row:
            del self._in_a_row[same]
            return Fault.NONE
        self._in_a_row[same] += 1
        return drawn

    def latency_s(self) -> float:
        """Draw how long a request takes."""
        sigma = self._faults.latency_sigma
        if not sigma:
            return self._faults.latency_s
        return self._faults.latency_s * self._random.lognormvariate(-sigma * sigma / 2, sigma)

    def _draw(self, request: Request) -> Fault:
        faults = self._faults
        if not faults.shares or not faults.concern(request):
            return Fault.NONE
        self._seen += 1
        if self._seen <= faults.after_requests:
            return Fault.NONE
        drawn = self._random.random()
        for fault, share in faults.shares.items():
            if drawn < share:
                return fault
            drawn -= share
        return Fault.NONE


@dataclass(slots=True, kw_only=True)
class Script:
    """Faults for the next requests that it concerns, one each.

    It concerns those with this `method`, for this endpoint (`at`) and with a path matching `paths`; None is any. The
    first `after` of them are spared. With `for_s` the faults come again and again for so long, counted from the first.
    """

    faults: deque[Fault]
    method: str | None = None
    at: Endpoint | None = None
    paths: str = ""
    after: int = 0
    for_s: float | None = None
    ends_s: float | None = None

    def concerns(self, request: Request, now_s: float) -> bool:
        """Tell whether a request gets a fault from here, or is spared by it."""
        return (
            bool(self.faults)
            and (self.ends_s is None or now_s < self.ends_s)
            and self.method in (None, request.method)
            and (self.at is None or self.at is request.endpoint())
            and re.search(self.paths, request.path) is not None
        )

    def take(self, now_s: float) -> Fault:
        """Take the fault for a request that is concerned."""
        if self.after:
            self.after -= 1
            return Fault.NONE
        fault = self.faults.popleft()
        if self.for_s is not None:
            self.faults.append(fault)
            self.ends_s = now_s + self.for_s if self.ends_s is None else self.ends_s
        return fault


class Scripts:
    """The scripts that wait for their requests, in the order in which they were added."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._scripts: list[Script] = []

    def add(self, script: Script) -> None:
        """Add a script, behind the others."""
        self._scripts.append(script)

    def fault(self, request: Request) -> Fault | None:
        """Take what the first script that concerns a request has for it; None if none does."""
        now_s = self._clock_s()
        script = next((script for script in self._scripts if script.concerns(request, now_s)), None)
        return None if script is None else script.take(now_s)

    def clear(self) -> None:
        """Forget what was not used."""
        self._scripts.clear()

    @property
    def unused(self) -> int:
        """Count the faults that no request has met; one that lasts is unused until the first."""
        return sum(len(script.faults) for script in self._scripts if script.ends_s is None)


_Content = dict[str, Any]

SPOILING = frozenset(
    {Fault.EMPTY, Fault.NO_USER, Fault.STALE, Fault.SWAPPED, Fault.WRONG_BAN, Fault.EMPTY_LIST, Fault.SHORT_LIST}
)
"""The faults whose answers `spoil` makes."""


def without_cursor(request: Request) -> Request:
    """Give a request for the list as seen by a cache that ignores the cursor."""
    kept = [part for part in request.query.split("&") if not part.startswith("cursor=")]
    return replace(request, query="&".join(kept))


def spoil(answer: Answer, fault: Fault, *, before: Sequence[Mapping[str, object]], earlier: Answer | None) -> Answer:
    """Turn a right answer into the wrong one; an error is left as it is.

    `before` are the users as they were shown before the request was carried out, `earlier` is the answer that the same
    list got the last time.
    """
    if answer.status != 200:
        return answer
    if fault is Fault.EMPTY:
        return replace(answer, body=b"")
    content: _Content = json.loads(answer.body)
    if "users" in content:
        if fault is Fault.STALE:
            return earlier or answer
        content = _spoiled_list(content, fault)
    elif "user" in content:
        content = _spoiled_user(content, fault, before)
    return replace(answer, body=json.dumps(content, separators=(",", ":")).encode("ascii"))


def _spoiled_list(content: _Content, fault: Fault) -> _Content:
    users = content["users"]
    match fault:
        case Fault.NO_USER:
            return {}
        case Fault.WRONG_BAN:
            return {"users": [_turned(user) for user in users]}
        case Fault.EMPTY_LIST:
            return {"users": []}
        case Fault.SHORT_LIST:
            return {"users": users[: len(users) // 2]}
        case _:
            return content


def _spoiled_user(content: _Content, fault: Fault, before: Sequence[Mapping[str, object]]) -> _Content:
    user = content["user"]
    match fault:
        case Fault.NO_USER:
            return {"status": 200}
        case Fault.WRONG_BAN:
            return {**content, "user": _turned(user)}
        case Fault.STALE:
            known = next((one for one in before if one["guid"] == user["guid"]), None)
            return {**content, "user": known or {**user, "profile": dict.fromkeys(user["profile"], "")}}
        case Fault.SWAPPED:
            return {**content, "user": next((one for one in before if one["guid"] != user["guid"]), user)}
        case _:
            return content


def _turned(user: _Content) -> _Content:
    return {**user, "is_banned": not user["is_banned"]}
