"""The HTTP connections, with a way to cut one in the middle: what no ASGI application can do by itself.

What is answered on them is the business of `service` and `pages`.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Connections:
    """Makes the protocol of each connection, and ends them all."""

    def __init__(self, application: Application) -> None:
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


def _quiet_when_cancelled(application: Application) -> Application:
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
