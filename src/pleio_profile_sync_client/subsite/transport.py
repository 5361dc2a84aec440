"""One HTTP request and its answer, with urllib3, over kept connections. No repeats, no meaning of answers, no JSON.

urllib3's exceptions end here: the rest of the program sees `Broken`, or `SubsiteError` where a repeat can't help.
"""

import re
import ssl
import time
from collections.abc import Callable
from http.client import IncompleteRead
from io import BytesIO

from msgspec import Struct
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError, ReadTimeoutError

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.core.escaping import visible
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.route import CONNECT_TIMEOUT_S, Route

READ_TIMEOUT_S = 120.0
ANSWER_LIMIT_BYTES = 16 * 2**20
_SLOWEST_ANSWER_S = 600.0
"""The longest that an answer may take from its first byte to its last: one that drips would never time out."""
_CHUNK_BYTES = 2**18
_LARGE_BODY_BYTES = 2**16
"""A larger body is sent in pieces: urllib3 allows each the time that connecting may take, a slow line needs more."""


class Request(Struct, frozen=True):
    """What is sent. `path` is below the base path, with its query.

    `least_timeout_s` is for answers that may take longer than others before they begin. `on_new_connection` is for a
    repeat: only a new connection was surely not closed by the other side while it was idle.
    """

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    least_timeout_s: float = 0.0
    on_new_connection: bool = False
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
        self._headers = {
            "User-Agent": f"pleio-profile-sync-client/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **headers,
        }
        self._pool = route.open_pool(max_idle)
        self._read_timeout_s = read_timeout_s
        self._clock = clock

    def send(self, request: Request) -> Response | Broken:
        """Send a request once; raise `SubsiteError` where a repeat can't help (certificate, proxy, too large)."""
        if not request.on_new_connection:
            return self._send(self._pool, request)
        with self._route.open_pool(1) as pool:
            return self._send(pool, request)

    def _send(self, pool: HTTPConnectionPool, request: Request) -> Response | Broken:
        timeout_s = max(self._read_timeout_s, request.least_timeout_s)
        body = request.body
        try:
            response = pool.urlopen(
                request.method,
                f"{self._route.base_path}{request.path}",
                body=BytesIO(body) if body and len(body) > _LARGE_BODY_BYTES else body,
                headers=self._headers_for(request),
                retries=False,
                redirect=False,
                timeout=Timeout(connect=CONNECT_TIMEOUT_S, read=timeout_s),
                preload_content=False,
                decode_content=False,
            )
        except HTTPError as error:
            return self._unanswered(error, timeout_s)
        try:
            return self._read(response, request.answer_limit_bytes)
        except (HTTPError, TimeoutError) as error:
            return _broken(error, timeout_s)
        finally:
            if not response.closed:
                response.close()
                response.release_conn()

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()

    def _headers_for(self, request: Request) -> dict[str, str]:
        if request.body is not None:
            length = str(len(request.body))
            return {**self._headers, "Content-Type": request.content_type, "Content-Length": length}
        if request.method != "GET":
            return {**self._headers, "Content-Length": "0"}
        return self._headers

    def _read(self, response: BaseHTTPResponse, limit_bytes: int) -> Response:
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
        header = response.headers.get
        if response.status == 200 and not (chunks or header("Content-Length") or header("Transfer-Encoding")):
            # The end of the connection passes for the end of the head, too.
            raise ProtocolError("the answer broke off before its content")
        return Response(
            response.status,
            chunks[0] if len(chunks) == 1 else b"".join(chunks),
            header("Content-Type") or "",
            header("Retry-After"),
            header("Location"),
        )

    def _unanswered(self, error: HTTPError, timeout_s: float) -> Broken:
        errors = _causes(error)
        cause = errors[-1]
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise SubsiteError(
                f"The certificate of {self._route.host} can't be trusted: {visible(cause.verify_message)}.",
                hint="Check the destination and this machine's clock; SSL_CERT_FILE names authorities of your own.",
            ) from error
        _raise_for_proxy(cause)
        if any(isinstance(each, NewConnectionError) for each in errors):
            return Broken(f"no connection: {say_cause(error)}", maybe_done=False)
        if any(isinstance(each, ConnectTimeoutError) for each in errors):
            return Broken(f"no connection within {CONNECT_TIMEOUT_S:.0f} s", maybe_done=False, timed_out=True)
        return _broken(error, timeout_s, before_answer=True)


def say_cause(error: Exception) -> str:
    """Return what the error at the bottom says: the text of urllib3's own tells of objects, not of what happened."""
    cause = _causes(error)[-1]
    return visible(str(cause)) or type(cause).__name__


def _broken(error: Exception, timeout_s: float, *, before_answer: bool = False) -> Broken:
    cause = _causes(error)[-1]
    if isinstance(error, ReadTimeoutError) or isinstance(cause, TimeoutError):
        return Broken(f"no answer within {timeout_s:.0f} s", maybe_done=True, timed_out=True)
    message = "the answer broke off" if isinstance(cause, IncompleteRead) else say_cause(error)
    return Broken(message, maybe_done=True, before_answer=before_answer)


def _causes(error: Exception) -> list[Exception]:
    """Return an error and those that it was raised for; urllib3 keeps them among the arguments or as the cause."""
    errors = [error]
    while True:
        inner = [each for each in (*errors[-1].args, errors[-1].__cause__) if isinstance(each, Exception)]
        if not inner:
            return errors
        errors.append(inner[0])


def _raise_for_proxy(error: Exception) -> None:
    # The refusal of a tunnel has no type of its own.
    refusal = re.match(r"Tunnel connection failed: (4\d\d)", str(error))
    if refusal and refusal[1] not in {"408", "429"}:
        raise SubsiteError(
            f"The proxy of HTTPS_PROXY refused the connection (status {refusal[1]}).",
            hint="Check its user name and password (407) and whether it lets this host through; NO_PROXY passes it by.",
        ) from error
