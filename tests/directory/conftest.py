"""Real directories for the tests: OpenLDAP, and an Active Directory as Samba provides it.

Without the servers these tests are skipped, with a reason that says so; with CI=true in the environment they fail.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import trustme

from pleio_profile_sync_client.core.models import Layout
from pleio_profile_sync_client.sources.directory import DirectorySource
from pleio_profile_sync_client.sources.ldap import Ldap
from pleio_sandbox.server import RunningSandbox
from tests.cli.canaries import SECRET
from tests.cli.conftest import bytecode, command, sandbox  # noqa: F401 -- fixtures here too
from tests.cli.process import Command
from tests.directory import samba, slapd

MakeSlapd = Callable[..., slapd.Slapd]
Init = Callable[[str, str, str, str, str], tuple[dict[str, Any], str]]
COLUMNS = {
    "external_id": "employeeNumber",
    "name": "displayName",
    "email": "mail",
    "profile.occupation": "title",
}


def directory(
    url: str,
    *,
    base: str | Sequence[str] = slapd.PEOPLE,
    bind: str | None = slapd.READER,
    password: str | None = slapd.PASSWORD,
    start_tls: bool = False,
    ca_file: Path | None = None,
    timeout_s: float = 20,
    wanted: str | None = None,
    columns: Mapping[str, str] = COLUMNS,
    skip: Mapping[str, Sequence[str]] = {},
    groups: Mapping[str, Sequence[str]] = {},
    now_s: Callable[[], float] = lambda: 1_795_500_000,
) -> DirectorySource:
    """Return a directory as a source."""
    ldap = Ldap(url, timeout_s=timeout_s, start_tls=start_tls, ca_file=ca_file, bind=bind, password=password)
    bases = (base,) if isinstance(base, str) else base
    return DirectorySource(ldap, Layout(columns, skip), bases=bases, wanted=wanted, groups=groups, now_s=now_s)


def _require(found: object, what: str, packages: str) -> None:
    if found:
        return
    reason = f"NO {what} HERE, NO REAL DIRECTORY WAS READ: install it, e.g. with apt-get install {packages}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def require_slapd() -> None:
    """Skip, loudly, or fail where there is no slapd."""
    _require(slapd.SLAPD and slapd.SCHEMAS.exists(), "SLAPD", "slapd")


@pytest.fixture
def make_slapd(tmp_path: Path) -> Iterator[MakeSlapd]:
    """Give a function that starts a slapd with these entries."""
    require_slapd()
    started: list[slapd.Slapd] = []

    def make(entries: Iterable[tuple[str, slapd.Attributes]], **options: str) -> slapd.Slapd:
        started.append(slapd.Slapd(tmp_path / f"slapd{len(started)}", entries, **options))
        return started[-1]

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def init(command: Command, sandbox: RunningSandbox, tmp_path: Path) -> Init:  # noqa: F811 -- the fixtures
    """Give a function that lets `init` ask for a directory: the configuration that is written, and what is said."""

    def init(url: str, ca_file: str, bind: str, password: str, base: str) -> tuple[dict[str, Any], str]:
        for name, content in (("ldap_password", password), ("api_secret", SECRET)):
            (tmp_path / name).touch(mode=0o600)
            (tmp_path / name).write_text(content, encoding="utf-8")
        answers = ("", "ldap", url, ca_file, bind, "", base, sandbox.url, *[""] * 8)
        ended = command("init", stdin="".join(f"{text}\n" for text in answers))
        assert ended.status == 0, ended
        return tomllib.loads((tmp_path / "pleio-sync.toml").read_text(encoding="utf-8")), ended.out

    return init


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that has signed the domain's certificate."""
    return trustme.CA()


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[samba.Samba]:
    """Give an Active Directory, without people of ours yet, for all tests."""
    _require(samba.SAMBA and samba.PROVISION.exists() and os.geteuid() == 0, "SAMBA", samba.PACKAGES)
    server = samba.Samba(tmp_path_factory.mktemp("domain"))
    certificate = authority.issue_cert(server.host, "dc1.gemeente.test")
    server.tls.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificate.private_key_pem.write_to_path(str(server.tls / "own-key.pem"))
    (server.tls / "own-key.pem").chmod(0o600)
    certificate.cert_chain_pems[0].write_to_path(str(server.tls / "own-cert.pem"))
    authority.cert_pem.write_to_path(str(server.tls / "own-ca.pem"))
    server.start()
    yield server
    server.stop()
