"""A candidate's own material as it is shown, with the passages that were quoted from it marked.

May import `prompts`, `evidence` and below.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import KeptQuote
from evaluator.evidence import Material, Piece
from evaluator.judgement import Quote, Source
from evaluator.prompts.fence import as_text
from evaluator.prompts.view import other_comments, other_context

_HEADINGS = {
    "summary": "Summary",
    "experience": "Experience",
    "education": "Education",
    "hobbies": "Interests",
    "raw": "Whole text of the CV",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One text of the material under its heading."""

    source: Source
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text, and the numbers of the quotes that it belongs to."""

    text: str
    quotes: tuple[int, ...] = ()


_Span = tuple[int, int, int]
"""Start, end and number of a quote."""


def parts_of(request: AssessmentRequest) -> list[Part]:
    """Return what of a request may be quoted, in the order in which it is read."""
    return [part for part in _parts(request) if part.text.strip()]


def _parts(request: AssessmentRequest) -> Iterator[Part]:
    for field, value in request.candidate_parsed_cv.model_dump().items():
        heading = _HEADINGS.get(field, field)
        yield from (Part(Source.CV, heading, text) for text in _texts(value))
    for question, answer in request.application_form.answers.items():
        yield Part(Source.FORM, question, as_text(answer))
    for comment in other_comments(request):
        when = f"Comment of {comment.created_at}" if comment.created_at else "Comment"
        yield Part(Source.COMMENTS, when, comment.content)
    for item in other_context(request, None):
        yield Part(Source.CONTEXT, "Earlier assessment", as_text(item))


def _texts(value: Any) -> list[str]:
    """Return a value as texts, a list as one for each item."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [as_text(value)]


def marked(parts: Sequence[Part], quotes: Sequence[KeptQuote]) -> list[list[Segment]]:
    """Return each part in segments that together are its whole text; a quote's number is its place.

    A quote is marked wherever its source has the same characters, else where its words are found.
    """
    spans: list[list[_Span]] = [[] for _ in parts]
    material: Material | None = None
    for number, quote in enumerate(quotes):
        places = list(_exact(parts, quote))
        if not places:
            material = material or Material([Piece(part.source, part.text) for part in parts])
            found = material.find(Quote(Source(quote.source), quote.text))
            places = [(found.piece, found.start, found.end)] if found else []
        for at, start, end in places:
            spans[at].append((start, end, number))
    return [_segments(part.text, own) for part, own in zip(parts, spans, strict=True)]


def _exact(parts: Sequence[Part], quote: KeptQuote) -> Iterator[tuple[int, int, int]]:
    """Yield the part, start and end of every place that has a quote's very characters."""
    for at, part in enumerate(parts):
        if part.source != quote.source or not quote.text:
            continue
        start = part.text.find(quote.text)
        while start >= 0:
            yield at, start, start + len(quote.text)
            start = part.text.find(quote.text, start + len(quote.text))


def _segments(text: str, spans: Sequence[_Span]) -> list[Segment]:
    """Cut a text at every end of a span; one pass, however many spans there are."""
    change: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for start, end, number in spans:
        change[start][number] += 1
        change[end][number] -= 1
    segments: list[Segment] = []
    running: Counter[int] = Counter()
    for start, end in pairwise(sorted({0, len(text), *change})):
        running.update(change[start])
        running = +running
        segments.append(Segment(text[start:end], tuple(sorted(running))))
    return segments
