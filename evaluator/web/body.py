"""How a request's body may arrive: whole and in time.

The servers wait for a body for ever. Here it has a deadline; and where the answer is given before the
body is read, the connection is closed after the answer, not left open for the rest to trickle in.
May import `web` siblings.
"""

import asyncio
from typing import cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPResponseStartEvent, Message, Receive, Scope, Send

from evaluator.web.errors import ClientGone, Refused
from evaluator.web.trace import header

LINGER_S = 2.0
"""Seconds that a client may take to stop sending after an answer that came before its body was read."""


class BodyDeadline:
    """ASGI application around another that bounds how long, and after the answer how much, is received."""

    def __init__(self, app: ASGIApp, *, seconds: float, spare_bytes: int) -> None:
        """`seconds` for the whole body; `spare_bytes` are read and dropped after an early answer."""
        self._app = app
        self._seconds = seconds
        self._spare_bytes = spare_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; other kinds than HTTP are passed on as they are."""
        if scope["type"] != ScopeType.HTTP or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        body = _Body(receive, seconds=self._seconds)
        early = False

        async def answer(message: Message) -> None:
            nonlocal early
            if message["type"] == "http.response.start" and not body.ended:
                early = True
                message = _closing(message)
            if early and message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await body.drop(self._spare_bytes)
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, body.receive, answer)


class _Body:
    """The body of one request as it comes in."""

    def __init__(self, receive: Receive, *, seconds: float) -> None:
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + seconds
        self.ended = False
        """Whether nothing more will come: it is whole, or the client is gone."""

    async def receive(self) -> HTTPReceiveMessage:
        """Return the next message.

        Raises Refused with 408 past the deadline, ClientGone where the client left before the end.
        """
        if self.ended:
            return cast(HTTPReceiveMessage, await self._receive())
        try:
            async with asyncio.timeout_at(self._deadline):
                message = cast(HTTPReceiveMessage, await self._receive())
        except TimeoutError:
            raise Refused(408, "the body did not arrive in time") from None
        if message["type"] == "http.disconnect":
            self.ended = True
            raise ClientGone
        self.ended = not message.get("more_body", False)
        return message

    async def drop(self, most: int) -> None:
        """Read and forget what still comes, up to `most` bytes, so that the client gets to the answer."""
        self._deadline = min(self._deadline, asyncio.get_running_loop().time() + LINGER_S)
        try:
            while not self.ended and most > 0:
                message = await self.receive()
                most -= len(message["body"]) if message["type"] == "http.request" else 0
        except (Refused, ClientGone):
            return


async def hung_up(receive: Receive) -> None:
    """Return as soon as the client hangs up; the body must have been received before."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _has_body(scope: Scope) -> bool:
    return bool(header(scope, b"content-length") or header(scope, b"transfer-encoding"))


def _closing(message: HTTPResponseStartEvent) -> HTTPResponseStartEvent:
    kept = [pair for pair in message["headers"] if pair[0].lower() != b"connection"]
    return {**message, "headers": [*kept, (b"connection", b"close")]}
