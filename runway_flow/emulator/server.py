"""Runs the emulator: alone, or in a thread of a process that goes on with its own work."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from runway_flow.emulator.app import build_app
from runway_flow.emulator.fault_effects import TRANSPORT
from runway_flow.kernel.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from starlette.applications import Starlette

    from runway_flow.catalog.catalog import Catalog
    from runway_flow.emulator.options import EmulatorOptions
    from runway_flow.kernel.clock import Clock

LOOPBACK = "127.0.0.1"
STOP_S = 5.0
"""How long a stopping server may take to finish what it is answering."""


class _Protocol(H11Protocol):
    """Shows the application its connection, so that faults can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take a new connection."""
        super().connection_made(transport)
        serve_one = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI has no types of its own
            scope[TRANSPORT] = transport
            await serve_one(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, app: Starlette, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        message = f"the emulator cannot listen on {host}:{port}: {error.strerror}"
        raise StoreError(message, hint="name another port: --port 0 takes a free one") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class EmulatorThread:
    """The emulator in a daemon thread, on a free port of loopback; signals stay the process's own.

    `base_url` is what the SDK takes. Entering raises what kept the server from starting: `StoreError` for
    a state or ledger that cannot be used.
    """

    def __init__(self, options: EmulatorOptions, clock: Clock, catalog: Catalog | None = None) -> None:
        """Take how the account behaves; nothing starts yet."""
        self._options = options
        self._clock = clock
        self._catalog = catalog
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        self._app = build_app(self._options, self._clock, self._catalog)
        try:
            self._listener = _listen(LOOPBACK, 0)
        except BaseException:
            self._app.state.emulation.close()
            raise
        self.base_url = _url(self._listener)
        self._server = _Server(self._app, self._ready.set)
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._app.state.emulation.close()
            raise self._failure
        return self

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._listener]))
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the thread that waits for us
            self._failure = failure
        finally:
            self._ready.set()
            self._listener.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_S)


def serve(
    options: EmulatorOptions,
    clock: Clock,
    host: str = LOOPBACK,
    port: int = 8787,
    on_ready: Callable[[str], None] | None = None,
    catalog: Catalog | None = None,
) -> None:
    """Serve until interrupted (SIGINT and SIGTERM end it in order); `on_ready` gets the address.

    Raises `StoreError` when the address, the state or the ledger cannot be used.
    """
    listener = _listen(host, port)
    try:
        app = build_app(options, clock, catalog)
        server = _Server(app, lambda: on_ready(_url(listener)) if on_ready is not None else None)
        server.run(sockets=[listener])
    finally:
        listener.close()
