"""What the page of a run shows: a line for each candidate, in an order, and both results of one in full.

May import `audit`, `evals`, `contract` and `studio` siblings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Literal

from evaluator.audit.explaining import criteria_of
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.evals.checks import misses
from evaluator.evals.expectation import Expectation
from evaluator.evals.reports.words import plain, rated
from evaluator.evals.runs import Row
from evaluator.studio.evaluation import Judged
from evaluator.studio.evaluation_words import Told, contribution, short_flag, standing_of
from evaluator.studio.quoted import Quotes, Shown
from evaluator.studio.quoted import cut as cut_to_a_page
from evaluator.studio.try_rows import DRAFT, PUBLISHED, Tried

Sort = Literal["change", "disagreement", "name", "arrival"]
"""The order of the lines."""

SORTS: Mapping[Sort, str] = {
    "change": "largest change first",
    "disagreement": "farthest from your rating first",
    "name": "by name",
    "arrival": "as they came",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One result in a line: the rating in words, how it stands, flags, and why there is none."""

    rating: float | None
    words: str
    standing: Told
    flags: tuple[str, ...]
    error: str | None = field(repr=False)
    misses: tuple[str, ...] = field(repr=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What kinds of flags there are, each once."""
        return tuple(dict.fromkeys(map(short_flag, self.flags)))


@dataclass(frozen=True, slots=True)
class Line:
    """A candidate in the table. `own` is a person's rating, or the sample's where `made_up`.

    `difference`: the draft's rating less the published one's; `crosses`: they lie on both sides of the cut.
    `distance`: how far the draft's rating, or the only one, is from `own`.
    """

    number: int
    title: str
    draft: Side | None
    published: Side | None
    reused: bool
    own: float | None
    made_up: bool
    difference: float | None
    crosses: bool
    distance: float | None

    @property
    def own_words(self) -> str:
        """The person's rating, or the sample's."""
        return plain(self.own)

    @property
    def change(self) -> str:
        """The difference with an arrow and in words."""
        if self.difference is None:
            return ""
        if not self.difference:
            return "= the same"
        way = "▲ {} higher" if self.difference > 0 else "▼ {} lower"
        return way.format(plain(abs(self.difference)))

    @property
    def nearer(self) -> str:
        """Whether the draft is closer to the person's rating than what is published, in a word."""
        if self.own is None or self.draft is None or self.published is None:
            return ""
        draft, published = self.draft.rating, self.published.rating
        if draft is None or published is None:
            return ""
        gain = abs(published - self.own) - abs(draft - self.own)
        return "closer" if gain > 0 else "farther" if gain < 0 else "as close"


@dataclass(frozen=True, slots=True)
class Detail:
    """One side of a candidate in full; `name` is what the side is called."""

    name: str
    side: Side
    judged: tuple[Judged, ...]
    questions: tuple[str, ...]
    comment: str = field(repr=False)
    summary: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate in full: each side, and their material with the quotes of both marked.

    `unshown`: characters of the material that are too many for a page.
    """

    line: Line
    details: tuple[Detail, ...]
    expected: Expectation | None
    material: tuple[Shown, ...]
    unshown: int


def lines_of(rows: Sequence[tuple[int, Tried]], *, cut: float, sort: Sort) -> list[Line]:
    """Return the lines in an order; those without a figure to go by come last."""
    lines = [line_of(number, tried, cut=cut) for number, tried in rows]
    if sort == "change":
        return sorted(lines, key=lambda line: (not _is_uneven(line), _last(line.difference)))
    if sort == "disagreement":
        return sorted(lines, key=lambda line: _last(line.distance))
    return sorted(lines, key=lambda line: line.title) if sort == "name" else lines


def line_of(number: int, tried: Tried, *, cut: float) -> Line:
    """Return the line of a candidate; `cut` is the rating from which one goes on."""
    draft, published = _side(tried.draft, tried), _side(tried.published, tried)
    own, made_up = _own(tried.expectation)
    by_draft, by_published = draft and draft.rating, published and published.rating
    difference, crosses = None, False
    if isinstance(by_draft, float) and isinstance(by_published, float):
        difference, crosses = by_draft - by_published, (by_draft >= cut) != (by_published >= cut)
    first = draft or published
    rating = None if first is None else first.rating
    return Line(
        number=number,
        title=tried.title,
        draft=draft,
        published=published,
        reused=tried.reused,
        own=own,
        made_up=made_up,
        difference=difference,
        crosses=crosses,
        distance=None if own is None or rating is None else abs(rating - own),
    )


def candidate_of(number: int, tried: Tried, *, cut: float) -> Candidate:
    """Return a candidate in full."""
    line, quotes = line_of(number, tried, cut=cut), Quotes()
    sides = ((DRAFT, line.draft, tried.draft), (PUBLISHED, line.published, tried.published))
    details = tuple(_detail(name, side, row, quotes) for name, side, row in sides if side and row)
    request = read_model(AssessmentRequest, tried.request)
    return Candidate(line, details, tried.expectation, *cut_to_a_page(quotes.shown_in(request)))


def _detail(name: str, side: Side, row: Row, quotes: Quotes) -> Detail:
    result = row.result
    context: Mapping[str, Any] = (result.context if result else None) or {}
    criteria = criteria_of(context, {"result": {"context": context}}) if context else ()
    judged = tuple(
        Judged(
            criterion,
            contribution(criterion),
            min(1.0, criterion.points / (100 * criterion.weight)) if criterion.weight else 0.0,
            quotes.of(raw),
        )
        for criterion, raw in zip(criteria, context.get("criteria", ()), strict=True)
    )
    return Detail(
        name=name,
        side=side,
        judged=judged,
        questions=tuple(context.get("questions", ())),
        comment=(result.comment if result else None) or "",
        summary=context.get("summary", ""),
    )


def _side(row: Row | None, tried: Tried) -> Side | None:
    if row is None:
        return None
    context = (row.result.context if row.result else None) or {}
    return Side(
        rating=row.rating,
        words=rated(row.rating),
        standing=standing_of(row.status),
        flags=tuple(context.get("flags", ())),
        error=row.error or (row.result.failure_details if row.result else None),
        misses=tuple(misses(row, tried.expectation)) if row.rating is not None else (),
    )


def _own(expectation: Expectation | None) -> tuple[float | None, bool]:
    """Return what people rated a candidate, else what the sample comes with, and whether it is the latter."""
    if expectation is None:
        return None, False
    if expectation.human_ratings:
        return fmean(each.rating for each in expectation.human_ratings), False
    return expectation.reference_rating, expectation.reference_rating is not None


def _is_uneven(line: Line) -> bool:
    """Tell whether one side alone has a rating, which is more than any difference."""
    if line.draft is None or line.published is None:
        return False
    return (line.draft.rating is None) != (line.published.rating is None)


def _last(size: float | None) -> float:
    return 1.0 if size is None else -abs(size)
