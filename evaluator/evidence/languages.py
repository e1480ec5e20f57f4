"""The languages whose negations are known: their words, and telling which of them a text may be in.

The words are those of `denials.toml`, which says what each list is for. May import `words`.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from evaluator.words import folded_words

SAMPLE = 1_000
"""Words of a text that its language is told by."""

FEW = 3
"""Telling words that are too few below to tell a language by."""

Phrase = tuple[str, ...]

_LISTS = (
    "telling", "denies", "unsure", "lacks", "near", "gives", "only", "joins", "opens", "alternatives", "leads"
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language's words, folded; the fields are the lists of `denials.toml`, and all that may deny."""

    telling: frozenset[str]
    denies: frozenset[str]
    unsure: frozenset[str]
    lacks: frozenset[str]
    near: frozenset[str]
    gives: frozenset[str]
    only: frozenset[str]
    joins: frozenset[str]
    opens: frozenset[str]
    alternatives: frozenset[str]
    leads: frozenset[str]
    phrases: tuple[Phrase, ...]
    leads_to: tuple[Phrase, ...]
    unsure_too: frozenset[str]

    def signs(self, *, may_be_in_it: bool) -> frozenset[str]:
        """Return the words without one of which nothing is denied; the sure ones alone in other texts."""
        return self.unsure_too if may_be_in_it else self.denies


@cache
def languages() -> tuple[Language, ...]:
    """Return all that are known, in the table's order."""
    table = tomllib.loads(files("evaluator.evidence").joinpath("denials.toml").read_text(encoding="utf-8"))
    return tuple(map(_language, table.values()))


def _language(table: Mapping[str, str]) -> Language:
    lists = {name: frozenset(folded_words(table.get(name, ""))) for name in _LISTS}
    phrases = _phrases(table.get("phrases", ""))
    begins = {phrase[0] for phrase in phrases}
    return Language(
        **lists,
        phrases=phrases,
        leads_to=_phrases(table.get("leads_to", "")),
        unsure_too=lists["denies"] | lists["unsure"] | lists["near"] | begins,
    )


def _phrases(listed: str) -> tuple[Phrase, ...]:
    return tuple(tuple(folded_words(text)) for text in listed.split(",") if text)


def told_by(*texts: Sequence[str]) -> frozenset[Language]:
    """Return the languages that a text may be in: the first of `texts`, folded words, that tells enough.

    They are the one whose common words it has most of, and those with more than half as many. Where no
    text tells enough, every language may be.
    """
    for words in texts:
        counts = Counter(words[:SAMPLE])
        scores = [sum(counts[word] for word in each.telling & counts.keys()) for each in languages()]
        if (best := max(scores)) >= FEW:
            return frozenset(
                each for each, score in zip(languages(), scores, strict=True) if 2 * score > best
            )
    return frozenset(languages())
