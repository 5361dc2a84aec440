"""The API client against a sandbox over real HTTP, with pauses that take no time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from time import monotonic

from pleio_profile_sync_client.apply.pace import AdaptivePace
from pleio_profile_sync_client.subsite.client import ApiClient
from pleio_profile_sync_client.sync.ending import RunEnding
from pleio_sandbox.server import RunningSandbox
from tests.signals import FakeSignals

JPEG = b"\xff\xd8\xff\xe0 a very small picture"


class SkippingTime:
    """Real time in which sleeping takes none: what was slept is added to the clock."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def clock(self) -> float:
        return monotonic() + self.slept_s

    def sleep(self, duration_s: float) -> None:
        self.slept_s += duration_s


class Subject:
    """A client, with what it was given."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        seed: int = 1,
        read_timeout_s: float = 30.0,
        time: SkippingTime | None = None,
        variables: Mapping[str, str] = {"NO_PROXY": "*"},
    ) -> None:
        self.time = time or SkippingTime()
        self.signals = FakeSignals()
        self.ending = RunEnding(self.signals, clock=self.time.clock)
        self.pace = AdaptivePace(16, self.time.clock, ending=self.ending)
        self.client = ApiClient.connect(
            url,
            secret,
            pace=self.pace,
            ending=self.ending,
            clock=self.time.clock,
            sleep=self.time.sleep,
            random=Random(seed),
            read_timeout_s=read_timeout_s,
            variables=variables,
        )


@contextmanager
def subject(
    sandbox: RunningSandbox,
    *,
    url: str | None = None,
    secret: str | None = None,
    seed: int = 1,
    read_timeout_s: float = 30.0,
    time: SkippingTime | None = None,
) -> Iterator[Subject]:
    """Give a client for a sandbox, or for another address or with another secret."""
    found = Subject(url or sandbox.url, secret or sandbox.secret, seed=seed, read_timeout_s=read_timeout_s, time=time)
    try:
        yield found
    finally:
        found.client.close()
