"""How the subsite is reached: TLS, and the proxy that the environment names."""

import re
import ssl
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from os import environ
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import SubsiteError, UsageError

CONNECT_TIMEOUT_S = 10.0


class NoConnectionError(Exception):
    """No connection came about, so nothing was sent; another try may get one."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


class Route(Struct, frozen=True):
    """The way to one address. `host` is its host and port, `base_path` the path that others are appended to.

    With a `context`: https with a verified certificate, directly or through a proxy's tunnel, which sees the host's
    name only. Without: plain http (for the subsite: to this machine only), never through a proxy, which would see the
    secret.
    """

    host: str
    base_path: str
    hostname: str
    port: int
    context: ssl.SSLContext | None = None
    proxy: tuple[str, int] | None = None
    proxy_headers: dict[str, str] = {}

    def connect(self) -> HTTPConnection:
        """Return a new connection.

        Raise `NoConnectionError`, or `SubsiteError` where another try can't help: a certificate that can't be trusted,
        a proxy that refuses, an impossible host.
        """
        try:
            return self._connected()
        except ssl.SSLCertVerificationError as error:
            raise SubsiteError(
                f"The certificate of {self.host} can't be trusted: {visible(error.verify_message)}.",
                hint="Check the destination and this machine's clock; SSL_CERT_FILE names authorities of your own.",
            ) from error
        except TimeoutError as error:
            message = f"no connection{self._through} within {CONNECT_TIMEOUT_S:.0f} s"
            raise NoConnectionError(message, timed_out=True) from error
        except UnicodeError as error:
            raise SubsiteError(f"{visible(self.hostname)} is no host name.", hint="Check the destination.") from error
        except (OSError, HTTPException) as error:
            _raise_for_proxy(error)
            raise NoConnectionError(f"no connection{self._through}: {_say_failure(error)}") from error

    @property
    def _through(self) -> str:
        return f" through the proxy {self.proxy[0]}:{self.proxy[1]} (HTTPS_PROXY)" if self.proxy else ""

    def _connected(self) -> HTTPConnection:
        connection = self._prepared()
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepared(self) -> HTTPConnection:
        if self.context is None:
            return _Connection(self.hostname, self.port, timeout=CONNECT_TIMEOUT_S)
        if self.proxy is None:
            return _SecureConnection(self.hostname, self.port, timeout=CONNECT_TIMEOUT_S, context=self.context)
        self.hostname.encode("idna")  # raises as it would without a proxy, before the proxy is asked
        tunnel = _SecureConnection(*self.proxy, timeout=CONNECT_TIMEOUT_S, context=self.context)
        tunnel.set_tunnel(self.hostname, self.port, headers=self.proxy_headers)
        return tunnel

    def __repr__(self) -> str:
        """Leave out the proxy's password."""
        return f"Route({self.host!r})"


def find_route(address: str, *, variables: Mapping[str, str] = environ) -> Route:
    """Return the route to an http or https address, by HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE.

    Raise `UsageError` where the environment names a proxy or a certificate file that can't be used.
    """
    parts = urlsplit(address)
    hostname = parts.hostname or ""
    base_path = parts.path.rstrip("/")
    if parts.scheme == "http":
        return Route(parts.netloc, base_path, hostname, parts.port or 80)
    proxy = _find_proxy(parts.netloc)
    return Route(
        parts.netloc,
        base_path,
        hostname,
        parts.port or 443,
        _verifying_context(variables),
        proxy=_proxy_address(proxy) if proxy else None,
        proxy_headers=_proxy_headers(proxy) if proxy else {},
    )


def say_error(error: Exception) -> str:
    """Return what an error says, or at least what it is."""
    return visible(str(error)) or type(error).__name__


def _say_failure(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return "what answers there does not speak https"
    return say_error(error)


class _Response(HTTPResponse):
    """Passes over every answer that only announces one (1xx), which the standard library does for 100 alone.

    The one that it announces would be left for the next request.
    """

    def begin(self) -> None:
        super().begin()
        while self.status < 200:
            self.headers = None  # type: ignore[assignment] # as it is before an answer's head is read
            super().begin()


class _Connection(HTTPConnection):
    """Sends a request's head and its body at once: in two, each would be a packet and wake the subsite."""

    response_class = _Response
    auto_open = 0  # one that the other side closed is not opened again in silence
    _body = b""

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        if isinstance(message_body, bytes):
            self._body, message_body = message_body, None
        super().endheaders(message_body, encode_chunked=encode_chunked)

    def send(self, data: Any) -> None:
        body, self._body = self._body, b""
        super().send(data + body if body else data)


class _SecureConnection(_Connection, HTTPSConnection):
    """The same, encrypted."""


def _verifying_context(variables: Mapping[str, str]) -> ssl.SSLContext:
    # OpenSSL passes over an SSL_CERT_FILE that it can't use, and then trusts nobody, without saying why.
    path = variables.get("SSL_CERT_FILE")
    context = ssl.create_default_context()
    if path:
        try:
            context.load_verify_locations(path)
        except OSError as error:
            reason = "holds no certificates (PEM)" if isinstance(error, ssl.SSLError) else "can't be read"
            raise UsageError(
                f"SSL_CERT_FILE names {visible(path)}, which {reason}.", hint="Correct or unset it."
            ) from error
    context.set_alpn_protocols(["http/1.1"])
    return context


def _find_proxy(netloc: str) -> SplitResult | None:
    proxies = getproxies()
    address = proxies.get("https") or proxies.get("all")
    if not address or proxy_bypass(netloc):
        return None
    try:
        parts = urlsplit(address if "//" in address else f"http://{address}")
        if parts.scheme == "http" and (parts.hostname or "").encode("idna"):
            return parts
    except ValueError:  # its text may show the password
        pass
    raise UsageError(
        "HTTPS_PROXY names a proxy that can't be used: only addresses such as http://proxy:3128 can.",
        hint="The tunnel through it is encrypted all the same.",
    )


def _proxy_address(proxy: SplitResult) -> tuple[str, int]:
    try:
        return proxy.hostname or "", proxy.port or 80
    except ValueError:
        raise UsageError("HTTPS_PROXY names a proxy with an impossible port.", hint="Correct it.") from None


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}


def _raise_for_proxy(error: Exception) -> None:
    # The refusal of a tunnel has no type of its own.
    refusal = re.match(r"Tunnel connection failed: (4\d\d)", str(error))
    if refusal and refusal[1] not in {"408", "429"}:
        raise SubsiteError(
            f"The proxy of HTTPS_PROXY refused the connection (status {refusal[1]}).",
            hint="Check its user name and password (407) and whether it lets this host through; NO_PROXY passes it by.",
        ) from error
