"""Looking quotes up in the candidate's material: where they stand, and whether a negation denies them there.

A quote is looked for word by word after folding; passing over articles and the like serves only to find
it, and what is found is the source's own text. May import `judgement`, `words`, the sibling `denial` and
below.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, islice
from typing import NamedTuple

import regex

from evaluator.evidence.denial import Negations, negations_of
from evaluator.judgement import Quote, Source
from evaluator.words import Word, folded_words, words

MAX_WORDS = 100
"""Words of a quote that are looked at; of a longer one the beginning stands for it."""

_MAX_PLACES = 8
"""Places of one quote that are looked at for one that nothing denies."""

PASSED_OVER = frozenset(
    folded_words(
        "a an the and or of in on at to for as by is was are were be been i my we our that this it its also "
        "der die das den dem des ein eine einen einem einer eines und im am zu zum zur von vom als ich wir "
        "mein unser le la les l un une des du de d et en au aux je nous mon notre que qui "
        "el los las una unos unas y e del al mi yo lo se su"
    )
)
"""Words without content of their own; no negation, no number and no preposition of lack is among them."""

_SIGN = regex.compile(r"(?<=\d)\s?[%‰°€$£](?!\s?\d)")
"""What belongs to the number before it; `of £3` has the sign of the next."""

_SPACE = regex.compile(r"\s")

_BLOCK = 1_000
"""Characters of a piece whose words' places are worked out at a time, where a quote has been found."""

_BETWEEN = "\n"
"""Stands between folded words, which hold no white space."""


class Piece(NamedTuple):
    """One text of a source; a quote never runs from one piece into the next."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A quote's place: the piece's index and the span `[start, end)` in its text."""

    piece: int
    start: int
    end: int

    def overlaps(self, other: "Found") -> bool:
        """Tell whether the two share a character."""
        return self.piece == other.piece and self.start < other.end and other.start < self.end


class _Index:
    """A text's folded words, to be searched for words in a row."""

    def __init__(self, text: str) -> None:
        self._blocks = list(_blocks(text))
        found = [folded_words(block) for _, block in self._blocks]
        self._firsts = [0, *accumulate(map(len, found))]
        self._words = list(chain.from_iterable(found))
        self._joined = join_words(self._words)
        self._placed: dict[int, list[Word]] = {}

    def exact(self, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the spans of characters in which the words `wanted` follow each other."""
        for first in _places(self._joined, wanted):
            yield self._start(first), self._end(first + len(wanted) - 1)

    def but_for_small_words(self, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the spans in which they do when words without content are passed over."""
        joined, numbers = self._content
        for first in _places(joined, wanted):
            yield self._start(numbers[first]), self._end(numbers[first + len(wanted) - 1])

    @cached_property
    def negations(self) -> Negations:
        """The negations of the text's language."""
        return negations_of(self._words)

    @cached_property
    def _content(self) -> tuple[str, list[int]]:
        numbers = [number for number, word in enumerate(self._words) if word not in PASSED_OVER]
        return join_words(self._words[number] for number in numbers), numbers

    def _start(self, number: int) -> int:
        return self._place(number)[0]

    def _end(self, number: int) -> int:
        return self._place(number)[1]

    def _place(self, number: int) -> tuple[int, int]:
        at = bisect_right(self._firsts, number) - 1
        start, block = self._blocks[at]
        if at not in self._placed:
            self._placed[at] = words(block)
        word = self._placed[at][number - self._firsts[at]]
        return start + word.start, start + word.end


class Material:
    """The candidate's material, in which quotes are looked up; a text is indexed when first searched."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        """Take every piece that may be quoted; claims, the job and our own results are not among them."""
        self._pieces = tuple(pieces)
        self._indexes: dict[int, _Index] = {}
        self._denied: dict[Found, bool] = {}

    def find(self, quote: Quote) -> Found | None:
        """Return where `quote` stands: word for word, or but for words without content.

        The source that it names is searched first and then the others; a place that nothing denies is
        preferred to one that is denied.
        """
        first = None
        for place in islice(self._everywhere(quote), _MAX_PLACES):
            if not self.is_denied(place):
                return place
            first = first or place
        return first

    def text(self, found: Found) -> str:
        """Return the source's own words at a place, with a sign of the last: `3 %`, `(EKS)`."""
        text = self._pieces[found.piece].text
        sign = _SIGN.match(text, found.end)
        end = sign.end() if sign else found.end
        if (
            text.count("(", found.start, end) > text.count(")", found.start, end)
            and text[end : end + 1] == ")"
        ):
            end += 1
        return text[found.start : end]

    def source(self, found: Found) -> Source:
        """Return the source in which a place is."""
        return self._pieces[found.piece].source

    def is_denied(self, found: Found) -> bool:
        """Tell whether a negation stands shortly before a place, in the same clause."""
        if found not in self._denied:
            negations = self._index(found.piece).negations
            self._denied[found] = negations.deny(self._pieces[found.piece].text, found.start)
        return self._denied[found]

    def _everywhere(self, quote: Quote) -> Iterator[Found]:
        wanted = folded_words(quote.text)[:MAX_WORDS]
        content = [word for word in wanted if word not in PASSED_OVER]
        if not content:
            return
        order = sorted(range(len(self._pieces)), key=lambda at: self._pieces[at].source is not quote.source)
        for at in order:
            yield from (Found(at, *span) for span in self._index(at).exact(wanted))
        for at in order:
            yield from (Found(at, *span) for span in self._index(at).but_for_small_words(content))

    def _index(self, at: int) -> _Index:
        if at not in self._indexes:
            self._indexes[at] = _Index(self._pieces[at].text)
        return self._indexes[at]


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Yield the text in stretches that end at white space, each with where it starts."""
    start = 0
    while start < len(text):
        space = _SPACE.search(text, start + _BLOCK)
        end = space.start() if space else len(text)
        yield start, text[start:end]
        start = end


def join_words(found: Iterable[str]) -> str:
    """Return words as one text, in which only whole words can be found."""
    return _BETWEEN + _BETWEEN.join(found) + _BETWEEN


def _places(joined: str, wanted: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the words at which `wanted` begins within `joined`."""
    run = join_words(wanted)
    at = joined.find(run)
    while at >= 0:
        yield joined.count(_BETWEEN, 0, at)
        at = joined.find(run, at + 1)
