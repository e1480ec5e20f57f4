"""Reading words that are written in other letters: ROT13, mirrored alphabet, backwards, pig Latin, spelt out.

A line is read where words of it are common ones in such letters. May import nothing of the package.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Set
from typing import NamedTuple

_WORD = re.compile(r"[A-Za-z]{3,}")

_COMMON_WORDS = """
    ignore rate rating the and with level levels highest expert candidate instructions rules rubric score
    give all for this that skills previous system assistant evaluator set top award maximum disregard
    full marks are please recommend confirm verified approved override forget from python evidence gaps
    mention not examiner assessor reviewer reader recruiter panel applicant shall should must count counts
    treat take mark grade alone page post here every skill years your you model meets
"""
_COMMON = _COMMON_WORDS.split()
_MIRROR = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA",
)
_ROTATED = frozenset(codecs.encode(word, "rot13") for word in _COMMON)
_MIRRORED = frozenset(word.translate(_MIRROR) for word in _COMMON)
_BACKWARDS = frozenset(word[::-1] for word in _COMMON) - {"level", "not", "top", "lla", "era", "tes", "tsop"}
_FEW = 3

_PIG = re.compile(r"(?:\b[a-z]{1,16}ay\b[\s,.;:]{1,3}){3,}[a-z]{1,16}ay\b", re.IGNORECASE)
_PIG_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_VOWELS = "aeiou"
_ONSET_WORDS = "th sh ch wh wr pl pr st sp sk str spr scr tr cl cr gr gl br bl fr fl dr sw sl sm sn tw kn qu"
_ONSETS = frozenset(_ONSET_WORDS.split())

_NUMBERS = re.compile(r"(?<![\d.,-])\d{1,2}(?:[- ]{1,3}\d{1,2}){7,}(?![\d.,-])")

_NUMBERED = frozenset(str(number) for number in range(1, 27))

_CALL_WORDS = """
    alfa alpha bravo charlie delta echo foxtrot golf hotel india juliett juliet kilo lima mike november oscar
    papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu
"""
_CALLS = frozenset(_CALL_WORDS.split())
_CALLED = re.compile(
    rf"\b(?:{'|'.join(sorted(_CALLS))})\b(?:[ ,/|.-]{{1,3}}(?:{'|'.join(sorted(_CALLS))})\b){{5,}}",
    re.IGNORECASE,
)


class Reading(NamedTuple):
    """A span that was read, what it says, and how it was written."""

    start: int
    end: int
    text: str
    how: str


def ciphered(text: str, words: Set[str]) -> Iterator[Reading]:
    """Yield lines of which words are in other letters, and runs of words that spell others.

    `words`: those of the text in lower case, by which most texts are passed at a glance.
    """
    yield from _lines(text, words)
    for how, pattern, read in _RUNS:
        if not _MAY_HOLD[how](text, words):
            continue
        for match in pattern.finditer(text):
            if told := read(match[0]):
                yield Reading(match.start(), match.end(), told, how)


def _lines(text: str, words: Set[str]) -> Iterator[Reading]:
    for how, marks, least, read in _WAYS:
        if len(words & marks) < least:
            continue
        at = 0
        for line in text.splitlines(keepends=True):
            found = [match for match in _WORD.finditer(line) if match[0].lower() in marks]
            if len(found) >= 2:
                start, end = _run(line, found)
                yield Reading(at + start, at + end, read(line[start:end]), how)
            at += len(line)


def _run(line: str, found: list[re.Match[str]]) -> tuple[int, int]:
    """Return the part of `line` in code: from the sentence or plain word before its first word to its end."""
    start = max(line.rfind(". ", 0, found[0].start()), line.rfind(": ", 0, found[0].start())) + 1
    stop = re.compile(r"[.!?]\s").search(line, found[-1].end())
    return start, stop.start() + 1 if stop else len(line.rstrip("\n"))


def _rotated(line: str) -> str:
    return codecs.encode(line, "rot13")


def _mirrored(line: str) -> str:
    return line.translate(_MIRROR)


def _backwards(line: str) -> str:
    return line[::-1]


def _pig_latin(run: str) -> str:
    return _PIG_WORD.sub(lambda match: _unpigged(match[0].lower()), run)


def _unpigged(word: str) -> str:
    """Return a word of pig Latin as it was: the consonants at its end began it."""
    if word.endswith("way"):
        return word[:-3]
    stem = word.removesuffix("ay")
    cut = next((size for size in (3, 2) if stem[-size:] in _ONSETS), 1 if stem[-1:] not in _VOWELS else 0)
    return stem[len(stem) - cut :] + stem[: len(stem) - cut]


def _is_pig(word: str) -> bool:
    return word.endswith("ay")


def _numbered(run: str) -> str | None:
    """Return what numbers from 1 to 26 spell, `1` for `a`; None where any is none of them."""
    words = [[int(number) for number in re.findall(r"\d+", word)] for word in re.split(r" +", run)]
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = [[word[0] for word in words]]
    if not all(1 <= number <= 26 for word in words for number in word):
        return None
    return " ".join("".join(chr(96 + number) for number in word) for word in words)


def _called(run: str) -> str:
    """Return what words of the spelling alphabet spell; a stroke parts words."""
    parts = [re.findall(r"[A-Za-z]+", part) for part in re.split(r"[/|.]", run)]
    return " ".join("".join(word[0].lower() for word in part) for part in parts)


_WAYS: tuple[tuple[str, frozenset[str], int, Callable[[str], str]], ...] = (
    ("rot13", _ROTATED, _FEW, _rotated),
    ("mirrored", _MIRRORED, _FEW, _mirrored),
    ("reversed", _BACKWARDS, _FEW - 1, _backwards),
)
_MAY_HOLD: dict[str, Callable[[str, Set[str]], bool]] = {
    "pig latin": lambda text, words: text.count("way") > 1 and sum(map(_is_pig, words)) >= _FEW,
    "numbers": lambda _, words: len(_NUMBERED & words) > _FEW,
    "spelt": lambda _, words: len(_CALLS & words) > _FEW,
}
_RUNS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("pig latin", _PIG, _pig_latin),
    ("numbers", _NUMBERS, _numbered),
    ("spelt", _CALLED, _called),
)
CIPHERS = frozenset({"rot13", "mirrored", *(how for how, _, _ in _RUNS)})
"""Ways of writing that honest texts have no use for."""
