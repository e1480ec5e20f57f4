"""Redacting a request: what tells of the candidate, and neither its ids nor what a team has set.

`redacted` is for what a model is to read, `redact_request` for a whole request that leaves the service. May
import `contract` and siblings.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from evaluator.contract.config import IntegrationConfig
from evaluator.contract.decode import read_model
from evaluator.contract.ours import is_our_context
from evaluator.contract.request import ApplicationForm, AssessmentRequest, Comment, ParsedCV
from evaluator.redaction.kinds import kinds_of
from evaluator.redaction.redactor import Redacted, Redactor, free

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


_IDS_OF_A_SKILL = frozenset(("slug", "exp_level"))
_KNOWN = frozenset(AssessmentRequest.model_fields)
_OF_THE_CANDIDATE = frozenset(("candidate_parsed_cv", "application_form", "comments", "context"))


def redacted(
    request: AssessmentRequest, config: IntegrationConfig
) -> tuple[AssessmentRequest, Mapping[str, int]]:
    """Return `request` without what `config.redact` names, and how much of each kind was taken out.

    Looked at are CV, form, comments, context and fields that the contract does not know; never ids, skills'
    slugs, the job, or what the team has set. Lists stay as long as they are, and earlier results of this
    service, which no model is shown, as they came. It is `request` itself where nothing was taken out.
    """
    redactor = _redactor(config.redact.kinds)
    if redactor is None:
        return request, {}
    parts = _parts(request)
    names = redactor.names(parts)
    counts: Counter[str] = Counter()
    changed: dict[str, Any] = {}
    for key, part in parts.items():
        told = _part_redacted(key, part, redactor, names)
        if told.counts:
            counts.update(told.counts)
            changed[key] = told.value
    if not changed:
        return request, {}
    return _with(request, changed), dict(counts)


@lru_cache(maxsize=32)
def _redactor(kinds: frozenset[str]) -> Redactor | None:
    return Redactor(kinds_of(kinds)) if kinds else None


def _parts(request: AssessmentRequest) -> dict[str, Any]:
    """Return as JSON what tells of the candidate; earlier results of ours are null."""
    wanted = {*_OF_THE_CANDIDATE, *(request.model_extra or ())} & request.model_fields_set
    parts: dict[str, Any] = request.model_dump(mode="json", exclude_unset=True, include=wanted)
    if "context" in parts:
        parts["context"] = [None if is_our_context(item, None) else item for item in parts["context"]]
    return parts


def _part_redacted(key: str, part: Any, redactor: Redactor, names: list[str]) -> Redacted:
    if key == "application_form" and "skills" in part:
        keep = _IDS_OF_A_SKILL.__contains__
        skills = redactor.value(part["skills"], keep=keep, names=names, names_told=True)
        rest = {name: answer for name, answer in part.items() if name != "skills"}
        answers = redactor.value(rest, names=names, names_told=True)
        counts = Counter(skills.counts) + Counter(answers.counts)
        return Redacted({"skills": skills.value, **answers.value}, counts)
    return redactor.value(part if key in _KNOWN else {key: part}, names=names, names_told=True)


def _with(request: AssessmentRequest, changed: Mapping[str, Any]) -> AssessmentRequest:
    """Return `request` with redacted parts; an unknown field comes with its key."""
    update: dict[str, Any] = {}
    for key, value in changed.items():
        if key == "candidate_parsed_cv":
            update[key] = read_model(ParsedCV, value)
        elif key == "application_form":
            update[key] = read_model(ApplicationForm, value)
        elif key == "comments":
            update[key] = [read_model(Comment, each) for each in value]
        elif key == "context":
            pairs = zip(value, request.context, strict=True)
            update[key] = [earlier if new is None else new for new, earlier in pairs]
    copy = request.model_copy(update=update)
    if not changed.keys() <= _KNOWN:
        object.__setattr__(copy, "__pydantic_extra__", _extra(request.model_extra or {}, changed))
    return copy


def _extra(sent: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the unknown fields in their order, those that changed under their redacted names."""
    extra: dict[str, Any] = {}
    for key, value in sent.items():
        for name, part in changed.get(key, {key: value}).items():
            extra[free(name, extra)] = part
    return extra


def told_aside(
    request: AssessmentRequest, config: IntegrationConfig, texts: Iterable[tuple[Sequence[str], str]]
) -> list[str]:
    """Return texts that were taken out of `request`, redacted as though they stood at their paths in it."""
    given = list(texts)
    redactor = _redactor(config.redact.kinds) if given else None
    if redactor is None:
        return [text for _, text in given]
    names = redactor.names(_parts(request))
    left = redactor.value([_under(path, text) for path, text in given], names=names).value
    return [_innermost(each) for each in left]


def _under(path: Sequence[str], text: str) -> Any:
    value: Any = text
    for name in reversed(path):
        value = {name: value}
    return value


def _innermost(value: Any) -> str:
    while isinstance(value, Mapping):
        (value,) = value.values()
    return str(value)


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
