"""How the subsite is reached: TLS, and the proxy that the environment names."""

import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from os import environ
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationValueError, NewConnectionError

from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.errors import SubsiteError

CONNECT_TIMEOUT_S = 10.0


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
    proxy: str | None = None
    proxy_headers: dict[str, str] = {}

    def open_pool(self, size: int) -> HTTPConnectionPool:
        """Return a pool that keeps up to `size` idle connections; raise `SubsiteError` for an impossible host.

        Whatever fails before a request can be sent is raised by it as an untrusted certificate (`SSLError`),
        `ConnectTimeoutError` or `NewConnectionError`, the last two perhaps within a `ProxyError`; nothing else is.
        """
        proxy, headers = self.proxy, self.proxy_headers
        manager = ProxyManager(proxy, proxy_headers=headers) if proxy else PoolManager()
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        manager.connection_pool_kw |= {"maxsize": size, "block": False, "retries": False}
        if self.context:
            manager.connection_pool_kw["ssl_context"] = self.context
        try:
            return manager.connection_from_host(self.hostname, self.port, "https" if self.context else "http")
        except LocationValueError as error:
            raise SubsiteError(f"{visible(self.hostname)} is no host name.", hint="Write it in ASCII.") from error

    def __repr__(self) -> str:
        """Leave out the proxy's password."""
        return f"Route({self.host!r})"


def find_route(address: str, *, variables: Mapping[str, str] = environ) -> Route:
    """Return the route to an http or https address, by HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE.

    Raise `SubsiteError` where the environment names a proxy or a certificate file that can't be used.
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


@contextmanager
def _named_failures(connection: HTTPConnection) -> Iterator[None]:
    # From a handshake or a tunnel urllib3 raises what it raises for an answer too, which says nothing of whether the
    # request was sent.
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, "timed out") from error
    except (OSError, HTTPException, LocationValueError) as error:
        raise NewConnectionError(connection, str(error)) from error


class _Connection(HTTPConnection):
    def connect(self) -> None:
        with _named_failures(self):
            super().connect()


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        with _named_failures(self):
            super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


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


def _proxy_address(proxy: SplitResult) -> str:
    try:
        return f"http://{proxy.netloc.rpartition('@')[2]}" if proxy.port else f"http://{proxy.hostname}:80"
    except ValueError:
        raise SubsiteError("HTTPS_PROXY names a proxy with an impossible port.", hint="Correct it.") from None


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}
