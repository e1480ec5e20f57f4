"""Finding attempts at manipulation in a cleaned request, by rules. May import `contract` and siblings."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.detection.decoding import readings
from evaluator.detection.facts import Facts, Reader
from evaluator.detection.findings import Detection, Finding, Severity
from evaluator.detection.folding import disguises, folded
from evaluator.detection.lexicon import lexicon
from evaluator.detection.matching import Hit, Matcher
from evaluator.detection.rules import rules
from evaluator.detection.skills import Skills
from evaluator.detection.texts import FIELDS, OWN, Text, texts
from evaluator.detection.widening import widened

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

_SET = re.compile(r"[a-z]{3,} ?[=:] ?(?:4|5|9\d|100|expert)\b")
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


class _Found(NamedTuple):
    """What fired on one text, and what its plain view is about."""

    text: Text
    findings: list[Finding]
    facts: Facts


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
        return Detection(
            tuple(sorted(set(findings), key=lambda each: (each.pointer, each.start, each.end, each.rule)))
        )

    def _in_text(self, text: Text) -> _Found:
        plain = folded(text.text)
        own = text.pointer.startswith(OWN)
        hits, facts = self._matcher.hits(plain, own=own)
        findings = self._findings(text, hits, facts, None)
        for view in disguises(text.text, plain):
            more, told = self._matcher.hits(view, own=own)
            known = {hit.rule.id for hit in hits}
            findings += self._findings(
                text, [hit for hit in more if hit.rule.id not in known], told, view.how
            )
        for reading in readings(text.text):
            hit = self._decoded(reading.text)
            if hit:
                span = self._around(facts, reading.start, reading.end, reading.how)
                findings.append(self._finding(text, span, hit, reading.how, "encoded"))
        return _Found(text, findings, facts)

    def _findings(self, text: Text, hits: list[Hit], facts: Facts, how: str | None) -> list[Finding]:
        """Return a finding for each widened passage and rule that fired in it."""
        found = []
        spans = widened(facts, ((hit.start, hit.end) for hit in hits), *self._growth)
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
        facts, text = found.facts, found.text
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

    def _decoded(self, text: str, least: int = 2) -> Hit | None:
        """Return the rule that fires on a decoded text, or `encoded-text` where it speaks of rating at all.

        `least`: concepts by which it does; an order to set something aside or a level is enough by itself.
        """
        view = folded(text)
        hits, facts = self._matcher.hits(view)
        if hits:
            return hits[0]
        spoken = 0
        for number in range(len(facts.starts)):
            spoken |= facts.of(number)
        alone = spoken & self._mask(("override", "rater", "pairs")) or _SET.search(view.text)
        if alone or (spoken & self._speaks).bit_count() >= least:
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
            hit = self._decoded(each.text, least=1)
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


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
