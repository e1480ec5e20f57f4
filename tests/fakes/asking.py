"""Asking a fake endpoint through the real client, with a clock that only moves when someone sleeps."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import httpx2

from evaluator.models.ask import Answer, Ask, Message
from evaluator.models.client import ModelClient
from evaluator.models.connection import connect
from evaluator.models.prices import Price, PriceTable
from tests.fakes.endpoint import FakeEndpoint

Result = TypeVar("Result")

BASE_URL = "http://model.test/v1"
FITTING = '{"level": "basic", "score": 3}'


def schema(*, bounded: bool) -> dict[str, Any]:
    """Return a small schema in the style of the real one."""
    score = {"type": "integer"} | ({"minimum": 0, "maximum": 10} if bounded else {})
    return {
        "type": "object",
        "properties": {"level": {"type": "string", "enum": ["none", "basic"]}, "score": score},
        "required": ["level", "score"],
        "additionalProperties": False,
    }


QUESTION = Ask(
    messages=(Message("system", "Judge."), Message("user", "The candidate.")),
    schema=schema(bounded=True),
    loose_schema=schema(bounded=False),
    schema_name="judgement",
    model="fake-model",
    max_output_tokens=500,
    temperature=0.2,
    seed=7,
)


def fits(value: Any) -> list[str]:
    """Check a reply as the real check does: a sentence for each thing that does not fit."""
    wrong = []
    if not isinstance(value, Mapping) or value.get("level") not in ("none", "basic"):
        wrong.append("/level: must be none or basic")
    if not isinstance(value, Mapping) or not isinstance(value.get("score"), int):
        wrong.append("/score: required, and not there")
    return wrong


class Clock:
    """Seconds that pass only in `sleep`; `slept` lists each pause."""

    def __init__(self) -> None:
        """Begin at 1,000 seconds."""
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the seconds so far."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def client_of(endpoint: FakeEndpoint, *, clock: Clock | None = None, **options: Any) -> ModelClient:
    """Return a client whose calls reach the endpoint in this process; jitter is always at its highest."""
    http_client = httpx2.AsyncClient(transport=httpx2.ASGITransport(endpoint))
    clock = clock or Clock()
    given: dict[str, Any] = {
        "max_concurrency": 8,
        "call_timeout_s": 60.0,
        "clock": clock,
        "time_of_day": clock,
        "sleep": clock.sleep,
        "uniform": lambda low, high: high,
    }
    return ModelClient(
        connect(BASE_URL, "sk-secret", pool_size=8, http_client=http_client),
        PriceTable({"fake-model": Price(input=1.0, cached_input=0.5, output=2.0)}),
        **given | options,
    )


def asked(endpoint: FakeEndpoint, *, within_s: float = 100.0, **options: Any) -> Answer:
    """Ask the question once on a new client and return the answer."""
    ask = replace(QUESTION, **options.pop("ask", {}))
    return using(client_of(endpoint, **options), lambda client: client.answer(ask, fits, within_s=within_s))


def asked_twice(endpoint: FakeEndpoint) -> list[Answer]:
    """Ask twice on one client, one after the other."""

    async def both(client: ModelClient) -> list[Answer]:
        return [await client.answer(QUESTION, fits, within_s=100) for _ in range(2)]

    return using(client_of(endpoint), both)


def asked_at_once(endpoint: FakeEndpoint, count: int, **options: Any) -> list[Answer]:
    """Ask `count` times on one client, all at once."""

    async def all_at_once(client: ModelClient) -> list[Answer]:
        return await asyncio.gather(*(client.answer(QUESTION, fits, within_s=100) for _ in range(count)))

    return using(client_of(endpoint, **options), all_at_once)


def using(client: ModelClient, work: Callable[[ModelClient], Awaitable[Result]]) -> Result:
    """Run `work` with the client on a new loop, and close it."""

    async def run() -> Result:
        try:
            return await work(client)
        finally:
            await client.aclose()

    return asyncio.run(run())
