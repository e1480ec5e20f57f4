"""Replies: read wherever they stand, repaired once, and counted."""

import json

import pytest

from evaluator import errors
from tests.fakes.asking import FITTING, QUESTION, asked
from tests.fakes.endpoint import FakeEndpoint, Reply, answers, says

VALUE = {"level": "basic", "score": 3}
MISFIT = '{"level": "superb"}'


@pytest.mark.parametrize(
    "reply",
    [
        says(FITTING),
        says(f"```json\n{FITTING}\n```"),
        says(f"Here is my judgement:\n{FITTING}\nI hope it helps {{you}}."),
        says(f"<think>First {MISFIT}, then</think>\n{FITTING}"),
        says(f"<think>It never ends {FITTING}"),
        says(f"The CV says {MISFIT}, but I say {FITTING}"),
        says(None, reasoning_content=f"So: {FITTING}"),
        says(" \n ", reasoning=FITTING),
        says(None, tool_arguments=FITTING),
        says(None, tool_arguments=VALUE),
        says([{"type": "thinking", "thinking": []}, {"type": "text", "text": FITTING}]),
    ],
)
def test_reply_is_read_where_it_stands(reply: Reply) -> None:
    """Fences, prose, thinking, reasoning fields, tools and parts all give the object, in one call."""
    endpoint = FakeEndpoint(lambda _: reply)
    answer = asked(endpoint)
    assert answer.value == VALUE
    assert not answer.repaired
    assert len(endpoint.history) == 1


def test_answer_tells_what_it_took() -> None:
    """Model, form, text, tokens and cost of the one call come with the value."""
    used = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}}
    answer = asked(FakeEndpoint(lambda _: says(FITTING, model="fake-model-2026-01-31", usage=used)))
    assert (answer.model, answer.form, answer.text) == ("fake-model-2026-01-31", "strict_schema", FITTING)
    assert (answer.usage.prompt_tokens, answer.usage.cached_tokens, answer.usage.calls) == (1000, 400, 1)
    assert answer.usage.cost_usd == pytest.approx((600 * 1.0 + 400 * 0.5 + 100 * 2.0) / 1e6)


def test_misfit_is_repaired_in_one_turn() -> None:
    """The second turn shows the reply, names what is wrong, and samples differently."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(MISFIT), says(FITTING))
    answer = asked(endpoint)
    shown, demand = endpoint.history[1].body["messages"][2:]
    assert (answer.value, answer.repaired) == (VALUE, True)
    assert shown == {"role": "assistant", "content": MISFIT}
    assert "- /level: must be none or basic\n- /score: required, and not there\n" in demand["content"]
    assert [seen.body["seed"] for seen in endpoint.history] == [7, 8]
    assert [seen.body["temperature"] for seen in endpoint.history] == [0.2, 0.5]


def test_repair_leaves_the_first_messages_as_they_were() -> None:
    """The repair turn is put behind: what came before stays the same, byte for byte, for prompt caches."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(MISFIT), says(FITTING))
    asked(endpoint)
    first, second = (seen.body["messages"] for seen in endpoint.history)
    assert second[: len(first)] == first


def test_usage_sums_over_the_repair_turn() -> None:
    """A reply that did not fit was paid for too."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(MISFIT), says(FITTING))
    usage = asked(endpoint).usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.calls) == (200, 40, 2)
    assert usage.cost_usd == pytest.approx(280 / 1e6)


@pytest.mark.parametrize("text", [MISFIT, "I would rather not use JSON.", '{"level": "basic", "sc'])
def test_misfit_twice_is_an_error(text: str) -> None:
    """After one repair turn the reply is given up, and its text is not repeated."""
    endpoint = FakeEndpoint(lambda _: says(text))
    with pytest.raises(errors.ModelReplyInvalid) as caught:
        asked(endpoint)
    assert len(endpoint.history) == 2
    assert text not in str(caught.value)


def test_reply_that_is_no_json_is_told_where_it_breaks() -> None:
    """The repair turn names line and column of the fault of syntax, and shows the schema."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says('{"level": basic}'), says(FITTING))
    asked(endpoint)
    demand = endpoint.history[1].body["messages"][-1]["content"]
    assert "no valid JSON: Expecting value (line 1, column 11)" in demand
    assert json.dumps(QUESTION.loose_schema, separators=(",", ":")) in demand


def test_blank_reply_does_not_use_up_the_repair_turn() -> None:
    """After a blank reply the next one may still be repaired, once, each turn sampled differently."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(None), says(MISFIT), says(FITTING))
    answer = asked(endpoint)
    assert (answer.value, answer.repaired) == (VALUE, True)
    assert [seen.body["seed"] for seen in endpoint.history] == [7, 8, 9]


def test_blank_reply_to_the_repair_turn_is_sampled_again() -> None:
    """The repair turn goes out once more as it was; a second misfit ends it."""
    endpoint = FakeEndpoint(lambda _: says(MISFIT))
    endpoint.enqueue(says(MISFIT), says(None))
    with pytest.raises(errors.ModelReplyInvalid):
        asked(endpoint)
    sent = [seen.body["messages"] for seen in endpoint.history]
    assert (len(sent), sent[1]) == (3, sent[2])


def test_reply_after_a_blank_one_is_not_repaired() -> None:
    """Sampling again is no repair turn."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(None), says(FITTING))
    assert not asked(endpoint).repaired


@pytest.mark.parametrize(
    ("reply", "told"),
    [('{"level": "basic"}', "one fault against the schema"), (MISFIT, "2 faults against the schema")],
)
def test_faults_are_counted_in_the_error(reply: str, told: str) -> None:
    """The error says how many things did not fit, one in the singular."""
    with pytest.raises(errors.ModelReplyInvalid, match=f": {told};"):
        asked(FakeEndpoint(lambda _: says(reply)))


def test_error_tells_what_was_spent() -> None:
    """Calls, tokens and cost of replies that were of no use hang on the error."""
    with pytest.raises(errors.ModelReplyInvalid) as caught:
        asked(FakeEndpoint(lambda _: says(MISFIT)))
    spent = caught.value.spent
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (2, 200, 40)
    assert spent.cost_usd == pytest.approx(280 / 1e6)


@pytest.mark.parametrize(
    "reply",
    [
        says("   \n\n  "),
        says(None),
        says(None, reasoning_content="hm, no object here"),
        answers({"choices": []}),
        answers({"choices": None}),
        answers({"choices": [{"message": None}]}),
    ],
)
def test_blank_reply_is_sampled_again_and_then_given_up(reply: Reply) -> None:
    """Nothing to repair: the same messages go out once more, sampled differently."""
    endpoint = FakeEndpoint(lambda _: reply)
    with pytest.raises(errors.ModelReplyInvalid):
        asked(endpoint)
    first, second = (seen.body for seen in endpoint.history)
    assert second["messages"] == first["messages"]
    assert (second["seed"], second["temperature"]) == (8, 0.5)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"temperature": 1.0, "seed": None}, {"temperature": 0.7}),
        ({"temperature": None, "seed": 0}, {"seed": 1}),
        ({"temperature": None, "seed": None}, {}),
    ],
)
def test_sampling_again_leaves_out_what_was_left_out(
    first: dict[str, float | None], second: dict[str, float]
) -> None:
    """What an ask leaves out stays out; a high temperature is lowered, not raised."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says(None), says(FITTING))
    asked(endpoint, ask=first)
    sent = endpoint.history[1].body
    assert {name: sent[name] for name in ("temperature", "seed") if name in sent} == second


def test_repair_keeps_the_form_that_was_reached() -> None:
    """A blank reply on a lower rung is sampled again on that rung."""
    endpoint = FakeEndpoint()
    endpoint.refuse(
        lambda body: "json_schema" in str(body), Reply(b'{"error": "json_schema is unknown"}', 400)
    )
    endpoint.enqueue(says("   "), says(FITTING))
    asked(endpoint)
    assert endpoint.forms[-2:] == ["json_object", "json_object"]


def test_half_a_surrogate_pair_in_a_reply_can_be_sent_back() -> None:
    """A reply that holds what has no UTF-8 form is shown to the model with a mark in its place."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(says('{"level": "\ud800"}'), says(FITTING))
    asked(endpoint)
    assert endpoint.history[1].body["messages"][2]["content"] == '{"level": "?"}'


def test_text_of_any_script_reaches_the_endpoint_as_it_is() -> None:
    """Nothing is escaped away between the ask and the endpoint."""
    endpoint = FakeEndpoint()
    messages = (*QUESTION.messages[:1], type(QUESTION.messages[0])("user", 'Żółć 履歴書 \u2028 🙂 "x"'))
    asked(endpoint, ask={"messages": messages})
    assert endpoint.history[0].body["messages"][1]["content"] == 'Żółć 履歴書 \u2028 🙂 "x"'
