"""Applying the rules to one view: which passages of it which rule fires on. May import siblings."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from evaluator.detection.facts import Facts, Reader
from evaluator.detection.folding import View
from evaluator.detection.lexicon import Lexicon
from evaluator.detection.passages import within
from evaluator.detection.rules import Pattern, Rule, Rules

_WORD = re.compile(r"[^\W_]+")

_OBJECT_WORDS = "me mine mir us uns my mi mis mein meine our"
_OBJECTS = frozenset(_OBJECT_WORDS.split())
"""Words of one who speaks of oneself that an order to rate "me" holds too."""

_BLOCK = 4_000
"""Characters of a block at most."""

_BLOCK_LINES = 40
"""Lines of a block at most."""


class Hit(NamedTuple):
    """A rule that fired, and the passage of the view that it covers."""

    start: int
    end: int
    rule: Rule | Pattern


class Matcher:
    """The rules, ready to be applied to views of a request's texts."""

    def __init__(self, rules: Rules, words: Lexicon, reader: Reader) -> None:
        """`reader` tells what the sentences of a view are about, by the concepts of `words`."""
        self._rules = rules
        self._words = words
        self._own = words.later["self"] - {"me", "us", "mine", "mir", "uns"}
        self._self = words.later["self"] - _OBJECTS
        self._reader = reader
        self._by_least = [rule for rule in rules.rules if rule.least]
        self._plain = [(rule.masks[0], rule) for rule in rules.rules if rule.masks and not rule.least]

    def read(self, view: View) -> Facts:
        """Return what the sentences of `view` are about."""
        return self._reader.read(view)

    def hits(self, facts: Facts, *, own: bool = True) -> list[Hit]:
        """Return what fires on a view by its `facts`; `own`: the candidate wrote it."""
        found = [*self._of_concepts(facts), *self._of_lists(facts), *self._of_patterns(facts)]
        return [hit for hit in found if own or not hit.rule.only_own]

    def _of_concepts(self, facts: Facts) -> Iterator[Hit]:
        for number, languages in facts.concepts.items():
            neutral = languages.get("", 0)
            for language, bits in languages.items():
                if not language and len(languages) > 1:
                    continue
                for first, rule in self._plain:
                    if (bits | neutral) & first and language not in rule.excepted:
                        yield from self._fired(rule, facts, number, language)

    def _fired(self, rule: Rule, facts: Facts, number: int, language: str) -> Iterator[Hit]:
        """Yield a hit where `rule` holds for one language in a sentence, or in it and the next."""
        languages = facts.concepts[number]
        held, last = languages[language] | languages.get("", 0), number
        if not rule.holds(held):
            if rule.reach == 1 or not rule.holds(held | self._next(facts, number, language)):
                return
            last = number + 1
        if not self._excused(rule, facts, number):
            yield Hit(facts.starts[number], facts.ends[last], rule)

    def _next(self, facts: Facts, number: int, language: str) -> int:
        """Return the concepts of the next sentence of the same line."""
        following = facts.concepts.get(number + 1, {})
        same = facts.view.text[facts.ends[number] - 1 : facts.ends[number]] != "\n"
        return following.get(language, 0) | following.get("", 0) if same else 0

    def _of_lists(self, facts: Facts) -> Iterator[Hit]:
        for rule in self._by_least:
            for first, last, weight in facts.lists:
                if weight >= 2 * rule.least - 1:
                    start, end = facts.sentence(first), facts.sentence(last)
                    yield Hit(facts.starts[start], facts.ends[end], rule)

    def _of_patterns(self, facts: Facts) -> Iterator[Hit]:
        text = facts.view.text
        for pattern, places in self._rules.able(text, facts.begins):
            for start, end in pattern.matches(text, places):
                if facts.told and within(facts.told, start):
                    continue
                first, last = self._covered(facts, pattern, start, end)
                if pattern.near and not self._near(facts, first, last) & pattern.near:
                    continue
                if self._excused(pattern, facts, facts.sentence(start)):
                    continue
                yield Hit(facts.starts[first], facts.ends[last], pattern)

    def _near(self, facts: Facts, first: int, last: int) -> int:
        found = 0
        for number in range(first, last + 1):
            found |= facts.of(number)
        return found

    def _covered(self, facts: Facts, pattern: Pattern, start: int, end: int) -> tuple[int, int]:
        """Return the first and the last sentence that a match covers."""
        first, last = facts.sentence(start), facts.sentence(max(start, end - 1))
        if pattern.within == "sentence":
            return first, last
        text = facts.view.text
        mark, furthest = "\n" if pattern.within == "line" else "\n\n", min(len(text), end + _BLOCK)
        stop = text.find(mark, end, furthest)
        if pattern.within == "rest" and stop >= 0 and "\n" not in text[end:stop]:
            stop = text.find(mark, stop + 2, furthest)
        stop = furthest if stop < 0 else stop
        return first, min(facts.sentence(max(start, stop - 1)), last + _BLOCK_LINES)

    def _excused(self, rule: Rule | Pattern, facts: Facts, number: int) -> bool:
        """Tell whether the rule leaves the sentence out: as one of who speaks as "I", or tells of attacks."""
        if not rule.unless:
            return False
        words = _WORD.findall(facts.view.text, facts.starts[number], facts.ends[number])
        if rule.unless != "tells":
            return not (self._self if rule.unless == "self" else self._own).isdisjoint(words)
        own = not self._words.later["self"].isdisjoint(words)
        return own and any(self._words.is_later("tells", word) for word in words)
