"""What is unwise in the words of a pack: what is protected by law, and what stands for it.

The rules are data, in `unwise.toml`. A sentence that keeps something out of the judgement is no finding.
May import `studio.findings`.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from evaluator.studio.findings import Finding

_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.!?;](?=\S)[^.!?;\n]+)*[.!?;]*|\n")
_BULLET = re.compile(r"\s*(?:[-*•+–]|\d{1,2}[.)])\s")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WordRule:
    """What a rule looks for and says of it."""

    id: str
    about: str
    why: str
    todo: str
    sources: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Excluding:
    """What tells that a sentence keeps something out of the judgement."""

    phrases: re.Pattern[str]
    people: re.Pattern[str]
    because: re.Pattern[str]

    def holds(self, sentence: str) -> bool:
        """Tell whether a sentence keeps an attribute out, and not the people who have it."""
        if not self.phrases.search(sentence):
            return False
        return not self.people.search(sentence) or self.because.search(sentence) is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text of a pack stands; `line` is that of its first line."""

    file: str
    line: int
    criterion: str = ""


def unwise_words(text: str, place: Place) -> Iterator[Finding]:
    """Yield what is unwise in a text of a pack, once for each rule and line."""
    for line, sentence, whole in _sentences(text):
        for at, words in _unwise_in(sentence, whole):
            yield _finding(word_rules()[0][at], words, place, place.line + line)


def own_words(template: str) -> str:
    """Return a template with spaces in place of its code: every word stays at its place."""
    return _JINJA.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), template)


@cache
def word_rules() -> tuple[tuple[WordRule, ...], Excluding]:
    """Return the rules, read once."""
    told = tomllib.loads((files(__package__) / "unwise.toml").read_text(encoding="utf-8"))
    rules = tuple(
        WordRule(
            id=each["id"],
            about=each["about"],
            why=each["why"],
            todo=each["do"],
            sources=tuple(each["sources"]),
            pattern=_words([one for patterns in each["patterns"].values() for one in patterns]),
        )
        for each in told["words"]
    )
    excluding = told["excluding"]
    return rules, Excluding(
        _words(excluding["phrases"]), _words([excluding["people"]]), _words([excluding["because"]])
    )


@lru_cache(maxsize=4096)
def _unwise_in(sentence: str, whole: str) -> tuple[tuple[int, str], ...]:
    """Return which rules find something in a sentence, and what; kept, as an edit changes few of them."""
    rules, excluding = word_rules()
    if excluding.holds(whole):
        return ()
    found = ((at, rule.pattern.search(sentence)) for at, rule in enumerate(rules))
    return tuple((at, words[0]) for at, words in found if words)


def _words(patterns: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


def _sentences(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each sentence with its line, counted from 0, and with what introduces it in a list."""
    line, introduction = 0, ""
    for found in _SENTENCE.finditer(text):
        if found[0] == "\n":
            line += 1
            continue
        sentence = found[0]
        is_item = _BULLET.match(sentence) is not None
        if not is_item and sentence.strip():
            introduction = sentence if sentence.rstrip().endswith(":") else ""
        yield line, sentence, f"{introduction} {sentence}" if is_item else sentence


def _finding(rule: WordRule, words: str, place: Place, line: int) -> Finding:
    return Finding(
        rule=rule.id,
        severity="warning",
        file=place.file,
        line=line,
        said=f"“{words}” speaks of {rule.about}.",
        why=rule.why,
        todo=rule.todo,
        criterion=place.criterion,
        sources=rule.sources,
    )
