"""Rubrics, material and replies in few words, for tests of the rules that stand on them."""

from collections.abc import Mapping
from typing import Any

from evaluator.evidence import Material, Piece
from evaluator.judgement import Finding, Judgement, Quote, Reply, Source
from evaluator.rubric import Criterion, Level, Rubric


def criterion(own: str = "a", weight: float = 1, required: Level = Level.STRONG, **more: Any) -> Criterion:
    """Return a criterion of a pack's kind."""
    return Criterion(own, more.pop("title", own.title()), weight, required, more.pop("kind", "pack"), **more)


def rubric(*ids: str, **rules: Any) -> Rubric:
    """Return a rubric of criteria that weigh the same."""
    return Rubric(tuple(criterion(own) for own in ids), **rules)


def cv(*texts: str) -> Material:
    """Return material of pieces of a CV."""
    return Material([Piece(Source.CV, text) for text in texts])


def judgement(
    *quotes: str | Quote, finding: Finding = Finding.EVIDENCED, level: Level = Level.STRONG
) -> Judgement:
    """Return a judgement; quotes given as text are from the CV."""
    given = tuple(Quote(Source.CV, quote) if isinstance(quote, str) else quote for quote in quotes)
    return Judgement(given, "A reason.", finding, level)


def reply(criteria: Mapping[str, Judgement]) -> Reply:
    """Return a reply that says nothing but what is said of the criteria."""
    return Reply(criteria, "", (), (), (), 50)
