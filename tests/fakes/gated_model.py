"""A chat-completions endpoint on a real socket that answers when it is let, for tests of whole processes.

    with GatedModel() as model:            # model.url is its base URL
        model.close(); model.open()        # hold calls back, and let them go on
        model.wait_for(100)                # until so many calls have come
        model.script = lambda number, body: 503    # a status to fail that call with, None to answer it,
                                               # or the answer's whole body
    model.refusal = lambda body: body          # what a failing call's body says

It is a server of threads, so that it serves other processes as well as a test's own loop. Its replies fit
the schema that comes with a call and quote the prompt's own CV; they are nobody's judgement.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from bench.scripted_model import completion_for

PATIENCE_S = 60


class GatedModel:
    """Counts its calls in `calls`; `bodies` holds what they sent."""

    def __init__(self) -> None:
        """Take a free port; the gate is open."""
        self.bodies: list[bytes] = []
        self.script: Callable[[int, bytes], int | bytes | None] = lambda number, body: None
        self.refusal: Callable[[bytes], bytes] = lambda body: b'{"error": {"message": "no"}}'
        self._changed = threading.Condition()
        self._gate = threading.Event()
        self._gate.set()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        """The base URL, as an endpoint's setting takes it."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def calls(self) -> int:
        """How many calls have come."""
        return len(self.bodies)

    def close(self) -> None:
        """Hold back the answers to whatever comes from now on."""
        self._gate.clear()

    def open(self) -> None:
        """Let every answer go that is held back."""
        self._gate.set()

    def wait_for(self, count: int) -> None:
        """Wait until `count` calls have come; fail where they do not."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.bodies) >= count, PATIENCE_S), "too few calls"

    def __enter__(self) -> Self:
        """Begin to serve."""
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let everything go and stop."""
        self.open()
        self._server.shutdown()
        self._server.server_close()

    def _took(self, body: bytes) -> int:
        with self._changed:
            self.bodies.append(body)
            self._changed.notify_all()
            return len(self.bodies)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, model: GatedModel) -> None:
        self.model = model
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that were killed, which is what this is here for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        model = self.server.model
        number = model._took(body)
        scripted = model.script(number, body)
        model._gate.wait(PATIENCE_S)
        status = scripted if isinstance(scripted, int) else 200
        if isinstance(scripted, bytes):
            answer = scripted
        else:
            answer = completion_for(body)[0] if scripted is None else model.refusal(body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""
