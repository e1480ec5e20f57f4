"""Where a part of a prompt comes from, by the name of its fence, in the words of the pages.

May import `prompts.view`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of text in a prompt: an id for its colour, and what a reader calls it."""

    id: str
    title: str


PACK = Origin("pack", "The pack's own words")
SERVICE = Origin("service", "The service's own line")
OTHER = Origin("other", "Other fields")
JOB = Origin("job", "Job")
RUBRIC = Origin("rubric", "Rubric")
STEP = Origin("step", "Pipeline step")
TEAM = Origin("team", "Team's instructions")
CLAIMS = Origin("claims", "Levels required and claimed")
CV = Origin("cv", "CV")
FORM = Origin("form", "Application form")
COMMENTS = Origin("comments", "Comments")
CONTEXT = Origin("context", "Earlier assessments")

ORIGINS = (
    PACK, RUBRIC, JOB, STEP, TEAM, CLAIMS, CV, FORM, COMMENTS, CONTEXT, OTHER, SERVICE,
)  # fmt: skip
"""All of them, in the order of a legend."""

_BY_FENCE: Mapping[str, tuple[Origin, str]] = {
    "rubric": (RUBRIC, "Rubric"),
    "job": (JOB, "Job description"),
    "job_prompt": (JOB, "What the job asks to keep in mind"),
    "step_prompt": (STEP, "What to look at in this step"),
    "team_instructions": (TEAM, "Team's instructions"),
    "claims": (CLAIMS, "Levels required and claimed"),
    "cv_summary": (CV, "CV: summary"),
    "cv_experience": (CV, "CV: experience"),
    "cv_education": (CV, "CV: education"),
    "cv_hobbies": (CV, "CV: hobbies"),
    "cv_raw": (CV, "CV: whole text"),
    "form": (FORM, "Application form"),
    "comments": (COMMENTS, "Comments"),
    "context": (CONTEXT, "Earlier assessments"),
    "extra": (OTHER, "Other fields"),
}  # fmt: skip


def origin_of(fence: str) -> Origin:
    """Return where the text of a fence comes from; OTHER for a name that the pack has made up."""
    return _BY_FENCE[fence][0] if fence in _BY_FENCE else OTHER


def title_of(fence: str) -> str:
    """Return what a reader calls a part of a prompt."""
    return _BY_FENCE[fence][1] if fence in _BY_FENCE else fence.replace("_", " ").capitalize()
