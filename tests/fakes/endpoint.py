"""A scripted OpenAI-compatible endpoint.

    endpoint = FakeEndpoint()                      # answers with the least that fits the schema it is sent
    endpoint.enqueue(failure(503), says('{"level": "basic"}'))   # the next two answers, in order
    endpoint.refuse(lambda body: "seed" in body, vendors.MISTRAL_SEED)   # whenever it holds, first of all
    endpoint.default = lambda seen: says(...)      # what it says when nothing else applies

    endpoint.history                               # every request seen, oldest first
    endpoint.history[-1].body["messages"]          # its JSON; also .headers, .path, .query, .form, .prompt

It is a raw ASGI application, so it is reached in one of two ways:

    http_client = httpx2.AsyncClient(transport=httpx2.ASGITransport(endpoint))   # in this process
    with serving(endpoint) as url: ...             # a real socket on loopback, from `tests.fakes.server`

An answer is made by `says` (a chat completion), `failure` (a status and a body), `page` (HTML),
`stall` (never ends) or `cut` (breaks off in mid-body; over a socket only).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Cut(Exception):
    """Ends a connection in the middle of an answer."""


@dataclass(frozen=True)
class Reply:
    """An answer to give: status, body bytes and headers; `then` says how it goes wrong, if so."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Literal["end", "stall", "cut"] = "end"


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    body: dict[str, Any]
    headers: Mapping[str, str]
    path: str
    query: str

    @property
    def form(self) -> str:
        """How structured output was asked for, in the names of `evaluator.models.ladder.Form`."""
        if "tools" in self.body:
            return "tool"
        asked = self.body.get("response_format")
        if asked is None:
            return "prompt"
        if asked["type"] == "json_object":
            return "json_object"
        described = asked["json_schema"]
        if not described.get("strict"):
            return "schema"
        return "strict_schema" if bounded(described["schema"]) else "strict_loose_schema"

    @property
    def schema(self) -> dict[str, Any]:
        """The schema that the reply is to fit, wherever the request holds it; empty where nowhere."""
        if "tools" in self.body:
            return dict(self.body["tools"][0]["function"]["parameters"])
        described = self.body.get("response_format", {}).get("json_schema")
        if described is not None:
            return dict(described["schema"])
        _, found, rest = self.prompt.partition("JSON Schema:\n")
        return dict(json.JSONDecoder().raw_decode(rest)[0]) if found else {}

    @property
    def prompt(self) -> str:
        """All messages' text, joined."""
        return "\n".join(message["content"] for message in self.body["messages"])


Rule = Callable[[dict[str, Any]], bool]


class FakeEndpoint:
    """Answers by rules, then by a queue, then by default; remembers what it was asked."""

    def __init__(self, default: Callable[[Seen], Reply] | None = None, *, together: int = 1) -> None:
        """Take what to say when neither rule nor queue applies.

        `together`: how many requests must be in flight before any of them is answered.
        """
        self.default = default or obliging
        self.history: list[Seen] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self._gate = asyncio.Barrier(together)
        self._queue: list[Reply] = []
        self._rules: list[tuple[Rule, Reply]] = []

    def enqueue(self, *replies: Reply) -> None:
        """Give these answers next, in order, a request each."""
        self._queue.extend(replies)

    def refuse(self, when: Rule, reply: Reply) -> None:
        """Give this answer to every request whose body `when` holds for; the first rule wins."""
        self._rules.append((when, reply))

    @property
    def forms(self) -> list[str]:
        """The form of each request, oldest first."""
        return [seen.form for seen in self.history]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI has it."""
        raw = await _whole_body(receive)
        seen = Seen(
            body=json.loads(raw),
            headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
            path=scope["path"],
            query=scope["query_string"].decode(),
        )
        self.history.append(seen)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self._gate.wait()
            await _give(self._choose(seen), receive, send)
        finally:
            self.in_flight -= 1

    def _choose(self, seen: Seen) -> Reply:
        for when, reply in self._rules:
            if when(seen.body):
                return reply
        return self._queue.pop(0) if self._queue else self.default(seen)


def obliging(seen: Seen) -> Reply:
    """Answer with the least that fits the schema."""
    return says(json.dumps(filled(seen.schema)))


def filled(schema: Mapping[str, Any]) -> Any:
    """Return the least value that fits a JSON Schema of plain types; `{}` fits the empty one."""
    if "enum" in schema:
        return schema["enum"][0]
    least = {"string": "some words", "integer": schema.get("minimum", 0), "boolean": True, "array": []}
    if schema.get("type") in least:
        return least[schema["type"]]
    return {name: filled(part) for name, part in schema.get("properties", {}).items()}


def says(
    content: str | Sequence[Mapping[str, Any]] | None,
    *,
    finish_reason: str = "stop",
    model: str = "fake-model",
    usage: Mapping[str, Any] | None = None,
    tool_arguments: str | Mapping[str, Any] | None = None,
    **message: Any,
) -> Reply:
    """Return a chat completion; further keywords (`refusal`, `reasoning_content`) go into the message."""
    written: dict[str, Any] = {"role": "assistant", "content": content, **message}
    if tool_arguments is not None:
        called = {"name": "judgement", "arguments": tool_arguments}
        written["tool_calls"] = [{"id": "call_1", "type": "function", "function": called}]
    return answers(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": model,
            "choices": [{"index": 0, "message": written, "finish_reason": finish_reason}],
            "usage": usage or {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }
    )


def answers(payload: Any) -> Reply:
    """Return a 200 with any JSON."""
    return Reply(json.dumps(payload).encode(), headers={"content-type": "application/json"})


def failure(status: int, body: Any = None, **headers: str) -> Reply:
    """Return an error answer; `body` is sent as JSON, None as nothing. `retry_after="2"` sets a header."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = b"" if body is None else json.dumps(body).encode()
    return Reply(raw, status, {"content-type": "application/json", **named})


def page(status: int = 200) -> Reply:
    """Return a web page."""
    html = b"<!DOCTYPE html><html><body>Sign in: schema and grammar tools</body></html>"
    return Reply(html, status, {"content-type": "text/html"})


def stall() -> Reply:
    """Return an answer that never begins."""
    return Reply(then="stall")


def cut() -> Reply:
    """Return an answer that breaks off in the middle; over a socket only."""
    return Reply(b'{"choices": [', headers={"content-length": "4096"}, then="cut")


def bounded(schema: Any) -> bool:
    """Tell whether a JSON Schema holds a number or length bound anywhere."""
    if isinstance(schema, Mapping):
        bounds = {"minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength"}
        return bool(bounds & schema.keys()) or any(bounded(part) for part in schema.values())
    return isinstance(schema, list) and any(bounded(part) for part in schema)


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _give(reply: Reply, receive: Receive, send: Send) -> None:
    if reply.then == "stall":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    headers = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    unfinished = reply.then == "cut"
    await send({"type": "http.response.body", "body": reply.body, "more_body": unfinished})
    if unfinished:
        raise Cut
