"""Hostile prompts: long, deep or repetitive text is answered with bounded work."""

import json
from typing import Any

import pytest

from evaluator.judgement import reply_schema
from evaluator.offline.chat import read_request
from evaluator.offline.completion import completion
from evaluator.offline.material import MAX_PASSAGES, Material
from evaluator.offline.reading import Line
from tests.fakes.offline import DEEP, RATER, prompt, rubric

SIZE = 100_000
TEXTS = {
    "one word": "a" * SIZE,
    "one skill": "kafka " * (SIZE // 6),
    "clauses without end": "".join(f"kafka {number};" for number in range(SIZE // 12)),
    "denials": "I have not worked with " * (SIZE // 23),
    "brackets": "(a, " * (SIZE // 4),
    "full stops": ". " * (SIZE // 2),
    "spaces": " " * SIZE,
    "dashes": " - " * (SIZE // 3),
    "short lines": "x\n" * (SIZE // 2),
    "headings": "# not used kafka\n" * (SIZE // 17),
    "years": "2020 " * (SIZE // 5),
    "marks": "a\u0301" * (SIZE // 2),
    "without spaces": "卡夫卡数据。" * (SIZE // 6),
}
SCHEMA = reply_schema(rubric("kafka", "docker"))


SENT = {"type": "json_schema", "json_schema": {"name": "r", "schema": SCHEMA}}


def answer(*messages: dict[str, Any], **form: Any) -> dict[str, Any]:
    """Return the completion for messages."""
    body = json.dumps({"model": "any", "messages": list(messages), **form})
    return completion(read_request(body.encode()), RATER)


@pytest.mark.parametrize("part", ["cv_raw", "cv_experience", "form", "comments", "job", "rubric"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_long_text_is_answered(text: str, part: str) -> None:
    """Any long text in any fence gives a reply."""
    made = answer({"role": "user", "content": prompt(**{part: text})}, response_format=SENT)

    assert made["choices"][0]["finish_reason"] == "stop"


OUTSIDE = {
    "openings": "<a>\n" * 100_000,
    "openings and text": "<a>\n" * 60 + "x" * SIZE,
    "broken objects": '{"' * SIZE,
    "deep lists": '{"a":' + "[" * SIZE,
    "languages": "in German " * 10_000,
    "nothing": "",
}


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_text_outside_of_fences_is_answered(text: str) -> None:
    """Any text that is no prompt of ours gets a reply without a rating, in any form."""
    messages = [{"role": "system", "content": text}, {"role": "user", "content": "Hello."}]
    filled, plain = answer(*messages, response_format=SENT), answer(*messages)

    assert '"overall":0' in filled["choices"][0]["message"]["content"]
    assert "{" not in plain["choices"][0]["message"]["content"]


def test_passages_are_bounded() -> None:
    """What lies beyond the bound is left out."""
    lines = (Line(f"Used kafka number {number}.", "work", 0) for number in range(MAX_PASSAGES + 50))

    assert len(Material(lines, RATER.tables.lexicon).passages) == MAX_PASSAGES


def test_many_criteria_are_answered() -> None:
    """A schema with hundreds of criteria gets every one of them."""
    schema = reply_schema(rubric(*(f"skill{number}" for number in range(300))))
    slots = schema["properties"]["criteria"]["properties"]

    assert RATER.rate([], [prompt(cv_experience=[DEEP])], slots)["criteria"].keys() == slots.keys()
