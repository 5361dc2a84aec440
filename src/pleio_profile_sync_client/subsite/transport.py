"""One HTTP request and its answer, over urllib3. No repeats, no interpretation, no JSON.

urllib3 handles connections, proxies, TLS, chunks and time-outs, and its exceptions stop here: the rest of the program
sees `Temporary`, or an error of its own if a repeat can't help. This module adds: whether anything was sent, a limit
for an answer as a whole, and a check that nothing left over from one answer is taken for the next one.
"""

import io
import math
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from http.client import HTTPException, HTTPResponse, IncompleteRead
from os import environ
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from urllib.request import proxy_bypass_environment as _bypass  # type: ignore[attr-defined] # not in its stubs

from msgspec import Struct
from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProxyError

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.text import visible
from pleio_profile_sync_client.errors import SubsiteError, UsageError

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 120.0
ANSWER_TIME_S = 600.0
"""The longest that a request and its answer may take in all: an answer that drips never times out."""
ANSWER_LIMIT_BYTES = 16 * 2**20
_LARGE_BODY_BYTES = 2**16
"""A larger body is sent in pieces of this size: the time-out is for each, and a slow line needs more for all."""


class Request(Struct, frozen=True):
    """What is sent. `path` is below the address' path, with its query.

    `least_timeout_s` is for answers that may take longer than others before they begin.
    """

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    least_timeout_s: float = 0.0
    answer_limit_bytes: int = ANSWER_LIMIT_BYTES


class Response(Struct, frozen=True):
    """Any answer."""

    status: int
    body: bytes
    content_type: str
    retry_after: str | None
    location: str | None


class Temporary(Struct, frozen=True):
    """No usable answer, but another try may get one; here, no complete answer came.

    `maybe_done`: the subsite may have carried the request out, since some of it may have arrived. `is_congested`: it
    has too much to do. `is_answer`: something answered; `is_silent`: the subsite itself did not. `retry_after_s`: how
    long it asks to be left alone.
    """

    message: str
    maybe_done: bool
    is_congested: bool = False
    is_answer: bool = False
    is_silent: bool = True
    retry_after_s: float | None = None


class Transport:
    """Sends requests to one address, over connections that are kept and reused, from any thread.

    With https the certificate is verified, by the system's trust store or SSL_CERT_FILE, and HTTPS_PROXY and NO_PROXY
    count; a proxy opens a tunnel, so it sees only the host's name. Plain http (for the subsite: to this machine only)
    never goes through a proxy, which would see the secret. Raise `UsageError` if the environment names a proxy or a
    certificate file that can't be used.
    """

    def __init__(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        max_connections: int = 1,
        read_timeout_s: float = READ_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
        variables: Mapping[str, str] = environ,
    ) -> None:
        parts = urlsplit(address)
        self.host = parts.netloc
        self._base_path = parts.path.rstrip("/")
        self._headers = {"User-Agent": f"pleio-profile-sync-client/{__version__}", **headers}
        self._read_timeout_s = read_timeout_s
        self._clock = clock
        self._scheme, self._port, self._hostname = parts.scheme, parts.port, _encoded_hostname(parts)
        self._manager, self._proxy = _make_manager(parts, max_connections, variables)
        self._pool = self._open_pool()

    def send(self, request: Request, *, within_s: float = math.inf, afresh: bool = False) -> Response | Temporary:
        """Send a request once; raise `SubsiteError` if a repeat can't help (certificate, too large an answer).

        The answer has to come `within_s` of now: the run may have less time than an answer may take. `afresh`: over a
        new connection, since the other side may have closed those that are kept.
        """
        if afresh:
            self._renew(self._pool)
        attempt = _Attempt(self._clock, self._clock() + min(ANSWER_TIME_S, within_s))
        _current.set(attempt)
        pool = self._pool
        try:
            return self._converse(pool, request, attempt)
        except (HTTPError, HTTPException, OSError) as error:
            self._renew(pool)
            return self._broken(error, attempt)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _converse(self, pool: HTTPConnectionPool, request: Request, attempt: "_Attempt") -> Response | Temporary:
        headers = self._headers
        body = request.body
        if body is not None:
            headers = {**headers, "Content-Type": request.content_type, "Content-Length": str(len(body))}
        elif request.method != "GET":
            headers = {**headers, "Content-Length": "0"}
        left_s = attempt.left_s()
        timeout_s = max(self._read_timeout_s, request.least_timeout_s)
        response = pool.urlopen(
            request.method,
            self._base_path + request.path or "/",
            body=_pieces(body, attempt) if body and len(body) > _LARGE_BODY_BYTES else body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=Timeout(connect=min(CONNECT_TIMEOUT_S, left_s), read=min(timeout_s, left_s)),
            preload_content=False,
            decode_content=False,
        )
        try:
            content = response.read(request.answer_limit_bytes + 1)
        finally:
            if not response.closed:
                response.close()
        if len(content) > request.answer_limit_bytes:
            raise SubsiteError(
                f"{self.host} sent more than {request.answer_limit_bytes // 2**20} MB, which is no answer of this API.",
                hint="Check the destination.",
            )
        header = response.headers.get
        # The end of the connection looks like the end of the headers, and of content without a length.
        is_cut_head = not content and response.length_remaining is None and not response.chunked
        if response.length_remaining or (is_cut_head and response.status in {200, 401, 403, 404}):
            return Temporary("the answer broke off", maybe_done=True)
        return Response(
            response.status, content, header("Content-Type") or "", header("Retry-After"), header("Location")
        )

    def _renew(self, pool: HTTPConnectionPool) -> None:
        """Drop all kept connections: if one broke, the others may have been cut as well, without showing it.

        Those are closed when the last request over one of them has ended.
        """
        if self._pool is pool:
            self._pool = self._open_pool()

    def _open_pool(self) -> HTTPConnectionPool:
        """Return a pool of connections, none of which is open yet."""
        self._manager.clear()
        pool = self._manager.connection_from_host(self._hostname, self._port, self._scheme)
        pool.ConnectionCls = _Plain if self._scheme == "http" else _Secure
        return pool

    def _broken(self, error: Exception, attempt: "_Attempt") -> Temporary:
        cause = _root_of(error)
        has_timed_out = isinstance(cause, TimeoutError)
        if attempt.is_sent:
            message = attempt.say_timeout() if has_timed_out else say_error(cause)
            return Temporary(message, maybe_done=True, is_congested=has_timed_out)
        if isinstance(cause, ssl.SSLCertVerificationError):
            whose = "the proxy of HTTPS_PROXY" if isinstance(error, ProxyError) else self.host
            raise SubsiteError(
                f"The certificate of {whose} can't be trusted: {visible(cause.verify_message)}.",
                hint="Check the destination and this machine's clock; SSL_CERT_FILE names authorities of your own.",
            ) from error
        through = f" through the proxy {self._proxy} (HTTPS_PROXY)" if self._proxy else ""
        why = f" within {CONNECT_TIMEOUT_S:.0f} s" if has_timed_out else f": {say_error(cause)}"
        return Temporary(f"no connection{through}{why}", maybe_done=False, is_congested=has_timed_out)


class _Attempt:
    """One request under way, known to the connection that it goes over: `_current`, in the thread that sends it."""

    def __init__(self, clock: Callable[[], float], until_s: float) -> None:
        self.is_sent = False
        self._clock = clock
        self._start_s = clock()
        self._until_s = until_s

    def left_s(self) -> float:
        """Return how many seconds are left for the answer."""
        return max(self._until_s - self._clock(), 0.001)

    def check(self) -> None:
        """Raise `TimeoutError` if there are none."""
        if self._clock() >= self._until_s:
            raise TimeoutError

    def say_timeout(self) -> str:
        """Say that there was no answer, or only part of one."""
        return f"no answer within {max(1.0, self._clock() - self._start_s):.0f} s"


_current: ContextVar[_Attempt] = ContextVar("attempt")


class _Answer(HTTPResponse):
    """Skips answers that only announce one (1xx), and reads no longer than an answer may take.

    The standard library skips only 100; after another one, the real answer would be left for the next request.
    """

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Limited(self.fp.detach(), sock, _current.get()))

    def begin(self, *args: Any, **options: Any) -> None:
        super().begin(*args, **options)
        while self.status < 200:
            self.headers = None  # type: ignore[assignment] # as it is before an answer's head is read
            super().begin(*args, **options)


class _Limited(io.RawIOBase):
    """A socket's bytes, for as long as the attempt may take."""

    def __init__(self, raw: io.RawIOBase, sock: Any, attempt: _Attempt) -> None:
        self._raw = raw
        self._sock = sock
        self._attempt = attempt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._attempt.check()
        left_s = self._attempt.left_s()
        if left_s < self._sock.gettimeout():
            self._sock.settimeout(left_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Plain(HTTPConnection):
    """Notes that something may have been sent, and reads answers as `_Answer` does."""

    response_class = _Answer

    def connect(self) -> None:
        super().connect()
        _current.get().is_sent = True

    def request(self, *args: Any, **options: Any) -> None:
        _current.get().is_sent = not self.is_closed
        super().request(*args, **options)

    @property
    def is_connected(self) -> bool:
        """Whether it can be used again: nothing unexpected has arrived, decrypted or not."""
        is_pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        return not is_pending and super().is_connected


class _Secure(_Plain, HTTPSConnection):
    """The same, encrypted."""


def _pieces(body: bytes, attempt: _Attempt) -> Iterator[bytes]:
    for start in range(0, len(body), _LARGE_BODY_BYTES):
        attempt.check()
        yield body[start : start + _LARGE_BODY_BYTES]


def _encoded_hostname(address: SplitResult) -> str:
    try:
        return (address.hostname or "").encode("idna").decode()
    except UnicodeError as error:
        raise UsageError(f"{visible(address.netloc)} is not a host name.", hint="Correct the address.") from error


def _make_manager(
    address: SplitResult, max_connections: int, variables: Mapping[str, str]
) -> tuple[PoolManager, str | None]:
    """Return what opens the connections to an address, and the proxy that they go through, without its password."""
    if address.scheme == "http":
        return PoolManager(maxsize=max_connections), None
    context = _verifying_context(variables)
    proxy = _proxy_address(address.netloc, variables)
    if not proxy:
        return PoolManager(maxsize=max_connections, ssl_context=context), None
    try:
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
        (hostname,) = (parts.hostname or "").split()
        hostname.encode("idna")
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        manager = ProxyManager(
            shown,
            proxy_headers=_proxy_headers(parts),
            proxy_ssl_context=context,
            maxsize=max_connections,
            ssl_context=context,
        )
    except (ValueError, HTTPError):  # its text may contain the password
        raise UsageError(
            "HTTPS_PROXY names a proxy that can't be used: it has to be an address such as http://proxy:3128 or "
            "https://proxy:3129.",
            hint="Correct it, or name the subsite's host in NO_PROXY.",
        ) from None
    return manager, shown


def _verifying_context(variables: Mapping[str, str]) -> ssl.SSLContext:
    # OpenSSL ignores an SSL_CERT_FILE that it can't use, and then trusts nobody, without saying why.
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
    return context


def _proxy_address(netloc: str, variables: Mapping[str, str]) -> str | None:
    # Lower case goes before upper case, as everywhere; without either, the system's own settings count.
    named = {name.lower(): value for name, value in sorted(variables.items()) if name.lower().endswith("_proxy")}
    proxies = {name.removesuffix("_proxy"): value for name, value in named.items() if value}
    if not proxies:
        proxies, is_passed_by = getproxies(), proxy_bypass(netloc)
    else:
        is_passed_by = _bypass(netloc, proxies)
    return None if is_passed_by else proxies.get("https") or proxies.get("all")


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(credentials.encode()).decode()}"}


def _root_of(error: BaseException) -> BaseException:
    """Return what urllib3's exception was made of."""
    inner = next((part for part in error.args if isinstance(part, BaseException)), None) or error.__cause__
    return error if inner is None else _root_of(inner)


def say_error(error: BaseException) -> str:
    """Return what an error says, or at least what it is."""
    if isinstance(error, ssl.SSLError) and error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "what answers there does not speak https"
    if isinstance(error, IncompleteRead):
        return "the answer broke off"
    if isinstance(error, HTTPException) and not isinstance(error, OSError):  # its text is the answer
        return "what answers there does not speak HTTP"
    return visible(str(error)) or type(error).__name__
