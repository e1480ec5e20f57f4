"""The real pipeline over a fake model: a small pack, a request, and a reply with true quotes."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluator.assessment.assessor import Assessor, ModelChoice
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, ResultContext
from evaluator.prompts.packs import Pack
from tests.fakes.model import FakeModel, judged
from tests.fakes.prompting import make_pack, payload

CV = (
    "Ran the Kafka cluster of the payment team for five years. "
    "Wrote all of the consumers in Python. "
    "Checked every release twice before it went out. "
    "I never worked in a laboratory."
)

REQUEST: dict[str, Any] = {
    "v": "1.0",
    "job": {
        "description": "We run services.",
        "skills": [{"slug": "python", "exp_level": 3}, {"slug": "kafka", "exp_level": 4}],
    },
    "candidate_id": 42,
    "candidate_parsed_cv": {"experience": [CV]},
    "application_form": {"skills": [{"slug": "kafka", "exp_level": 4}]},
    "call_secret": "hush",
}

PYTHON = judged("strong", "Wrote all of the consumers in Python")
KAFKA = judged("strong", "Ran the Kafka cluster")
CARE = judged("strong", "Checked every release twice")
DENIED = judged("none", "I never worked in a laboratory", finding="contradicted")
JUDGED: Mapping[str, Any] = {"skill_python": PYTHON, "skill_kafka": KAFKA, "care": CARE}
"""Skills at 30 points each, care at 40; `speed`, at 60 of these 160, is left not evidenced."""


def pack_of(folder: Path, **settings: Any) -> Pack:
    """Return the sample pack under the name `default`, with some settings changed."""
    pack = make_pack(folder, name="default")
    return replace(pack, settings=pack.settings.model_copy(update=settings))


def request(**changes: Any) -> AssessmentRequest:
    """Return the request as the webhook hands it on."""
    return read_model(AssessmentRequest, payload(**{**REQUEST, **changes}))


def assessor_over(model: FakeModel, *packs: Pack, **options: Any) -> Assessor:
    """Return the pipeline over `model`."""
    choice = options.pop("choice", ModelChoice(default="fake-model"))
    return Assessor(packs={pack.name: pack for pack in packs}, model=model, choice=choice, **options)


def assess(assessor: Assessor, **changes: Any) -> AssessmentResult:
    """Assess the request, with changes, and return the result."""
    return asyncio.run(assessor.assess(request(**changes)))


def context_of(result: AssessmentResult) -> ResultContext:
    """Return what explains a result, read from the JSON that is sent."""
    return ResultContext.model_validate(result.as_json()["context"])


def reply(criteria: Mapping[str, Any] = JUDGED, **slots: Any) -> dict[str, Any]:
    """Return a reply to the request that fits the sample pack."""
    nothing = judged("none", finding="not_evidenced")
    ids = ("skill_python", "skill_kafka", "care", "speed")
    return {
        "criteria": {own: criteria.get(own, nothing) for own in dict.fromkeys((*ids, *criteria))},
        "summary": "Runs what others depend on.",
        "strengths": ["Kafka in production."],
        "concerns": ["Nothing on speed."],
        "questions": ["How large was the cluster?"],
        "overall": 60,
        **slots,
    }
