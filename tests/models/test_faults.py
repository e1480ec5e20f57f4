"""Errors of an endpoint: each becomes its own error, and says nothing it must not."""

import pytest

from evaluator import errors
from tests.fakes import vendors
from tests.fakes.asking import asked
from tests.fakes.endpoint import FakeEndpoint, Reply, answers, failure, page, says

FINAL = [
    (vendors.OPENAI_KEY, errors.ModelKeyRejected, "EVALUATOR_MODEL_API_KEY"),
    (failure(401, {"error": {"code": "sk-secret-1"}}), errors.ModelKeyRejected, r"\(401\)"),
    (vendors.GEMINI_KEY, errors.ModelKeyRejected, "EVALUATOR_MODEL_API_KEY"),
    (failure(403, {"error": {"message": "no access"}}), errors.ModelForbidden, "ask for access"),
    (page(403), errors.ModelForbidden, "ask for access"),
    (failure(404, {"error": "model 'x' not found"}), errors.ModelNotFound, "EVALUATOR_MODEL_NAME"),
    (failure(400, {"error": {"message": "Model Not Exist"}}), errors.ModelNotFound, "EVALUATOR_MODEL_NAME"),
    (page(404), errors.ModelNotFound, "EVALUATOR_MODEL_BASE_URL"),
    (page(200), errors.ModelNotFound, "web page"),
    (failure(307, location="http://elsewhere.test/"), errors.ModelNotFound, "redirects"),
    (vendors.OPENAI_QUOTA, errors.ModelQuotaExhausted, "top it up"),
    (failure(402, {"error": {"message": "Insufficient Balance"}}), errors.ModelQuotaExhausted, "top it up"),
    (failure(403, {"error": {"message": "Key limit exceeded"}}), errors.ModelQuotaExhausted, "top it up"),
    (vendors.OPENAI_CONTEXT, errors.ModelContextExceeded, "token budget"),
    (failure(413), errors.ModelContextExceeded, "token budget"),
    (vendors.AZURE_FILTER, errors.ModelContentFiltered, "content filter"),
    (failure(403, {"error": {"message": "your input was flagged"}}), errors.ModelContentFiltered, "filter"),
    (failure(400, {"error": {"message": "Content Exists Risk"}}), errors.ModelContentFiltered, "filter"),
    (failure(418), errors.ModelRequestRejected, "418"),
    (says(None, refusal="I cannot judge people."), errors.ModelRefused, "declined"),
    (says("", finish_reason="content_filter"), errors.ModelContentFiltered, "filter"),
    (says('{"level": "ba', finish_reason="length"), errors.ModelReplyTruncated, "output tokens"),
]


@pytest.mark.parametrize(("reply", "kind", "advice"), FINAL)
def test_fault_that_waiting_does_not_mend(reply: Reply, kind: type[errors.ModelError], advice: str) -> None:
    """Each is its own permanent error with advice, after one request."""
    endpoint = FakeEndpoint(lambda _: reply)
    with pytest.raises(kind, match=advice) as caught:
        asked(endpoint)
    assert caught.value.permanent
    assert len(endpoint.history) == 1


@pytest.mark.parametrize("reply", [reply for reply, _, _ in FINAL])
def test_error_holds_neither_secret_nor_text(reply: Reply) -> None:
    """No key, prompt, reply or query stands in the message, and no cause with them hangs on it."""
    with pytest.raises(errors.ModelError) as caught:
        asked(FakeEndpoint(lambda _: reply))
    message = str(caught.value)
    for private in ("sk-secret", "candidate.", "Judge.", "I cannot", '"level"', "Sign in", "elsewhere"):
        assert private not in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "reply",
    [
        failure(500, {"error": {"message": "boom"}}),
        failure(503),
        page(502),
        failure(409),
        vendors.LITELLM_RATE,
        failure(400, {"error": {"message": "litellm.Timeout: upstream was slow and is overloaded"}}),
        answers(vendors.OPENROUTER_UPSTREAM),
        says("", finish_reason="error"),
        Reply(b"not json"),
        Reply(b'["not an object"]'),
    ],
)
def test_passing_fault_is_tried_again(reply: Reply) -> None:
    """A fault of the moment costs a second request, in the same form."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(reply)
    assert asked(endpoint).value == {"level": "none", "score": 0}
    assert endpoint.forms == ["strict_schema", "strict_schema"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 401, "message": "No auth credentials found"}, errors.ModelKeyRejected),
        ({"code": 402, "message": "Insufficient credits"}, errors.ModelQuotaExhausted),
        ({"code": 400, "message": "maximum context length is 8192"}, errors.ModelContextExceeded),
        ({"code": "odd", "message": "prompt was blocked"}, errors.ModelContentFiltered),
    ],
)
def test_error_inside_a_200_counts_as_one(error: dict[str, object], kind: type[errors.ModelError]) -> None:
    """OpenRouter's 200 with an error and no choices is judged by the upstream's code and words."""
    endpoint = FakeEndpoint(lambda _: answers({"error": error, "choices": None}))
    with pytest.raises(kind):
        asked(endpoint)


def test_error_of_a_choice_counts_as_one() -> None:
    """An error may also hang on the choice."""
    choice = {"index": 0, "message": {"content": "half"}, "error": {"code": 403, "message": "no"}}
    with pytest.raises(errors.ModelForbidden):
        asked(FakeEndpoint(lambda _: answers({"choices": [choice]})))


def test_words_echoed_from_the_prompt_decide_nothing() -> None:
    """Groq's body repeats what the model wrote; only the error's own words are judged."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(vendors.GROQ_INVALID_JSON)
    asked(endpoint)
    assert [seen.body["seed"] for seen in endpoint.history] == [7, 8]


def test_style_sheet_words_decide_nothing() -> None:
    """A proxy's error page that happens to say "grammar" is no refusal of the schema."""
    endpoint = FakeEndpoint()
    endpoint.enqueue(page(500))
    asked(endpoint)
    assert endpoint.forms == ["strict_schema", "strict_schema"]


def test_message_names_the_endpoints_own_code() -> None:
    """Status and code stand in the message, from a list as from an object."""
    with pytest.raises(errors.ModelRateLimited, match=r"\(429, resource_exhausted\)"):
        asked(FakeEndpoint(lambda _: vendors.GEMINI_MINUTE), within_s=1)


@pytest.mark.parametrize(
    "body",
    [None, [], {}, [[]], {"error": None}, {"error": {"message": {"detail": [1, None]}}}, "x" * 100_000],
)
@pytest.mark.parametrize("status", [400, 403, 404, 422, 429, 500])
def test_any_body_ends_in_a_model_error(status: int, body: object) -> None:
    """However odd an error body, the caller sees an error of the tree."""
    endpoint = FakeEndpoint(lambda _: failure(status, body))
    with pytest.raises(errors.ModelError):
        asked(endpoint, within_s=1)
