"""What every request gets: an id, one line in the log, and headers that suit an answer about a person.

Stands before Litestar's routing, whose own middleware does not see a request that matches no route.
May import nothing of the package.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Callable, Iterable

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

_log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-ID"
"""The header that a request's id is taken from, where it is sane, and given back in."""

SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Sent with every answer that does not set the same header itself."""

Served = Callable[[str, int | None, str, float], None]
"""Is told of each request: its route, status (None where it got no answer), outcome, and seconds."""

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def request_id_of(scope: Scope) -> str:
    """Return the id that the request was given."""
    return str(scope["state"]["request_id"])


def note_outcome(scope: Scope, outcome: str) -> None:
    """Have the request's line in the log say what came of it, in a word without a value in it."""
    scope["state"]["outcome"] = outcome


def header(scope: Scope, name: bytes) -> list[bytes]:
    """Return the values of the request header `name`, given in lower case, undecoded."""
    return [value for key, value in scope["headers"] if key == name]


class Trace:
    """ASGI application around another that gives each request its id, its line and its headers."""

    def __init__(self, app: ASGIApp, *, when_cut: ASGIApp, served: Served | None = None) -> None:
        """`when_cut` answers in the place of `app` where a stop cancels that before it has.

        `served` is told of each request when it is over.
        """
        self._app = app
        self._when_cut = when_cut
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; other kinds than HTTP are passed on as they are."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        scope["state"]["request_id"] = request_id = _chosen_id(scope)
        line = _Line(scope, self._served)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                line.answered(message["status"])
                message["headers"] = [*completed(message["headers"], request_id)]
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            except asyncio.CancelledError:
                if line.status is not None:
                    raise
                note_outcome(scope, "cut")
                await self._when_cut(scope, receive, answer)
            finally:
                line.write()


class _Line:
    """The request's line in the log. It names the route, since a path may hold a token."""

    def __init__(self, scope: Scope, served: Served | None) -> None:
        self._scope = scope
        self._served = served
        self._begun = time.perf_counter()
        self._answered: float | None = None
        self.status: int | None = None

    def answered(self, status: int) -> None:
        self.status = status
        self._answered = time.perf_counter()

    def write(self) -> None:
        route = self._scope.get("path_template", "none")
        outcome = self._scope["state"].get("outcome") or _outcome(self.status)
        seconds = (self._answered or time.perf_counter()) - self._begun
        _log.info(
            "request",
            method=self._scope.get("method"),
            route=route,
            status=self.status,
            duration_ms=round(seconds * 1000, 1),
            outcome=outcome,
        )
        if self._served is not None:
            self._served(route, self.status, outcome, seconds)


def new_id() -> str:
    """Return an id for a request that brings none."""
    return uuid.uuid4().hex


def _chosen_id(scope: Scope) -> str:
    sent = header(scope, REQUEST_ID.lower().encode())
    if len(sent) == 1 and _SANE.fullmatch(sent[0]):
        return sent[0].decode("ascii")
    return new_id()


def completed(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> Iterable[tuple[bytes, bytes]]:
    """Yield an answer's headers, its request's id, and the safe headers that it does not set itself."""
    sent = list(headers)
    names = {name.lower() for name, _ in sent}
    yield from sent
    yield REQUEST_ID.lower().encode(), request_id.encode()
    yield from (pair for pair in SAFE_HEADERS if pair[0] not in names)


def _outcome(status: int | None) -> str:
    if status is None:
        return "cut"
    return "ok" if status < 400 else "refused" if status < 500 else "failed"
