"""The pipeline: what is asked of the model, and what becomes of a request that cannot be served."""

import asyncio
from dataclasses import replace
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest

from evaluator.assessment.assessor import ModelChoice
from evaluator.errors import (
    InvalidRequest,
    ModelContextExceeded,
    ModelRefused,
    ModelReplyInvalid,
    ModelTimeout,
    Overloaded,
    Spent,
)
from evaluator.prompts.packs import ModelParameters, Pack, load_pack
from tests.fakes.assessing import CV, assess, assessor_over, context_of, pack_of, reply, request
from tests.fakes.model import NEVER, FakeModel
from tests.fakes.prompting import SHIPPED


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Return the sample pack."""
    return pack_of(tmp_path)


@pytest.fixture
def model() -> FakeModel:
    """Return a model that answers whatever it is asked."""
    return FakeModel()


def test_question_holds_prompt_schema_and_parameters(pack: Pack, model: FakeModel) -> None:
    """The rendered messages, both schemas and the pack's parameters reach the model."""
    assess(assessor_over(model, pack, within_s=33))
    (ask,) = model.history

    assert [message.role for message in ask.messages] == ["system", "user"]
    assert ask.messages[0].content.startswith("Judge in English.")
    assert CV in ask.messages[1].content
    assert ask.schema["properties"]["criteria"]["required"] == [
        "skill_python",
        "skill_kafka",
        "care",
        "speed",
    ]
    assert ask.loose_schema != ask.schema
    assert (ask.model, ask.max_output_tokens, ask.temperature, ask.seed) == ("fake-model", 3400, 0.0, 7)
    assert model.within == [33]


def test_secret_and_ids_do_not_reach_the_model(pack: Pack, model: FakeModel) -> None:
    """What is only to be echoed is not part of the prompt."""
    assess(assessor_over(model, pack), pipeline_step_id="step-4711")
    sent = "".join(message.content for message in model.history[0].messages)

    assert "hush" not in sent
    assert "step-4711" not in sent


@pytest.mark.parametrize("config", [{}, {"prompt": None}, {"prompt": "default"}])
def test_default_pack_judges_where_none_is_named(
    pack: Pack, model: FakeModel, config: dict[str, Any]
) -> None:
    """A team that names no pack gets `default`."""
    result = assess(assessor_over(model, pack, replace(pack, name="other")), integration_config=config)

    assert context_of(result).pack.name == "default"


def test_named_pack_judges(pack: Pack, model: FakeModel) -> None:
    """A team gets the pack that it names."""
    other = replace(pack, name="other", hash="f" * 64)
    result = assess(assessor_over(model, pack, other), integration_config={"prompt": "other"})

    assert (context_of(result).pack.name, context_of(result).pack.hash) == ("other", "f" * 64)


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"prompt": "secret-pack"}, "/integration_config/prompt"),
        ({"model": "secret-model"}, "/integration_config/model"),
    ],
)
def test_pack_or_model_that_is_not_to_be_had_is_refused(
    pack: Pack, model: FakeModel, config: dict[str, Any], pointer: str
) -> None:
    """The problem has its pointer and not the value, and no model is asked."""
    with pytest.raises(InvalidRequest) as caught:
        assess(assessor_over(model, pack), integration_config=config)

    assert [problem.pointer for problem in caught.value.problems] == [pointer]
    assert "secret" not in str(caught.value)
    assert model.history == []


@pytest.mark.parametrize(
    ("config", "of_pack", "expected"),
    [
        ({}, None, "fake-model"),
        ({}, "of-the-pack", "of-the-pack"),
        ({"model": "allowed"}, "of-the-pack", "allowed"),
        ({"model": "fake-model"}, "of-the-pack", "fake-model"),
    ],
)
def test_model_is_the_teams_then_the_packs_then_the_services(
    tmp_path: Path, model: FakeModel, config: dict[str, Any], of_pack: str | None, expected: str
) -> None:
    """A team chooses among the allowed models and the service's own."""
    pack = pack_of(tmp_path, model=ModelParameters(name=of_pack))
    choice = ModelChoice(default="fake-model", allowed=frozenset({"allowed"}))
    assess(assessor_over(model, pack, choice=choice), integration_config=config)

    assert model.history[0].model == expected


def test_samples_are_asked_with_seeds_of_their_own(pack: Pack, model: FakeModel) -> None:
    """Each sample is a question of its own, warm enough to differ, with a seed of its own."""
    result = assess(assessor_over(model, pack), integration_config={"samples": 5})

    assert [ask.seed for ask in model.history] == [7, 8, 9, 10, 11]
    assert {ask.temperature for ask in model.history} == {0.5}
    assert context_of(result).samples.count == 5


@pytest.mark.parametrize(("temperature", "asked"), [(None, None), (0.9, 0.9), (0.2, 0.5)])
def test_temperature_of_samples_is_no_lower_than_needed(
    tmp_path: Path, model: FakeModel, temperature: float | None, asked: float | None
) -> None:
    """A pack's own warmth is kept where it is enough, and its silence too."""
    pack = pack_of(tmp_path, model=ModelParameters(temperature=temperature, samples=2, seed=None))
    assess(assessor_over(model, pack))

    assert [(ask.temperature, ask.seed) for ask in model.history] == [(asked, None)] * 2


def test_samples_that_fail_are_told_where_more_than_half_succeed(pack: Pack, model: FakeModel) -> None:
    """The rating stands on the samples that are there; how many failed, and why, is told."""
    model.enqueue(reply(), ModelTimeout("api.example.com did not answer"), reply())
    samples = context_of(assess(assessor_over(model, pack), integration_config={"samples": 3})).samples

    assert (samples.count, samples.ratings, samples.failed) == (2, [58, 58], [ModelTimeout.public])


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_half_of_the_samples_is_not_enough(pack: Pack, model: FakeModel, count: int) -> None:
    """Where no majority can succeed any more, the first failure is raised and the other calls end."""
    failures = [ModelTimeout(f"no answer {number}") for number in range((count + 1) // 2)]
    model.enqueue(NEVER, *failures)
    with pytest.raises(ModelTimeout, match="no answer 0"):
        assess(assessor_over(model, pack), integration_config={"samples": count})

    assert model.cancelled == 1


def test_failure_tells_what_all_samples_took(pack: Pack, model: FakeModel) -> None:
    """Tokens of samples that succeeded were paid for also where the assessment failed."""
    failure = ModelTimeout("no answer")
    failure.spent = Spent(calls=2, prompt_tokens=500, cost_usd=0.5)
    model.enqueue(reply(), failure)
    with pytest.raises(ModelTimeout) as caught:
        assess(assessor_over(model, pack), integration_config={"samples": 2})

    assert caught.value.spent == Spent(calls=3, prompt_tokens=1_500, completion_tokens=200, cost_usd=0.5025)


@pytest.mark.parametrize("error", [ModelRefused("declined"), Overloaded("queue is full", retry_after_s=3)])
def test_error_of_the_model_comes_through_as_it_is(pack: Pack, model: FakeModel, error: Exception) -> None:
    """The job boundary sees the very error, not a group around it."""
    model.enqueue(error)
    with pytest.raises(type(error)) as caught:
        assess(assessor_over(model, pack))

    assert caught.value is error


def test_reply_that_does_not_fit_is_told_by_its_places(pack: Pack, model: FakeModel) -> None:
    """The check that the model client repairs by knows every criterion of this rubric."""
    model.enqueue({**reply(), "criteria": {"care": {}}})
    with pytest.raises(ModelReplyInvalid, match=r"/criteria/care/quotes.*/criteria/speed: required"):
        assess(assessor_over(model, pack))


def test_prompt_that_cannot_fit_is_an_error(pack: Pack, model: FakeModel) -> None:
    """A pack that is too long by itself fails before any model is asked."""
    job = {"description": "A job.", "skills": [{"slug": f"skill {n}", "exp_level": 1} for n in range(100)]}
    with pytest.raises(ModelContextExceeded):
        assess(assessor_over(model, pack), job=job)

    assert model.history == []


@pytest.mark.parametrize("alphabet", ["abcdeghkmqrsxz79", "数据分析东京都питон语言学习"])
def test_hundred_long_skills_are_judged_by_the_shipped_pack(model: FakeModel, alphabet: str) -> None:
    """As many skills as the contract takes, with the longest names, leave room for the candidate."""
    digits = [sha512(str(number).encode()).hexdigest() * 2 for number in range(100)]
    skills = [{"slug": "".join(alphabet[int(d, 16)] for d in each[:200]), "exp_level": 3} for each in digits]
    assessor = assessor_over(model, load_pack(SHIPPED / "default"))
    result = assess(assessor, job={"description": "A job.", "skills": skills})

    assert len(context_of(result).criteria) == 100 + 3


def test_cancelled_assessment_ends_its_calls(pack: Pack, model: FakeModel) -> None:
    """A caller who hangs up leaves no call behind."""
    model.enqueue(NEVER)

    async def hang_up() -> None:
        task = asyncio.create_task(assessor_over(model, pack).assess(request()))
        async with asyncio.timeout(10):
            await model.asked.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(hang_up())

    assert model.cancelled == 1


def test_quotes_are_checked_in_the_text_that_was_sent(pack: Pack, model: FakeModel) -> None:
    """The CV is cleaned once, for the prompt and for the check of quotes alike."""
    model.enqueue(reply())
    hidden = CV.replace("Kafka cluster", "Kaf\u200bka\r\ncluster")
    result = assess(assessor_over(model, pack), candidate_parsed_cv={"raw": hidden})
    kafka = next(each for each in context_of(result).criteria if each.id == "skill_kafka")

    assert [quote.text for quote in kafka.quotes] == ["Ran the Kafka\ncluster"]


def test_large_request_with_template_code_is_assessed(pack: Pack, model: FakeModel) -> None:
    """A CV of 400 kB with code in it is text like any other, cut to the budget."""
    text = "{{ 7 * 7 }} {% raw %} " + "Ran the Kafka cluster of the payment team. " * 9_000
    result = assess(assessor_over(model, pack), candidate_parsed_cv={"raw": text})

    assert context_of(result).prompt.tokens <= context_of(result).prompt.budget
    assert [cut.section for cut in context_of(result).prompt.cut] == ["cv_raw"]
    assert "49" not in model.history[0].messages[1].content
