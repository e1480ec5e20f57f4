"""The callback endpoint of SolidATS, scripted, on a real socket of this machine.

    with FakeCallback() as callback:                    # callback.url is where to post
        callback.script(answers(503), resets(), answers(429, retry_after="2"))   # the next ones, in order
        callback.default = lambda received: answers(200)   # what it does when the script is at its end
        callback.down(); callback.up()                  # refuses connections, and takes them again

        callback.wait_for(3)                            # until so many requests came
        callback.received[0].json                       # also .headers, .body, .path, .at

It is a server of threads, so that it serves a test's own loop and other processes alike. What it does
with a request is made by `answers`, `stalls` (never answers), `resets` (breaks the connection),
`breaks_off` (a status and half a body, then a reset), `drips` (a status, half a body, and after a while
the rest) and `floods` (a status, and as much body as is taken; `callback.flooded` counts the bytes).
"""

import contextlib
import json
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self

PATIENCE_S = 30
"""Seconds after which whatever waits gives up."""

DRIP_S = 3
"""Seconds between the halves of a body that drips."""

FLOOD_BYTES = 64 * 1024 * 1024
"""Bytes of a flood that nobody stops."""

_HALF, _REST = b'{"status": "hal', b'f and half"}'


@dataclass(frozen=True)
class Behaviour:
    """What to do with a request: wait, give a status and a body, and then perhaps something else."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    then: Literal["end", "stall", "reset", "break_off", "drip", "flood"] = "end"


@dataclass(frozen=True)
class Received:
    """A request as it came; `at` is in seconds of `time.monotonic`."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


def answers(status: int = 200, body: bytes = b"ok", *, after_s: float = 0.0, **headers: str) -> Behaviour:
    """Answer, after some seconds; `retry_after="2"` sets a header."""
    return Behaviour(
        status, body, {name.replace("_", "-"): value for name, value in headers.items()}, after_s
    )


def stalls() -> Behaviour:
    """Take the request and never answer."""
    return Behaviour(then="stall")


def resets() -> Behaviour:
    """Take the request and reset the connection."""
    return Behaviour(then="reset")


def breaks_off(status: int = 200) -> Behaviour:
    """Give a status and half a body, and reset the connection."""
    return Behaviour(status, then="break_off")


def drips(status: int = 200) -> Behaviour:
    """Give a status and half a body, and the rest when DRIP_S are over."""
    return Behaviour(status, then="drip")


def floods(status: int = 200) -> Behaviour:
    """Give a status and a body without end, as fast as it is taken."""
    return Behaviour(status, then="flood")


class FakeCallback:
    """Does with each request what the script says next, or else the default; remembers what it got."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """Take a free port; nobody is served before the block begins. `tls` makes it an https endpoint."""
        self.tls = tls
        self.default: Callable[[Received], Behaviour] = lambda received: answers()
        self.received: list[Received] = []
        self.flooded = 0
        self._script: list[Behaviour] = []
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._closed = threading.Event()
        self._server = _Server(self, 0)
        self._port = self._server.server_port

    @property
    def url(self) -> str:
        """Where to post; it stays the same when the endpoint was down."""
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._port}/webhook/app-callback"

    def script(self, *behaviours: Behaviour) -> None:
        """Do this with the next requests, in order, one each."""
        with self._changed:
            self._script.extend(behaviours)

    def down(self) -> None:
        """Refuse connections and break those that are open."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def up(self) -> None:
        """Take connections again, on the same port."""
        self._server = _Server(self, self._port)
        self._start()

    def wait_for(self, count: int, *, within_s: float = PATIENCE_S) -> list[Received]:
        """Return all requests once there are `count`; fail where they do not come in time."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, within_s), "too few came"
            return list(self.received)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and let go of whoever is still kept waiting."""
        self._closed.set()
        self.down()

    def _start(self) -> None:
        # Polled often, for the sake of who waits for it to be down.
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _behaviour_for(self, received: Received) -> Behaviour:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
            return self._script.pop(0) if self._script else self.default(received)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, callback: FakeCallback, port: int) -> None:
        self.callback = callback
        super().__init__(("127.0.0.1", port), _Handler)
        if callback.tls is not None:
            self.socket = callback.tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that broke, which is what they are here for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.callback._open.add(self.connection)

    def finish(self) -> None:
        self.server.callback._open.discard(self.connection)
        super().finish()

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # who was sending it died: this is no request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(time.monotonic(), self.path, headers, body)
        self._do(self.server.callback._behaviour_for(received))

    do_GET = do_POST  # so that a redirect that was followed is seen

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _do(self, behaviour: Behaviour) -> None:
        closed = self.server.callback._closed
        if behaviour.after_s or behaviour.then == "stall":
            closed.wait(behaviour.after_s or PATIENCE_S)
        if behaviour.then in ("stall", "reset"):
            return self._reset()
        lengths = {"end": len(behaviour.body), "drip": len(_HALF + _REST)}
        self._begin(behaviour, lengths.get(behaviour.then, FLOOD_BYTES))
        if behaviour.then == "end":
            self.wfile.write(behaviour.body)
            return None
        self.wfile.write(_HALF)
        if behaviour.then == "drip":
            closed.wait(DRIP_S)
            self.wfile.write(_REST)
            return None
        if behaviour.then == "flood":
            self._flood()
        return self._reset()

    def _flood(self) -> None:
        for _ in range(FLOOD_BYTES // len(_CHUNK)):
            self.wfile.write(_CHUNK)
            self.server.callback.flooded += len(_CHUNK)

    def _begin(self, behaviour: Behaviour, length: int) -> None:
        self.send_response(behaviour.status)
        for name, value in {"content-length": str(length), **behaviour.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _reset(self) -> None:
        self.close_connection = True
        # Linger of 0 seconds: closing sends a reset and not an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())


_CHUNK = b"x" * 65_536
