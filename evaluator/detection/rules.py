"""The rules of rules.toml, checked and compiled once. May import siblings."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from evaluator.detection.findings import Kind, Severity
from evaluator.detection.lexicon import lexicon

Within = Literal["sentence", "line", "block", "rest"]

_BEFORE, _BEHIND = 160, 260
"""Characters around a pattern's words in which it is looked for."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over the concepts of a sentence: a mask for each thing that must be there, in one language."""

    id: str
    kind: Kind
    severity: Severity
    source: str
    masks: tuple[int, ...]
    unless: str = ""
    least: int = 0
    reach: int = 1

    def holds(self, facts: int) -> bool:
        """Tell whether the concepts in `facts` fulfil the rule."""
        return bool(self.masks) and all(facts & mask for mask in self.masks)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule over the letters of a text: where one of `words` stands, `regex` is looked for around it."""

    id: str
    kind: Kind
    severity: Severity
    source: str
    words: tuple[str, ...]
    regex: re.Pattern[str]
    near: int
    within: Within
    unless: str = ""

    def matches(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the spans in `text`, each looked for near the pattern's words alone."""
        for start, end in windows(text, self.words):
            for match in self.regex.finditer(text, start, end):
                yield match.span()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, and what each source is."""

    rules: tuple[Rule, ...]
    patterns: tuple[Pattern, ...]
    sources: Mapping[str, str]

    def rule(self, name: str) -> Rule:
        """Return the rule with the id `name`."""
        return next(rule for rule in self.rules if rule.id == name)


def windows(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return where in `text` one of `words` is near, as separate spans in order."""
    found = sorted(at for word in words if word in text for at in _places(text, word))
    spans: list[tuple[int, int]] = []
    for at in found:
        start, end = max(0, at - _BEFORE), at + _BEHIND
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


@cache
def rules() -> Rules:
    """Return the rules that come with the package."""
    text = (files("evaluator.detection") / "rules.toml").read_text(encoding="utf-8")
    return read(tomllib.loads(text))


def read(told: Mapping[str, Any]) -> Rules:
    """Return the rules that `told`, the content of a file such as rules.toml, describes.

    Raises KeyError for a concept or a source that is not known, re.error for a pattern that is none.
    """
    made = tuple(_rule(each, told["sources"]) for each in told["rule"])
    return Rules(made, tuple(_pattern(each, told["sources"]) for each in told["pattern"]), told["sources"])


def _rule(told: Mapping[str, Any], sources: Mapping[str, str]) -> Rule:
    masks = tuple(_mask(names) for names in told["all"])
    return Rule(*_common(told, sources), masks, _unless(told), told.get("least", 0), told.get("reach", 1))


def _pattern(told: Mapping[str, Any], sources: Mapping[str, str]) -> Pattern:
    regex = re.compile(told["pattern"], re.MULTILINE)
    near = _mask(told.get("near", ()))
    common = _common(told, sources)
    return Pattern(*common, tuple(told["words"]), regex, near, told["within"], _unless(told))


def _unless(told: Mapping[str, Any]) -> str:
    return "".join(told.get("not", ()))


def _common(told: Mapping[str, Any], sources: Mapping[str, str]) -> tuple[str, Kind, Severity, str]:
    return told["id"], told["kind"], told["severity"], sources[told["source"]]


def _mask(names: Iterable[str]) -> int:
    bits = lexicon().bits
    return sum(bits[name] for name in set(names))
