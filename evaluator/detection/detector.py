"""Finding attempts at manipulation in a cleaned request, by rules. May import `contract` and siblings."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from evaluator.contract.request import AssessmentRequest
from evaluator.detection.decoding import readings
from evaluator.detection.facts import Facts, Reader
from evaluator.detection.findings import Detection, Finding, Severity
from evaluator.detection.folding import View, disguises, folded
from evaluator.detection.lexicon import lexicon
from evaluator.detection.matching import Hit, Matcher
from evaluator.detection.rules import rules
from evaluator.detection.skills import Skills
from evaluator.detection.texts import FIELDS, Text, texts
from evaluator.detection.widening import widened

_WEAK = ("you", "rate", "override", "conceal", "persona", "rater", "pairs", "mark", "verdict", "top", "order")
_SPEAKS = ("rate", "override", "conceal", "persona", "rater", "top", "mark", "verdict", "confirm", "rules", "skill")
_HALVES = ("rate", "override", "top", "rater", "pairs", "rules", "order", "conceal", "person", "skill", "you", "best")
_JOINED = ("rate-top", "override-rules", "rate-best", "rater-order", "conceal")


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


def detect(request: AssessmentRequest, removed: Sequence[Spelt] = ()) -> Detection:
    """Return the passages of a cleaned `request` that try to steer its rating.

    `removed` is what cleaning took out, so that what it spelt is read as well. Pure; takes time linear in
    the length of the texts.
    """
    return Detector((skill.slug for skill in request.job.skills)).detect(request, removed)


class Detector:
    """The rules with the skills of one job."""

    def __init__(self, slugs: Iterable[str]) -> None:
        """`slugs`: the job's skills."""
        words = lexicon()
        self._bits = words.bits
        self._matcher = Matcher(rules(), words, Reader(words, Skills(slugs)))
        self._weak = self._mask(_WEAK)
        self._speaks = self._mask(_SPEAKS)

    def _mask(self, names: Iterable[str]) -> int:
        return sum(self._bits[name] for name in names)

    def detect(self, request: AssessmentRequest, removed: Sequence[Spelt] = ()) -> Detection:
        """Return what is found in `request` and in what cleaning `removed` from it."""
        found = [self._in_text(text) for text in texts(request)]
        findings = [finding for each in found for finding in each.findings]
        findings += self._hidden(removed, {each.text.pointer: each.text.text for each in found if not each.text.is_name})
        return Detection(tuple(sorted(set(findings), key=lambda each: (each.pointer, each.start, each.end, each.rule))))

    def _in_text(self, text: Text) -> _Found:
        plain = folded(text.text)
        hits, facts = self._matcher.hits(plain)
        findings = self._findings(text, hits, facts, None)
        for view in disguises(text.text, plain):
            more, told = self._matcher.hits(view)
            known = {hit.rule.id for hit in hits}
            findings += self._findings(text, [hit for hit in more if hit.rule.id not in known], told, view.how)
        for reading in readings(text.text):
            hit = self._decoded(reading.text)
            if hit:
                span = self._around(facts, plain, reading.start, reading.end)
                findings.append(self._finding(text, span, hit, reading.how, "encoded"))
        return _Found(text, findings, facts)

    def _findings(self, text: Text, hits: list[Hit], facts: Facts, how: str | None) -> list[Finding]:
        """Return a finding for each widened passage and rule that fired in it."""
        found = []
        for start, end in widened(facts, ((hit.start, hit.end) for hit in hits), self._weak):
            inside = {hit.rule.id: hit for hit in hits if start <= hit.start < end}
            span = _trimmed(text.text, facts.view.place(start), facts.view.place(end))
            found += [self._finding(text, span, hit, how, None) for hit in inside.values()]
        return found

    @staticmethod
    def _finding(
        text: Text, span: tuple[int, int], hit: Hit, how: str | None, kind: str | None
    ) -> Finding:
        start, end = (0, 0) if text.is_name else span
        severity: Severity = "severe" if kind else hit.rule.severity
        told = "encoded" if kind == "encoded" else hit.rule.kind
        return Finding(text.pointer, start, end, told, severity, hit.rule.id, how)

    def _decoded(self, text: str) -> Hit | None:
        """Return the rule that fires on a decoded text, or the first of all where it only speaks of levels."""
        view = folded(text)
        hits, facts = self._matcher.hits(view)
        if hits:
            return hits[0]
        spoken = 0
        for number in range(len(facts.starts)):
            spoken |= facts.of(number) & self._speaks
        if spoken & (spoken - 1) or (spoken and spoken & self._mask(("override", "rater"))):
            return Hit(0, len(text), rules().rules[0])
        return None

    def _around(self, facts: Facts, view: View, start: int, end: int) -> tuple[int, int]:
        """Return the sentences around what was decoded, without those that go on honestly."""
        first, last = facts.sentence(start), facts.sentence(max(start, end - 1))
        before = start - facts.starts[first]
        return (facts.starts[first] if before <= 120 else start), max(end, facts.ends[last] if facts.ends[last] - end <= 60 else end)

    def _hidden(self, removed: Sequence[Spelt], whole: dict[str, str]) -> list[Finding]:
        """Return findings for what invisible characters spelt in a text that is read."""
        found = []
        for each in removed:
            if not each.text or each.pointer.split("/")[1:2] not in [[name] for name in FIELDS]:
                continue
            hit = self._decoded(each.text)
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
