"""Which subsite the contract is tested on: a sandbox of its own for each test, or the one at `--destination`.

The type of a test's `site` says what it needs: a `Site` is any subsite, a `SandboxSite` one whose database or settings
can be reached; at a `--destination` those tests are skipped. A test marked `also_on` runs on these stand-ins too.
"""

import inspect
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bench.stand_in import SECRET, Behaviour, running_stand_in

from pleio_sandbox.server import RunningSandbox
from tests.contract.model_site import ModelSite
from tests.contract.site import HttpSite, SandboxSite, Site


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract")
    group.addoption("--destination", help="the API of a subsite to test instead of the sandbox")
    group.addoption("--api-secret-file", help="the file that holds its secret")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "site" not in metafunc.fixturenames:
        return
    is_for_sandbox = inspect.signature(metafunc.function).parameters.get("site")
    if not metafunc.config.getoption("--destination", None):
        also_on = metafunc.definition.get_closest_marker("also_on")
        metafunc.parametrize("site", ["sandbox", *(also_on.args if also_on else ())], indirect=True)
    elif is_for_sandbox is not None and is_for_sandbox.annotation is SandboxSite:
        skipped = pytest.mark.skip(reason="needs the subsite's database or settings")
        metafunc.parametrize("site", [pytest.param("destination", marks=skipped)], indirect=True)
    else:
        metafunc.parametrize("site", ["destination"], indirect=True)


@pytest.fixture
def site(request: pytest.FixtureRequest, cursors: dict[str, str]) -> Iterator[Site]:
    """The subsite that is asked; whom the test made there is banned in the end."""
    if request.param == "model":
        yield ModelSite()
    elif request.param == "sandbox":
        with RunningSandbox() as sandbox, closing(SandboxSite(sandbox)) as own:
            yield own
    else:
        stand_in = request.param == "stand_in"
        url, secret = (request.getfixturevalue("stand_in"), SECRET) if stand_in else _destination(request.config)
        with closing(HttpSite(url, secret, cursors.get(url))) as asked:
            yield asked
            last = asked.ban_what_was_made()
            if last is not None:
                cursors[url] = last


@pytest.fixture(scope="session")
def cursors() -> dict[str, str]:
    """For each subsite that several tests use, the last user whom they made."""
    return {}


@pytest.fixture(scope="session")
def stand_in() -> Iterator[str]:
    """The address of the stand-in of the benches."""
    with running_stand_in(Behaviour(latency_ms=0)) as url:
        yield url


def _destination(config: pytest.Config) -> tuple[str, str]:
    """Give the address and the secret of the subsite that the command line names."""
    url, secret_file = config.getoption("--destination"), config.getoption("--api-secret-file")
    address = urlsplit(url)
    if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
        pytest.exit("--destination has to begin with https://, since the secret is sent to it.")
    if not secret_file:
        pytest.exit("--destination needs --api-secret-file too.")
    return url, Path(secret_file).read_text(encoding="utf-8").strip()
