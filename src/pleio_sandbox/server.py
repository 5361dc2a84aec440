"""Starts and stops a sandbox: on loopback only, in a thread of its own, with connections that can be cut.

`service` and `pages` have the answers.
"""

import asyncio
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import NoReturn, Self

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pleio_sandbox.api import Api
from pleio_sandbox.example import seed_example
from pleio_sandbox.faults import Fault, Faults, Script
from pleio_sandbox.pages import Pages
from pleio_sandbox.records import SiteSettings
from pleio_sandbox.service import Service
from pleio_sandbox.store import Store
from pleio_sandbox.traffic import Traffic
from pleio_sandbox.wire import BASE_PATH, Endpoint

HOST = "127.0.0.1"


class RunningSandbox:
    """A sandbox that serves between `start` and `stop`, or inside a `with`.

    `port` 0 takes a free one. Without `database` the site is in memory, and empty. `keep_requests` limits how many
    requests are remembered, and leaves out their bodies. With `ssl` it speaks https. `clock_s` tells how long a fault
    has lasted.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        database: Path | None = None,
        settings: SiteSettings | None = None,
        faults: Faults | None = None,
        keep_requests: int | None = None,
        ssl: SSLContext | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = Store(database, settings=settings)
        self.requests = Traffic(keep_requests)
        self._service = Service(Api(self.store), self.requests, clock_s=clock_s)
        self._service.faults = faults or Faults()
        self._port = port
        self._ssl = ssl
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The API's base, without a slash at its end."""
        return self.pages_url + BASE_PATH.removeprefix("/")

    @property
    def pages_url(self) -> str:
        """The address of the pages for a person, with a slash at its end."""
        return f"{'https' if self._ssl else 'http'}://{HOST}:{self._port}/"

    @property
    def port(self) -> int:
        """The port; known once started."""
        return self._port

    @property
    def secret(self) -> str:
        """The API's secret."""
        return self.store.settings.secret

    @property
    def faults(self) -> Faults:
        """How it misbehaves. May be set at any time; the random numbers then start again."""
        return self._service.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._service.faults = faults

    def next_faults(
        self,
        faults: Iterable[Fault],
        *,
        at: Endpoint | None = None,
        method: str | None = None,
        paths: str = "",
        after: int = 0,
        for_s: float | None = None,
    ) -> None:
        """Give faults to the next requests that `at`, `method` and `paths` name; see `Script`.

        These go before the shares of `faults`.
        """
        script = Script(faults=deque(faults), method=method, at=at, paths=paths, after=after, for_s=for_s)
        self._service.scripts.add(script)

    @property
    def unused_faults(self) -> int:
        """Count the faults of `next_faults` that no request has met yet."""
        return self._service.scripts.unused

    def forget_next_faults(self) -> None:
        """Cancel the faults of `next_faults` that no request has met yet."""
        self._service.scripts.clear()

    def release(self) -> None:
        """Let the requests that hang now go on."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._service.release)

    def start(self) -> None:
        """Listen, and serve in a thread of its own. Raise `OSError` if the port is taken."""
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener,), name="sandbox", daemon=True)
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        """Cut all connections, end the thread and close the database."""
        if self._thread is not None and self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = self._loop = None
        self.store.close()

    def _run(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listener))
        finally:
            self._started.set()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connections = Connections(self._application())
        server = await self._loop.create_server(connections.accept, sock=listener, ssl=self._ssl)
        self._started.set()
        await self._stopping.wait()
        server.close()
        await connections.end()

    def _application(self) -> ASGIApp:
        service = self._service
        pages = Pages(store=self.store, service=service, traffic=self.requests)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            path: str = scope["path"]
            is_api = path == BASE_PATH or path.startswith(f"{BASE_PATH}/")
            await (service if is_api else pages)(scope, receive, send)

        return application


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio recognises TCP and sends without delay; socket.create_server() leaves it out.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere the option would let two listen on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def serve(*, port: int, database: Path | None, on_ready: Callable[[RunningSandbox], None]) -> NoReturn:
    """Serve until a signal raises an exception here; an empty site gets the example's content first.

    `on_ready` is called once it listens. Raise `OSError` if the port is taken, `sqlite3.Error` if the file is no
    database.
    """
    with RunningSandbox(port=port, database=database, keep_requests=1000) as sandbox:
        if not len(sandbox.store.users):
            seed_example(sandbox.store)
        on_ready(sandbox)
        while True:
            time.sleep(1.0)


class Connections:
    """Makes the protocol of each connection, and ends them all."""

    def __init__(self, application: ASGIApp) -> None:
        self._state = ServerState()
        self._config = Config(
            _quiet_when_cancelled(application),
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            log_level="error",
        )
        self._config.load()

    def accept(self) -> asyncio.Protocol:
        """Make the protocol of a new connection."""
        return _CuttableProtocol(self._config, self._state, app_state={})

    async def end(self) -> None:
        """Cut every connection and end what is still being handled."""
        for protocol in list(self._state.connections):
            protocol.transport.abort()
        # The protocols hear of it in the next round of the loop; only then is a handler's end no error to them.
        await asyncio.sleep(0)
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _quiet_when_cancelled(application: ASGIApp) -> ASGIApp:
    """Keep uvicorn from logging the end of a request that is still handled when the sandbox stops."""

    async def quiet(scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(asyncio.CancelledError):
            await application(scope, receive, send)

    return quiet


class _CuttableProtocol(H11Protocol):
    """Shows the application the transport of its connection, as `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its base has it
        self.app_state["transport"] = transport
        super().connection_made(transport)
