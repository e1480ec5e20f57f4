"""Themes of criteria that are no skills, such as results or work with others, read from `themes.toml`.

May import `words` and the sibling modules.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from evaluator.offline.lexicon import Words
from evaluator.words import folded_words

_SECOND = 1 << 30
"""Marks the second word of a pair."""


class Themes:
    """The themes, each a bit: which a criterion's title names, and which a passage's words show."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        """Take the decoded table."""
        self._cues = _Table()
        self._evidence = _Table()
        self.bits: dict[str, int] = {}
        for number, (name, theme) in enumerate(source.items()):
            self.bits[name] = 1 << number
            self._cues.add(theme["cues"], 1 << number)
            self._evidence.add(theme.get("words", ""), 1 << number)

    def named(self, title: str) -> int:
        """Return the themes that the words of a criterion's title name."""
        return self._cues.union(folded_words(title))

    def is_cue(self, word: str) -> bool:
        """Tell whether a folded word only names a theme."""
        return bool(self._cues.union([word]))

    def shown(self, words: Sequence[str]) -> int:
        """Return the themes that folded words of the candidate's text show."""
        return self._evidence.union(words)


class _Table:
    """Words, beginnings of words and pairs of words, each with bits."""

    def __init__(self) -> None:
        self._words = Words()
        self._pairs: dict[tuple[str, ...], int] = {}

    def add(self, listed: str, bit: int) -> None:
        for word in listed.split():
            parts = tuple(folded_words(word))
            if len(parts) == 1:
                self._words.add(word, bit)
            else:
                self._words.add(parts[1], _SECOND)
                self._pairs[parts] = self._pairs.get(parts, 0) | bit

    def union(self, words: Sequence[str]) -> int:
        found = 0
        for index, word in enumerate(words):
            bits = self._words.bits(word)
            found |= bits
            if bits & _SECOND and index:
                found |= self._pairs.get((words[index - 1], word), 0)
        return found & ~_SECOND


def load_themes() -> Themes:
    """Read the themes that the package carries."""
    return Themes(tomllib.loads(files(__package__).joinpath("themes.toml").read_text(encoding="utf-8")))
