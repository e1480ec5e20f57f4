"""Serving an ASGI application, or a broken server, on a real socket of this machine.

Everything binds to 127.0.0.1 on a port that the system picks, and ends with its `with` block.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

PATIENCE_S = 10
"""How long a thread may take to end before the test fails."""


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI application in a thread; yields its base URL, without a slash at the end."""
    with listening() as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            loop="asyncio",
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the server did not stop"


@contextlib.contextmanager
def resetting() -> Iterator[str]:
    """Serve one request with half an answer and then reset the connection; yields the base URL."""
    with listening() as listener:
        thread = threading.Thread(target=_reset_one, args=(listener,), daemon=True)
        thread.start()
        yield url_of(listener)
        thread.join(PATIENCE_S)


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    """Yield a listening socket on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        yield listener


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def closed_port_url() -> str:
    """Return the URL of a port where nothing listens, so that connections are refused."""
    with listening() as listener:
        return url_of(listener)


def _reset_one(listener: socket.socket) -> None:
    listener.settimeout(PATIENCE_S)
    connection, _ = listener.accept()
    connection.settimeout(PATIENCE_S)
    _read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{")
    # Linger of 0 seconds: closing sends a reset and not an orderly end.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _read_request(connection: socket.socket) -> None:
    """Read one whole request, so that the reset is not taken for unread data."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
    )
    while len(body) < length:
        body += connection.recv(65536)
