"""The scripted model's replies."""

import json
from itertools import repeat

from bench.example import question, result
from bench.scripted_model import completion_for, reply_for
from evaluator.judgement import Finding, Reply, read_reply, reply_schema
from evaluator.rubric import Criterion, Level, Rubric

RUBRIC = Rubric(tuple(Criterion(key, key, 1.0, Level.STRONG, "skill") for key in ("python", "sql")))
CV = "Wrote and ran the ledger of a payment house in Python, four million postings a day, for six years."


def asked(user: str) -> bytes:
    """Return a chat-completions request for the rubric's reply."""
    schema = {"name": "assessment", "strict": True, "schema": reply_schema(RUBRIC)}
    form = {"type": "json_schema", "json_schema": schema}
    return json.dumps({"messages": [{"role": "user", "content": user}], "response_format": form}).encode()


def test_reply_fits_the_schema_of_the_rubric() -> None:
    """The service takes the reply as it is, with no repair turn and no deduction for a missing quote."""
    reply = read_reply(reply_for(reply_schema(RUBRIC), repeat("word for word")), RUBRIC)

    assert isinstance(reply, Reply)
    assert {each.finding for each in reply.criteria.values()} == {Finding.EVIDENCED}
    assert [len(each.quotes) for each in reply.criteria.values()] == [1, 1]


def test_completion_quotes_the_cv_of_the_prompt() -> None:
    """Quotes stand in the CV word for word, so that the check of quotes does its usual work."""
    completion, quotes = completion_for(asked(f"<job>\nNot this\n</job>\n<cv_raw>\n{CV}\n</cv_raw>"))
    reply = json.loads(json.loads(completion)["choices"][0]["message"]["content"])
    texts = [quote["text"] for each in reply["criteria"].values() for quote in each["quotes"]]

    assert quotes
    assert len(texts) == 2
    assert all(text in CV for text in texts)


def test_example_gets_a_rating_from_it() -> None:
    """The reference's example, which asks for less, gets a reply that fits too and quotes nothing."""
    completion, quotes = completion_for(json.dumps(question({"candidate_id": "c1"})).encode())
    content = json.loads(completion)["choices"][0]["message"]["content"]

    assert not quotes
    assert result({"candidate_id": "c1"}, content)["rating"] == 61
