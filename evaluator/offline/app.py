"""The HTTP side: an ASGI application that answers as an OpenAI-compatible endpoint does.

    POST /v1/chat/completions     also without /v1
    GET  /v1/models

Plain ASGI, so that it costs little beside the rating. May import the sibling modules.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from evaluator.offline.chat import BadRequest, ChatRequest, read_request
from evaluator.offline.completion import MODEL_NAME, completion, models
from evaluator.offline.faults import Dice, Fault, Faults
from evaluator.offline.rater import Rater, load_rater

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request that are read."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

__all__ = ["MAX_BODY", "MODEL_NAME", "OfflineModel", "create_app"]


@dataclass(frozen=True, slots=True)
class Response:
    """A JSON response."""

    status: int
    value: Any
    headers: tuple[tuple[bytes, bytes], ...] = ()


class OfflineModel:
    """The application; `create_app` makes one."""

    def __init__(self, rater: Rater, *, latency_s: float, faults: Faults) -> None:
        """`latency_s`: seconds that each reply takes besides the work."""
        self._rater = rater
        self._latency_s = latency_s
        self._faults = faults
        self._dice = Dice(faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await _respond(await self._response(scope, receive), send)

    async def _response(self, scope: Scope, receive: Receive) -> Response:
        path = scope["path"].removeprefix("/v1").rstrip("/")
        if path == "/models" and scope["method"] in ("GET", "HEAD"):
            return Response(HTTPStatus.OK, models())
        if path != "/chat/completions":
            return _error(
                HTTPStatus.NOT_FOUND, f"Unknown request URL: {scope['method']} {scope['path'][:200]}"
            )
        if scope["method"] != "POST":
            return _error(HTTPStatus.METHOD_NOT_ALLOWED, "Send a POST request.")
        body = await _body(receive)
        if body is None:
            return _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is longer than {MAX_BODY} bytes.")
        return await self._chat(body)

    async def _chat(self, body: bytes) -> Response:
        fault = self._dice.fault() if self._faults.any else None
        delay_s = self._latency_s + (self._dice.jitter_s() if self._faults.jitter_s else 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
        if fault in (Fault.RATE_LIMITED, Fault.FAILING):
            return self._failure(fault)
        try:
            asked = read_request(body)
            self._refuse_form(asked)
            value = completion(
                asked, self._rater, fault=fault, broken=fault is not None and self._dice.either()
            )
        except BadRequest as error:
            return _bad_request(error)
        return Response(HTTPStatus.OK, {**value, "created": int(time.time())})

    def _failure(self, fault: Fault) -> Response:
        if fault is Fault.RATE_LIMITED:
            retry_after = (b"retry-after", str(self._faults.retry_after_s).encode())
            return _error(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit reached, on purpose.", retry_after)
        either = HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR
        return _error(either[self._dice.either()], "The server failed, on purpose.")

    def _refuse_form(self, asked: ChatRequest) -> None:
        if self._faults.refuse_json_schema and asked.form == "json_schema":
            message = "This response_format type is unavailable now"
            raise BadRequest(message, param="response_format", code="invalid_request_error")


def create_app(
    *, latency_s: float = 0.0, faults: Faults | None = None, rater: Rater | None = None
) -> OfflineModel:
    """Return the application; without `rater`, with the tables that the package carries.

    `latency_s`: seconds that each reply takes besides the work, 0 for benchmarks.
    """
    return OfflineModel(rater or load_rater(), latency_s=latency_s, faults=faults or Faults())


async def _body(receive: Receive) -> bytes | None:
    """Return the request's body, None where it is too long; the rest is read and thrown away."""
    received = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        if len(received) <= MAX_BODY:
            received += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(received) if len(received) <= MAX_BODY else None


async def _respond(response: Response, send: Send) -> None:
    # Half of a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a question mark.
    body = json.dumps(response.value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start = {
        "type": "http.response.start",
        "status": int(response.status),
        "headers": [*headers, *response.headers],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _bad_request(error: BadRequest) -> Response:
    fault = {"message": str(error), "type": "invalid_request_error", "param": error.param, "code": error.code}
    return Response(HTTPStatus.BAD_REQUEST, {"error": fault})


def _error(status: HTTPStatus, message: str, *headers: tuple[bytes, bytes]) -> Response:
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    kind = "rate_limit_exceeded" if status is HTTPStatus.TOO_MANY_REQUESTS else kind
    return Response(
        status, {"error": {"message": message, "type": kind, "param": None, "code": kind}}, headers
    )
