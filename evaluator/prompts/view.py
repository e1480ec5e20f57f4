"""Which variables a template has: the one list that rendering, checking and the documentation use.

May import `rubric`, `contract` and `prompts.fence`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from evaluator.contract.config import IntegrationConfig
from evaluator.contract.ours import others_context, others_words
from evaluator.contract.request import AssessmentRequest, Comment, ParsedCV
from evaluator.prompts.fence import indented
from evaluator.rubric import LEVEL_WORDS, Claims, Criterion, Level, Rubric

VARIABLES: Mapping[str, str] = {
    "job": "The job: `description`, `prompt`, and fields SolidATS added.",
    "rubric": "What is judged: `skills` and `others`, each entry with `id`, `title`, `description`, `kind`, "
    "`required`, `must_have`, `weight_percent`, `anchors`; `skill_anchors`, which all skills share; "
    "`levels`, the names.",
    "cv": "The anonymised CV: `summary`, `education`, `experience`, `hobbies`, and `raw`, what those lack.",
    "form": "The application form's answers by field name, without the claimed skills.",
    "claims": "One line per skill: the level the job requires and the level the candidate claims.",
    "comments": "Earlier comments, oldest first, one text each with date and kind of author; not our own.",
    "context": "Results of earlier assessments by other apps, one object each; not our own.",
    "step_prompt": "What to look at in this pipeline step.",
    "config": "The team's settings, unknown fields too: `language`, `instructions`, `comment_style`, …",
    "language": "The language of the reply's texts, such as `English`, or its tag where no name is known.",
    "current_rating": "The candidate's rating so far, or none. It would anchor the model: leave it out.",
    "extra": "Fields of the request that the reference does not name.",
    "request": "Everything as SolidATS sent it, by the reference's names, for fields that the other "
    "variables lack. The budget does not shorten it.",
}
"""Every variable of a template, with what it holds."""

CANDIDATE = frozenset({"cv", "form", "claims", "comments", "context", "current_rating", "extra", "request"})
"""Variables that differ between candidates of one job; they belong after everything else."""

_KEPT_OUT = frozenset({"call_secret", "candidate_id", "pipeline_step_id"})

FIELDS: Mapping[str, frozenset[str]] = {
    "job": frozenset({"description", "prompt"}),
    "rubric": frozenset({"skills", "others", "skill_anchors", "levels"}),
    "cv": frozenset(ParsedCV.model_fields),
    "form": frozenset(),
    "config": frozenset(IntegrationConfig.model_fields),
    "extra": frozenset(),
    "request": frozenset(AssessmentRequest.model_fields) - _KEPT_OUT,
}
"""The fields that are always there, of each variable that has fields."""

CRITERION_FIELDS = frozenset(
    {"id", "title", "description", "kind", "required", "must_have", "weight_percent", "anchors"}
)
"""The fields of an entry of `rubric.skills` and `rubric.others`."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "context": ("context",),
    "comments": ("comments",),
    "cv_raw": ("cv", "raw"),
    "extra": ("extra",),
    "form": ("form",),
    "cv_hobbies": ("cv", "hobbies"),
    "cv_education": ("cv", "education"),
    "cv_experience": ("cv", "experience"),
    "cv_summary": ("cv", "summary"),
    "step_prompt": ("step_prompt",),
    "team_instructions": ("config", "instructions"),
    "job_prompt": ("job", "prompt"),
    "job": ("job", "description"),
}
"""What can be shortened, by the name of its fence, first to go first, and where it stands in a view."""

SHARED_PARTS = frozenset(part for part, place in PARTS.items() if place[0] not in CANDIDATE)
"""Parts that all candidates of one job have in common."""

_LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "sv": "Swedish", "da": "Danish", "fi": "Finnish", "cs": "Czech",
}  # fmt: skip


def template_view(
    request: AssessmentRequest, rubric: Rubric, claims: Claims, *, app_id: str | None
) -> dict[str, Any]:
    """Return the variables for `request`, as VARIABLES names them; ids and the secret are not among them."""
    sent = request.model_dump(exclude={*_KEPT_OUT, "comments", "context"})
    comments = other_comments(request)
    context = [_without_ids(item) for item in other_context(request, app_id)]
    config = sent["integration_config"]
    return {
        "job": {key: value for key, value in sent["job"].items() if key != "skills"},
        "rubric": _rubric(rubric),
        "cv": sent["candidate_parsed_cv"],
        "form": request.application_form.answers,
        "claims": "\n".join(_claim(c, claims.get(c.id)) for c in rubric.criteria if c.kind == "skill"),
        "comments": [_comment(comment) for comment in comments],
        "context": context,
        "step_prompt": request.step_prompt,
        "config": config,
        "language": _LANGUAGES.get(config["language"].split("-")[0].lower(), config["language"]),
        "current_rating": request.current_rating,
        "extra": request.model_extra or {},
        "request": {
            **sent, "comments": [comment.model_dump() for comment in comments], "context": context,
        },
    }  # fmt: skip


def other_comments(request: AssessmentRequest) -> list[Comment]:
    """Return the comments without this service's own words, oldest first as far as their dates say.

    One without a readable date stays behind the one that it came behind.
    """
    others = [
        comment if left == comment.content else comment.model_copy(update={"content": left})
        for comment in request.comments
        if (left := others_words(comment.content)) or not comment.content
    ]
    moments = _moments(comment.created_at for comment in others)
    return [comment for _, comment in sorted(zip(moments, others, strict=True), key=lambda pair: pair[0])]


def other_context(request: AssessmentRequest, app_id: str | None) -> list[dict[str, Any]]:
    """Return the earlier context objects without this service's own results, in the order they came."""
    return others_context(request.context, app_id)


def _moments(dates: Iterable[str | float | None]) -> list[float]:
    """Return seconds since 1970 for each date, the previous one's where there is none."""
    found: list[float] = []
    for date in dates:
        moment = _moment(date)
        found.append(moment if moment is not None else found[-1] if found else float("-inf"))
    return found


def _moment(date: str | float | None) -> float | None:
    if not isinstance(date, str):
        return date
    try:
        read = datetime.fromisoformat(date.strip())
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(member) for key, member in value.items() if key not in _KEPT_OUT}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


def _rubric(rubric: Rubric) -> dict[str, Any]:
    entries = [_criterion(criterion, rubric) for criterion in rubric.criteria]
    skills = [entry for entry in entries if entry["kind"] == "skill"]
    return {
        "skills": skills,
        "others": [entry for entry in entries if entry["kind"] != "skill"],
        "skill_anchors": skills[0]["anchors"] if skills else {},
        "levels": LEVEL_WORDS,
    }


def _criterion(criterion: Criterion, rubric: Rubric) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "title": criterion.shown,
        "description": criterion.description,
        "kind": criterion.kind,
        "required": criterion.required.word,
        "must_have": criterion.must_have,
        "weight_percent": round(100 * rubric.share(criterion)),
        "anchors": {level.word: text for level, text in criterion.anchors.items()},
    }


def _claim(criterion: Criterion, claimed: Level | None) -> str:
    said = claimed.word if claimed is not None else "nothing"
    return f"{criterion.title}: required {criterion.required.word}, claimed {said}"


def _comment(comment: Comment) -> str:
    """Return one paragraph: no line inside can pass for the first line of another comment."""
    author = {True: "a person", False: "another app", None: "unknown author"}[comment.is_human_created]
    return indented(f"{comment.created_at or 'undated'}, {author}: {comment.content}")
