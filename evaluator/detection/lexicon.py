"""The words of lexicon.toml and traits.toml, and which of them a text holds.

A word's languages and concepts are bits of one number for each language, so that a sentence's words are
put together by `|` and a rule is a few masks. May import the sibling `folding`.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from evaluator.detection.folding import folded

_UNSPACED = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LATER = ("self", "told", "tells", "lead")
"""Concepts that are looked for only where they are asked about."""

_ORDERS = ("override", "rate", "order")

_SCRAMBLED = 6
"""Letters of a word from which on it is read also where those between first and last are in disorder."""

NEUTRAL = ("skill", "mark", "high", "pairs", "skills", "many-skills")
"""What is seen in any language."""

PHRASE_REACH = 6
"""Words that a `*` between two words of a phrase stands for at most."""


class Entry(NamedTuple):
    """A word or phrase: its language, its concept's bit, and what follows its first word."""

    language: str
    bit: int
    rest: tuple[str, ...]


class Heads(NamedTuple):
    """The entries that begin with a word: words by themselves, and phrases by their second word.

    Under "" are the phrases whose second word is open.
    """

    words: tuple[Entry, ...]
    phrases: dict[str, tuple[Entry, ...]]


class Lexicon:
    """Words by concept and language."""

    def __init__(self, told: dict[str, dict[str, list[str]]]) -> None:
        """`told`: what lexicon.toml and traits.toml hold."""
        self.bits = {concept: 1 << at for at, concept in enumerate([*told, *NEUTRAL])}
        self._whole: dict[str, list[Entry]] = defaultdict(list)
        self._begins: dict[str, list[Entry]] = defaultdict(list)
        unspaced: dict[str, list[Entry]] = defaultdict(list)
        self.later: dict[str, frozenset[str]] = {}
        for concept, languages in told.items():
            if concept in _LATER:
                self.later[concept] = frozenset(word for words in languages.values() for word in words)
                continue
            for language, words in languages.items():
                for word in words:
                    self._add(word, language, self.bits[concept], unspaced)
        self.english = frozenset(
            word for concept in _ORDERS for word in told[concept]["en"] if word.isalpha()
        )
        """Single English words that are orders; some are words of other languages too."""
        keys = [word for concept in (*_ORDERS, "rules", "top") for word in told[concept]["en"]]
        self._scrambled = {_shape(word): word for word in keys if len(word) >= _SCRAMBLED and word.isalpha()}
        self._unspaced = dict(unspaced)
        longest = sorted(unspaced, key=len, reverse=True)
        self._anywhere = re.compile("|".join(map(re.escape, longest)))
        self._lengths = sorted({len(word) for word in self._begins})
        self.heads = lru_cache(maxsize=16_384)(self._heads)

    def _add(self, word: str, language: str, bit: int, unspaced: dict[str, list[Entry]]) -> None:
        plain = folded(word).text
        if _UNSPACED.search(plain):
            unspaced[plain].append(Entry(language, bit, ()))
            return
        first, *rest = plain.replace("-", " ").replace("'", " ").split()
        entry = Entry(language, bit, tuple(rest))
        (self._begins if first.endswith("*") else self._whole)[first.rstrip("*")].append(entry)

    def _heads(self, word: str) -> Heads | None:
        """Return the entries whose first word `word` is, None where there are none."""
        found = list(self._whole.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found += self._begins.get(word[:length], ())
        if not found and len(word) >= _SCRAMBLED:
            found = list(self._whole.get(self._scrambled.get(_shape(word), ""), ()))
        if not found:
            return None
        phrases: dict[str, list[Entry]] = defaultdict(list)
        for entry in found:
            if entry.rest:
                phrases["" if "*" in entry.rest[0] else entry.rest[0]].append(entry)
        singles = tuple(entry for entry in found if not entry.rest)
        return Heads(singles, {second: tuple(entries) for second, entries in phrases.items()})

    def is_later(self, concept: str, word: str) -> bool:
        """Tell whether `word` is one of a concept that is looked for only where it is asked about."""
        known = self.later[concept]
        return word in known or any(f"{word[:length]}*" in known for length in range(3, len(word) + 1))

    def unspaced(self, text: str) -> list[tuple[int, Entry]]:
        """Return the entries found anywhere in `text`, with their places; for scripts without spaces."""
        if not _UNSPACED.search(text):
            return []
        found = self._anywhere.finditer(text)
        return [(match.start(), entry) for match in found for entry in self._unspaced[match[0]]]


def _shape(word: str) -> str:
    """Return the same for words that differ in the order of their inner letters alone, which people read."""
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


def follows(words: Sequence[str], at: int, rest: tuple[str, ...]) -> bool:
    """Tell whether `rest` of a phrase stands in `words` from `at` on."""
    for number, part in enumerate(rest):
        if part == "*":
            behind = words[at : at + PHRASE_REACH]
            return any(follows(words, at + skip, rest[number + 1 :]) for skip in range(len(behind)))
        if at >= len(words) or not _is(words[at], part):
            return False
        at += 1
    return True


def _is(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


@cache
def lexicon() -> Lexicon:
    """Return the lexicon that comes with the package."""
    told = [
        tomllib.loads((files("evaluator.detection") / name).read_text(encoding="utf-8"))
        for name in ("lexicon.toml", "traits.toml")
    ]
    return Lexicon({**told[0], **told[1]})
