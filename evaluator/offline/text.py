"""Cutting text into sentences and clauses, and words into stems; each pass is linear in the text.

The stemmer is a rough one for English, German, French and Spanish together: it only has to bring the
inflections of one word together, and it leaves names alone as far as it can. May import nothing of the
package.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

MAX_CLAUSE = 1_000
"""Characters after which a text without any punctuation is cut at a space."""

_BREAK = re.compile(r"[.!?;…][\"'”»)\]]{0,3}\s+|[。！？；]|\s[-–—•*|]\s")
_RANGE_END = re.compile(r"(?:\w{1,12}\.? )?(?:19|20)\d\d")
_VOWELS = frozenset("aeiouy")
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1$")

_ABBREVIATIONS = frozenset((
    "approx", "bzw", "ca", "co", "corp", "dept", "dr", "etc", "evtl", "fig", "ggf", "hr", "inc", "incl",
    "jr", "ltd", "max", "mio", "mrd", "mr", "mrs", "ms", "nr", "no", "prof", "sr", "st", "str", "tel",
    "vs", "zzgl",
))  # fmt: skip

_ENDINGS = (
    "izations", "isations", "aciones", "ization", "isation", "ations", "ements", "ciones", "izing", "ising",
    "ation", "acion", "ators", "ating", "ement", "ments", "ungen", "ized", "ised", "izes", "ises", "ator",
    "ated", "ates", "ment", "cion", "ings", "ize", "ise", "ate", "ung", "ing", "ies", "ied", "ed", "en", "es",
    "y",
)  # fmt: skip
"""Endings of which one is taken off, the longest that fits; the longest stand first."""


class Clause(NamedTuple):
    """A stretch of text without a full stop or semicolon; `sentence` numbers the sentence it is in."""

    text: str
    sentence: int


def clauses(text: str) -> Iterator[Clause]:
    """Yield the clauses of `text` in order, each a verbatim stretch of it.

    Sentences end at line breaks, list marks, and at `.`, `!`, `?` before anything but a lower-case
    letter; clauses at `;` too.
    """
    sentence = 0
    for line in text.split("\n"):
        start = 0
        for mark in _BREAK.finditer(line):
            if not _ends_clause(line, mark):
                continue
            end = mark.start() if mark[0][0].isspace() else mark.end()
            for part in _pieces(line[start:end]):
                yield Clause(part, sentence)
            start = mark.end()
            sentence += mark[0][0] != ";"
        for part in _pieces(line[start:]):
            yield Clause(part, sentence)
        sentence += 1


def _ends_clause(line: str, mark: re.Match[str]) -> bool:
    following = line[mark.end() : mark.end() + 1]
    first = mark[0][0]
    if first.isspace():  # a dash or bullet: a list mark before a capital, else a range or an aside
        return mark[0][1] in "•*|" or (following.isupper() and not _RANGE_END.match(line, mark.end()))
    if first != ".":
        return True
    word = line[max(0, mark.start() - 12) : mark.start()].rpartition(" ")[2].lower()
    return not (following.islower() or word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()))


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > MAX_CLAUSE:
        cut = text.rfind(" ", start + 1, start + MAX_CLAUSE)
        cut = cut if cut > 0 else start + MAX_CLAUSE
        if piece := text[start:cut].strip():
            yield piece
        start = cut
    if piece := text[start:].strip().lstrip("-–—•*·| \t"):
        yield piece


def stem(word: str) -> str:
    """Return the stem of a folded `word`: deploy for deployed, deploying and deployment.

    Words of up to three letters, and such as hold a digit or a sign, are their own stems.
    """
    if len(word) < 4 or not word.isalpha() or len(word) > 40:
        return word
    return _stem(word)


@lru_cache(maxsize=8_192)
def _stem(word: str) -> str:
    short = _without_ending(word)
    if len(short) > 3 and short.endswith("e"):
        short = short[:-1]
    return _DOUBLED.sub(r"\1", short)


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending):
            rest = word[: -len(ending)]
            after_vowel = ending == "y" and rest[-1:] in _VOWELS
            if len(rest) >= 3 and not after_vowel and not _VOWELS.isdisjoint(rest):
                return rest
    if word.endswith("s") and word[-2] not in "sui":
        return word[:-1]
    return word
