"""What a run will cost and how long it will take, before anything is asked.

May import `models`, `assessment`, `prompts`, `contract` and `studio` siblings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.assessment.criteria import rubric_for
from evaluator.contract.request import AssessmentRequest
from evaluator.models.prices import PriceTable
from evaluator.prompts.packs import Pack
from evaluator.studio.try_judging import AT_ONCE, Asked
from evaluator.studio.try_rows import Took

MODEL_S, OFFLINE_S = 8.0, 0.3
"""Seconds of one assessment where none was timed yet: by a model, by the offline rater."""

MOST_FAULTS = 5
"""Candidates of whom it is told why the draft cannot be rendered."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run takes: `assessments` by the model, `reused` results of earlier runs.

    `cost_usd` is None where the model's price is not known; `at_most`: no reply was measured yet, and each
    is taken to be as long as it may be. `guessed`: no assessment was timed yet. `faults`: why the draft
    cannot be rendered for a candidate, `faulty` of them in all.
    """

    candidates: int
    assessments: int
    reused: int
    cost_usd: float | None
    at_most: bool
    seconds: float
    guessed: bool
    offline: bool
    model: str
    faults: Sequence[str] = ()
    faulty: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One assessment that is to be made: whom it asks, how often, and how many tokens.

    `tokens` are the prompt's, `reply` the most that the reply may have.
    """

    model: str
    samples: int
    tokens: int
    reply: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The questions of a run, and the candidates for whom there is none because the draft fails."""

    questions: Sequence[Question]
    reused: int
    faults: Sequence[str]


def question(pack: Pack, request: AssessmentRequest, tokens: int, asked: Asked) -> Question:
    """Return what judging a request by `pack` asks; raises InvalidRequest where no criterion would count."""
    config, parameters = request.integration_config, pack.settings.model
    return Question(
        model=asked.name if asked.offline else config.model or parameters.name or asked.name,
        samples=config.samples or parameters.samples,
        tokens=tokens,
        reply=parameters.output_limit(len(rubric_for(request, pack).criteria)),
    )


def estimate(
    counted: Counted, asked: Asked, *, candidates: int, prices: PriceTable, took: Took | None
) -> Estimate:
    """Return what the questions take; `took` is what an earlier run with this model did."""
    each_s = took.seconds if took else OFFLINE_S if asked.offline else MODEL_S
    calls = sum(each.samples for each in counted.questions)
    return Estimate(
        candidates=candidates,
        assessments=len(counted.questions),
        reused=counted.reused,
        cost_usd=0.0 if asked.offline else _cost(counted.questions, prices, took),
        at_most=took is None and not asked.offline,
        seconds=math.ceil(calls / AT_ONCE) * each_s,
        guessed=took is None,
        offline=asked.offline,
        model=asked.name,
        faults=counted.faults[:MOST_FAULTS],
        faulty=len(counted.faults),
    )


def _cost(questions: Sequence[Question], prices: PriceTable, took: Took | None) -> float | None:
    total = 0.0
    for each in questions:
        price = prices.price(each.model)
        if price is None:
            return None
        reply = round(took.completion_tokens) if took else each.reply
        total += each.samples * price.of(each.tokens, 0, reply)
    return total


def in_words(seconds: float) -> str:
    """Return a time as a person would say it."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {math.ceil(seconds / 10) * 10} seconds"
    if seconds < 3600:
        return f"about {math.ceil(seconds / 60)} minutes"
    return f"about {seconds / 3600:.1f} hours"


def cost_in_words(found: Estimate) -> str:
    """Return what a run costs, in a sentence."""
    if found.offline:
        return "It costs nothing: the offline rater matches words and asks no model."
    if not found.assessments:
        return "It costs nothing: all results are there from earlier runs."
    if found.cost_usd is None:
        return f"What {found.model} costs is not known to this service."
    dollars = f"${found.cost_usd:.2f}" if found.cost_usd >= 0.01 else "less than $0.01"
    return f"It costs at most {dollars}." if found.at_most else f"It costs about {dollars}."
