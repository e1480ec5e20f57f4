"""A model that costs next to nothing: one fixed reply per prompt, as an OpenAI-compatible endpoint.

A raw ASGI application. A reply is written once, to fit the JSON Schema that comes with the request, with
passages of the prompt's own CV as quotes, and replayed byte for byte from then on.
Run with `python -m bench.scripted_model [--latency SECONDS]`.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bench.listen import Receive, Scope, Send, read_body, respond, serve

MODEL = "scripted"
"""The name it answers with, whatever it is asked for."""

_FORMAT = b'"response_format":'
_CV = re.compile(r"<(cv_\w+)>\n(.*?)\n</\1>", re.DOTALL)
_QUOTE_WORDS = 9
_MAX_REPLIES = 1_000

_FIXED: Mapping[str, Any] = {
    "source": "cv",
    "finding": "evidenced",
    "level": "working",
    "overall": 61,
    "rating": 61,
}
_SENTENCE = "The passages show own work on this over several years, with outcomes that others relied on."


class ScriptedModel:
    """Answers every request after `latency_s` seconds."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._by_schema: dict[bytes, bytes] = {}
        self._by_body: dict[bytes, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, whatever its path."""
        answer = self._answer(await read_body(receive))
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        await respond(send, answer)

    def _answer(self, body: bytes) -> bytes:
        """Return the reply to `body`; one that quotes belongs to that body alone, another to its schema."""
        schema = body[max(body.rfind(_FORMAT), 0) :]
        answer = self._by_schema.get(schema) or self._by_body.get(body)
        if answer is None:
            answer, quotes = completion_for(body)
            if len(self._by_body) >= _MAX_REPLIES:
                self._by_body.clear()
            known, key = (self._by_body, body) if quotes else (self._by_schema, schema)
            known[key] = answer
        return answer


def completion_for(body: bytes) -> tuple[bytes, bool]:
    """Return the chat completion for a request's body, and whether its reply quotes the prompt."""
    asked = json.loads(body)
    schema = asked["response_format"]["json_schema"]["schema"]
    passages = _passages(asked["messages"][-1]["content"])
    reply = json.dumps(reply_for(schema, passages), ensure_ascii=False)
    completion = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply}}
        ],
        "usage": {
            "prompt_tokens": len(body) // 4,
            "completion_tokens": len(reply) // 4,
            "total_tokens": (len(body) + len(reply)) // 4,
        },
    }
    return json.dumps(completion, ensure_ascii=False).encode(), '"quotes"' in reply


def reply_for(schema: Mapping[str, Any], passages: Iterator[str], name: str = "") -> Any:
    """Return a value that fits `schema`, the value of the property `name`; texts to quote are `passages`."""
    kind = schema["type"]
    if kind == "object":
        return {key: reply_for(part, passages, key) for key, part in schema["properties"].items()}
    if kind == "array":
        return [reply_for(schema["items"], passages, name) for _ in range(1 if name == "quotes" else 3)]
    if name in _FIXED:
        return _FIXED[name]
    return next(passages) if name == "text" else _SENTENCE


def _passages(prompt: str) -> Iterator[str]:
    """Yield passages of the prompt's CV word for word, none of them twice before all have been used."""
    lines = [line.split() for _, text in _CV.findall(prompt) for line in text.splitlines()]
    found = [
        " ".join(words[at : at + _QUOTE_WORDS])
        for words in lines
        for at in range(0, len(words) - _QUOTE_WORDS, _QUOTE_WORDS)
    ]
    while True:
        yield from found or [_SENTENCE]


def main() -> None:
    """Serve on a free port of loopback until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each answer takes")
    serve(ScriptedModel(parser.parse_args().latency))


if __name__ == "__main__":
    main()
