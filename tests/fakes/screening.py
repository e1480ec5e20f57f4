"""A detection that finds what it is told, and findings to tell it.

finder = Finder(found("/candidate_parsed_cv/raw", 0, 12, kind="authority"))
finder = Finder.of(text, "the passage in it")     # in the CV's summary
finder.seen                                       # the request that was last looked at
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from evaluator.contract.request import AssessmentRequest
from evaluator.detection import Detection, Finding
from evaluator.hygiene import Removed

SUMMARY = "/candidate_parsed_cv/summary"


class Finder:
    """Finds the same in every request."""

    seen: AssessmentRequest

    def __init__(self, *findings: Finding, doubts: Sequence[Finding] = ()) -> None:
        """`findings`: what is found; `doubts`: what is no evidence either."""
        self.findings = findings
        self.doubts = tuple(doubts)

    @classmethod
    def of(cls, text: str, *passages: str, pointer: str = SUMMARY, **others: Any) -> "Finder":
        """Find each of `passages` where it first stands in `text`."""
        places = [(text.index(each), len(each)) for each in passages]
        return cls(*(found(pointer, start, start + length, **others) for start, length in places))

    def __call__(self, request: AssessmentRequest, removed: Sequence[Removed] = ()) -> Detection:
        """See evaluator.detection.detect."""
        self.seen = request
        return Detection(self.findings, self.doubts)


def found(
    pointer: str,
    start: int,
    end: int,
    *,
    kind: str = "instruction",
    severity: Literal["notice", "severe"] = "severe",
) -> Finding:
    """Return a finding."""
    return Finding(pointer, start, end, kind, severity, f"{kind}-rule", None)


def removed(pointer: str, text: str = "", *, kind: str = "tag") -> Removed:
    """Return what cleaning took out, a sign for each letter of `text`."""
    return Removed(pointer, kind, len(text), text)


class Searcher:
    """Finds texts wherever they stand in what a candidate or others wrote, each to where `until` is."""

    def __init__(self, *texts: str, until: str = "") -> None:
        """`texts`: what is searched for."""
        self._texts = texts
        self._until = until

    def __call__(self, request: AssessmentRequest, removed: Sequence[Removed] = ()) -> Detection:
        """See evaluator.detection.detect."""
        body = request.model_dump()
        fields = ("candidate_parsed_cv", "application_form", "comments", "context")
        parts = [part for name in fields for part in _texts(body[name], f"/{name}")]
        return Detection(tuple(each for pointer, text in parts for each in self._in(pointer, text)))

    def _in(self, pointer: str, text: str) -> Iterator[Finding]:
        for wanted in self._texts:
            start = text.find(wanted)
            if start >= 0:
                end = start + len(wanted)
                stop = text.find(self._until, end) if self._until else end
                yield found(pointer, start, stop if stop >= 0 else len(text))


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, f"{pointer}/{key}")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{at}")
