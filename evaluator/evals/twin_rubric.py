"""A twin that is asked for in other words of the same meaning.

What a request says of the job and of what is judged: the job's and the step's prompt, the team's
instructions and its own criteria. May import `contract` and `evals.twin_text`.
"""

import re
from typing import Any

from evaluator.contract.config import ExtraCriterion
from evaluator.contract.request import AssessmentRequest
from evaluator.evals.twin_text import as_cased, either, words_of


def reworded_rubric(request: AssessmentRequest, _seed: str) -> AssessmentRequest | None:
    """Return the request with known phrases replaced by others, None where it holds none of them.

    A criterion's title stays, for its id, and with it weights and must-haves, are made from it.
    """
    config = request.integration_config
    other = request.model_copy(
        update={
            "job": request.job.model_copy(update=_changed(prompt=request.job.prompt)),
            **_changed(step_prompt=request.step_prompt),
            "integration_config": config.model_copy(
                update=_changed(instructions=config.instructions) | {"criteria": _criteria(config.criteria)}
            ),
        }
    )
    return None if other == request else other


def reworded(text: str) -> str:
    """Return `text` with each phrase that is known put in other words, once."""
    words = words_of(text)
    if words is None:
        return text
    pattern = re.compile(rf"\b(?:{either(list(words.reworded))})\b", re.IGNORECASE)
    return pattern.sub(lambda found: as_cased(words.reworded[found[0].casefold()], found[0]), text)


def _changed(**texts: str) -> dict[str, Any]:
    return {name: reworded(text) for name, text in texts.items() if reworded(text) != text}


def _criteria(criteria: list[ExtraCriterion]) -> list[ExtraCriterion]:
    return [each.model_copy(update=_changed(description=each.description)) for each in criteria]
