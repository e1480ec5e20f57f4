"""The candidate's own material with the quotes marked in it, each by the number that its criterion names.

May import `evals.reports.highlights` and below.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaluator.audit.sentences import SOURCES
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import KeptQuote
from evaluator.evals.reports.highlights import Segment, marked, parts_of

MOST_MATERIAL = 150_000
"""Characters of the application that a page shows; a long CV has a tenth of it."""

_MOST_MARKED = 400
"""Quotes that are looked for in the texts."""

_HEADING = 300
"""Characters of a heading: a question of the form, which anybody may have written."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote: its number on the page, counted from 1, where it stands, in words, and what it says."""

    number: int
    where: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text: the numbers of the quotes that it belongs to, and of those first met here."""

    text: str = field(repr=False)
    quotes: tuple[int, ...]
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One text of the material, in stretches that together are the whole of it."""

    where: str
    heading: str
    stretches: Sequence[Stretch]


def cut(material: Iterable[Shown], most: int = MOST_MATERIAL) -> tuple[tuple[Shown, ...], int]:
    """Return the material up to `most` characters, and how many are left out."""
    kept: list[Shown] = []
    room, left = most, 0
    for each in material:
        stretches: list[Stretch] = []
        for stretch in each.stretches:
            text = stretch.text[:room]
            room, left = room - len(text), left + len(stretch.text) - len(text)
            stretches += [replace(stretch, text=text)] if text else []
        kept += [replace(each, stretches=stretches)] if stretches else []
    return tuple(kept), left


class Quotes:
    """The quotes of one result, each once, whatever the number of criteria that it serves."""

    def __init__(self) -> None:
        """Begin with none."""
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, criterion: Mapping[str, Any]) -> tuple[Quote, ...]:
        """Return the quotes of a criterion of a result, numbered."""
        return tuple(self._quote(each["source"], each["text"]) for each in criterion.get("quotes", ()))

    def shown_in(self, request: AssessmentRequest) -> tuple[Shown, ...]:
        """Return the material of a request with all these quotes marked."""
        parts = parts_of(request)
        kept = [KeptQuote.model_validate({"source": source, "text": text}) for source, text in self._numbers]
        segments = marked(parts, kept[:_MOST_MARKED])
        seen: set[int] = set()
        return tuple(
            Shown(SOURCES[part.source.value], part.heading[:_HEADING], [_stretch(each, seen) for each in own])
            for part, own in zip(parts, segments, strict=True)
        )

    def _quote(self, source: str, text: str) -> Quote:
        number = self._numbers.setdefault((source, text), len(self._numbers))
        return Quote(number + 1, SOURCES[source], text)


def _stretch(segment: Segment, seen: set[int]) -> Stretch:
    quotes = tuple(number + 1 for number in segment.quotes)
    first = tuple(number for number in quotes if number not in seen)
    seen.update(first)
    return Stretch(segment.text, quotes, first)
