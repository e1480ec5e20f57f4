"""A callback endpoint that takes everything: counts POSTs, and tells the count to a GET.

Run with `python -m bench.taker`.
"""

import json

from bench.listen import Receive, Scope, Send, read_body, respond, serve


class Taker:
    """Answers at once."""

    def __init__(self) -> None:
        self._taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever its path."""
        if scope["method"] == "POST":
            await read_body(receive)
            self._taken += 1
        await respond(send, json.dumps({"taken": self._taken}).encode())


if __name__ == "__main__":
    serve(Taker())
