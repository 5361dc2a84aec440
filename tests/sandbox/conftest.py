"""A sandbox of its own for each test: empty, in memory, on a free port."""

from collections.abc import Iterator

import pytest

from pleio_sandbox.server import RunningSandbox
from tests.contract.site import SandboxSite


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with RunningSandbox() as running:
        yield running


@pytest.fixture
def site(sandbox: RunningSandbox) -> Iterator[SandboxSite]:
    site = SandboxSite(sandbox)
    yield site
    site.connection.close()
