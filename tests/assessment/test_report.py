"""The result: rating, status, comment, and a context that explains every point."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluator import __version__
from evaluator.assessment.assessor import ModelChoice
from evaluator.commentary.phrases import phrases_for
from evaluator.contract.ours import HEURISTIC, is_our_comment, is_our_context
from evaluator.contract.result import AssessmentResult, CriterionResult, ResultContext, Unmatched
from evaluator.prompts.packs import ModelParameters
from tests.fakes.assessing import (
    CARE,
    CV,
    DENIED,
    JUDGED,
    KAFKA,
    PYTHON,
    assess,
    assessor_over,
    context_of,
    pack_of,
    reply,
)
from tests.fakes.model import FakeModel, judged

ALL = {**JUDGED, "speed": judged("working", "for five years. Wrote all")}
"""Everything is shown, `kafka` at three quarters of what is required."""

DECIDING = re.compile(
    r"\b(accept|reject|hire|recommend|decline|unsuitable|pass the candidate)", re.IGNORECASE
)


def result_of(
    folder: Path, *replies: dict[str, Any], config: dict[str, Any] | None = None, **settings: Any
) -> AssessmentResult:
    """Return the result of the request where the model gives `replies`, one for each sample."""
    model = FakeModel()
    model.enqueue(*replies)
    folder.mkdir(exist_ok=True)
    pack = pack_of(folder, **{"model": ModelParameters(samples=len(replies)), **settings})
    return assess(assessor_over(model, pack, app_id="app-1"), integration_config=config or {})


def criterion(context: ResultContext, own: str) -> CriterionResult:
    """Return how one criterion was judged."""
    return next(each for each in context.criteria if each.id == own)


def test_shown_candidate_is_completed(tmp_path: Path) -> None:
    """Nothing open and nothing odd: 30 + 22.5 + 40 + 60 of 160 points."""
    result = result_of(tmp_path, reply(ALL, overall=90))
    context = context_of(result)

    assert (result.rating, result.status) == (95, "completed")
    assert (context.rating_range.low, context.rating_range.high, context.coverage) == (95, 95, 1)
    assert context.flags == []


def test_ids_are_echoed_as_they_came(tmp_path: Path) -> None:
    """Ids, secret and version come back as they were, with our app's id and the time."""
    result = result_of(tmp_path, reply())

    assert (result.candidate_id, result.pipeline_step_id, result.call_secret) == (42, "p-1", "hush")
    assert (result.v, result.app_id) == ("1.0", "app-1")
    assert datetime.fromisoformat(result.created_at).tzinfo == UTC


def test_context_names_everything_that_made_the_rating(tmp_path: Path) -> None:
    """Pack, rubric, model, tokens, cost and time are told, so that a rating can be traced."""
    context = context_of(result_of(tmp_path, reply(), claim_weight=0.2, coverage_floor=0.1))

    assert (context.evaluator.version, context.pack.name) == (__version__, "default")
    assert len(context.pack.hash) == len(context.pack.rubric_hash) == 64
    assert (context.model.name, context.model.kind, context.model.form) == (
        "fake-model-2026",
        "model",
        "strict_schema",
    )
    assert (context.model.prompt_tokens, context.model.completion_tokens, context.model.cached_tokens) == (
        1000,
        200,
        800,
    )
    assert (context.model.calls, context.model.cost_usd, context.model.latency_ms) == (1, 0.0025, 500)
    assert (context.rules.claim_weight, context.rules.coverage_floor) == (0.2, 0.1)
    assert (context.scoring, context.overall_cross_check, context.confidence) == ("criteria", 60, None)


def test_context_tells_what_was_sent_and_what_was_not(tmp_path: Path) -> None:
    """The prompt's parts are counted, and what was left out is named with its size."""
    model = FakeModel()
    model.enqueue(reply())
    result = assess(
        assessor_over(model, pack_of(tmp_path)),
        candidate_parsed_cv={"raw": "Ran the Kafka cluster. " * 2_000},
    )
    prompt = context_of(result).prompt

    assert prompt.tokens == sum(section.tokens for section in prompt.sections) <= prompt.budget == 1_000
    assert {"template", "job", "claims", "cv_raw"} <= {section.name for section in prompt.sections}
    assert [(cut.section, cut.what) for cut in prompt.cut] == [("cv_raw", "the end of the text")]
    assert prompt.cut[0].tokens > 5_000


def test_contributions_add_up_to_the_rating(tmp_path: Path) -> None:
    """Each criterion says what it gives, and together they are the rating."""
    result = result_of(tmp_path, reply(), claim_weight=0.2)
    context = context_of(result)
    kafka = criterion(context, "skill_kafka")

    assert sum(each.contribution for each in context.criteria) == pytest.approx(result.rating, abs=0.52)
    assert sum(each.weight for each in context.criteria) == pytest.approx(1, abs=0.001)
    assert (kafka.weight, kafka.required_level, kafka.level, kafka.contribution) == (
        0.1875,
        "expert",
        "strong",
        14.06,
    )
    assert (kafka.claimed_level, kafka.kind, kafka.must_have) == ("expert", "skill", False)
    assert context.computed_rating == result.rating


def test_kept_and_dropped_quotes_are_told_apart(tmp_path: Path) -> None:
    """A verified quote stands in the source's words; a dropped one is named by its reason alone."""
    replied = {**JUDGED, "care": judged("strong", "checked EVERY release", "Invented this one here")}
    care = criterion(context_of(result_of(tmp_path, reply(replied))), "care")

    assert [(quote.source, quote.text) for quote in care.quotes] == [("cv", "Checked every release")]
    assert [(each.source, each.why) for each in care.dropped_quotes] == [
        ("cv", "not found in the candidate's material")
    ]
    assert (care.reason, care.note) == ("The passages show strong.", None)


def test_level_without_a_verified_quote_falls_and_says_so(tmp_path: Path) -> None:
    """An invented quote costs the level, not a second call."""
    context = context_of(
        result_of(tmp_path, reply({**JUDGED, "care": judged("expert", "Invented this one here")}))
    )
    care = criterion(context, "care")

    assert (care.level, care.finding, care.contribution) == ("none", "not_evidenced", 0)
    assert care.note == "expert without a verified quote: not evidenced"
    assert context.model.calls == 1


def test_context_is_recognised_when_it_comes_back(tmp_path: Path) -> None:
    """Comment and context are known as ours, so that the next rating does not rest on this one."""
    result = result_of(tmp_path, reply())

    assert is_our_comment(result.comment or "")
    assert is_our_context(result.context or {}, None)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pl"])
def test_result_can_be_written_and_read_again(tmp_path: Path, language: str) -> None:
    """What is sent is JSON, and the context read from it is the same."""
    result = result_of(tmp_path, reply(), config={"language": language})
    sent = json.loads(json.dumps(result.as_json()))

    assert ResultContext.model_validate(sent["context"]).model_dump(mode="json") == result.context
    assert (result.comment or "").startswith(phrases_for(language)["rating"].split("{")[0])


def test_brief_style_gives_a_brief_comment(tmp_path: Path) -> None:
    """A team that wants it short gets rating, summary and questions."""
    comment = result_of(tmp_path, reply(), config={"comment_style": "brief"}).comment or ""

    assert phrases_for("en")["questions"] in comment
    assert phrases_for("en")["strengths"] not in comment


def test_names_that_match_no_criterion_are_told(tmp_path: Path) -> None:
    """A slip of the pen in the settings shows in the details and in the comment, and changes nothing else."""
    config = {"must_have": ["kafka", "pyhton"], "weights": {"care": 40, "sped": 5}}
    result, plain = result_of(tmp_path, reply(), config=config), result_of(tmp_path / "b", reply())

    assert context_of(result).unmatched == Unmatched(must_have=["pyhton"], weights=["sped"])
    assert phrases_for("en")["unmatched"].format(names="“pyhton”, “sped”") in (result.comment or "")
    assert (result.rating, result.status) == (plain.rating, plain.status)
    assert context_of(plain).unmatched == Unmatched()


@pytest.mark.parametrize("style", ["full", "brief"])
def test_result_holds_no_decision(tmp_path: Path, style: str) -> None:
    """Neither comment nor context accepts or rejects anyone."""
    result = result_of(
        tmp_path, reply({"care": DENIED}, overall=99), config={"comment_style": style, "must_have": ["care"]}
    )

    assert DECIDING.findall(json.dumps(result.as_json())) == []


def test_offline_result_says_so_everywhere(tmp_path: Path) -> None:
    """The heuristic is named in the context and in the comment."""
    choice = ModelChoice(default="offline-heuristic", offline=True)
    result = assess(assessor_over(FakeModel(), pack_of(tmp_path), choice=choice))

    assert context_of(result).model.kind == "offline heuristic"
    assert phrases_for("en")["offline"] in (result.comment or "")


def test_heuristic_is_told_from_a_model_wherever_it_is_reached(tmp_path: Path) -> None:
    """Served as an endpoint under any name, the offline rater is no model, and costs nothing known."""
    result = assess(assessor_over(FakeModel(name=HEURISTIC), pack_of(tmp_path)))

    assert (context_of(result).model.kind, context_of(result).model.cost_usd) == ("offline heuristic", None)
    assert phrases_for("en")["offline"] in (result.comment or "")


def test_comment_says_how_much_was_too_long_to_be_read(tmp_path: Path) -> None:
    """What the budget cut off is told to the recruiter, and repetition that was left out is not."""
    long, repeated = "Ran the Kafka cluster. " * 2_000, {"raw": CV, "experience": [CV]}
    assessor = assessor_over(FakeModel(), pack_of(tmp_path))

    assert re.search(
        r"About 9\d % of the material was too long",
        assess(assessor, candidate_parsed_cv={"raw": long}).comment or "",
    )
    assert "too long" not in (assess(assessor, candidate_parsed_cv=repeated).comment or "")


def test_long_job_is_not_the_candidates_material(tmp_path: Path) -> None:
    """A job's text that was cut leaves nothing of the candidate unread."""
    job = {"description": "We run services. " * 2_000}
    result = assess(assessor_over(FakeModel(), pack_of(tmp_path)), job=job)

    assert [cut.section for cut in context_of(result).prompt.cut] == ["job"]
    assert "too long" not in (result.comment or "")


def test_every_criterion_that_nothing_shows_becomes_a_question(tmp_path: Path) -> None:
    """What is open is asked, those that must be there first."""
    context = context_of(result_of(tmp_path, reply({}), config={"must_have": ["speed"]}))

    assert len(context.questions) == 1 + 4
    assert "Speed" in context.questions[0]
    assert "How large was the cluster?" in context.questions


def test_contradicted_must_have_needs_review(tmp_path: Path) -> None:
    """A person looks where the material denies what must be there, and the criterion is named."""
    result = result_of(tmp_path, reply({**ALL, "care": DENIED}), config={"must_have": ["care"]})

    assert result.status == "needs_review"
    assert context_of(result).flags == ["must_have_contradicted: Care with detail"]
    assert "(Care with detail)" in (result.comment or "")


def test_contradiction_of_anything_else_is_told_and_no_more(tmp_path: Path) -> None:
    """A criterion that need not be there is rated lower, and that is all."""
    result = result_of(tmp_path, reply({**ALL, "care": DENIED}))

    assert (result.rating, result.status) == (70, "completed")


def test_thin_material_is_insufficient_and_rated_still(tmp_path: Path) -> None:
    """Under the pack's floor the comment's first line says that the material says too little."""
    result = result_of(tmp_path, reply({"skill_python": PYTHON}), coverage_floor=0.2)

    assert (result.rating, result.status) == (19, "insufficient_data")
    assert (result.comment or "").startswith("The material says too little for a reliable rating: only 19 %")


def test_coverage_at_the_floor_is_enough(tmp_path: Path) -> None:
    """The floor itself is not under the floor, whatever a sum of shares lacks by rounding."""
    shown = {"skill_python": PYTHON, "skill_kafka": KAFKA, "care": CARE}

    assert result_of(tmp_path, reply(shown), coverage_floor=0.625).status == "completed"


@pytest.mark.parametrize(("overall", "status"), [(33, "completed"), (32, "needs_review"), (100, "completed")])
def test_overall_far_outside_the_range_needs_review(tmp_path: Path, overall: int, status: str) -> None:
    """The model's own figure may lie anywhere in the range of what is open, and a little beside it."""
    result = result_of(tmp_path, reply(overall=overall), cross_check_points=25)

    assert (result.rating, result.status) == (58, status)
    assert context_of(result).flags == ([] if status == "completed" else ["cross_check: 26"])


def test_contradicted_must_have_outweighs_thin_material(tmp_path: Path) -> None:
    """Both are told; the status is the one that a person must act on."""
    result = result_of(tmp_path, reply({"care": DENIED}), coverage_floor=0.5, config={"must_have": ["care"]})

    assert result.status == "needs_review"
    assert (result.comment or "").startswith("The material says too little")


def test_thin_material_outweighs_figures_that_disagree(tmp_path: Path) -> None:
    """Where little is shown, figures disagree for that reason."""
    result = result_of(tmp_path, reply({"care": CARE}, overall=0), coverage_floor=0.5, cross_check_points=1)

    assert result.status == "insufficient_data"
    assert context_of(result).flags == ["cross_check: 25"]


def test_samples_are_combined_by_the_median(tmp_path: Path) -> None:
    """The middle level counts for each criterion, with quotes and words of samples that stand for it."""
    weak = {**ALL, "care": judged("basic", "Checked every release")}
    result = result_of(
        tmp_path, reply({}, summary="first"), reply(weak, summary="second"), reply(ALL, summary="third")
    )
    context = context_of(result)

    assert criterion(context, "care").level == "basic"
    assert (result.rating, context.samples.ratings, context.samples.spread) == (79, [0, 79, 95], 95)
    assert context.summary == "second"
    assert (context.model.calls, context.model.cost_usd) == (3, 0.0075)


def test_samples_that_disagree_need_review(tmp_path: Path) -> None:
    """The spread is the confidence; beyond its bound a person looks."""
    result = result_of(tmp_path, reply({**ALL, "care": DENIED}), reply(ALL))

    assert (result.status, context_of(result).confidence) == ("needs_review", "low")
    assert context_of(result).flags == ["samples_disagree: 25"]


def test_criterion_on_which_samples_disagree_says_so(tmp_path: Path) -> None:
    """Half of the readings deny it: it is open, shows no quotes of either, and says why."""
    care = criterion(context_of(result_of(tmp_path, reply({**ALL, "care": DENIED}), reply(ALL))), "care")

    assert (care.finding, care.level, care.quotes) == ("not_evidenced", "none", [])
    assert care.note == "2 readings disagree, and no finding has the majority: not evidenced"


def test_level_that_no_reading_of_the_finding_has_says_so(tmp_path: Path) -> None:
    """A median between two readings stands on the quotes of the higher one, and is named as the median."""
    denied = judged("working", "I never worked in a laboratory", finding="contradicted")
    weak = judged("basic", "Checked every release")
    replies = [reply({**ALL, "care": each}) for each in (denied, weak, CARE)]
    care = criterion(context_of(result_of(tmp_path, *replies)), "care")

    assert (care.finding, care.level) == ("evidenced", "working")
    assert [quote.text for quote in care.quotes] == ["Checked every release twice"]
    assert care.note == "working is the median of 3 readings; the one shown here says strong"


def test_samples_that_agree_give_high_confidence(tmp_path: Path) -> None:
    """The model's own word plays no part in it."""
    result = result_of(tmp_path, *[reply(ALL, overall=90)] * 3)

    assert (result.status, context_of(result).confidence) == ("completed", "high")


def test_holistic_pack_takes_the_overall_figure(tmp_path: Path) -> None:
    """The model's figure is the rating, and what the criteria add up to stands beside it."""
    result = result_of(tmp_path, reply(ALL, overall=80), scoring="holistic")
    context = context_of(result)

    assert (result.rating, result.status, context.scoring) == (80, "completed", "holistic")
    assert (context.computed_rating, context.rating_range.low, context.rating_range.high) == (95, 95, 95)
    assert "By the criteria it would be 95" in (result.comment or "")


def test_holistic_rating_far_from_the_computed_one_needs_review(tmp_path: Path) -> None:
    """A figure that no verified quote bears out is looked at, however much is open."""
    result = result_of(
        tmp_path, reply({"care": judged("strong", "Invented this one here")}, overall=90), scoring="holistic"
    )

    assert (result.rating, result.status) == (90, "needs_review")
    assert context_of(result).flags == ["holistic_gap: 90"]


def test_holistic_samples_are_spread_by_their_own_figures(tmp_path: Path) -> None:
    """Where the overall figure is the rating, it is what the samples must agree on."""
    result = result_of(
        tmp_path, *[reply(ALL, overall=overall) for overall in (70, 90, 100)], scoring="holistic"
    )
    context = context_of(result)

    assert (result.rating, context.samples.ratings, context.confidence) == (90, [70, 90, 100], "low")


def test_words_of_the_model_come_from_the_sample_nearest_to_the_rating(tmp_path: Path) -> None:
    """Summary, strengths, concerns and questions fit the rating that they stand beside."""
    far = reply({}, overall=10, summary="far", strengths=["far"], concerns=["far"], questions=["far?"])
    near = reply(ALL, overall=90, summary="near", strengths=["near"], concerns=["near"], questions=["near?"])
    context = context_of(result_of(tmp_path, far, near, near))

    assert (context.summary, context.strengths, context.concerns, context.questions) == (
        "near",
        ["near"],
        ["near"],
        ["near?"],
    )


def test_unknown_price_is_not_a_price_of_nothing(tmp_path: Path) -> None:
    """Where one call's cost is not known, the sum is not known."""
    model = FakeModel(cost_usd=None)

    assert context_of(assess(assessor_over(model, pack_of(tmp_path)))).model.cost_usd is None
