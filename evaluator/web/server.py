"""Running the application with uvicorn: one process, one loop, graceful on SIGTERM.

May import `hosts` and `web` siblings.
"""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import structlog
import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from evaluator.hosts import url_of
from evaluator.web.errors import raw_refusal
from evaluator.web.trace import new_id

_log = structlog.get_logger(__name__)

Application = Litestar
"""What is served; named here for callers that do not know the framework."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, and what is to be called as soon as a stop begins."""

    app: Application
    stopping: Callable[[], None] = lambda: None


Opening = contextlib.AbstractAsyncContextManager[Served]
"""Makes the application ready on the loop that serves it, and puts it away afterwards."""

Announce = Callable[[str], None]
"""Takes the URL that the service listens on, once it does."""


CLOSING_S = 1.0
"""Seconds in which a second Ctrl-C lets the application close what is open."""

MAX_HEAD_BYTES = 65_536
"""Bytes of a request's line and headers, or of what follows a chunked body; more gets 431."""

_DETAILS = {
    HTTPStatus.BAD_REQUEST: "this is no HTTP request",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"the request's line and headers are larger than {MAX_HEAD_BYTES} bytes"
    ),
}


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
    async with opening as served:
        server = Server(served, listening, announce)
        gc.collect()
        gc.freeze()  # what is there by now stays to the end; not looking at it again saves a tenth of the CPU
        await server.serve(sockets=[listener])
        return server.started


class Server(uvicorn.Server):
    """uvicorn's server, which says where it listens once it does, and that it stops and has stopped."""

    def __init__(self, served: Served, listening: Listening, announce: Announce) -> None:
        self._announce = announce
        self._stopping = served.stopping
        super().__init__(_config(served.app, listening))

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
            self._announce(url_of(sockets[0]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and log what is waited for and when it is over."""
        self._stopping()
        requests = len(self.server_state.tasks)
        hint = "requests in work are finished first; a second Ctrl-C ends at once"
        _log.info("stopping", requests=requests, **({"hint": hint} if requests else {}))
        await super().shutdown(sockets)
        if self.force_exit:
            await self._close_at_once()
        _log.info("stopped")

    async def _close_at_once(self) -> None:
        """End the work, and close what is open; uvicorn leaves both as they are at a second Ctrl-C."""
        for task in self.server_state.tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                await self.lifespan.shutdown()


def _config(app: Application, listening: Listening) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=type("Guarded", (_Guarded,), {"header_timeout_s": listening.header_timeout_s}),
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


class _Guarded(HttpToolsProtocol):
    """Bounds what uvicorn leaves open: the time in which a head arrives, and its size.

    uvicorn has a deadline between requests alone: a fresh connection may stay silent for ever. And its
    parser keeps every header, and each half of one, before anything else is asked about the request.
    """

    header_timeout_s: float
    _waiting: asyncio.TimerHandle | None = None
    _kept_bytes = 0
    """Bytes received in a row of which nothing was handed on: half a head, or half a trailer."""
    _refused = HTTPStatus.BAD_REQUEST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        self._kept_bytes += len(data)
        super().data_received(data)
        if self._kept_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            self.send_400_response("")
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._kept_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._kept_bytes = 0
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError  # the parser stops, and uvicorn calls `send_400_response`
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._kept_bytes = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse as JSON and close; where an answer is half sent, nothing may be put behind it."""
        answering = self.cycle is not None and self.cycle.response_started
        if not answering or self.cycle.response_complete:
            request_id = new_id()
            _log.info("request", status=self._refused, outcome="refused", request_id=request_id)
            self.transport.write(raw_refusal(self._refused, _DETAILS[self._refused], request_id))
        self.transport.close()

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
