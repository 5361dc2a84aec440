"""One HTTP request and its answer, over kept connections. No repeats, no meaning of answers, no JSON.

The standard library opens the connections (verified TLS, a proxy's tunnel) and reads the answers. A request is written
here, head and body at once. Measured with bench/creates.py, that takes half the CPU time of urllib3, which does more.
"""

import re
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from selectors import EVENT_READ, DefaultSelector
from socket import socket
from threading import Lock

from msgspec import Struct

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.route import Route

READ_TIMEOUT_S = 120.0
ANSWER_LIMIT_BYTES = 16 * 2**20
_SLOWEST_ANSWER_S = 600.0
"""The longest that an answer may take from its first byte to its last: one that drips would never time out."""
_CHUNK_BYTES = 2**18
_SURELY_OPEN_S = 1.0
"""A connection used so recently is not looked at before it is used again."""


class Request(Struct, frozen=True):
    """What is sent. `path` is below the base path, with its query.

    `least_timeout_s` is for answers that may take longer than others before they begin.
    """

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    least_timeout_s: float = 0.0
    answer_limit_bytes: int = ANSWER_LIMIT_BYTES


class Response(Struct, frozen=True):
    """What was answered, whatever it is."""

    status: int
    body: bytes
    content_type: str
    retry_after: str | None
    location: str | None


class Broken(Struct, frozen=True):
    """No whole answer came.

    `maybe_done`: the request was sent, so the subsite may have carried it out. `before_answer`: the connection broke
    before the first byte of an answer, as one does that the other side closed while it was idle.
    """

    message: str
    maybe_done: bool
    timed_out: bool = False
    before_answer: bool = False


class Transport:
    """Sends requests with the secret over connections that are kept and reused, from any thread."""

    def __init__(
        self,
        route: Route,
        headers: dict[str, str],
        *,
        max_idle: int,
        read_timeout_s: float = READ_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._route = route
        fixed = {
            "Host": route.host,
            "User-Agent": f"pleio-profile-sync-client/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **headers,
        }
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in fixed.items())
        self._max_idle = max_idle
        self._read_timeout_s = read_timeout_s
        self._clock = clock
        self._idle: list[tuple[HTTPConnection, float]] = []
        self._lock = Lock()

    def send(self, request: Request) -> Response | Broken:
        """Send a request once; raise `SubsiteError` where a repeat can't help (certificate, proxy, too large)."""
        connection = self._take_idle()
        if connection is None:
            connection = self._route.connection()
            broken = _open(connection, self._route.host)
            if broken is not None:
                connection.close()
                return broken
        result, reusable = self._exchange(connection.sock, request)
        if reusable:
            self._keep(connection)
        else:
            connection.close()
        return result

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def _take_idle(self) -> HTTPConnection | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, since_s = self._idle.pop()
            if self._clock() - since_s < _SURELY_OPEN_S or not _was_closed(connection):
                return connection
            connection.close()

    def _keep(self, connection: HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < self._max_idle:
                self._idle.append((connection, self._clock()))
                return
        connection.close()

    def _exchange(self, sock: socket, request: Request) -> tuple[Response | Broken, bool]:
        answering = False
        timeout_s = max(self._read_timeout_s, request.least_timeout_s)
        sock.settimeout(timeout_s)
        try:
            response = self._send_and_begin(sock, request)
            answering = True
            body = self._read(response, request.answer_limit_bytes)
        except TimeoutError:
            return Broken(f"no answer within {timeout_s:.0f} s", maybe_done=True, timed_out=True), False
        except (HTTPException, OSError) as error:
            return Broken(_say_broken(error), maybe_done=True, before_answer=not answering), False
        header = response.headers.get
        answer = Response(
            response.status, body, header("Content-Type") or "", header("Retry-After"), header("Location")
        )
        return answer, not response.will_close

    def _send_and_begin(self, sock: socket, request: Request) -> HTTPResponse:
        # A server may answer that a body is too large, and close, while it is still being sent.
        with suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(self._head(request) + (request.body or b""))
        response = HTTPResponse(sock, method=request.method)
        response.begin()
        return response

    def _head(self, request: Request) -> bytes:
        lines = f"{request.method} {self._route.base_path}{request.path} HTTP/1.1\r\n{self._headers}"
        if request.body is not None:
            lines += f"Content-Type: {request.content_type}\r\nContent-Length: {len(request.body)}\r\n"
        elif request.method != "GET":
            lines += "Content-Length: 0\r\n"
        return f"{lines}\r\n".encode("latin-1")

    def _read(self, response: HTTPResponse, limit_bytes: int) -> bytes:
        chunks: list[bytes] = []
        size = 0
        until_s = self._clock() + _SLOWEST_ANSWER_S
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit_bytes:
                raise SubsiteError(
                    f"{self._route.host} sent an answer of more than {limit_bytes // 2**20} MB: not one of this API.",
                    hint="Check the destination.",
                )
            if self._clock() > until_s:
                raise TimeoutError
        if response.length:
            raise ConnectionError(f"the answer broke off, {response.length} bytes were missing")
        response.close()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _open(connection: HTTPConnection, host: str) -> Broken | None:
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise SubsiteError(
            f"The certificate of {host} can't be trusted: {visible(error.verify_message)}.",
            hint="Check the destination and this machine's clock; SSL_CERT_FILE names authorities of your own.",
        ) from error
    except TimeoutError:
        return Broken(f"no connection within {connection.timeout:.0f} s", maybe_done=False, timed_out=True)
    except (OSError, HTTPException) as error:
        _raise_for_proxy(error)
        return Broken(f"no connection: {_say_broken(error)}", maybe_done=False)
    return None


def _raise_for_proxy(error: Exception) -> None:
    # http.client has no type of its own for a tunnel that a proxy refuses.
    refusal = re.match(r"Tunnel connection failed: (4\d\d)", str(error))
    if refusal and refusal[1] not in {"408", "429"}:
        raise SubsiteError(
            f"The proxy of HTTPS_PROXY refused the connection (status {refusal[1]}).",
            hint="Check its user name and password (407) and whether it lets this host through; NO_PROXY passes it by.",
        ) from error


def _say_broken(error: Exception) -> str:
    return visible(str(error)) or type(error).__name__


def _was_closed(connection: HTTPConnection) -> bool:
    """Tell whether something is to be read where nothing is expected: the end of the connection, or rubbish."""
    with DefaultSelector() as selector:
        selector.register(connection.sock, EVENT_READ)
        return bool(selector.select(0))
