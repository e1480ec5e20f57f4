"""What stands in for detection until it is there. May import `hygiene` and `contract`."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import Removed


class Finding(NamedTuple):
    """A passage that was found."""

    pointer: str
    start: int
    end: int
    kind: str
    severity: Literal["notice", "severe"]
    rule: str
    decoded: str | None = None


class Detection(NamedTuple):
    """What was found."""

    findings: tuple[Finding, ...] = ()


def detect(request: AssessmentRequest, removed: Sequence[Removed] = ()) -> Detection:
    """Find nothing."""
    return Detection()
