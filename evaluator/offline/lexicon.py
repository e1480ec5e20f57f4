"""The words that the rater knows as signs, read from `lexicon.toml` and looked up while text is scanned.

A sign is a bit, and what is known of a stretch of text is the union of its words' bits: one look-up a
word, whatever the number of lists. May import `words`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from evaluator.words import folded_words

OWN, LEAD, CORE, CHANGE = 1, 2, 4, 8
"""Signs of depth: own action, leading or teaching, daily or answerable work, an outcome."""

LEARN, OBSERVE, OTHERS, HELPING, RATING = 16, 32, 64, 1 << 18, 1 << 19
"""Signs of shallowness: learning, looking on, somebody else's doing, taking part, rating oneself."""

NEGATION, PRACTICE, ONLY, POINTING = 128, 256, 512, 1024
"""What a denial is made of; POINTING refers back to what the sentence named before."""

SELF, GERMAN, EMPTY, CURRENT, CONTRAST = 2048, 4096, 8192, 16384, 1 << 17
"""The first person, German function words, words without content, "today", "but"."""

FIGURE, DENIAL = 32768, 65536
"""A figure that is no year, and a denial; both are found in the text and not listed."""

_STARTS = 1 << 20
_NAMES = {
    "own": OWN, "lead": LEAD, "core": CORE, "change": CHANGE,
    "learn": LEARN, "observe": OBSERVE, "others": OTHERS, "helping": HELPING, "rating": RATING,
    "negation": NEGATION, "practice": PRACTICE, "only": ONLY, "pointing": POINTING,
    "self": SELF, "german": GERMAN, "empty": EMPTY, "current": CURRENT, "contrast": CONTRAST,
}  # fmt: skip

_REACH = 4
"""Words after a negation within which it denies what is practised."""
_NEAR = 3
"""Words between `only` and `observed` at most."""
_REMEMBERED = 100_000
_SHORTEST_PREFIX = 3

Phrase = tuple[str, ...]


class Words:
    """A set of words, some as beginnings, each with bits."""

    def __init__(self) -> None:
        """Begin empty."""
        self._exact: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._known: dict[str, int] = {}

    def add(self, listed: str, bits: int) -> None:
        """Add the words of `listed`, with white space between; one that ends in * is a beginning."""
        for word in listed.split():
            folded = "".join(folded_words(word))
            table = self._prefixes if word.endswith("*") else self._exact
            table[folded] = table.get(folded, 0) | bits

    def bits(self, word: str) -> int:
        """Return what is known of a folded word, 0 where nothing is."""
        found = self._known.get(word)
        return self._find(word) if found is None else found

    def _find(self, word: str) -> int:
        found = self._exact.get(word, 0)
        for length in range(_SHORTEST_PREFIX, min(len(word), 30) + 1):
            found |= self._prefixes.get(word[:length], 0)
        if len(self._known) < _REMEMBERED:
            self._known[word] = found
        return found


class Lexicon:
    """The signs of `lexicon.toml`; made once and shared, it only remembers words it has looked up."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        """Take the decoded lexicon."""
        self._words = Words()
        self._phrases: dict[str, list[tuple[Phrase, int]]] = {}
        for name, bit in _NAMES.items():
            self._words.add(source[name]["words"], bit)
            for phrase in source[name]["phrases"]:
                self._add_phrase(tuple(folded_words(phrase)), bit)
        self._headings = Words()
        self._sections = tuple(source["headings"])
        for number, section in enumerate(self._sections):
            self._headings.add(source["headings"][section]["words"], 1 << number)

    def _add_phrase(self, phrase: Phrase, bit: int) -> None:
        self._phrases.setdefault(phrase[0], []).append((phrase, bit))
        self._words.add(phrase[0], _STARTS)

    def scan(self, words: Sequence[str]) -> int:
        """Return the signs in a stretch of folded words, among them whether it is a denial."""
        found = 0
        bits = self._words.bits
        for index, word in enumerate(words):
            if word[0].isdigit():
                found |= 0 if _is_date(words, index) else FIGURE
            elif known := bits(word):
                found |= known
                if known & _STARTS:
                    found |= self._phrases_at(words, index)
        if found & NEGATION and found & PRACTICE and self._denies(words):
            found |= DENIAL
        if found & ONLY and found & OBSERVE and self._only_observes(words):
            found |= DENIAL
        return found & ~_STARTS

    def denies(self, words: Sequence[str], at: int) -> bool:
        """Tell whether a clause that is a denial denies the word at position `at`.

        It does where the word comes after the negation with no "but" between, or before it and the
        candidate does nothing before: "Kafka: no experience", not "I use Kafka but have not used Flink".
        """
        bits = [self._words.bits(word) for word in words]
        negations = [
            index
            for index in range(len(words))
            if bits[index] & (NEGATION | ONLY) or self._negates(words, index)
        ]
        if not negations:
            return False
        if before := [index for index in negations if index < at]:
            return not any(bit & CONTRAST for bit in bits[before[-1] : at])
        return not self._practises(bits[: negations[0]])

    def is_empty(self, word: str) -> bool:
        """Tell whether a folded word has no content of its own."""
        return bool(self._words.bits(word) & EMPTY)

    def is_current(self, word: str) -> bool:
        """Tell whether a folded word says that something goes on to this day."""
        return bool(self._words.bits(word) & CURRENT)

    def section(self, words: Sequence[str]) -> str | None:
        """Return which part of a CV a heading opens, None where its words do not say."""
        found = 0
        for word in words:
            found |= self._headings.bits(word)
        return next((name for number, name in enumerate(self._sections) if found >> number & 1), None)

    def _phrases_at(self, words: Sequence[str], index: int) -> int:
        found = 0
        for phrase, bit in self._phrases[words[index]]:
            if tuple(words[index : index + len(phrase)]) == phrase:
                found |= bit
        return found

    def _denies(self, words: Sequence[str]) -> bool:
        for index, word in enumerate(words):
            if not self._words.bits(word) & NEGATION and not self._negates(words, index):
                continue
            for later in words[index + 1 : index + 1 + _REACH]:
                bits = self._words.bits(later)
                if bits & (SELF | ONLY):
                    break
                if bits & PRACTICE:
                    return True
        return False

    def _practises(self, bits: Sequence[int]) -> bool:
        """Tell whether someone does something in these words: at their start, or after an "I"."""
        first = next((index for index, bit in enumerate(bits) if bit & SELF), len(bits))
        return bool(bits and bits[0] & OWN) or any(bit & (PRACTICE | OWN) for bit in bits[first + 1 :])

    def _negates(self, words: Sequence[str], index: int) -> bool:
        starts = self._words.bits(words[index]) & _STARTS
        return bool(starts and self._phrases_at(words, index) & NEGATION)

    def _only_observes(self, words: Sequence[str]) -> bool:
        bits = [self._words.bits(word) for word in words]
        return any(
            bit & ONLY and any(near & OBSERVE for near in bits[max(0, index - _NEAR) : index + _NEAR + 1])
            for index, bit in enumerate(bits)
        )


def _is_date(words: Sequence[str], index: int) -> bool:
    """Tell whether a number is a year, or stands beside one as in 06/2024 and 2023/24."""
    return any(map(is_year, words[max(0, index - 1) : index + 2]))


def is_year(word: str) -> bool:
    """Tell whether a folded word is a year of our days."""
    return len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")


def load_lexicon() -> Lexicon:
    """Read the lexicon that the package carries."""
    return Lexicon(tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8")))
