"""Which texts of a request may be quoted as evidence, and as which source.

Not among them: the job, the claimed skills, the form's questions, and this service's own results. What
another app wrote is quoted as the prompt shows it. May import `prompts`, `evidence`, the siblings
`answers` and `screening`, and below.
"""

import re
from collections.abc import Iterator
from typing import Any

from evaluator.assessment.answers import skill_names, told_in
from evaluator.assessment.screening import LEFT_OUT, Screened
from evaluator.contract.request import AssessmentRequest
from evaluator.evidence import Material, Piece
from evaluator.judgement import Source
from evaluator.prompts.fence import as_text
from evaluator.prompts.view import other_comments, other_context

_BREAKS = re.compile(rf"\n\s*\n|{re.escape(LEFT_OUT)}")
"""Where a text is in pieces: at empty lines, and where a passage was left out."""

ADDRESSED = "stands in a passage that is addressed to whoever rates, which is not counted"
BORROWED = "stands in a passage that borrows somebody else's word: it counts no more than the own claim"
DOUBTED = "speaks of the assessment more than of the candidate's work, which is no evidence"
"""Why a quote of a flagged or doubtful passage is no evidence."""


def material_of(request: AssessmentRequest, *, app_id: str | None) -> Material:
    """Return what may be quoted of a cleaned request."""
    return Material(list(_pieces(request, app_id)))


def material_behind(screened: Screened, *, app_id: str | None) -> Material:
    """Return what may be quoted of a screened request: what the model reads, and nothing that is doubtful."""
    flagged = [(DOUBTED, screened.request)] if screened.doubted else []
    if screened.leaves_out:
        flagged += [(BORROWED, screened.with_authority), (ADDRESSED, screened.as_written)]
    barred = [(why, list(_pieces(request, app_id))) for why, request in flagged]
    return Material(list(_pieces(screened.undoubted, app_id)), barred)


def _pieces(request: AssessmentRequest, app_id: str | None) -> Iterator[Piece]:
    sources = (
        (Source.CV, request.candidate_parsed_cv.model_dump()),
        (Source.FORM, request.application_form.answers),
        (Source.COMMENTS, [comment.content for comment in other_comments(request)]),
        (Source.CONTEXT, [as_text(item) for item in other_context(request, app_id)]),
    )
    names = skill_names(request)
    for source, value in sources:
        for text in _paragraphs(value):
            parts = told_in(text, names) if source is Source.FORM else (text,)
            yield from (Piece(source, part) for part in parts)


def _paragraphs(value: Any) -> Iterator[str]:
    """Yield the paragraphs of every text inside a JSON value, as no quote runs from one into the next."""
    for text in _texts(value):
        yield from filter(None, _BREAKS.split(text))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text inside a JSON value; the request's depth is bounded, so recursion is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
