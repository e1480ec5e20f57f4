"""The real web application over fake jobs, in process or on a real socket of this machine."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from evaluator.jobs.seam import Jobs
from evaluator.studio.studio import Studio
from evaluator.web.access import Access
from evaluator.web.app import Hook, Limits, Measured, create_app
from evaluator.web.schema import example_request
from evaluator.web.server import Listening, Served, Server
from tests.fakes.jobs import FakeJobs
from tests.fakes.server import PATIENCE_S, listening

PATH = "/webhook/assessment"
JSON = {"content-type": "application/json"}
MAX_BODY_BYTES = 512 * 1024

Address = tuple[str, int]


def app_over(
    jobs: Jobs | None = None,
    *,
    token: str | None = None,
    api_key: str | None = None,
    app_id: str | None = None,
    body_timeout_s: float = PATIENCE_S,
    not_ready: Sequence[str] = (),
    measured: Measured | None = None,
    studio: Studio | None = None,
    on_shutdown: Sequence[Hook] = (),
) -> Litestar:
    """Return the application; without arguments it is open and rates everyone."""

    async def ready() -> Sequence[str]:
        return not_ready

    return create_app(
        jobs=jobs or FakeJobs(),
        access=Access(webhook_token=token, api_key=api_key, app_id=app_id),
        limits=Limits(max_body_bytes=MAX_BODY_BYTES, body_timeout_s=body_timeout_s),
        config_schema={"title": "A form"},
        ready_check=ready,
        measured=measured,
        studio=studio,
        on_shutdown=on_shutdown,
    )


def client_of(jobs: Jobs | None = None, **options: Any) -> TestClient[Litestar]:
    """Return a client of the application in this process; errors come back as answers."""
    return TestClient(app_over(jobs, **options), raise_server_exceptions=False)


def request_with(**changes: Any) -> dict[str, Any]:
    """Return the example request with some members replaced; `...` takes a member out."""
    changed = {**example_request(), **changes}
    return {name: value for name, value in changed.items() if value is not ...}


@contextlib.contextmanager
def serving(
    app: Litestar,
    *,
    header_timeout_s: float = PATIENCE_S,
    max_connections: int = 100,
    drain_s: float = 1,
    at_once: bool = False,
) -> Iterator[Address]:
    """Serve `app` in a thread, as `evaluator serve` does; yields host and port.

    `at_once`: it is stopped as by a second Ctrl-C, without time to drain.
    """
    with listening() as listener:
        up = threading.Event()
        host, port = listener.getsockname()
        asked = Listening(
            host=host,
            port=port,
            max_connections=max_connections,
            header_timeout_s=header_timeout_s,
            drain_s=drain_s,
        )
        server = Server(Served(app), asked, lambda _: up.set())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert up.wait(PATIENCE_S)
        try:
            yield host, port
        finally:
            server.should_exit, server.force_exit = True, at_once
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the server did not stop"


@contextlib.contextmanager
def connected(address: Address) -> Iterator[socket.socket]:
    """Yield a connection on which nothing waits for ever."""
    with socket.create_connection(address, timeout=PATIENCE_S) as connection:
        yield connection


def head_of(path: str = PATH, **headers: str | int) -> bytes:
    """Return a POST's first line and headers as bytes; `_` in a name stands for `-`."""
    named = {"host": "localhost", **JSON, **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def posted(body: bytes, path: str = PATH, **headers: str) -> bytes:
    """Return a whole request as bytes."""
    return head_of(path, content_length=len(body), **headers) + body


def whole(connection: socket.socket) -> bytes:
    """Return everything up to the moment when the other side closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def answer(connection: socket.socket) -> tuple[int, Mapping[str, str], Any]:
    """Read one answer: its status, headers and JSON; what follows stays in the connection."""
    with connection.makefile("rb") as stream:
        status = int(stream.readline().split()[1])
        lines = iter(stream.readline, b"\r\n")
        pairs = (line.decode("latin-1").strip().partition(": ") for line in lines)
        headers = {name: value for name, _, value in pairs}
        return status, headers, json.loads(stream.read(int(headers["content-length"])))
