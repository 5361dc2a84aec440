"""What can go wrong with a subsite, and when: values only, no sockets."""

import random
import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


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
    """The request is carried out, and the answer comes in pieces, `drip_s` apart."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How the subsite behaves badly. The default is one that answers at once, and always.

    `latency_s` is the time each request takes, on average; with `latency_sigma` it scatters (lognormal).
    `cost_per_user_s` is added for each user listed. `capacity` requests are handled at a time, the others wait;
    above `refuse_above` under way, 503 is answered at once. `shares` gives each fault's share of the requests, drawn
    from `seed`; only of those with one of `methods` (empty: all) whose path matches the pattern `paths`, and only after
    the first `after_requests` of them. After `most_in_a_row` such faults, the next request about the same person by the
    same method and path is spared: a client that asks again often enough gets through. `retry_after_s` goes with 429
    and 503. `close_idle` closes a connection after each answer, without saying so.
    """

    latency_s: float = 0.0
    latency_sigma: float = 0.0
    cost_per_user_s: float = 0.0
    capacity: int | None = None
    refuse_above: int | None = None
    shares: Mapping[Fault, float] = field(default_factory=dict)
    methods: frozenset[str] = frozenset()
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


@dataclass(slots=True)
class _Script:
    faults: deque[Fault]
    method: str | None
    paths: str


class Dice:
    """Draws what becomes of each request: scripted faults first, then by the shares. Not for several threads."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable, not secret
        self._seen = 0
        self._in_a_row: Counter[tuple[str, str, str | None]] = Counter()

    def fault(self, method: str, path: str, person: str | None = None) -> Fault:
        """Draw the fault for a request, which is about this person if about one."""
        drawn = self._draw(method, path)
        same = (method, path, person)
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

    def _draw(self, method: str, path: str) -> Fault:
        faults = self._faults
        if not faults.shares or (faults.methods and method not in faults.methods) or not re.search(faults.paths, path):
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


class Scripts:
    """Faults for the next requests, one by one."""

    def __init__(self) -> None:
        self._scripts: list[_Script] = []

    def add(self, faults: Iterable[Fault], *, method: str | None, paths: str) -> None:
        """Give each of the next requests with this method (None: any) and a path matching `paths` its fault."""
        self._scripts.append(_Script(deque(faults), method, paths))

    def fault(self, method: str, path: str) -> Fault | None:
        """Take what the first script that concerns a request has for it; None if none does."""
        for script in self._scripts:
            if script.faults and script.method in (None, method) and re.search(script.paths, path):
                return script.faults.popleft()
        return None

    def clear(self) -> None:
        """Forget what was not used."""
        self._scripts.clear()

    @property
    def unused(self) -> int:
        """Count the faults that no request has met."""
        return sum(len(script.faults) for script in self._scripts)
