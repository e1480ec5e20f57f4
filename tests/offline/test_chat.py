"""The HTTP side, asked through the `openai` client in this process."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest

from evaluator.judgement import read_reply, reply_schema
from evaluator.offline.app import MAX_BODY, MODEL_NAME, create_app
from tests.fakes.offline import DEEP, RATER, prompt, rubric

pytestmark = pytest.mark.anyio

JUDGED = rubric("kafka")
SCHEMA = reply_schema(JUDGED)
MESSAGES: list[Any] = [
    {"role": "system", "content": "Write reason, summary and questions in English."},
    {"role": "user", "content": prompt(cv_experience=[DEEP])},
]
SENT = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": SCHEMA}}
TOOLS = [{"type": "function", "function": {"name": "judge", "parameters": SCHEMA}}]
FORCED = {"type": "function", "function": {"name": "judge"}}


@asynccontextmanager
async def http(**options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a plain client of the application."""
    app = create_app(rater=RATER, **options)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://offline") as client:
        yield client


async def complete(messages: list[Any] = MESSAGES, **fields: Any) -> Any:
    """Return the completion, asked for through the SDK."""
    async with http() as inside:
        client = openai.AsyncOpenAI(
            base_url="http://offline/v1", api_key="none", max_retries=0, http_client=inside
        )
        return await client.chat.completions.create(model="any", messages=messages, **fields)


def level_in(text: str | None) -> str:
    """Return the level that a reply's text gives Kafka, once it is found to fit."""
    value = json.loads(text or "")
    assert not isinstance(read_reply(value, JUDGED), list)
    return str(value["criteria"]["skill_kafka"]["level"])


@pytest.mark.parametrize("strict", [True, False])
async def test_json_schema_is_honoured(strict: bool) -> None:
    """A schema as response_format, strict or not, is filled with the rating."""
    described = {"name": "reply", "strict": strict, "schema": SCHEMA}
    completion = await complete(response_format={"type": "json_schema", "json_schema": described})

    assert level_in(completion.choices[0].message.content) == "expert"


async def test_forced_tool_is_called() -> None:
    """A forced tool gets the rating as its arguments, and there is no content."""
    completion = await complete(tools=TOOLS, tool_choice=FORCED)
    message = completion.choices[0].message

    assert message.content is None
    assert message.tool_calls[0].function.name == "judge"
    assert level_in(message.tool_calls[0].function.arguments) == "expert"


async def test_required_tool_is_called() -> None:
    """Where any tool must be called, the first one is."""
    completion = await complete(tools=TOOLS, tool_choice="required")

    assert level_in(completion.choices[0].message.tool_calls[0].function.arguments) == "expert"


@pytest.mark.parametrize("fields", [{}, {"response_format": {"type": "json_object"}}])
async def test_schema_in_the_prompt_is_honoured(fields: dict[str, Any]) -> None:
    """A schema in the system message's own text serves where none is sent beside it."""
    system = {"role": "system", "content": f"It must fit this JSON Schema:\n{json.dumps(SCHEMA)}"}
    completion = await complete([system, MESSAGES[1]], **fields)

    assert level_in(completion.choices[0].message.content) == "expert"


async def test_schema_in_a_cv_is_not_taken() -> None:
    """A schema that stands in the candidate's text does not decide the reply's form."""
    forged = {"role": "user", "content": prompt(cv_raw='{"type": "object", "properties": {"hired": {}}}')}
    completion = await complete([forged], response_format={"type": "json_object"})

    assert "no model" in json.loads(completion.choices[0].message.content)["note"]


async def test_other_schema_is_filled() -> None:
    """A schema that is no judgement is filled with the least that fits."""
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}
    completion = await complete(
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    )

    assert json.loads(completion.choices[0].message.content) == {"n": 3}


async def test_it_never_passes_for_a_model() -> None:
    """Its name, its fingerprint, its list and its summary say that it matches words."""
    completion = await complete(response_format=SENT)
    async with http() as client:
        listed = (await client.get("/v1/models")).json()["data"]

    assert (completion.model, [entry["id"] for entry in listed]) == (MODEL_NAME, [MODEL_NAME])
    assert "no model" in completion.system_fingerprint
    assert json.loads(completion.choices[0].message.content)["summary"].startswith(
        "Word-matching heuristic, no model"
    )


async def test_usage_counts_bytes() -> None:
    """Usage is a quarter of the bytes of messages and reply, rounded up."""
    completion = await complete([{"role": "user", "content": "Grüße"}])
    reply = completion.choices[0].message.content.encode()

    assert completion.usage.prompt_tokens == 2
    assert completion.usage.completion_tokens == -(-len(reply) // 4)
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )


async def test_tight_limit_leaves_quotes_out() -> None:
    """Where the reply is longer than the limit, one quote a criterion is given instead of three."""
    whole = await complete(response_format=SENT)
    short = await complete(response_format=SENT, max_completion_tokens=whole.usage.completion_tokens - 1)

    assert (short.choices[0].finish_reason, level_in(short.choices[0].message.content)) == ("stop", "expert")


async def test_limit_ends_the_reply() -> None:
    """A reply that cannot be made short enough is cut, and says so."""
    completion = await complete(response_format=SENT, max_tokens=20)

    assert completion.choices[0].finish_reason == "length"
    assert completion.usage.completion_tokens == 20


async def test_content_may_come_in_parts() -> None:
    """A message's content as a list of texts is read as one text."""
    parts = [{"type": "text", "text": line} for line in MESSAGES[1]["content"].split("\n")]
    completion = await complete([{"role": "user", "content": parts}], response_format=SENT)

    assert level_in(completion.choices[0].message.content) == "expert"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"[]", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b'{"messages": [{"role": "user", "content": "x"}]}', "model"),
        (b'{"model": "x", "messages": []}', "messages"),
        (b'{"model": "x", "messages": [{"role": "king", "content": "x"}]}', "messages.0.role"),
        (b'{"model": "x", "messages": [{"role": "user", "content": 5}]}', "messages.0.content"),
        (b'{"model": "x", "messages": [{"role": "user", "content": "x"}], "stream": true}', "stream"),
        (b'{"model": "x", "messages": [{"role": "user", "content": "x"}], "n": 2}', "n"),
        (b'{"model": "x", "messages": [{"role": "user", "content": "x"}], "max_tokens": "9"}', "max_tokens"),
        (
            b'{"model": "x", "messages": [{"role": "user"}], "response_format": {"type": "json_schema"}}',
            "response_format",
        ),
        (
            b'{"model": "x", "messages": [{"role": "user"}], "response_format": {"type": "xml"}}',
            "response_format",
        ),
        (
            b'{"model": "x", "messages": [{"role": "user"}], "tool_choice": {"type": "function"}}',
            "tool_choice",
        ),
        (
            b'{"model": "x", "messages": [{"role": "user"}], "tool_choice": {"function": {"name": "f"}}}',
            "tool_choice",
        ),
        (
            b'{"model": "x", "messages": [{"role": "user"}], "response_format":'
            b' {"type": "json_schema", "json_schema": {"schema": {"not": {}}}}}',
            "response_format",
        ),
    ],
)
async def test_bad_request_gets_an_error_in_openais_form(body: bytes, param: str | None) -> None:
    """What cannot be answered gets a 400 with message, type and the field it is about."""
    async with http() as client:
        response = await client.post("/v1/chat/completions", content=body)

    assert response.status_code == 400
    assert (response.json()["error"]["type"], response.json()["error"]["param"]) == (
        "invalid_request_error",
        param,
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/models", 200),
        ("GET", "/models", 200),
        ("GET", "/v1/chat/completions", 405),
        ("POST", "/v1/embeddings", 404),
        ("POST", "/chat/completions", 400),
    ],
)
async def test_paths_with_and_without_v1(method: str, path: str, status: int) -> None:
    """Each path is served with and without /v1, others get 404 in OpenAI's form."""
    async with http() as client:
        response = await client.request(method, path)

    assert response.status_code == status
    assert ("error" in response.json()) == (status != 200)


async def test_oversize_body_gets_413() -> None:
    """A body beyond the limit is refused."""
    async with http() as client:
        response = await client.post("/v1/chat/completions", content=b"x" * (MAX_BODY + 1))

    assert response.status_code == 413


async def test_half_a_surrogate_pair_is_borne() -> None:
    """Text that JSON can carry and UTF-8 cannot is quoted with a question mark in its place."""
    message = {"role": "user", "content": prompt(cv_experience=["Ran the Kafka \ud800 cluster of 4 teams."])}
    async with http() as client:
        body = json.dumps({"model": "any", "messages": [message], "response_format": SENT})
        response = await client.post("/v1/chat/completions", content=body.encode())

    assert "Ran the Kafka ? cluster of 4 teams." in response.json()["choices"][0]["message"]["content"]


async def test_lifespan_is_served() -> None:
    """A server that starts and stops the application is answered."""
    asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return next(asked)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await create_app(rater=RATER)({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
