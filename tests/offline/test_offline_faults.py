"""Faults on purpose: each as an endpoint shows it, in the shares and the sequence asked for."""

import json
from collections import Counter
from typing import Any

import httpx2
import pytest

from evaluator.judgement import read_reply, reply_schema
from evaluator.offline.app import create_app
from evaluator.offline.faults import Dice, Fault, Faults
from tests.fakes.offline import DEEP, RATER, prompt, rubric

pytestmark = pytest.mark.anyio

JUDGED = rubric("kafka")
BODY = {
    "model": "any",
    "messages": [{"role": "user", "content": prompt(cv_experience=[DEEP])}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "r", "schema": reply_schema(JUDGED)}},
}


async def ask(faults: Faults, *, times: int = 1, **options: Any) -> list[httpx2.Response]:
    """Return the answers of an application with `faults`."""
    app = create_app(rater=RATER, faults=faults, **options)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://offline") as client:
        return [await client.post("/v1/chat/completions", json=BODY) for _ in range(times)]


def choice(response: httpx2.Response) -> Any:
    """Return the one choice of a completion."""
    return response.json()["choices"][0]


async def test_rate_limit_asks_to_wait() -> None:
    """A 429 carries Retry-After and an error in OpenAI's form."""
    (response,) = await ask(Faults(rate_limited=1, retry_after_s=7))

    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.json()["error"]["code"] == "rate_limit_exceeded"


async def test_failure_is_500_or_503() -> None:
    """A failing endpoint answers with one of two statuses, both in time."""
    statuses = {response.status_code for response in await ask(Faults(failing=1, seed=3), times=12)}

    assert statuses == {500, 503}


async def test_malformed_reply_is_no_json_or_does_not_fit() -> None:
    """A malformed reply comes as 200, broken in its syntax or lacking slots."""
    texts = [choice(each)["message"]["content"] for each in await ask(Faults(malformed=1, seed=1), times=12)]
    readable = [text for text in texts if text.endswith("}")]

    assert 0 < len(readable) < len(texts)
    assert all(isinstance(read_reply(json.loads(text), JUDGED), list) for text in readable)


async def test_truncated_reply_ends_at_the_limit() -> None:
    """A truncated reply says so in its finish_reason."""
    (response,) = await ask(Faults(truncated=1))

    assert choice(response)["finish_reason"] == "length"


async def test_refusal_has_no_content() -> None:
    """A refusal comes in its own field."""
    (response,) = await ask(Faults(refused=1))

    assert choice(response)["message"]["content"] is None
    assert choice(response)["message"]["refusal"]


async def test_json_schema_is_refused_alone() -> None:
    """Where json_schema is refused, other forms still work."""
    app = create_app(rater=RATER, faults=Faults(refuse_json_schema=True))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://offline") as client:
        refused = await client.post("/v1/chat/completions", json=BODY)
        other = {**BODY, "response_format": {"type": "json_object"}}
        taken = await client.post("/v1/chat/completions", json=other)

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert refused.json()["error"]["param"] == "response_format"


async def test_latency_and_jitter_are_borne() -> None:
    """A latency with jitter changes nothing in the answer."""
    slow, quick = (await ask(Faults(jitter_s=0.001, seed=1), latency_s=0.001)), await ask(Faults())

    assert choice(slow[0]) == choice(quick[0])


def test_same_seed_gives_the_same_sequence() -> None:
    """Two sequences of one seed are equal, and of two seeds are not."""
    faults = Faults(rate_limited=0.3, malformed=0.3, seed=1)
    first, again, other = (
        [dice.fault() for _ in range(50)]
        for dice in (Dice(faults), Dice(faults), Dice(Faults(rate_limited=0.3, malformed=0.3, seed=2)))
    )

    assert first == again != other


def test_shares_are_kept() -> None:
    """Over many requests each fault comes about as often as asked."""
    asked = {Fault.RATE_LIMITED: 0.1, Fault.REFUSED: 0.2, None: 0.7}
    dice = Dice(Faults(rate_limited=0.1, refused=0.2, seed=1))
    counts = Counter(dice.fault() for _ in range(10_000))

    assert {fault: round(counts[fault] / 10_000, 1) for fault in counts} == asked


@pytest.mark.parametrize(
    "faults", [{"failing": 1.1}, {"failing": -0.1}, {"failing": 0.6, "refused": 0.6}, {"jitter_s": -1}]
)
def test_impossible_shares_are_refused(faults: dict[str, float]) -> None:
    """Shares outside 0 to 1, alone or together, are an error."""
    with pytest.raises(ValueError, match=r"between 0 and 1|not negative"):
        Faults(**faults)  # type: ignore[arg-type]  # the point is to pass what does not fit
