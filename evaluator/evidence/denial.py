"""Telling whether a negation stands before a place in a text, so that quoting from there on reverses it.

"No experience with Kafka in production" holds "experience with Kafka in production" word for word. The
words are those of `denials.toml`, by language. May import `words`.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

from evaluator.words import folded_words

DENIAL_REACH = 6
"""Words before a place among which a negation denies it, as far as they belong to its clause."""

_REACH_CHARS = 300
_SAMPLE = 1_000
"""Words of a text that its language is told by."""

_MARK = regex.compile(r"[.!?,](?=\s)|[;:…\n•|()–—]|\s-\s")
_NOT = regex.compile(r"n['’]t\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Negations:
    """The negations that hold for a text, with the words that take them back or end their hold."""

    denies: frozenset[str]
    only: frozenset[str]
    joins: frozenset[str]

    def deny(self, text: str, start: int) -> bool:
        """Tell whether what begins at `start` is denied by what stands before it in its clause."""
        clause = _MARK.split(text[max(0, start - _REACH_CHARS) : start])[-1]
        last = folded_words(_NOT.sub(" not", clause))[-DENIAL_REACH:]
        following = ""
        for word in reversed(last):
            if word in self.joins:
                return False
            if word in self.denies and following not in self.only:
                return True
            following = word
        return False


def negations_of(words: Sequence[str]) -> Negations:
    """Return what holds for a text of these folded words.

    Its language is the one whose common words it has most of; where no language is ahead, each counts.
    """
    counts = Counter(words[:_SAMPLE])
    scores = [sum(counts[word] for word in telling) for telling, _ in _languages()]
    best = max(scores)
    return _union(found for (_, found), score in zip(_languages(), scores, strict=True) if score == best)


def _union(several: Iterable[Negations]) -> Negations:
    found = list(several)
    return Negations(
        frozenset().union(*(each.denies for each in found)),
        frozenset().union(*(each.only for each in found)),
        frozenset().union(*(each.joins for each in found)),
    )


@cache
def _languages() -> tuple[tuple[frozenset[str], Negations], ...]:
    table = tomllib.loads(files("evaluator.evidence").joinpath("denials.toml").read_text(encoding="utf-8"))
    words = [{name: frozenset(folded_words(text)) for name, text in each.items()} for each in table.values()]
    return tuple((each["telling"], Negations(each["denies"], each["only"], each["joins"])) for each in words)
