"""A scripted model behind `evaluator.models.ask.Model`, and replies that fit a rubric.

    model = FakeModel()                                  # answers every question with a fitting reply
    model.enqueue(reply_for(rubric, {...}), ModelTimeout("no answer"))    # the next two answers, in order
    model.enqueue(NEVER)                                 # an answer that does not come until it is cancelled
    model.history[-1].messages                           # every question asked, oldest first

A reply that does not fit its check fails as the real client does when its repair turn fails too.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evaluator.errors import ModelReplyInvalid
from evaluator.models.ask import Answer, Ask, Check, Usage
from evaluator.rubric import Rubric

USAGE = Usage(prompt_tokens=1_000, completion_tokens=200, cached_tokens=800, calls=1)
"""What each answer takes, but for its cost."""


NEVER: Mapping[str, Any] = {"never": True}
"""Stands in the queue for an answer that does not come."""


class FakeModel:
    """Gives the queued answers in order, then replies in which nothing is evidenced; raises queued errors."""

    def __init__(
        self, *, latency_s: float = 0.5, cost_usd: float | None = 0.0025, name: str | None = None
    ) -> None:
        """`latency_s` and `cost_usd` are what the answers say they took; no time passes.

        `name` is the model's own name for itself, where it is not the name it is asked by.
        """
        self.history: list[Ask] = []
        self.within: list[float] = []
        self.cancelled = 0
        self.asked = asyncio.Event()
        self._queue: list[Mapping[str, Any] | BaseException] = []
        self._latency_s = latency_s
        self._name = name
        self._usage = replace(USAGE, cost_usd=cost_usd)

    def enqueue(self, *answers: Mapping[str, Any] | BaseException) -> None:
        """Queue replies to give and errors to raise."""
        self._queue.extend(answers)

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """See evaluator.models.ask.Model."""
        self.history.append(ask)
        self.within.append(within_s)
        self.asked.set()
        answer = self._queue.pop(0) if self._queue else empty_reply(ask.schema)
        try:
            await (asyncio.Event().wait() if answer is NEVER else asyncio.sleep(0))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if isinstance(answer, BaseException):
            raise answer
        if wrong := check(answer):
            raise ModelReplyInvalid("; ".join(wrong))
        return Answer(
            value=answer,
            text=json.dumps(answer),
            model=self._name or f"{ask.model}-2026",
            form="strict_schema",
            usage=self._usage,
            latency_s=self._latency_s,
        )


def judged(level: str, *quotes: str, finding: str = "evidenced", source: str = "cv") -> dict[str, Any]:
    """Return what a reply says of one criterion."""
    return {
        "quotes": [{"source": source, "text": text} for text in quotes],
        "reason": f"The passages show {level}.",
        "finding": finding,
        "level": level,
    }


NOTHING = judged("none", finding="not_evidenced")
"""A criterion that nothing bears on."""


def reply_for(
    rubric: Rubric, criteria: Mapping[str, Mapping[str, Any]] | None = None, **slots: Any
) -> dict[str, Any]:
    """Return a reply that fits `rubric`; criteria that are not named are not evidenced."""
    return _reply({key: (criteria or {}).get(key, NOTHING) for key in rubric.ids}, **slots)


def empty_reply(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reply that fits the schema of a question, with nothing evidenced."""
    return _reply(dict.fromkeys(schema["properties"]["criteria"]["required"], NOTHING))


def _reply(criteria: Mapping[str, Mapping[str, Any]], **slots: Any) -> dict[str, Any]:
    return {
        "criteria": criteria,
        "summary": "Nine years of backend work.",
        "strengths": ["Ran what was built."],
        "concerns": ["Little is said of the team."],
        "questions": ["What was the largest incident?"],
        "overall": 50,
        **slots,
    }
