"""Stands between the client and a directory, and ends the answers after so many bytes."""

import socket
import threading
from contextlib import suppress


class CuttingProxy:
    """Listens on loopback; each connection is closed after `limit` bytes of answers, and `sent` counts them."""

    def __init__(self, port: int, limit: int) -> None:
        self.sent = 0
        self._port = port
        self._limit = limit
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"ldap://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        left = self._limit
        with client, server, suppress(OSError):
            while left and (data := server.recv(left)):
                client.sendall(data)
                left -= len(data)
                self.sent += len(data)
            client.shutdown(socket.SHUT_RDWR)  # closing alone waits for the other thread
