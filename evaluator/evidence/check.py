"""The rules by which a quote counts as evidence, and what remains of a judgement under them.

They are decisions of this service, explained in `docs/method.md` and, with what they leave out, in
`docs/decisions/0001-evidence-rules.md`. May import `judgement`, `words`, the sibling `lookup` and below.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from evaluator.evidence.lookup import PASSED_OVER, Found, Material, join_words
from evaluator.judgement import Finding, Judgement, Quote, Reply, Source
from evaluator.rubric import Level, Rubric
from evaluator.words import folded_words, is_unspaced

MIN_WORDS = 3
"""Words that a quote has at least; all but one of them have content of their own."""

MIN_UNSPACED = 6
"""Characters that a quote has at least in a script without spaces."""

MAX_CRITERIA = 2
"""Criteria that one passage may serve."""

_DENIED = "leaves out the negation before it"

_ELLIPSIS = regex.compile(r"\[\s*(?:…|\.{3,})\s*\]|…|\.{3,}")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A quote that is no evidence, and why; `source` is what the model gave."""

    source: Source
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A judgement after the check: `level` and `finding` as verified quotes bear them.

    `note` says what code changed of the model's judgement, None where nothing.
    """

    quotes: tuple[Quote, ...]
    dropped: tuple[Dropped, ...]
    reason: str
    finding: Finding
    level: Level
    note: str | None = None


class _Located(NamedTuple):
    """A quote as the model gave it, and where it stands, None with the reason where it is no evidence.

    A place with a reason is denied: it bears a contradiction, and no level.
    """

    given: Source
    place: Found | None
    folded: str
    why: str


def verify(reply: Reply, rubric: Rubric, material: Material) -> dict[str, Verified]:
    """Check every quote of `reply` and return what remains of each judgement, by criterion id.

    A level above none without a verified quote falls to `not_evidenced`. The result does not depend
    on the order of the criteria.
    """
    located = {key: _located(reply.criteria[key], material) for key in rubric.ids}
    spent = _served_too_often(rubric, located)
    return {
        key: _verified(reply.criteria[key], located[key], spent.get(key, frozenset()), material)
        for key in rubric.ids
    }


def _located(judgement: Judgement, material: Material) -> list[_Located]:
    contradicted = judgement.finding is Finding.CONTRADICTED
    return [_locate(quote, material, may_be_denied=contradicted) for quote in judgement.quotes]


def _locate(quote: Quote, material: Material, *, may_be_denied: bool) -> _Located:
    """Look a quote up; where it may be denied, it stands from its negation on and keeps its place."""
    text = max(_ELLIPSIS.split(quote.text), key=len)  # a quote with an omission stands by its longest part
    if not _is_long_enough(folded_words(text)):
        return _Located(quote.source, None, "", f"fewer than {MIN_WORDS} words, or too little said in them")
    place = material.find(Quote(quote.source, text))
    if place is None:
        barred = material.bars(Quote(quote.source, text))
        return _Located(quote.source, None, "", barred or "not found in the candidate's material")
    why = _DENIED if material.is_denied(place) else ""
    if why and not may_be_denied:
        return _Located(quote.source, None, "", why)
    place = material.with_negation(place) if why else place
    return _Located(quote.source, place, join_words(folded_words(material.text(place))), why)


def _is_long_enough(found: Sequence[str]) -> bool:
    content = [word for word in found if word not in PASSED_OVER and any(map(str.isalpha, word))]
    return length(found) >= MIN_WORDS and length(content) >= MIN_WORDS - 1


def length(found: Iterable[str]) -> float:
    """Return the length in words, to which characters of a script without spaces count in part."""
    words = list(found)
    unspaced = sum(not word.isascii() and is_unspaced(word) for word in words)
    return len(words) - unspaced * (1 - MIN_WORDS / MIN_UNSPACED)


def _served_too_often(
    rubric: Rubric, located: Mapping[str, Sequence[_Located]]
) -> dict[str, frozenset[Found]]:
    """Return the passages that criteria may not use, as two others use them, by criterion id.

    The two that keep a passage are those that weigh most, by id where they weigh the same, so that the
    order of criteria plays no part. Levels play none either: a level that rises takes no passage from others.
    """
    ranked = sorted(rubric.criteria, key=lambda criterion: (-criterion.weight, criterion.id))
    served: list[tuple[str, _Located]] = []
    spent: dict[str, frozenset[Found]] = {}
    for key in [criterion.id for criterion in ranked]:
        own = [(key, entry) for entry in located[key] if entry.place is not None]
        over = [each for each in own if len(_users(each[1], served)) >= MAX_CRITERIA]
        spent[key] = frozenset(entry.place for _, entry in over if entry.place)
        served += [each for each in own if each not in over]
    return spent


def _rests_on_quotes(judgement: Judgement) -> bool:
    return judgement.level is not Level.NONE or judgement.finding is Finding.CONTRADICTED


def _users(entry: _Located, served: Sequence[tuple[str, _Located]]) -> set[str]:
    return {key for key, other in served if _is_same_passage(entry, other)}


def _is_same_passage(one: _Located, other: _Located) -> bool:
    """Tell whether two places overlap, or hold the same words, as a raw CV and its parts do."""
    if one.place and other.place and one.place.overlaps(other.place):
        return True
    return one.folded in other.folded or other.folded in one.folded


def _verified(
    judgement: Judgement, located: Sequence[_Located], spent: frozenset[Found], material: Material
) -> Verified:
    kept: dict[Found, Quote] = {}
    dropped: list[Dropped] = []
    for entry in located:
        if entry.place is None or (entry.why and judgement.level is not Level.NONE):
            dropped.append(Dropped(entry.given, entry.why))
        elif entry.place in spent:
            dropped.append(Dropped(entry.given, f"already serves {MAX_CRITERIA} other criteria"))
        else:
            kept[entry.place] = Quote(material.source(entry.place), material.text(entry.place))
    finding, level, note = _settle(judgement, bool(kept))
    return Verified(tuple(kept.values()), tuple(dropped), judgement.reason, finding, level, note)


def _settle(judgement: Judgement, has_quote: bool) -> tuple[Finding, Level, str | None]:
    """Return finding and level as the quotes bear them, and what was changed."""
    if not _rests_on_quotes(judgement):
        changed = judgement.finding is Finding.EVIDENCED
        return (
            Finding.NOT_EVIDENCED,
            Level.NONE,
            "evidenced at level none: not evidenced" if changed else None,
        )
    if not has_quote:
        said = judgement.finding.value if judgement.level is Level.NONE else judgement.level.word
        return Finding.NOT_EVIDENCED, Level.NONE, f"{said} without a verified quote: not evidenced"
    if judgement.finding is Finding.NOT_EVIDENCED:
        return Finding.EVIDENCED, judgement.level, "a level with a verified quote: counts as evidenced"
    return judgement.finding, judgement.level, None
