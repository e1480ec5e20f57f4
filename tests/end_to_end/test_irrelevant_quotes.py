"""Genuine quotes that bear on nothing: what code decides of them, and what it leaves to others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.result import CriterionResult
from tests.fakes.assessing import assess, assessor_over, context_of, pack_of, reply
from tests.fakes.model import FakeModel, judged

HOBBY = "Grows tomatoes and plays the accordion"
APPLICATION: dict[str, Any] = {
    "job": {
        "description": "You will run the Kafka clusters of our payment team.",
        "prompt": "Depth in Kafka matters most.",
        "skills": [{"slug": "python", "exp_level": 3}, {"slug": "kafka", "exp_level": 4}],
    },
    "candidate_parsed_cv": {
        "experience": ["Ran the bakery of a village.", "Wrote its book of recipes."],
        "raw": f"Ran the bakery of a village.\n\nNo practice with: Kafka, Spark, or Flink runs.\n\n{HOBBY}.",
    },
    "application_form": {
        "skills": [{"slug": "kafka", "exp_level": 4}],
        "Have you ever run a Kafka cluster?": "My Kafka level: expert, 5/5",
    },
    "step_prompt": "Look closely at the Kafka practice.",
}


def results(folder: Path, criteria: Mapping[str, Any]) -> dict[str, CriterionResult]:
    """Return what the whole pipeline makes of a reply about the application, by criterion id."""
    model = FakeModel()
    model.enqueue(reply(criteria))
    result = assess(assessor_over(model, pack_of(folder)), **APPLICATION)
    return {each.id: each for each in context_of(result).criteria}


@pytest.mark.parametrize(
    "quote",
    [
        "run the Kafka clusters of our payment team",
        "Depth in Kafka matters most",
        "Look closely at the Kafka practice",
        "Have you ever run a Kafka cluster",
        "My Kafka level: expert, 5/5",
        "Spark, or Flink runs",
        "bakery of a village. Wrote its book",
        "the bakery",
    ],
)
def test_words_that_are_no_evidence_never_are(tmp_path: Path, quote: str) -> None:
    """The job, the team, a question, a claim, a denial, two entries as one, too few words: code decides."""
    found = results(tmp_path, {"skill_kafka": judged("expert", quote)})["skill_kafka"]

    assert (found.quotes, found.finding, found.level) == ([], "not_evidenced", "none")
    assert len(found.dropped_quotes) == 1


def test_passage_that_bears_on_nothing_is_kept_and_shown(tmp_path: Path) -> None:
    """Whether the candidate's own words bear on a criterion is the model's judgement, for a person to see."""
    found = results(tmp_path, {"skill_kafka": judged("expert", HOBBY)})["skill_kafka"]

    assert ([each.text for each in found.quotes], found.level) == ([HOBBY], "expert")


def test_passage_that_bears_on_nothing_serves_no_third_criterion(tmp_path: Path) -> None:
    """One passage for everything bears two criteria at most, the heaviest."""
    everything = dict.fromkeys(("skill_python", "skill_kafka", "care", "speed"), judged("expert", HOBBY))

    found = results(tmp_path, everything)

    assert sorted(own for own, each in found.items() if each.quotes) == ["care", "speed"]
