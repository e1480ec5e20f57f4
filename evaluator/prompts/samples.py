"""Sample requests on which a template is tried when it is loaded.

Every text in them carries a mark, so that one which is written outside a fence is seen. May import
`rubric`, `contract`, `prompts.fence` and `prompts.view`.
"""

import re
from collections.abc import Iterator
from typing import Any

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.prompts.fence import blocks
from evaluator.prompts.view import PARTS, template_view
from evaluator.rubric import SKILL_ANCHORS, Criterion, Level, Rubric

_MARK = "zqx"
_MARKED = re.compile(rf"{_MARK}-([a-z_.]+)-", re.IGNORECASE)
_VARIABLES = {part: place[0] for part, place in PARTS.items()} | {"rubric": "rubric", "claims": "claims"}
"""The variable whose text each fence that we give a meaning to is made for."""

_UNESCAPED = re.compile(rf"{_MARKED.pattern}<", re.IGNORECASE)


def sample_views() -> Iterator[dict[str, Any]]:
    """Yield the variables for a request with every field, and for one with the required fields only."""
    skill = Criterion(
        "skill_python", _marked("rubric"), 60, Level.STRONG, "skill", must_have=True, anchors=SKILL_ANCHORS
    )
    own = Criterion("own", "Own", 30, Level.STRONG, "pack", description="text", anchors={Level.BASIC: "text"})
    team = Criterion(
        "team_own", _marked("rubric"), 10, Level.STRONG, "team",
        description=_marked("rubric"), anchors=SKILL_ANCHORS,
    )  # fmt: skip
    claims = {"skill_python": Level.EXPERT}
    full = read_model(AssessmentRequest, _full())
    yield template_view(full, Rubric((skill, own, team)), claims, app_id=None) | {"claims": _marked("claims")}
    least = {
        "job": {"description": ""}, "candidate_id": 1, "pipeline_step_id": 1, "call_secret": "",
        "candidate_parsed_cv": {},
    }  # fmt: skip
    yield template_view(read_model(AssessmentRequest, least), Rubric((own,)), {}, app_id=None)


def text_outside_fence(rendered: str) -> str | None:
    """Return the name of a sample's text that stands outside a fence or unescaped; None where none does."""
    at = 0
    for block in blocks(rendered):
        if found := _MARKED.search(rendered, at, block.start):
            return found[1].lower()
        at = block.end
    found = _MARKED.search(rendered, at) or _UNESCAPED.search(rendered)
    return found[1].lower() if found else None


def text_in_another_fence(rendered: str) -> tuple[str, str] | None:
    """Return the name of a sample's text that stands in the fence of another variable, and that fence."""
    for block in blocks(rendered):
        for found in _MARKED.finditer(block.text):
            if block.name in _VARIABLES and _VARIABLES[block.name] != found[1].lower().partition(".")[0]:
                return found[1].lower(), block.name
    return None


def shows_rubric(rendered: str) -> bool:
    """Tell whether the rubric of the full sample stands in its fence."""
    marks = (
        found[1]
        for block in blocks(rendered)
        if block.name == "rubric"
        for found in _MARKED.finditer(block.text)
    )
    return "rubric" in marks


def _marked(name: str) -> str:
    return f"{_MARK}-{name}-<b>"


def _full() -> dict[str, Any]:
    cv = {part: [_marked(f"cv.{part}")] for part in ("education", "experience", "hobbies")}
    comment = {"created_at": "2026-01-01", "content": _marked("comments")}
    return {
        "v": "1",
        "job": {
            "description": _marked("job.description"),
            "skills": [{"slug": "python", "exp_level": 3}],
            "prompt": _marked("job.prompt"),
        },
        "candidate_id": "sample",
        "pipeline_step_id": "sample",
        "call_secret": "sample",
        "candidate_parsed_cv": {"summary": _marked("cv.summary"), "raw": _marked("cv.raw"), **cv},
        "application_form": {
            "Question?": _marked("form"), "number": 3, "nothing": None, "several": [_marked("form")],
            "skills": [{"slug": "python", "exp_level": 4}],
        },
        "current_rating": 50,
        "step_prompt": _marked("step_prompt"),
        "integration_config": {"instructions": _marked("config.instructions"), "language": "de"},
        "comments": [{**comment, "is_human_created": human} for human in (True, False, None)],
        "context": [{"note": _marked("context")}, {"other": {"inner": _marked("context")}}],
        "unnamed_field": _marked("extra"),
    }  # fmt: skip
