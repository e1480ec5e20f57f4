"""A twin that is asked for in other words of the same meaning.

What a request says of the job and of what is judged: the job's and the step's prompt, the team's
instructions and its own criteria. May import `contract` and `evals.twin_text`.
"""

import re
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.evals.twin_text import Words, as_cased, either, words_of


def reworded_rubric(request: AssessmentRequest, _seed: str) -> AssessmentRequest | None:
    """Return the request with known phrases replaced by others, None where it holds none of them.

    A criterion's title stays, for its id, and with it weights and must-haves, are made from it.
    """
    job, config = request.job, request.integration_config
    words = words_of(job.description, job.prompt, request.step_prompt, config.instructions)
    if words is None:
        return None

    def changed(**texts: str) -> dict[str, str]:
        return {name: reworded(text, words) for name, text in texts.items() if reworded(text, words) != text}

    criteria = [each.model_copy(update=changed(description=each.description)) for each in config.criteria]
    told: dict[str, Any] = changed(instructions=config.instructions)
    told |= {"criteria": criteria} if criteria != config.criteria else {}
    other = request.model_copy(
        update={
            "job": job.model_copy(update=changed(prompt=job.prompt)),
            "integration_config": config.model_copy(update=told),
            **changed(step_prompt=request.step_prompt),
        }
    )
    return None if other == request else other


def reworded(text: str, words: Words) -> str:
    """Return `text` with each phrase that is known put in other words, once."""
    pattern = re.compile(rf"\b(?:{either(list(words.reworded))})\b", re.IGNORECASE)
    return pattern.sub(lambda found: as_cased(words.reworded[found[0].casefold()], found[0]), text)
