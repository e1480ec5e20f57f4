"""The least that could serve the webhook: a bare ASGI handler that makes the example's call with the SDK.

Run with `python -m bench.bare_asgi`; the client takes its endpoint from OPENAI_BASE_URL.
"""

import json

from openai import AsyncOpenAI

from bench.example import question, result
from bench.listen import Receive, Scope, Send, read_body, respond, serve


class BareHandler:
    """Answers every request with the model's rating, whatever its path."""

    def __init__(self) -> None:
        self._client = AsyncOpenAI()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        data = json.loads(await read_body(receive))
        completion = await self._client.chat.completions.create(**question(data))
        await respond(send, json.dumps(result(data, completion.choices[0].message.content)).encode())


if __name__ == "__main__":
    serve(BareHandler())
