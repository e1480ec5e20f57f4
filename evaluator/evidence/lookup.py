"""Looking quotes up in the candidate's material: where they stand, and whether a negation denies them there.

A quote is looked for word by word after folding; passing over articles and the like serves only to find
it, and what is found is the source's own text. May import `judgement`, `words`, the sibling `denial` and
below.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from typing import NamedTuple

import regex

from evaluator.evidence.denial import denied_from, is_denied
from evaluator.evidence.languages import SAMPLE, Language, told_by
from evaluator.judgement import Quote, Source
from evaluator.words import folded_words, word_spans

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

_BREAK = ""
"""The word behind each piece: folded words are never empty, so it is in no quote."""


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
    """The folded words of one source's pieces, to be searched for words in a row.

    An empty word stands behind each piece, so that no run of words goes on into the next.
    """

    def __init__(self, pieces: Iterable[tuple[int, str]]) -> None:
        """Take pieces with their numbers, in order."""
        self._blocks: list[tuple[int, int, str]] = []
        self._firsts = [0]
        self._starts: dict[int, int] = {}
        self._words: list[str] = []
        for piece, text in pieces:
            self._starts[piece] = len(self._words)
            for start, block in _blocks(text):
                self._words += folded_words(block)
                self._blocks.append((piece, start, block))
                self._firsts.append(len(self._words))
            self._words.append(_BREAK)
            self._firsts[-1] = len(self._words)
        self._joined = join_words(self._words)
        self._placed: dict[int, list[tuple[int, int]]] = {}

    def exact(self, wanted: Sequence[str]) -> Iterator[Found]:
        """Yield the places in which the words `wanted` follow each other."""
        for first in _places(self._joined, wanted):
            yield self._found(first, first + len(wanted) - 1)

    def but_for_small_words(self, wanted: Sequence[str]) -> Iterator[Found]:
        """Yield the places in which they do when words without content are passed over."""
        joined, numbers = self._content
        for first in _places(joined, wanted):
            yield self._found(numbers[first], numbers[first + len(wanted) - 1])

    def languages_of(self, piece: int) -> frozenset[Language]:
        """Return the languages that a piece may be in, by its own words or else by the whole source's."""
        start = self._starts[piece]
        own = self._words[start : min(start + SAMPLE, self._words.index(_BREAK, start))]
        return told_by(own, self._words)

    @cached_property
    def _content(self) -> tuple[str, list[int]]:
        numbers = [number for number, word in enumerate(self._words) if word not in PASSED_OVER]
        return join_words([self._words[number] for number in numbers]), numbers

    def _found(self, first: int, last: int) -> Found:
        piece, start, _ = self._place(first)
        return Found(piece, start, self._place(last)[2])

    def _place(self, number: int) -> tuple[int, int, int]:
        at = bisect_right(self._firsts, number) - 1
        piece, start, block = self._blocks[at]
        if at not in self._placed:
            self._placed[at] = word_spans(block)
        first, end = self._placed[at][number - self._firsts[at]]
        return piece, start + first, start + end


class Material:
    """The candidate's material, in which quotes are looked up; a source is indexed when first searched."""

    def __init__(self, pieces: Sequence[Piece], barred: Sequence[tuple[str, Sequence[Piece]]] = ()) -> None:
        """Take every piece that may be quoted; claims, the job and our own results are not among them.

        `barred` are pieces that may not, each lot with what bars it, to tell why a quote is no evidence.
        """
        self._pieces = tuple(pieces)
        self._barred = tuple(barred)
        self._sources = tuple(dict.fromkeys(piece.source for piece in self._pieces))
        self._indexes: dict[Source, _Index] = {}
        self._denied: dict[Found, bool] = {}
        self._looked_up: dict[tuple[Source, tuple[str, ...]], Found | None] = {}

    def find(self, quote: Quote) -> Found | None:
        """Return where `quote` stands: word for word, or but for words without content.

        The source that it names is searched first and then the others; a place that nothing denies is
        preferred to one that is denied.
        """
        wanted = tuple(folded_words(quote.text)[:MAX_WORDS])
        key = (quote.source, wanted)
        if key not in self._looked_up:
            self._looked_up[key] = self._best(islice(self._everywhere(*key), _MAX_PLACES))
        return self._looked_up[key]

    def bars(self, quote: Quote) -> str | None:
        """Return what bars a quote that is not found, None where it stands nowhere at all."""
        return next((why for why, pieces in self._barred if Material(pieces).find(quote)), None)

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
            source, text = self._pieces[found.piece]
            languages = partial(self._index(source).languages_of, found.piece)
            self._denied[found] = is_denied(text, found.start, languages)
        return self._denied[found]

    def with_negation(self, found: Found) -> Found:
        """Return a denied place from where the clause begins in which its negation stands."""
        return replace(found, start=denied_from(self._pieces[found.piece].text, found.start))

    def _best(self, places: Iterable[Found]) -> Found | None:
        first = None
        for place in places:
            if not self.is_denied(place):
                return place
            first = first or place
        return first

    def _everywhere(self, named: Source, wanted: Sequence[str]) -> Iterator[Found]:
        content = [word for word in wanted if word not in PASSED_OVER]
        if not content:
            return
        order = sorted(self._sources, key=lambda source: source is not named)
        for source in order:
            yield from self._index(source).exact(wanted)
        for source in order:
            yield from self._index(source).but_for_small_words(content)

    def _index(self, source: Source) -> _Index:
        if source not in self._indexes:
            own = ((at, piece.text) for at, piece in enumerate(self._pieces) if piece.source is source)
            self._indexes[source] = _Index(own)
        return self._indexes[source]


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
