"""What the tests of the state share: a file, the warnings it gave, and how it is opened."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pleio_profile_sync_client.core.models import Finding
from pleio_profile_sync_client.state.store import State

SUBSITE = "https://gemeente.test/profile_sync_api"


@pytest.fixture
def warnings() -> list[Finding]:
    return []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite3"


@pytest.fixture
def open_state(path: Path, warnings: list[Finding]) -> Callable[[], AbstractContextManager[State]]:
    def open_it() -> AbstractContextManager[State]:
        return State.open(path, subsite_url=SUBSITE, warn=warnings.append, busy_timeout_s=0)

    return open_it
