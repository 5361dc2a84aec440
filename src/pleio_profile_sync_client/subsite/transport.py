"""One HTTP request and its answer. No repeats, no meaning of answers, no JSON.

The standard library speaks HTTP, and its exceptions end here: the rest of the program sees `Broken`, or `SubsiteError`
where a repeat can't help.
"""

import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO

from msgspec import Struct

from pleio_profile_sync_client import __version__
from pleio_profile_sync_client.errors import SubsiteError
from pleio_profile_sync_client.subsite.connections import Connections
from pleio_profile_sync_client.subsite.route import NoConnectionError, Route, say_error

USER_AGENT = f"pleio-profile-sync-client/{__version__}"
READ_TIMEOUT_S = 120.0
ANSWER_LIMIT_BYTES = 16 * 2**20
_SLOWEST_ANSWER_S = 600.0
"""The longest that an answer may take from its first byte to its last: one that drips would never time out."""
_PIECE_BYTES = 2**16
_LARGE_BODY_BYTES = 2**16
"""A larger body is sent in pieces: each may take as long as an answer, a slow line needs more for all."""


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

    `maybe_done`: the request was sent, so the subsite may have carried it out. `was_idle`: a kept connection
    broke before the first byte of an answer, as one does that the other side closed while it was idle.
    """

    message: str
    maybe_done: bool
    timed_out: bool = False
    was_idle: bool = False


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
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            **headers,
        }
        self._connections = Connections(route, max_idle=max_idle)
        self._read_timeout_s = read_timeout_s
        self._clock = clock

    def send(self, request: Request) -> Response | Broken:
        """Send a request once; raise `SubsiteError` where a repeat can't help (certificate, proxy, too large)."""
        timeout_s = max(self._read_timeout_s, request.least_timeout_s)
        try:
            connection, was_idle = self._connections.borrow(new=request.on_new_connection)
        except NoConnectionError as error:
            return Broken(str(error), maybe_done=False, timed_out=error.timed_out)
        try:
            answer = self._converse(connection, request, timeout_s, was_idle=was_idle)
        except BaseException:
            connection.close()
            raise
        if isinstance(answer, Broken):
            connection.close()
        else:
            self._connections.give_back(connection)
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _converse(
        self, connection: HTTPConnection, request: Request, timeout_s: float, *, was_idle: bool
    ) -> Response | Broken:
        connection.sock.settimeout(timeout_s)
        try:
            with suppress(ConnectionError, ssl.SSLEOFError):  # the subsite may have answered before it hung up
                self._write(connection, request)
            response = connection.getresponse()
        except (OSError, HTTPException) as error:
            return _broken(error, timeout_s, was_idle=was_idle)
        with response:
            try:
                body = self._read(response, request.answer_limit_bytes)
            except (OSError, HTTPException) as error:
                return _broken(error, timeout_s)
        if response.status == 200 and not body and response.length is None and not response.chunked:
            # The end of the connection passes for the end of the head, too.
            return Broken("the answer broke off before its content", maybe_done=True)
        header = response.headers.get
        return Response(response.status, body, header("Content-Type") or "", header("Retry-After"), header("Location"))

    def _write(self, connection: HTTPConnection, request: Request) -> None:
        headers = self._headers
        body = request.body
        if body is not None:
            headers = {**headers, "Content-Type": request.content_type, "Content-Length": str(len(body))}
        elif request.method != "GET":
            headers = {**headers, "Content-Length": "0"}
        content = BytesIO(body) if body and len(body) > _LARGE_BODY_BYTES else body
        connection.request(request.method, f"{self._route.base_path}{request.path}", content, headers)

    def _read(self, response: HTTPResponse, limit_bytes: int) -> bytes:
        """Return the whole body, piece by piece as it comes, so that size and time can be limited."""
        pieces: list[bytes] = []
        size = 0
        until_s = self._clock() + _SLOWEST_ANSWER_S
        while response.length != 0 and (piece := response.read1(_PIECE_BYTES)):
            pieces.append(piece)
            size += len(piece)
            if size > limit_bytes:
                raise SubsiteError(
                    f"{self._route.host} sent an answer of more than {limit_bytes // 2**20} MB: not one of this API.",
                    hint="Check the destination.",
                )
            if self._clock() > until_s:
                raise TimeoutError
        if response.length:
            raise IncompleteRead(b"", response.length)
        return b"".join(pieces)


def _broken(error: Exception, timeout_s: float, *, was_idle: bool = False) -> Broken:
    if isinstance(error, TimeoutError):
        return Broken(f"no answer within {timeout_s:.0f} s", maybe_done=True, timed_out=True)
    if isinstance(error, IncompleteRead):
        return Broken("the answer broke off", maybe_done=True)
    return Broken(say_error(error), maybe_done=True, was_idle=was_idle)
