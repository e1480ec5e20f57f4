"""The candidate's material cut into passages, each with its signs, and an index of where each stem stands.

May import `words` and the sibling modules.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from evaluator.offline.lexicon import CHANGE, CORE, DENIAL, GERMAN, LEAD, OWN, SELF, Lexicon, is_year
from evaluator.offline.reading import Line, Part
from evaluator.offline.text import clauses, stem
from evaluator.words import folded_words

MAX_LINES = 50_000
"""Lines that are read; what comes behind them is left out."""
MAX_PASSAGES = 20_000
"""Passages that are kept of them."""
MAX_PLACES = 2_000
"""Places of one stem that are looked at."""

_NEAR = 8
_ACTING = OWN | LEAD | SELF
_PARENTHESES = re.compile(r"\([^()]*\)")
_LIST_ITEMS = 3
_LIST_ITEM_WORDS = 3.2
_HEADING_WORDS = 12
_GERMAN_SHARE = 0.3
_LONG_WORD = 9
_MAX_LONG_WORDS = 5_000
_SHORTEST_PART = 5


@dataclass(slots=True)
class Passage:
    """A clause of the material: a verbatim `text` of one piece, its folded `words` and their signs.

    `start` is the place of its first word in the material. `sentence` numbers the sentence, `entry` the
    position, answer or comment it is from; both count through all of the material. `listed`: a bare
    list or a heading. `years`: how long the entry lasted by its dates.
    """

    text: str
    part: Part
    start: int
    entry: int
    sentence: int
    words: list[str]
    signs: int
    listed: bool
    years: int = 0

    @property
    def source(self) -> str:
        """The source's name in the reply."""
        return self.part if self.part in ("form", "comments") else "cv"


class Material:
    """Every passage that may be quoted, with the places of each stem.

    `words` are all words in order, `stems` their stems, `owner` the index of the passage that each is in.
    A passage that repeats an earlier one is left out, and so is all beyond MAX_LINES and MAX_PASSAGES.
    """

    def __init__(self, read: Iterable[Line], lexicon: Lexicon) -> None:
        """Take the lines of one candidate."""
        self.passages: list[Passage] = []
        self.words: list[str] = []
        self.stems: list[str] = []
        self.owner: list[int] = []
        self._sentences = 0
        self._seen: set[tuple[str, ...]] = set()
        for line in islice(read, MAX_LINES):
            self._add(line, lexicon)
        self._date_entries(lexicon)
        self._index: dict[str, list[int]] = {}
        for place, each in enumerate(self.stems):
            found = self._index.setdefault(each, [])
            if len(found) < MAX_PLACES:
                found.append(place)
        self._long = self._long_words()

    def places(self, wanted: str) -> list[int]:
        """Return where a stem stands, as places in `stems`."""
        return self._index.get(wanted, [])

    def compounds(self, wanted: str) -> list[str]:
        """Return the stems of German compounds that begin or end with the stem `wanted`."""
        if len(wanted) < _SHORTEST_PART:
            return []
        return [word for word in self._long if word.startswith(wanted) or word.endswith(wanted)]

    def sentence_of(self, index: int) -> range:
        """Return the passages of the sentence that passage `index` is in, as far as they are near."""
        number = self.passages[index].sentence
        first = last = index
        while first > max(0, index - _NEAR) and self.passages[first - 1].sentence == number:
            first -= 1
        limit = min(len(self.passages) - 1, index + _NEAR)
        while last < limit and self.passages[last + 1].sentence == number:
            last += 1
        return range(first, last + 1)

    def _add(self, line: Line, lexicon: Lexicon) -> None:
        last = 0
        topic = folded_words(line.topic)
        for text, last in clauses(line.text):
            words = folded_words(text)
            if not words or tuple(words) in self._seen or len(self.passages) >= MAX_PASSAGES:
                continue
            self._seen.add(tuple(words))
            signs = lexicon.scan(words) | (DENIAL if line.part == "denied" else 0)
            about = words + topic
            start = len(self.words)
            self.owner += [len(self.passages)] * len(about)
            self.words += about
            self.stems += map(stem, about)
            listed = _is_list(text, words, signs)
            self.passages.append(
                Passage(text, line.part, start, line.entry, self._sentences + last, words, signs, listed)
            )
        self._sentences += last + 1

    def _date_entries(self, lexicon: Lexicon) -> None:
        """Give each position's passages the years between its first two dates; what dates it is a heading."""
        latest = max((int(word) for word in self.stems if is_year(word)), default=0)
        lasted: dict[int, int] = {}
        for passage in self.passages:
            years = [int(word) for word in passage.words if is_year(word)] if passage.part == "work" else []
            if years and passage.entry not in lasted:
                ongoing = len(years) == 1 and any(map(lexicon.is_current, passage.words))
                lasted[passage.entry] = (latest if ongoing else years[:2][-1]) - years[0]
                passage.listed |= not passage.signs & (_ACTING | CHANGE)
        for passage in self.passages:
            passage.years = max(0, lasted.get(passage.entry, 0))

    def _long_words(self) -> list[str]:
        """Return the stems that may be compounds, none where the text is not German."""
        german = sum(1 for passage in self.passages if passage.signs & GERMAN)
        if german <= _GERMAN_SHARE * len(self.passages):
            return []
        return [word for word in self._index if len(word) >= _LONG_WORD and word.isalpha()][:_MAX_LONG_WORDS]


def _is_list(text: str, words: list[str], signs: int) -> bool:
    """Tell whether a clause is a bare list or a heading: nobody does anything in it.

    Lists are short items between commas, those in parentheses not counted; headings are short and end
    without a mark.
    """
    if signs & _ACTING:
        return False
    if (
        text[-1] not in ".;:!?。！？；"
        and len(words) <= _HEADING_WORDS
        and not signs & (CORE | CHANGE | DENIAL)
    ):
        return True
    outer = _PARENTHESES.sub("", text) if "(" in text else text
    items = outer.count(",") + outer.count(" / ") + 1
    return items >= _LIST_ITEMS and len(outer.split()) <= _LIST_ITEM_WORDS * items
