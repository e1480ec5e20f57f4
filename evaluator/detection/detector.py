"""Finding attempts at manipulation in a cleaned request, by rules. May import `contract` and siblings."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.detection.ciphers import CIPHERS
from evaluator.detection.decoding import readings
from evaluator.detection.facts import Facts, Reader
from evaluator.detection.findings import Detection, Finding, Severity
from evaluator.detection.folding import View, disguises, folded
from evaluator.detection.lexicon import lexicon
from evaluator.detection.matching import Hit, Matcher
from evaluator.detection.rules import rules
from evaluator.detection.skills import Skills
from evaluator.detection.texts import FIELDS, OWN, Text, texts
from evaluator.detection.traits import tells_nothing
from evaluator.detection.weighing import LEANS, Weighed, praised, weighed
from evaluator.detection.widening import runs_of, widened

_WEAK = (
    "outsider",
    "third",
    "conclude",
    "you",
    "rate",
    "override",
    "conceal",
    "persona",
    "rater",
    "pairs",
    "mark",
    "verdict",
    "top",
    "order",
)
_BEFORE = ("conclude", "top", "you", "override", "conceal", "persona", "rater", "pairs", "verdict")
_AHEAD = (*_BEFORE, "top", "order", "rate")
_SPEAKS = (*_BEFORE[3:], "rate", "top", "mark", "confirm", "rules", "skill")
_PARTS = ("override", "rate", "rules", "top", "rater", "conceal")
_ORDERS = ("override", "rate", "rater")
_JOINED = ("override-rules", "rate-top", "rater-order")
"""Rules that a text in parts may fulfil as a whole."""

_HALF = 90
"""Characters of a part of an order at most."""

FLAG, SEVERE, DOUBT, SUSPECT = 2.4, 3.0, 1.0, 0.3
"""What a sentence weighs that is a finding, that is a severe one, that is no evidence where it is quoted, and
that is a finding where a severe one is in the same request."""

_HONEST, _HONEST_DISGUISED = 0.0, -1.3
"""What a sentence weighs that no rule makes a finding, as it stands and where its letters are disguised."""

_APART = -3.0
"""What a sentence weighs that does not go with a finding beside it."""

PRAISES, _PRAISE_GOES_ON = 0.2, -0.5
"""What a sentence weighs as praise that is a finding, and that goes with one beside it."""

_NAME = 1.0
"""What more the name of a field has to weigh, which is a question or a heading more often than not."""

_DECODED = 0.0
"""What a sentence weighs that is steering because somebody wrote it in code."""

_NEVER = 99
"""Concepts that no text is about."""

_PLAIN = 40
"""Letters by which what hidden characters parted is known from what they spelt themselves."""

_SET = re.compile(r"[a-z]{3,} ?[=:] ?(?:4|5|9\d|100|expert)\b")
_STANDS_FOR = re.compile(r"\[[^\[\]]{0,40}\]")
_WORD = re.compile(r"\w")

_SMUGGLED = ("tag", "variation-selector")
"""Kinds by which letters are hidden that nobody sees."""


class Spelt(Protocol):
    """What hygiene removed from a text and what it spelt; `hygiene.Removed` is one."""

    @property
    def pointer(self) -> str:
        """The text's JSON pointer in the cleaned request."""

    @property
    def kind(self) -> str:
        """The kind of characters."""

    @property
    def text(self) -> str:
        """What they spelt."""

    @property
    def at(self) -> int:
        """Where in the cleaned text they began."""


class _Read(NamedTuple):
    """What fires on a view, what the view is about, and what each sentence weighs."""

    hits: list[Hit]
    facts: Facts
    weights: Weighed

    @property
    def leaning(self) -> set[int]:
        """The sentences that go with a finding beside them."""
        return {number for number, weight in enumerate(self.weights.alone) if weight >= LEANS}

    @property
    def honest(self) -> set[int]:
        """The sentences that are no part of a passage that a rule fired on beside them."""
        return {number for number, weight in enumerate(self.weights.alone) if weight < _APART}


class _Found(NamedTuple):
    """What fired on one text, and what its plain view is about and weighs."""

    text: Text
    findings: list[Finding]
    read: _Read


class _Half(NamedTuple):
    """A sentence at the end of a text that may be a part of an order, and what it is about."""

    pointer: str
    start: int
    end: int
    language: str
    bits: int


def detect(request: AssessmentRequest, removed: Sequence[Spelt] = ()) -> Detection:
    """Return the passages of a cleaned `request` that try to steer its rating.

    `removed` is what cleaning took out, so that what it spelt is read as well. Pure; takes time linear in
    the length of the texts.
    """
    return Detector(skill.slug for skill in request.job.skills).detect(request, removed)


class Detector:
    """The rules with the skills of one job."""

    def __init__(self, slugs: Iterable[str]) -> None:
        """`slugs`: the job's skills."""
        words = lexicon()
        self._bits = words.bits
        self._matcher = Matcher(rules(), words, Reader(words, Skills(slugs)))
        self._growth = tuple(map(self._mask, (_WEAK, _AHEAD, _BEFORE)))
        self._parts, self._orders = self._mask(_PARTS), self._mask(_ORDERS)
        self._joined = [rule for rule in rules().rules if rule.id in _JOINED]
        self._speaks = self._mask(_SPEAKS)

    def _mask(self, names: Iterable[str]) -> int:
        return sum(self._bits[name] for name in names)

    def detect(self, request: AssessmentRequest, removed: Sequence[Spelt] = ()) -> Detection:
        """Return what is found in `request` and in what cleaning `removed` from it."""
        found = [self._in_text(text) for text in texts(request)]
        findings = [finding for each in found for finding in each.findings]
        findings += self._split(found)
        findings += self._hidden(
            removed, {each.text.pointer: each.text.text for each in found if not each.text.is_name}
        )
        if any(finding.severity == "severe" for finding in findings):
            more = [self._leaning(each.text, each.read, SUSPECT, FLAG) for each in found]
            return Detection(_in_order([*findings, *chain.from_iterable(more)]))
        doubts = [self._leaning(each.text, each.read, DOUBT, FLAG) for each in found]
        return Detection(_in_order(findings), _in_order(chain.from_iterable(doubts)))

    def _in_text(self, text: Text) -> _Found:
        plain = folded(text.text)
        own = text.pointer.startswith(OWN)
        read = self._read(plain, own, is_name=text.is_name)
        findings = self._findings(text, read, None)
        for view in disguises(text.text, plain):
            more = self._read(view, own, is_name=text.is_name)
            plainly = [*read.hits, *self._matcher.hits(read.facts, own=own)]
            known = {hit.rule.id for hit in plainly}
            fresh = more._replace(hits=[hit for hit in more.hits if hit.rule.id not in known])
            findings += self._findings(text, fresh, view.how)
        if own and not text.is_name:
            findings += self._praise(text, read.facts)
        for reading in readings(text.text, set(read.facts.words)):
            hit = self._decoded(reading.text, 1 if reading.how in CIPHERS else 2)
            if hit:
                span = self._around(read.facts, reading.start, reading.end, reading.how)
                findings.append(self._finding(text, span, hit, reading.how, "encoded"))
        return _Found(text, findings, read)

    def _read(self, view: View, own: bool, *, is_name: bool = False) -> _Read:
        """Return what fires on a view or weighs enough by itself, and what its sentences weigh."""
        facts = self._matcher.read(view)
        weights = weighed(facts)
        least = _HONEST if view.how is None else _HONEST_DISGUISED
        hits = self._matcher.hits(facts, own=own) if max(weights.whole) > least else []
        hits = [hit for hit in hits if _weighs(facts, weights.whole, hit) > least]
        bound = FLAG + _NAME if is_name else FLAG
        for number, weight in enumerate(weights.whole):
            if weight >= bound and _says(facts, number):
                rule = rules().rule("weighed-high" if weight >= SEVERE else "weighed")
                hits.append(Hit(facts.starts[number], facts.ends[number], rule))
        return _Read(hits, facts, weights)

    def _leaning(self, text: Text, read: _Read, least: float, most: float) -> list[Finding]:
        """Return the passages of a text that weigh from `least` to below `most`."""
        facts, rule = read.facts, rules().rule("weighed")
        hits = [
            Hit(facts.starts[number], facts.ends[number], rule)
            for number, weight in enumerate(read.weights.whole)
            if least <= weight < most and _says(facts, number)
        ]
        return [] if text.is_name else self._findings(text, read._replace(hits=hits), None)

    def _praise(self, text: Text, facts: Facts) -> list[Finding]:
        """Return a finding for each run of sentences that praise and tell nothing."""
        weights = praised(facts)
        empty = {at: weight for at, weight in weights.items() if tells_nothing(facts, at)}
        heavy = {at for at, weight in empty.items() if weight >= PRAISES}
        spans = runs_of(heavy, {at for at, weight in empty.items() if weight >= _PRAISE_GOES_ON})
        rule = rules().rule("praise")
        found = []
        for first, last in spans:
            start, end = facts.view.place(facts.starts[first]), facts.view.place(facts.ends[last])
            hit = Hit(facts.starts[first], facts.ends[last], rule)
            found.append(self._finding(text, _trimmed(text.text, start, end), hit, None, None))
        return found

    def _findings(self, text: Text, read: _Read, how: str | None) -> list[Finding]:
        """Return a finding for each widened passage and rule that fired in it."""
        found: list[Finding] = []
        hits, facts = read.hits, read.facts
        if not hits:
            return found
        weak, ahead, before = self._growth
        spans = widened(
            facts, ((hit.start, hit.end) for hit in hits), weak, ahead, before, read.leaning, read.honest
        )
        inside: dict[tuple[int, int], dict[str, Hit]] = {}
        for hit in hits:
            inside.setdefault(spans[bisect_right(spans, (hit.start, len(text.text))) - 1], {})[
                hit.rule.id
            ] = hit
        for (start, end), fired in inside.items():
            span = _trimmed(text.text, facts.view.place(start), facts.view.place(end))
            found += [self._finding(text, span, hit, how, None) for hit in fired.values()]
        return found

    @staticmethod
    def _finding(text: Text, span: tuple[int, int], hit: Hit, how: str | None, kind: str | None) -> Finding:
        start, end = (0, 0) if text.is_name else span
        severity: Severity = "severe" if kind else hit.rule.severity
        told = "encoded" if kind == "encoded" else hit.rule.kind
        return Finding(text.pointer, start, end, told, severity, hit.rule.id, how)

    def _split(self, found: Sequence[_Found]) -> list[Finding]:
        """Return findings for halves of an order at the ends of several texts that only together are one.

        One half must be short and an order, and what all say together must be what a rule of an order asks.
        """
        halves = list(dict.fromkeys(half for each in found for half in self._halves(each)))
        languages = {half.language for half in halves if half.bits & self._orders}
        parts = {part for language in sorted(languages) for part in self._parts_of(halves, language)}
        rule = rules().rule("split-order")
        return [
            Finding(each.pointer, each.start, each.end, rule.kind, rule.severity, rule.id) for each in parts
        ]

    def _parts_of(self, halves: Sequence[_Half], language: str) -> list[_Half]:
        """Return the halves of one language that fulfil a rule together, where they are of several texts."""
        own = [half for half in halves if half.language == language]
        spoken = 0
        for half in own:
            spoken |= half.bits
        for rule in self._joined:
            asked = [mask & spoken for mask in rule.masks]
            parts = [half for half in own if any(half.bits & mask for mask in asked)]
            if all(asked) and len({part.pointer for part in parts}) > 1:
                return parts
        return []

    def _halves(self, found: _Found) -> Iterator[_Half]:
        """Yield the first and last sentences of a text that hold a part of an order and are not flagged."""
        facts, text = found.read.facts, found.text
        if text.is_name:
            return
        for number in sorted({0, len(facts.starts) - 1}):
            start, end = _trimmed(
                text.text, *map(facts.view.place, (facts.starts[number], facts.ends[number]))
            )
            taken = any(each.start < end and start < each.end for each in found.findings)
            if taken or end - start > _HALF:
                continue
            for language, bits in facts.concepts.get(number, {}).items():
                if language and bits & self._parts:
                    yield _Half(text.pointer, start, end, language, bits & self._parts)

    def _decoded(self, text: str, least: int = 2, bound: float = _DECODED) -> Hit | None:
        """Return the rule that fires on a decoded text, or `encoded-text` where it speaks of rating at all.

        `least`: concepts by which it does; an order to set something aside or a level is enough by itself,
        and so is the weight `bound`.
        """
        view = folded(text)
        facts = self._matcher.read(view)
        if hits := self._matcher.hits(facts):
            return hits[0]
        if max(weighed(facts).whole) >= bound:
            return Hit(0, len(text), rules().rule("encoded-text"))
        spoken = 0
        for number in range(len(facts.starts)):
            spoken |= facts.of(number)
        alone = spoken & self._mask(("override", "rater", "pairs")) or _SET.search(view.text)
        if (alone and least < _NEVER) or (spoken & self._speaks).bit_count() >= least:
            return Hit(0, len(text), rules().rule("encoded-text"))
        return None

    def _around(self, facts: Facts, start: int, end: int, how: str) -> tuple[int, int]:
        """Return the sentences around what was decoded, without those that go on honestly."""
        first, last = facts.sentence(start), facts.sentence(max(start, end - 1))
        before = start - facts.starts[first]
        return (facts.starts[first] if before <= 80 and how != "reversed" else start), max(
            end, facts.ends[last] if facts.ends[last] - end <= 60 else end
        )

    def _hidden(self, removed: Sequence[Spelt], whole: dict[str, str]) -> list[Finding]:
        """Return findings for what invisible characters spelt in a text that is read."""
        found = []
        for each in removed:
            if not each.text or each.pointer.split("/")[1:2] not in [[name] for name in FIELDS]:
                continue
            plain = _letters(each.text)[:_PLAIN] in _letters(whole.get(each.pointer, ""))
            hit = self._decoded(each.text, _NEVER, FLAG) if plain else self._decoded(each.text, 1)
            if hit is None and each.kind in _SMUGGLED and len(each.text.split()) > 1:
                hit = Hit(0, len(each.text), rules().rule("hidden-text"))
            if hit:
                start, end = self._place(each, hit, whole.get(each.pointer, ""))
                how = "tags" if each.kind == "tag" else each.kind
                found.append(Finding(each.pointer, start, end, "hidden", "severe", hit.rule.id, how))
        return found

    def _place(self, spelt: Spelt, hit: Hit, text: str) -> tuple[int, int]:
        """Return where in the cleaned text stands what invisible characters parted; else where they were."""
        run = "".join(spelt.text[hit.start : hit.end].split())
        at = text.replace(" ", "").find(run) if len(run) >= 8 else -1
        if at < 0:
            return spelt.at, spelt.at
        places = [place for place, sign in enumerate(text) if sign != " "]
        return places[at], places[at + len(run) - 1] + 1


def _letters(text: str) -> str:
    return "".join(text.split())


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda each: (each.pointer, each.start, each.end, each.rule)))


def _says(facts: Facts, number: int) -> bool:
    """Return whether a sentence holds a word besides what stands for something redacted."""
    return bool(_WORD.search(_STANDS_FOR.sub("", facts.view.text[facts.starts[number] : facts.ends[number]])))


def _weighs(facts: Facts, weights: Sequence[float], hit: Hit) -> float:
    """Return the weight of the heaviest sentence that a rule fired on."""
    last = facts.sentence(max(hit.start, hit.end - 1))
    return max(weights[facts.sentence(hit.start) : last + 1])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
