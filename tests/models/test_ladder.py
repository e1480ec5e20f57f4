"""The ladder of structured output, through the client and in the memory itself."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ModelReplyInvalid, ModelRequestRejected
from evaluator.models.client import ModelClient
from evaluator.models.ladder import FIRST_LIMIT, REMEMBERED_S, SECOND_LIMIT, EndpointMemory, Form, Plan
from tests.fakes import vendors
from tests.fakes.asking import (
    BASE_URL,
    QUESTION,
    Clock,
    asked,
    asked_at_once,
    asked_twice,
    client_of,
    fits,
    using,
)
from tests.fakes.endpoint import FakeEndpoint, Reply, Seen, bounded, failure, obliging, says

PLANS = st.builds(
    Plan,
    form=st.sampled_from(Form),
    limit_name=st.sampled_from([FIRST_LIMIT, SECOND_LIMIT]),
    dropped=st.frozensets(st.sampled_from(["temperature", "seed"])),
)


def _type_of(body: dict[str, Any]) -> Any:
    return body.get("response_format", {}).get("type")


def _has_bounds(body: dict[str, Any]) -> bool:
    return bounded(body.get("response_format", {}))


def _has_schema(body: dict[str, Any]) -> bool:
    return bool(_type_of(body) == "json_schema")


def _is_strict(body: dict[str, Any]) -> bool:
    return _has_schema(body) and "strict" in body["response_format"]["json_schema"]


def _has_format(body: dict[str, Any]) -> bool:
    return "response_format" in body


def _has_format_or_tools(body: dict[str, Any]) -> bool:
    return "response_format" in body or "tools" in body


@pytest.mark.parametrize(
    ("refused", "reply", "form"),
    [
        (_has_bounds, vendors.OPENAI_BOUNDS, Form.STRICT_LOOSE),
        (_has_bounds, vendors.GROQ_BOUNDS, Form.STRICT_LOOSE),
        (_has_bounds, vendors.VLLM_GRAMMAR, Form.STRICT_LOOSE),
        (_has_bounds, vendors.TOGETHER_GRAMMAR, Form.STRICT_LOOSE),
        (_is_strict, vendors.openai_error(400, "strict mode is not enabled here", None), Form.SCHEMA),
        (_has_schema, vendors.OPENAI_SCHEMA, Form.JSON_OBJECT),
        (_has_schema, vendors.DEEPSEEK_SCHEMA, Form.JSON_OBJECT),
        (_has_schema, vendors.GEMINI_SCHEMA, Form.JSON_OBJECT),
        (_has_schema, failure(400, {"error": "Bad Request"}), Form.JSON_OBJECT),
        (_has_format, vendors.LM_STUDIO_JSON_OBJECT, Form.TOOL),
        (
            _has_format_or_tools,
            vendors.openai_error(400, "tools and response_format are unknown", None),
            Form.PROMPT,
        ),
    ],
)
def test_form_steps_down_where_an_endpoint_refuses_it(
    refused: Callable[[dict[str, Any]], bool], reply: Reply, form: Form
) -> None:
    """Each refusal leads one rung down, to the first form that the endpoint takes."""
    endpoint = FakeEndpoint()
    endpoint.refuse(refused, reply)
    answer = asked(endpoint)
    assert answer.form == form
    assert endpoint.forms == list(Form)[: form.rung + 1]


def test_second_ask_goes_straight_to_the_form_that_worked() -> None:
    """What an endpoint refuses is remembered: the second ask makes one call."""
    endpoint = FakeEndpoint()
    endpoint.refuse(_has_schema, vendors.DEEPSEEK_SCHEMA)
    asked_twice(endpoint)
    assert endpoint.forms == [*list(Form)[:4], Form.JSON_OBJECT]


def test_stray_refusal_is_forgotten_after_a_while() -> None:
    """One refusal costs the stricter form for an hour, however much is asked meanwhile, and no longer."""
    clock, endpoint = Clock(), FakeEndpoint()
    endpoint.enqueue(vendors.OPENAI_BOUNDS)

    async def through_the_hour(client: ModelClient) -> None:
        for _ in range(4):
            await client.answer(QUESTION, fits, within_s=100)
            clock.now += REMEMBERED_S / 2 + 1

    using(client_of(endpoint, clock=clock), through_the_hour)
    assert endpoint.forms == [Form.STRICT, Form.STRICT_LOOSE, Form.STRICT_LOOSE, Form.STRICT, Form.STRICT]


def test_form_that_gave_no_reply_is_not_remembered() -> None:
    """A 200 without a reply does not show that the endpoint takes the form."""
    memory, endpoint = EndpointMemory(), FakeEndpoint()
    endpoint.enqueue(vendors.OPENAI_BOUNDS, says(None), says(None))
    with pytest.raises(ModelReplyInvalid):
        asked(endpoint, memory=memory)
    assert memory.plan(f"{BASE_URL}/", "fake-model") == Plan()


def test_asks_at_once_step_down_one_rung_together() -> None:
    """Several asks that meet the same refusal end on the next rung, not one rung each further down."""
    endpoint = FakeEndpoint()
    endpoint.refuse(_has_bounds, vendors.OPENAI_BOUNDS)
    answers = asked_at_once(endpoint, 6)
    assert {answer.form for answer in answers} == {Form.STRICT_LOOSE}
    assert Counter(endpoint.forms) == {Form.STRICT: 6, Form.STRICT_LOOSE: 6}


def test_ask_that_is_refused_catches_up_with_what_others_learnt() -> None:
    """An ask under way takes the lower of its own next rung and the one that worked meanwhile."""
    memory, endpoint = EndpointMemory(), FakeEndpoint()

    def refuse_once(seen: Seen) -> Reply:
        memory.learn(f"{BASE_URL}/", "fake-model", Plan(Form.TOOL))
        return vendors.OPENAI_SCHEMA if len(endpoint.history) == 1 else obliging(seen)

    endpoint.default = refuse_once
    asked(endpoint, memory=memory)
    assert endpoint.forms == [Form.STRICT, Form.TOOL]


def test_refusal_on_every_rung_is_an_error_and_leaves_no_trace() -> None:
    """An endpoint that takes no form at all gives an error, and nothing is learnt from it."""
    memory, endpoint = EndpointMemory(), FakeEndpoint(lambda _: vendors.OPENAI_SCHEMA)
    with pytest.raises(ModelRequestRejected, match=r"model\.test rejects the request for fake-model"):
        asked(endpoint, memory=memory)
    assert endpoint.forms == list(Form)
    assert memory.plan(f"{BASE_URL}/", "fake-model") == Plan()


def test_broken_grammar_on_the_lowest_rung_is_a_passing_fault() -> None:
    """Where there is no schema left to give up, a server that fails is tried again as it is."""
    endpoint = FakeEndpoint()
    endpoint.refuse(_has_format_or_tools, vendors.OPENAI_SCHEMA)
    endpoint.enqueue(vendors.VLLM_GRAMMAR)
    assert asked(endpoint).form == Form.PROMPT
    assert endpoint.forms[-2:] == [Form.PROMPT, Form.PROMPT]


def test_unknown_rejection_is_an_error_at_once() -> None:
    """A 400 that speaks of nothing we could change is not tried again."""
    endpoint = FakeEndpoint(
        lambda _: vendors.openai_error(400, "the widget is not of the right colour", None)
    )
    with pytest.raises(ModelRequestRejected):
        asked(endpoint)
    assert len(endpoint.history) == 1


@pytest.mark.parametrize("form", [Form.JSON_OBJECT, Form.TOOL, Form.PROMPT])
def test_schema_ends_the_system_message_where_the_form_does_not_carry_it(form: Form) -> None:
    """The schema and the word "json" stand at the end of the system message; the user's stays as it was."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda _: len(endpoint.history) <= form.rung, vendors.OPENAI_SCHEMA)
    asked(endpoint)
    system, user = endpoint.history[-1].body["messages"]
    assert system["content"].startswith("Judge.\n\n")
    assert "json object" in system["content"]
    assert system["content"].endswith('"additionalProperties":false}')
    assert user["content"] == "The candidate."


def test_schema_makes_a_system_message_where_there_is_none() -> None:
    """Without a system message the schema becomes one, in front."""
    endpoint = FakeEndpoint()
    endpoint.refuse(_has_format_or_tools, vendors.OPENAI_SCHEMA)
    answer = asked(endpoint, ask={"messages": ()})
    assert [message["role"] for message in endpoint.history[-1].body["messages"]] == ["system"]
    assert answer.value == {"level": "none", "score": 0}


def test_tool_is_forced_and_never_sent_with_a_response_format() -> None:
    """The tool rung names its one tool, and asks for no response format beside it."""
    endpoint = FakeEndpoint()
    endpoint.refuse(_has_format, vendors.LM_STUDIO_JSON_OBJECT)
    asked(endpoint)
    body = endpoint.history[-1].body
    assert body["tool_choice"] == {"type": "function", "function": {"name": "judgement"}}
    assert "response_format" not in body


def test_memory_keeps_endpoints_and_models_apart() -> None:
    """What one model refuses says nothing of another model or endpoint."""
    memory = EndpointMemory()
    memory.learn("http://a/v1", "one", Plan(Form.TOOL))
    assert memory.plan("http://a/v1", "one") == Plan(Form.TOOL)
    assert memory.plan("http://a/v1", "two") == Plan()
    assert memory.plan("http://b/v1", "one") == Plan()


@given(st.lists(PLANS, max_size=6), PLANS)
def test_memory_only_ever_moves_down(accepted: list[Plan], last: Plan) -> None:
    """Nothing learnt later brings back a form, a name or a parameter that was given up."""
    memory = EndpointMemory()
    for plan in [*accepted, last]:
        before = memory.plan("url", "model")
        memory.learn("url", "model", plan)
        after = memory.plan("url", "model")
        assert after.form.rung >= max(before.form.rung, plan.form.rung)
        assert after.dropped == before.dropped | plan.dropped
        assert (after.limit_name == SECOND_LIMIT) == (SECOND_LIMIT in (before.limit_name, plan.limit_name))


def test_plan_ends_where_nothing_is_left_to_change() -> None:
    """The lowest form has none below, the limit has two names, and a parameter is dropped once."""
    lowest = Plan(Form.PROMPT, SECOND_LIMIT, frozenset({"seed"}))
    assert lowest.lower() is None
    assert lowest.swapped() is None
    assert lowest.without("seed") is None
