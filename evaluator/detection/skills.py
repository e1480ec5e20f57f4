"""The job's skills in a text: where one is named, and where a level stands behind it.

May import the sibling `folding`.
"""

import re
from collections.abc import Iterable

from evaluator.detection.folding import folded

_SPLIT = re.compile(r"[^\W_]+")
_LEVEL = re.compile(
    r"(?:[-_ ]{1,2}+[^\W\d_]{2,20}+){0,2}[\"'”’*)\]`]{0,3}+\s{0,3}+"
    r"(?:[:=|→]|\.{2,60}+|-{1,2}>|=>|at|to|–|-)?\s{0,3}+[\"'“‘(]{0,2}+"
    r"(?:(?:level|stufe|niveau|nivel|livello|poziom|уровень|lvl)[ :]{1,2}+)?"
    r"(?:(4|5|four|vier|quatre|cuatro|(?:9\d|100)(?=\s?[,;.\n/}\]]|$))"
    r"|(expert|excellent|fully met|principal|mastery))\b"
    r"(?!\s?(?:[.,]\d|years|yrs|jahre|ans\b|anos|lat\b|%|x\b|hours|times|months|\d|and a half|people))"
    r"(?!\s?/\s?(?:[5-9]\b|10))"
)
"""A top level behind a skill's name: a figure or a word, and no number of years, nor out of five or ten."""


class Skills:
    """The skills of one job."""

    def __init__(self, slugs: Iterable[str]) -> None:
        """`slugs`: the skills' slugs, such as `data-modelling`."""
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for slug in slugs:
            if parts := tuple(_SPLIT.findall(folded(slug).text)):
                self._by_first.setdefault(parts[0], []).append(parts)

    def __contains__(self, word: str) -> bool:
        """Tell whether a skill's name begins with `word`."""
        return word in self._by_first

    def named(self, words: list[str], at: int) -> tuple[str, int] | None:
        """Return the skill that is named from the word `at` on, and how many words its name takes there.

        The first word of a longer name is enough where it has eight letters.
        """
        for parts in self._by_first.get(words[at], ()):
            if words[at : at + len(parts)] == list(parts):
                return "-".join(parts), len(parts)
            if len(parts[0]) >= 8:
                return "-".join(parts), 1
        return None


def level_behind(text: str, at: int) -> bool | None:
    """Tell what top level stands right behind the place `at`: True a number, False a word, None nothing."""
    found = _LEVEL.match(text, at)
    return None if found is None else found[1] is not None
