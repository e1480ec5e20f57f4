"""Parameters that an endpoint refuses: dropped or renamed, once, and remembered."""

import pytest

from evaluator.errors import ModelRequestRejected
from tests.fakes import vendors
from tests.fakes.asking import asked, asked_twice
from tests.fakes.endpoint import FakeEndpoint


def test_temperature_is_dropped_and_stays_dropped() -> None:
    """A refused temperature is left out from then on, and nothing else with it."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda body: "temperature" in body, vendors.OPENAI_TEMPERATURE)
    asked_twice(endpoint)
    assert [seen.body.get("temperature") for seen in endpoint.history] == [0.2, None, None]
    assert [seen.body["seed"] for seen in endpoint.history] == [7, 7, 7]


def test_seed_is_dropped_where_the_body_is_mistrals() -> None:
    """A 422 whose detail names the field is read as well as a 400."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda body: "seed" in body, vendors.MISTRAL_SEED)
    answer = asked(endpoint)
    assert [seen.body.get("seed") for seen in endpoint.history] == [7, None]
    assert answer.form == "strict_schema"


def test_limit_changes_its_name_and_keeps_it() -> None:
    """`max_tokens` is tried first and gives way to `max_completion_tokens` for good."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda body: "max_tokens" in body, vendors.OPENAI_MAX_TOKENS)
    asked_twice(endpoint)
    assert [seen.body.get("max_tokens") for seen in endpoint.history] == [500, None, None]
    assert [seen.body.get("max_completion_tokens") for seen in endpoint.history] == [None, 500, 500]


def test_limit_is_swapped_once_only() -> None:
    """An endpoint that refuses both names gets no third request."""
    endpoint = FakeEndpoint(lambda _: vendors.OPENAI_MAX_TOKENS)
    with pytest.raises(ModelRequestRejected):
        asked(endpoint)
    assert len(endpoint.history) == 2


@pytest.mark.parametrize(
    "words",
    [
        "max_tokens is too large: 500. This model supports at most 100 completion tokens",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 100]",
        "max_tokens: 500 > 100, which is the maximum allowed number of output tokens",
    ],
)
def test_limit_that_is_too_large_is_named(words: str) -> None:
    """A limit beyond the model's is for the pack's author to lower, and no other name mends it."""
    endpoint = FakeEndpoint(lambda _: vendors.openai_error(400, words, None))
    with pytest.raises(ModelRequestRejected, match="lower the pack's output tokens"):
        asked(endpoint)
    assert len(endpoint.history) == 1


def test_limit_in_passing_changes_nothing() -> None:
    """An error that only mentions the limit is no reason to rename it."""
    endpoint = FakeEndpoint(lambda _: vendors.openai_error(400, "max_tokens was 500, the dog barked", None))
    with pytest.raises(ModelRequestRejected):
        asked(endpoint)
    assert len(endpoint.history) == 1


def test_several_refusals_are_met_one_after_the_other() -> None:
    """Name, temperature, seed and form are each given up in turn, within one ask."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda body: "max_tokens" in body, vendors.OPENAI_MAX_TOKENS)
    endpoint.refuse(lambda body: "temperature" in body, vendors.OPENAI_TEMPERATURE)
    endpoint.refuse(lambda body: "seed" in body, vendors.MISTRAL_SEED)
    endpoint.refuse(lambda body: "json_schema" in str(body), vendors.OPENAI_SCHEMA)
    asked(endpoint)
    sent = endpoint.history[-1].body.keys()
    assert sent == {"model", "messages", "max_completion_tokens", "response_format"}


def test_parameters_go_before_the_form_where_no_upstream_takes_them_all() -> None:
    """OpenRouter does not say which parameter it is: seed and temperature go first, then the form."""
    endpoint = FakeEndpoint()
    endpoint.refuse(lambda body: bool({"seed", "temperature"} & body.keys()), vendors.OPENROUTER_PARAMETERS)
    answer = asked(endpoint)
    assert answer.form == "strict_schema"
    assert len(endpoint.history) == 3


def test_what_is_none_is_not_sent() -> None:
    """An ask without temperature and seed sends neither."""
    endpoint = FakeEndpoint()
    asked(endpoint, ask={"temperature": None, "seed": None})
    assert not {"temperature", "seed"} & endpoint.history[0].body.keys()
