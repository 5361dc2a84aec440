"""https: certificates are verified, and SSL_CERT_FILE names the authorities to trust."""

import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from pleio_profile_sync_client.core.models import Done
from pleio_profile_sync_client.errors import SubsiteError, UsageError
from pleio_profile_sync_client.sync.outputs import ping
from pleio_sandbox.server import RunningSandbox
from tests.integration.raw_server import http, raw_server
from tests.integration.subject import Subject
from tests.silence import SILENCE


@pytest.fixture
def variables() -> dict[str, str]:
    """The environment's variables, as the client is told them."""
    return {"NO_PROXY": "no.test"}


@pytest.fixture
def authority(tmp_path: Path, variables: dict[str, str]) -> trustme.CA:
    """An authority that this machine trusts."""
    authority = trustme.CA()
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    variables["SSL_CERT_FILE"] = str(path)
    return authority


@contextmanager
def https_sandbox(certificate: trustme.LeafCert) -> Iterator[RunningSandbox]:
    with RunningSandbox(ssl=serving_context(certificate)) as sandbox:
        yield sandbox


def serving_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def list_all(sandbox: RunningSandbox, variables: dict[str, str], host: str = "127.0.0.1") -> list[object]:
    api = Subject(f"https://{host}:{sandbox.port}/profile_sync_api", sandbox.secret, variables=variables)
    try:
        return list(api.client.list_users(SILENCE))
    finally:
        api.client.close()


def test_certificate_of_a_trusted_authority_for_this_host_is_good(
    authority: trustme.CA, variables: dict[str, str]
) -> None:
    with https_sandbox(authority.issue_cert("127.0.0.1", "localhost")) as sandbox:
        assert list_all(sandbox, variables) == []
        assert len(sandbox.requests) == 1


def test_certificate_of_another_authority_is_refused_before_anything_is_sent(
    authority: trustme.CA, variables: dict[str, str]
) -> None:
    with https_sandbox(trustme.CA().issue_cert("127.0.0.1")) as sandbox:
        with pytest.raises(SubsiteError, match="can't be trusted") as caught:
            list_all(sandbox, variables)
        assert "SSL_CERT_FILE" in caught.value.hint
        assert len(sandbox.requests) == 0


def test_certificate_for_another_host_is_refused(authority: trustme.CA, variables: dict[str, str]) -> None:
    with https_sandbox(authority.issue_cert("other.gemeente.test")) as sandbox:
        with pytest.raises(SubsiteError, match="can't be trusted"):
            list_all(sandbox, variables)
        assert len(sandbox.requests) == 0


def test_expired_certificate_is_refused_and_called_so(authority: trustme.CA, variables: dict[str, str]) -> None:
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    expired = authority.issue_cert("127.0.0.1", not_before=yesterday - datetime.timedelta(days=9), not_after=yesterday)
    with https_sandbox(expired) as sandbox:
        with pytest.raises(SubsiteError, match="expired") as caught:
            list_all(sandbox, variables)
        assert "clock" in caught.value.hint
        assert len(sandbox.requests) == 0


def test_certificate_file_that_is_not_there_is_named(variables: dict[str, str], tmp_path: Path) -> None:
    variables["SSL_CERT_FILE"] = str(tmp_path / "missing.pem")
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE names .*missing\.pem, which can't be read"):
        Subject("https://127.0.0.1:1/profile_sync_api", "secret", variables=variables)


def test_certificate_file_without_certificates_is_named(variables: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("no certificate")
    variables["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
    with pytest.raises(UsageError, match=r"authority\.pem, which holds no certificates"):
        Subject("https://127.0.0.1:1/profile_sync_api", "secret", variables=variables)


def test_plain_http_where_https_is_expected_is_unreachable(authority: trustme.CA, variables: dict[str, str]) -> None:
    with RunningSandbox() as sandbox, pytest.raises(SubsiteError, match="does not speak https"):
        list_all(sandbox, variables)


def test_what_follows_an_answer_is_no_answer_to_the_next_request(
    authority: trustme.CA, variables: dict[str, str]
) -> None:
    # Both come in one record. What is not read of it stays in the TLS library, and the socket shows nothing of that.
    body = b'{"user":{"guid":"g","is_banned":true}}'
    buffer_full = http(200, body.ljust(8_000 + 8_192 - len(http(200, body.ljust(8_000)))))
    context = serving_context(authority.issue_cert("127.0.0.1"))
    with raw_server(buffer_full + http(400, b"{}"), buffer_full, keeps=True, context=context) as server:
        api = Subject(server.url, "secret", variables=variables)
        assert [type(api.client.ban("g")) for _ in range(2)] == [Done, Done]
        api.client.close()


def test_ping_verifies_too(authority: trustme.CA, variables: dict[str, str]) -> None:
    with https_sandbox(trustme.CA().issue_cert("127.0.0.1")) as sandbox:
        failure = ping(f"https://127.0.0.1:{sandbox.port}/uuid-canary", "/start", within_s=10.0, variables=variables)
        assert failure is not None
        assert "canary" not in failure
        assert len(sandbox.requests) == 0
