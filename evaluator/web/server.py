"""Running the application with uvicorn: one process, one loop, graceful on SIGTERM.

May import nothing of the package.
"""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

Application = Litestar
"""What is served; named here for callers that do not know the framework."""

Opening = contextlib.AbstractAsyncContextManager[Application]
"""Makes the application ready on the loop that serves it, and puts it away afterwards."""

Announce = Callable[[str], None]
"""Takes the URL that the service listens on, once it does."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how the service listens."""

    host: str
    port: int
    """0 takes any free port."""

    max_connections: int
    """Connections open at once; further ones get 503."""

    header_timeout_s: float
    """Seconds in which a request's line and headers must have arrived."""

    drain_s: float
    """Seconds that a stop waits for requests in flight."""


def run(opening: Opening, listening: Listening, announce: Announce) -> bool:
    """Serve what `opening` yields until SIGTERM or SIGINT, then leave it; return whether it came up at all.

    Raises OSError where the address cannot be had.
    """
    with _bound(listening) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(opening, listening, listener, announce))


async def _serve(opening: Opening, listening: Listening, listener: socket.socket, announce: Announce) -> bool:
    async with opening as app:
        server = Server(app, listening, announce)
        gc.collect()
        gc.freeze()  # what is there by now stays to the end; not looking at it again saves a tenth of the CPU
        await server.serve(sockets=[listener])
        return server.started


class Server(uvicorn.Server):
    """uvicorn's server, which says where it listens once it does."""

    def __init__(self, app: Application, listening: Listening, announce: Announce) -> None:
        self._announce = announce
        super().__init__(_config(app, listening))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as a wish to stop; unlike uvicorn's, they do not end the process at once.

        What is served is put away after the last connection, and that takes its time.
        """
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then announce the address."""
        await super().startup(sockets)
        if sockets:
            self._announce(_url(sockets[0]))


def _config(app: Application, listening: Listening) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=type("Impatient", (_Impatient,), {"header_timeout_s": listening.header_timeout_s}),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=listening.max_connections + 1,  # uvicorn refuses at the limit, not beyond it
        timeout_graceful_shutdown=max(1, round(listening.drain_s)),
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    return uvicorn.Config("", log_config=None).get_loop_factory()


def _bound(listening: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    return socket.create_server((listening.host, listening.port), family=family, backlog=2048)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Impatient(HttpToolsProtocol):
    """Closes a connection on which no request, or half of one's headers, is there in time.

    uvicorn has a deadline between requests alone: a fresh connection may stay silent for ever.
    """

    header_timeout_s: float
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Wait for headers while no request is being worked on."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.header_timeout_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
