"""A server that answers each request with the given bytes, whatever they are, and keeps what it was sent."""

import socket
import ssl
import threading
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CLOSE = b""
"""As an answer: close the connection without one."""


def http(status: int, body: bytes, content_type: str = "application/json", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Listener:
    """Takes connections on a free port of loopback, each in a thread of its own."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @abstractmethod
    def _serve(self, accepted: socket.socket) -> None:
        """Answer what comes over a connection."""


class RawServer(Listener):
    """Answers by a list, one after the other; the last one is repeated. A connection is kept while `keeps` is true.

    With a `context` it speaks https.
    """

    def __init__(
        self, answers: Sequence[bytes], *, keeps: bool, reads_body: bool = True, context: ssl.SSLContext | None = None
    ) -> None:
        self.received: list[bytes] = []
        self._answers = list(answers)
        self._keeps = keeps
        self._reads_body = reads_body
        self._context = context
        self._lock = threading.Lock()
        super().__init__()
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/profile_sync_api"

    def _serve(self, accepted: socket.socket) -> None:
        with self._context.wrap_socket(accepted, server_side=True) if self._context else accepted as connection:
            while (request := self._read(connection)) is not None:
                with self._lock:
                    self.received.append(request)
                    answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                try:
                    connection.sendall(answer)
                except OSError:
                    return
                if not self._keeps or answer == CLOSE:
                    return

    def _read(self, connection: socket.socket) -> bytes | None:
        request = b""
        while b"\r\n\r\n" not in request:
            chunk = connection.recv(65_536)
            if not chunk:
                return None
            request += chunk
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        while self._reads_body and lengths and len(body) < int(lengths[0]):
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body


@contextmanager
def raw_server(
    *answers: bytes, keeps: bool = False, reads_body: bool = True, context: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    server = RawServer(answers, keeps=keeps, reads_body=reads_body, context=context)
    try:
        yield server
    finally:
        server.close()
