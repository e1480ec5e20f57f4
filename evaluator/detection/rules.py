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
from evaluator.detection.passages import BEGIN

Within = Literal["sentence", "line", "block", "rest"]

_FIRST = re.compile(r"[a-zа-я0-9]+")

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
    excepted: tuple[str, ...] = ()
    only_own: bool = False

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
    only_own: bool = False

    def matches(self, text: str, places: list[int]) -> Iterator[tuple[int, int]]:
        """Yield the spans in `text`, each looked for near the `places` of the pattern's words alone."""
        for start, end in windows(places):
            for match in self.regex.finditer(text, start, end):
                yield match.span()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules, and what each source is."""

    rules: tuple[Rule, ...]
    patterns: tuple[Pattern, ...]
    sources: Mapping[str, str]
    by_begin: Mapping[str, tuple[tuple[str, int], ...]]
    """The patterns' words by their first letters, each with the pattern's number."""

    def able(self, text: str, begins: frozenset[str]) -> Iterator[tuple[Pattern, list[int]]]:
        """Yield the patterns of whose words one is in `text`, and where their words stand.

        `begins`: the first letters of the words of `text`, by which most patterns are passed over.
        """
        found: dict[int, list[int]] = {}
        for begin in sorted((self.by_begin.keys() & begins) | {""}):
            for word, pattern in self.by_begin.get(begin, ()):
                if word in text:
                    found.setdefault(pattern, []).extend(_places(text, word))
        for pattern in sorted(found):
            yield self.patterns[pattern], found[pattern]

    def rule(self, name: str) -> Rule:
        """Return the rule with the id `name`."""
        return next(rule for rule in self.rules if rule.id == name)


def windows(places: Iterable[int]) -> list[tuple[int, int]]:
    """Return what is around `places`, as separate spans in order."""
    spans: list[tuple[int, int]] = []
    for at in sorted(places):
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
    patterns = tuple(_pattern(each, told["sources"]) for each in told["pattern"])
    by_begin: dict[str, list[tuple[str, int]]] = {}
    for number, pattern in enumerate(patterns):
        for word in pattern.words:
            by_begin.setdefault(_begin(word), []).append((word, number))
    return Rules(made, patterns, told["sources"], {begin: tuple(words) for begin, words in by_begin.items()})


def _rule(told: Mapping[str, Any], sources: Mapping[str, str]) -> Rule:
    masks = tuple(_mask(names) for names in told["all"])
    reach = told.get("reach", 1)
    excepted = (*told.get("except", ()), *([""] if "except" in told else []))
    return Rule(*_common(told, sources), masks, _unless(told), told.get("least", 0), reach, excepted)


def _pattern(told: Mapping[str, Any], sources: Mapping[str, str]) -> Pattern:
    regex = re.compile(told["pattern"], re.MULTILINE)
    near = _mask(told.get("near", ()))
    common = _common(told, sources)
    return Pattern(*common, tuple(told["words"]), regex, near, told["within"], _unless(told), "only" in told)


def _begin(word: str) -> str:
    """Return what a word of the text begins with where `word` is in it; "" where that cannot be told."""
    first = _FIRST.match(word)
    return first[0][:BEGIN] if first and (len(first[0]) >= BEGIN or first.end() < len(word)) else ""


def _unless(told: Mapping[str, Any]) -> str:
    return "".join(told.get("not", ()))


def _common(told: Mapping[str, Any], sources: Mapping[str, str]) -> tuple[str, Kind, Severity, str]:
    return told["id"], told["kind"], told["severity"], sources[told["source"]]


def _mask(names: Iterable[str]) -> int:
    bits = lexicon().bits
    return sum(bits[name] for name in set(names))
