"""Redacting a request: what tells of the candidate, and neither its ids nor what a team has set.

May import `contract` and siblings.
"""

from collections import Counter
from typing import Any

from evaluator.contract.config import IntegrationConfig
from evaluator.contract.decode import read_model
from evaluator.contract.ours import is_our_context
from evaluator.contract.request import AssessmentRequest
from evaluator.redaction.redactor import Redacted, Redactor

_ECHOED = frozenset(
    (
        "v",
        "candidate_id",
        "pipeline_step_id",
        "call_secret",
        "current_rating",
        "created_at",
        "slug",
        "exp_level",
    )
)
"""Ids, numbers and skills' slugs, by which results are matched and criteria are made."""

_SET_BY_TEAM = frozenset(IntegrationConfig.model_fields) - {"instructions"}


def redact_request(request: AssessmentRequest, redactor: Redactor) -> Redacted:
    """Return `request` redacted as an AssessmentRequest, and what was taken out of it.

    Raises InvalidRequest where what is left breaks the contract.
    """
    body: dict[str, Any] = request.model_dump(mode="json", exclude_unset=True)
    ours = [item for item in body.pop("context", []) if is_our_context(item, None)]
    others = [item for item in request.context if not is_our_context(item, None)]
    config = body.pop("integration_config", {})
    whole = {**body, "context": others}
    names = redactor.names(whole, keep=_ECHOED.__contains__)
    told = redactor.value(whole, keep=_ECHOED.__contains__)
    team = redactor.value(config, keep=_SET_BY_TEAM.__contains__, names=names)
    own = redactor.value(ours, keep=_names_a_part, names=names)
    parts = {**told.value, "context": [*told.value["context"], *own.value], "integration_config": team.value}
    absent = {"context", "integration_config"} - request.model_fields_set
    sent = {key: part for key, part in parts.items() if key not in absent}
    counts = Counter(told.counts) + Counter(team.counts) + Counter(own.counts)
    return Redacted(read_model(AssessmentRequest, sent), dict(counts))


def _names_a_part(key: str) -> bool:
    """Tell whether a key of our own results is the name of a program, a pack or a model."""
    return key in ("name", "id", "hash", "version")
