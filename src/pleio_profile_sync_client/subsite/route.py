"""How the subsite is reached: host, port, TLS, and the proxy that the environment names for it."""

import ssl
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPSConnection
from os import environ
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from pleio_profile_sync_client.errors import SubsiteError

CONNECT_TIMEOUT_S = 10.0


class Route(Protocol):
    """Opens connections to one address, and says how it is called in messages."""

    @property
    def host(self) -> str:
        """Host and port as the address names them."""

    @property
    def base_path(self) -> str:
        """The path that the API's paths are appended to."""

    def connection(self) -> HTTPConnection:
        """Return a connection that is not opened yet."""


class DirectRoute(Struct, frozen=True):
    """Plain http (for the subsite: to this machine only), never through a proxy, which would see the secret."""

    host: str
    base_path: str
    hostname: str
    port: int

    def connection(self) -> HTTPConnection:
        """Return a connection that is not opened yet."""
        return HTTPConnection(self.hostname, self.port, timeout=CONNECT_TIMEOUT_S)


class SecureRoute(Struct, frozen=True):
    """https with a verified certificate, directly or through a proxy's tunnel, which sees the host's name only."""

    host: str
    base_path: str
    hostname: str
    port: int
    context: ssl.SSLContext
    proxy: tuple[str, int] | None = None
    proxy_headers: dict[str, str] = {}

    def connection(self) -> HTTPConnection:
        """Return a connection that is not opened yet."""
        hostname, port = self.proxy or (self.hostname, self.port)
        connection = HTTPSConnection(hostname, port, timeout=CONNECT_TIMEOUT_S, context=self.context)
        if self.proxy:
            connection.set_tunnel(self.hostname, self.port, dict(self.proxy_headers))
        return connection

    def __repr__(self) -> str:
        """Leave out the proxy's password."""
        return f"SecureRoute({self.host!r})"


def find_route(address: str, *, variables: Mapping[str, str] = environ) -> Route:
    """Return the route to an http or https address, by HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE.

    Raise `SubsiteError` where the environment names a proxy or a certificate file that can't be used.
    """
    parts = urlsplit(address)
    hostname = parts.hostname or ""
    base_path = parts.path.rstrip("/")
    if parts.scheme == "http":
        return DirectRoute(parts.netloc, base_path, hostname, parts.port or 80)
    port = parts.port or 443
    proxy = _find_proxy(parts.netloc)
    return SecureRoute(
        parts.netloc,
        base_path,
        hostname,
        port,
        _verifying_context(variables),
        proxy=_proxy_address(proxy) if proxy else None,
        proxy_headers=_proxy_headers(proxy) if proxy else {},
    )


def _verifying_context(variables: Mapping[str, str]) -> ssl.SSLContext:
    # OpenSSL passes over an SSL_CERT_FILE that is not there, and then trusts nobody, without saying why.
    path = variables.get("SSL_CERT_FILE")
    if path and not Path(path).is_file():
        raise SubsiteError(f"SSL_CERT_FILE names {path}, which is no file.", hint="Correct it, or unset it.")
    return ssl.create_default_context()


def _find_proxy(netloc: str) -> SplitResult | None:
    proxies = getproxies()
    address = proxies.get("https") or proxies.get("all")
    if not address or proxy_bypass(netloc):
        return None
    parts = urlsplit(address if "//" in address else f"http://{address}")
    if parts.scheme != "http" or not parts.hostname:
        raise SubsiteError(
            "HTTPS_PROXY names a proxy that can't be used: only addresses such as http://proxy:3128 can.",
            hint="The tunnel through it is encrypted all the same.",
        )
    return parts


def _proxy_address(proxy: SplitResult) -> tuple[str, int]:
    try:
        return proxy.hostname or "", proxy.port or 80
    except ValueError:
        raise SubsiteError("HTTPS_PROXY names a proxy with an impossible port.", hint="Correct it.") from None


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
