"""Connections that are kept and reused, from any thread. What is sent over them is not known here."""

import select
import ssl
from collections import deque
from http.client import HTTPConnection

from pleio_profile_sync_client.subsite.route import Route


class Connections:
    """Lends connections to one address, and keeps up to `max_idle` of those that are given back."""

    def __init__(self, route: Route, *, max_idle: int) -> None:
        self._route = route
        self._max_idle = max_idle
        self._idle: deque[HTTPConnection] = deque()

    def borrow(self, *, new: bool = False) -> tuple[HTTPConnection, bool]:
        """Return a connection, one that was used last if there is one and `new` does not forbid it, and whether it was.

        Raise as `Route.connect` does.
        """
        while self._idle and not new:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if not _has_ended(connection):
                return connection, True
            connection.close()
        return self._route.connect(), False

    def give_back(self, connection: HTTPConnection) -> None:
        """Keep a connection whose last answer was read to its end; the subsite may have announced to close it."""
        if len(self._idle) < self._max_idle and connection.sock is not None:
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close the connections that nobody uses; call it when no thread borrows any more."""
        while self._idle:
            self._idle.pop().close()


def _has_ended(connection: HTTPConnection) -> bool:
    """Tell whether the other side closed a connection, or sent what nobody asked for."""
    if isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending():  # decrypted, so no poll sees it
        return True
    if hasattr(select, "poll"):  # select has no room for sockets above 1,024
        poll = select.poll()
        poll.register(connection.sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([connection.sock], [], [], 0)[0])
