"""Which texts of a request may be quoted as evidence, and as which source.

Not among them: the job, the claimed skills, the form's questions, and this service's own results. What
another app wrote is quoted as the prompt shows it. May import `prompts`, `evidence` and below.
"""

from collections.abc import Iterator
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.evidence import Material, Piece
from evaluator.judgement import Source
from evaluator.prompts.fence import as_text
from evaluator.prompts.view import other_comments, other_context


def material_of(request: AssessmentRequest, *, app_id: str | None) -> Material:
    """Return what may be quoted of a cleaned request."""
    return Material(list(_pieces(request, app_id)))


def _pieces(request: AssessmentRequest, app_id: str | None) -> Iterator[Piece]:
    sources = (
        (Source.CV, request.candidate_parsed_cv.model_dump()),
        (Source.FORM, request.application_form.answers),
        (Source.COMMENTS, [comment.content for comment in other_comments(request)]),
        (Source.CONTEXT, [as_text(item) for item in other_context(request, app_id)]),
    )
    for source, value in sources:
        yield from (Piece(source, text) for text in _texts(value) if text)


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
