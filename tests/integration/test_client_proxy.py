"""A proxy from the environment sees the host's name and its own credentials, and nothing else."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from pleio_profile_sync_client.core.models import Done, Record
from pleio_profile_sync_client.errors import SubsiteError, UsageError
from pleio_profile_sync_client.subsite.transport import Transport
from pleio_sandbox.server import RunningSandbox
from tests.integration.raw_server import Listener
from tests.integration.subject import Subject
from tests.silence import SILENCE


class Proxy(Listener):
    """Opens tunnels (CONNECT) and keeps every byte that passes; `refusal` is answered instead of a tunnel."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.connects: list[bytes] = []
        self.passed = bytearray()
        self._context = context
        self.refusal: bytes | None = None
        super().__init__()

    def _serve(self, accepted: socket.socket) -> None:
        if self._context is None:
            self._open_tunnel(accepted)
            return
        with suppress(ssl.SSLError):  # who does not trust it goes away
            self._open_tunnel(self._context.wrap_socket(accepted, server_side=True))

    def _open_tunnel(self, client: socket.socket) -> None:
        with client:
            request = b""
            while b"\r\n\r\n" not in request:
                chunk = client.recv(65_536)
                if not chunk:
                    return
                request += chunk
            self.connects.append(request)
            if self.refusal is not None:
                client.sendall(self.refusal)
                return
            host, _, port = request.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
                back.start()
                self._pass(client, server)
                back.join(10.0)

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self.passed += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def variables() -> dict[str, str]:
    """The environment's variables, as the client is told them."""
    return {"NO_PROXY": "no.test"}


@pytest.fixture
def proxy(variables: dict[str, str]) -> Iterator[Proxy]:
    running = Proxy()
    variables["HTTPS_PROXY"] = f"http://user:canary-password@127.0.0.1:{running.port}"
    yield running
    running.close()


@pytest.fixture
def context(tmp_path: Path, variables: dict[str, str]) -> ssl.SSLContext:
    """What serves this machine with a certificate that is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    variables["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture
def sandbox(context: ssl.SSLContext) -> Iterator[RunningSandbox]:
    with RunningSandbox(ssl=context) as running:
        yield running


def test_tunnel_shows_the_proxy_neither_secret_nor_data(
    proxy: Proxy, sandbox: RunningSandbox, variables: dict[str, str]
) -> None:
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    assert isinstance(api.client.create(Record("Canary Name", "canary@gemeente.test", "P1")), Done)
    api.client.close()
    (connect,) = proxy.connects
    assert connect.startswith(f"CONNECT 127.0.0.1:{sandbox.port} HTTP/1.".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpjYW5hcnktcGFzc3dvcmQ=" in connect
    seen = connect + bytes(proxy.passed)
    for canary in (sandbox.secret.encode(), b"Bearer", b"Canary Name", b"canary@", b"/profile_sync_api"):
        assert canary not in seen
    (request,) = sandbox.requests
    assert "proxy-authorization" not in request.headers


def test_proxy_may_speak_https_itself(
    context: ssl.SSLContext, sandbox: RunningSandbox, variables: dict[str, str]
) -> None:
    secure = Proxy(context)
    variables["HTTPS_PROXY"] = f"https://user:canary-password@127.0.0.1:{secure.port}"
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    record = Record("Canary Name", "canary@gemeente.test", "P1", {"occupation": "x" * 100_000})
    assert isinstance(api.client.create(record), Done)
    assert len(api.client.list_users(SILENCE)) == 1
    api.client.close()
    secure.close()
    (connect,) = secure.connects
    assert connect.startswith(f"CONNECT 127.0.0.1:{sandbox.port} HTTP/1.".encode())


def test_proxy_whose_certificate_is_not_trusted_sees_nothing(
    proxy: Proxy, sandbox: RunningSandbox, variables: dict[str, str]
) -> None:
    other = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(other)
    secure = Proxy(other)
    variables["HTTPS_PROXY"] = f"https://user:canary-password@127.0.0.1:{secure.port}"
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    with pytest.raises(SubsiteError, match="certificate of the proxy of HTTPS_PROXY can't be trusted"):
        api.client.list_users(SILENCE)
    secure.close()
    assert secure.connects == []


def test_no_proxy_passes_it_by(proxy: Proxy, sandbox: RunningSandbox, variables: dict[str, str]) -> None:
    variables["NO_PROXY"] = "gemeente.test,127.0.0.1"
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    assert api.client.list_users(SILENCE) == []
    api.client.close()
    assert proxy.connects == []


def test_plain_http_on_this_machine_never_goes_through_a_proxy(proxy: Proxy, variables: dict[str, str]) -> None:
    variables["http_proxy"] = f"http://127.0.0.1:{proxy.port}"
    with RunningSandbox() as plain:
        api = Subject(plain.url, plain.secret, variables=variables)
        assert api.client.list_users(SILENCE) == []
        api.client.close()
    assert proxy.connects == []


@pytest.mark.parametrize(
    "status", [b"407 Proxy Authentication Required", b"403 Forbidden", b"502 Bad Gateway", b"200", b"SSH-2.0"]
)
def test_proxy_that_opens_no_tunnel_is_tried_again_and_told_without_its_password(
    proxy: Proxy, sandbox: RunningSandbox, status: bytes, variables: dict[str, str]
) -> None:
    proxy.refusal = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    with pytest.raises(SubsiteError, match=r"no connection through the proxy .*tried 4 times") as caught:
        api.client.list_users(SILENCE)
    assert "canary" not in f"{caught.value}{caught.value.hint}"
    assert len(proxy.connects) == 4
    assert len(sandbox.requests) == 0


def test_proxy_that_is_not_there_is_named(sandbox: RunningSandbox, variables: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    variables["HTTPS_PROXY"] = f"http://user:canary-password@127.0.0.1:{port}"
    api = Subject(sandbox.url, sandbox.secret, variables=variables)
    with pytest.raises(SubsiteError, match=rf"through the proxy http://127\.0\.0\.1:{port} \(HTTPS_PROXY\)") as caught:
        api.client.list_users(SILENCE)
    assert "canary" not in str(caught.value)


def test_host_that_can_not_be_is_told_before_a_proxy_is_asked(proxy: Proxy, variables: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"gemeente\.\.test is not a host name"):
        Subject("https://gemeente..test/profile_sync_api", "secret", variables=variables)
    assert proxy.connects == []


@pytest.mark.parametrize("host", ["[::1]", "subsite.test", "subsite.test:8443", "zoë.test"])
def test_tunnel_is_asked_for_by_the_hosts_name(proxy: Proxy, host: str, variables: dict[str, str]) -> None:
    proxy.refusal = b"HTTP/1.1 403 Forbidden\r\n\r\n"
    api = Subject(f"https://{host}/profile_sync_api", "secret", variables=variables)
    with pytest.raises(SubsiteError):
        api.client.list_users(SILENCE)
    expected = {"[::1]": b"[::1]:443", "subsite.test": b"subsite.test:443", "zoë.test": b"xn--zo-ija.test:443"}
    assert {connect.split(b" ")[1] for connect in proxy.connects} == {expected.get(host, host.encode())}


@pytest.mark.parametrize(
    "address",
    [
        "socks5://proxy.test:1080",
        "http://proxy.test:99999",
        "http://proxy..test:3128",
        "http://[::1:3128",
        "http://user:canary[password@proxy.test:3128",
        "http://user:canary-password@the proxy:3128",
    ],
)
def test_proxy_that_can_not_be_used_is_told(address: str, variables: dict[str, str]) -> None:
    variables["HTTPS_PROXY"] = address
    with pytest.raises(UsageError, match="HTTPS_PROXY names a proxy") as caught:
        Transport("https://subsite.test/profile_sync_api", {}, variables=variables)
    assert "canary" not in f"{caught.value}{caught.value.hint}"
