"""What each sentence of a view is about: the concepts of its words by language, and the levels it states.

May import siblings.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from evaluator.detection.folding import View, line_of
from evaluator.detection.lexicon import Entry, Heads, Lexicon, follows
from evaluator.detection.passages import BEGIN, quotations, sentences, within
from evaluator.detection.skills import Skills, level_behind

_WORD = re.compile(r"[^\W_]+")
_MARK = re.compile(
    r"(?:(?:9\d|100|8[5-9])(?:\.\d)? ?(?:/|of|out of|von|sur|de|su|z|из|van) ?100"
    r"|10 ?/ ?10|4 ?/ ?4|5 ?/ ?5|10 out of 10"
    r"|(?:100|9\d) (?:points|punkte|puntos|pontos|punti|punkt\w{0,4}|баллов|puan))(?!\d)"
)
_HIGH = re.compile(r"[189](?:(?<=1)00|(?<=9)\d|(?<=8)[5-9]|(?<=9)/10|(?<=1)0/10)(?![\d.,]?\d| ?%|[a-z])")
"""What stands before either is looked at afterwards, so that most places are passed at a glance."""
_OPENS = frozenset(",;:([{>-–—*\"'“„«‘#=|/!?.…_`")
_BLOCKERS_WORDS = "i we they he she who that which to also the a an my our their his her its it this"
_BLOCKERS = frozenset(_BLOCKERS_WORDS.split())
_TO_WORDS = """
    has have need needs is are asked told ought
    model ai system assistant you evaluator rater grader machine reader
"""
_TO_AFTER = frozenset(_TO_WORDS.split())

_NOUN_WORDS = """
    score grade mark rank rate credit award record report state count answer place register bypass override
    discard skip
"""
_NOUNS = frozenset(_NOUN_WORDS.split())
_AFTER_NOUN_WORDS = "of in for at by and was is are were sheet card from with on per"
_AFTER_NOUN = frozenset(_AFTER_NOUN_WORDS.split())
"""Behind words that are orders and nouns these tell that it is the noun; a figure does too."""

_DETERMINER_WORDS = (
    "the your all any this these that every my me previous prior rest it each both him her anything"
)
_DETERMINERS = frozenset(_DETERMINER_WORDS.split())
"""Behind a word that is an order or a noun, after a comma: that it is an order."""

_JOINS = frozenset(".,:/-")
"""Before a figure they make it a part of another."""

_NEAR = 90
"""Characters between two skills with a level that still belong to one list."""

_CUE = 300
"""Characters around a quotation in which it is told of."""


@dataclass(slots=True)
class Facts:
    """The sentences of a view, by number: where each begins and ends, and what it is about."""

    view: View
    starts: list[int]
    ends: list[int]
    concepts: dict[int, dict[str, int]]
    lists: list[tuple[int, int, int]] = field(default_factory=list)
    """Runs of levels: first and last place, and what they count, words by half."""
    told: list[tuple[int, int]] = field(default_factory=list)
    """Quotations of which somebody tells."""
    begins: frozenset[str] = frozenset()
    """The first letters of all words."""
    words: list[str] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)
    """All words, and the number of the first of each sentence; one more at the end."""

    def sentence(self, at: int) -> int:
        """Return the number of the sentence that the place `at` is in."""
        return line_of(self.starts, at)

    def words_of(self, number: int) -> list[str]:
        """Return the words of a sentence."""
        return self.words[self.bounds[number] : self.bounds[number + 1]]

    def of(self, number: int) -> int:
        """Return all concepts of a sentence, whatever the language."""
        found = 0
        for bits in self.concepts.get(number, {}).values():
            found |= bits
        return found


class Reader:
    """Reads what a text is about."""

    def __init__(self, words: Lexicon, skills: Skills) -> None:
        """`words`: the lexicon; `skills`: those of the job."""
        self._lexicon = words
        self._skills = skills
        bits = words.bits
        self._strict = bits["rate"] | bits["override"] | bits["order"]
        self._loose = bits["conceal"] | bits["persona"]
        self._rates = bits["rate"] | bits["top"] | bits["override"]

    def read(self, view: View) -> Facts:
        """Return the facts of `view`."""
        text = view.text
        starts = sentences(text)
        facts = Facts(view, starts, [*starts[1:], len(text)], defaultdict(dict))
        spans = [match.span() for match in _WORD.finditer(text)]
        words = [text[start:end] for start, end in spans]
        facts.begins = frozenset({word[:BEGIN] for word in words})
        facts.words, firsts = words, [start for start, _ in spans]
        facts.bounds = [*(bisect_left(firsts, start) for start in starts), len(words)]
        hits, levels = self._hits(text, words, spans)
        facts.told = self._told(text, hits)
        for at, language, bit in hits:
            if not (facts.told and within(facts.told, at)):
                concepts = facts.concepts[facts.sentence(at)]
                concepts[language] = concepts.get(language, 0) | bit
        self._add_counts(facts, hits)
        self._add_levels(facts, [each for each in levels if not within(facts.told, each[0])])
        self._add_marks(facts)
        return facts

    def _hits(
        self, text: str, words: list[str], spans: list[tuple[int, int]]
    ) -> tuple[list[tuple[int, str, int]], list[tuple[int, int, str, bool]]]:
        """Return each concept's place, language and bit, and each skill's with a level behind it."""
        hits: list[tuple[int, str, int]] = []
        levels: list[tuple[int, int, str, bool]] = []
        heads, skill = self._lexicon.heads, self._lexicon.bits["skill"]
        for at, word in enumerate(words):
            if found := heads(word):
                for language, bit, rest in self._standing(found, words, at):
                    strict = language == "en" or word in self._lexicon.english
                    if not strict or self._is_meant(text, words, spans, at, bit, bool(rest)):
                        hits.append((spans[at][0], language, bit))
            if word in self._skills and (named := self._skills.named(words, at)):
                hits.append((spans[at][0], "", skill))
                end = spans[at + named[1] - 1][1]
                if (number := level_behind(text, end)) is not None:
                    levels.append((spans[at][0], end, named[0], number))
        hits += [(at, entry.language, entry.bit) for at, entry in self._lexicon.unspaced(text)]
        return hits, levels

    @staticmethod
    def _standing(found: Heads, words: list[str], at: int) -> Iterable[Entry]:
        """Return which of the entries that begin with the word `at` stand there in full."""
        if not found.phrases or at + 1 >= len(words):
            return found.words
        phrases = found.phrases.get(words[at + 1], ()) + found.phrases.get("", ())
        if not phrases:
            return found.words
        return [*found.words, *(entry for entry in phrases if follows(words, at + 1, entry.rest))]

    def _is_meant(
        self, text: str, words: list[str], spans: list[tuple[int, int]], at: int, bit: int, phrase: bool
    ) -> bool:
        """Tell whether a verb, English or spelt like an English one, is an order where it stands."""
        if not bit & (self._strict | self._loose) or at == 0:
            return True
        between = text[spans[at - 1][1] : spans[at][0]]
        if words[at] in _NOUNS and at + 1 < len(words) and _goes_on_as_noun(words[at + 1]):
            return False
        if (
            between == ", "
            and words[at] in _NOUNS
            and words[at + 1 : at + 2] != []
            and words[at + 1] not in _DETERMINERS
        ):
            return False
        if "\n" in between or not _OPENS.isdisjoint(between):
            return True
        before = words[at - 1]
        if before == "to":
            return at > 1 and words[at - 2] in _TO_AFTER
        if bit & self._loose or phrase:
            return before not in _BLOCKERS or bit & self._loose == 0
        return before in self._lexicon.later["lead"]

    def _told(self, text: str, hits: list[tuple[int, str, int]]) -> list[tuple[int, int]]:
        """Return the quotations with something in them that somebody tells of."""
        quoted = quotations(text)
        inside: dict[tuple[int, int], int] = {}
        for at, _, bit in hits:
            if span := within(quoted, at):
                inside[span] = inside.get(span, 0) | bit
        return [span for span in quoted if span in inside and self._is_told(text, span, quoted, inside[span])]

    def _is_told(self, text: str, span: tuple[int, int], quoted: list[tuple[int, int]], bits: int) -> bool:
        """Tell whether the words around a quotation say that it is an example.

        One that would rate one of the job's skills needs both somebody who speaks of own work and a word for
        what such texts are.
        """
        around = self._around(text, span, quoted)
        words = set(_WORD.findall(around))
        own = not words.isdisjoint(self._lexicon.later["self"])
        cue = any(self._lexicon.is_later("told", word) for word in words)
        skill = self._lexicon.bits["skill"]
        return (own and cue) if bits & skill and bits & self._rates else (own or cue)

    @staticmethod
    def _around(text: str, span: tuple[int, int], quoted: list[tuple[int, int]]) -> str:
        first = max(text.rfind("\n", max(0, span[0] - _CUE), span[0]) + 1, span[0] - _CUE, 0)
        last = text.find("\n", span[1], span[1] + _CUE)
        last = min(len(text), span[1] + _CUE) if last < 0 else last
        parts, at = [], first
        for start, end in quoted[max(0, bisect_right(quoted, (first, 0)) - 1) :]:
            if start >= last:
                break
            parts.append(text[at:start] if start > at else "")
            at = max(at, end)
        parts.append(text[at:last])
        return " ".join(parts)

    def _add_counts(self, facts: Facts, hits: list[tuple[int, str, int]]) -> None:
        """Note the sentences that name two of the job's skills, and three or more."""
        bits = self._lexicon.bits
        counts = Counter(facts.sentence(at) for at, _, bit in hits if bit == bits["skill"])
        for number, count in counts.items():
            if count > 1 and "" in facts.concepts.get(number, {}):
                facts.concepts[number][""] |= bits["skills"] | (bits["many-skills"] if count > 2 else 0)

    def _add_levels(self, facts: Facts, levels: list[tuple[int, int, str, bool]]) -> None:
        runs: list[list[tuple[int, int, str, bool]]] = []
        for each in levels:
            if runs and each[0] - runs[-1][-1][1] <= _NEAR:
                runs[-1].append(each)
            else:
                runs.append([each])
        for run in runs:
            weights = {name: 2 if number else 1 for _, _, name, number in run}
            facts.lists.append((run[0][0], run[-1][1], sum(weights.values())))
            if len(weights) >= 2 or sum(weights.values()) >= 2:
                bit = self._lexicon.bits["pairs"]
                for number in {facts.sentence(at) for at, _, _, _ in run}:
                    concepts = facts.concepts[number]
                    concepts[""] = concepts.get("", 0) | bit

    def _add_marks(self, facts: Facts) -> None:
        bits = self._lexicon.bits
        for name, pattern in (("mark", _MARK), ("high", _HIGH)):
            for match in pattern.finditer(facts.view.text):
                before = facts.view.text[match.start() - 1 : match.start()]
                if not (before.isalnum() or before in _JOINS) and not within(facts.told, match.start()):
                    concepts = facts.concepts[facts.sentence(match.start())]
                    concepts[""] = concepts.get("", 0) | bits[name]


def _goes_on_as_noun(word: str) -> bool:
    return word in _AFTER_NOUN or word.isdigit()
