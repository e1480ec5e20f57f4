"""Words of a text, folded so that two spellings of one word are equal, with their places in the text.

The check of quotes and the search for repeated text both stand on it. Folding follows Unicode: case
folding and NFKD without accents. What `prompts.fence` puts into a text to disarm it is no part of a
word, so it vanishes. May import nothing of the package.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import regex

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_APOSTROPHE = "\u02bc"
"""Counted among letters by Unicode, and set for an apostrophe by many keyboards: it is in no word."""

_SPACED = (
    rf"[[\p{{L}}\p{{N}}]--[{_UNSPACED}{_APOSTROPHE}]][[\p{{L}}\p{{N}}\p{{M}}+#]--[{_UNSPACED}{_APOSTROPHE}]]*"
)
_WORD = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|{_SPACED}", regex.V1)
_UNSPACED_WORD = regex.compile(rf"[{_UNSPACED}]")
_ASCII_WORD = re.compile(r"[a-z0-9][a-z0-9+#]*")
_LATIN = re.compile("[\x00-\u02ff\u2010-\u2027\u2030-\u205e€™]*+")
_LATIN_WORD = re.compile(r"[^\W_\u02bc]+(?:[+#]+[^\W_\u02bc]*+)*+")
"""The same words in Latin text without combining marks, found ten times as fast."""

MAX_MARKS = 30
"""Marks of one letter that are read: as in UAX #15's stream-safe form, as sorting more takes square time."""

KEPT_LENGTH = 40
"""Characters of a word up to which its folded form is kept for the next text."""

_MARKS = regex.compile(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+")


class Word(NamedTuple):
    """A folded word and the span `[start, end)` of characters where it stands."""

    folded: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of `text` in order; in scripts without spaces each character is one."""
    if text.isascii():
        return [Word(match[0], match.start(), match.end()) for match in _ASCII_WORD.finditer(text.lower())]
    pattern = _LATIN_WORD if _LATIN.fullmatch(text) else _WORD
    return [Word(fold(match[0]), match.start(), match.end()) for match in pattern.finditer(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the places of the words of `text` alone."""
    if text.isascii():
        return [match.span() for match in _ASCII_WORD.finditer(text.lower())]
    pattern = _LATIN_WORD if _LATIN.fullmatch(text) else _WORD
    return [match.span() for match in pattern.finditer(text)]


def folded_words(text: str) -> list[str]:
    """Return the words of `text` without their places."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    pattern = _LATIN_WORD if _LATIN.fullmatch(text) else _WORD
    return [fold(match) for match in pattern.findall(text)]


def fold(word: str) -> str:
    """Return `word` in the form in which it is compared: never empty, and without white space."""
    if word.isascii():
        return word.lower()
    return _folded_once(word) if len(word) <= KEPT_LENGTH else _folded(word)


def _folded(word: str) -> str:
    if len(word) > MAX_MARKS:
        word = _MARKS.sub(r"\1", word)
    split = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(c for c in split if not (_is_accent(c) or c.isspace() or c == _APOSTROPHE))
    return unicodedata.normalize("NFKC", bare).casefold() or word


_folded_once = lru_cache(maxsize=8_192)(_folded)


def is_unspaced(word: str) -> bool:
    """Tell whether `word` is a character of a script that is written without spaces."""
    return _UNSPACED_WORD.match(word) is not None


def _is_accent(character: str) -> bool:
    """Tell whether a mark may be left out without making another word.

    By Unicode's combining classes: accents (200 and up), Hebrew and Arabic vowel points (10 to 36). Not
    those that tell words apart: Indic and Japanese signs (7 to 9), Thai and Lao tones (103 to 122).
    """
    kind = unicodedata.combining(character)
    return kind >= 200 or 10 <= kind <= 36
