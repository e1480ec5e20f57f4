"""What stands in for detection until it is there. May import `hygiene` and `contract`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import clean_request


class Finding(NamedTuple):
    """A passage that was found."""

    pointer: str
    start: int
    end: int
    kind: str
    severity: str
    rule: str
    decoded: str | None = None


class Detection(NamedTuple):
    """What was found."""

    findings: tuple[Finding, ...]
    severe: bool = False


@dataclass(frozen=True)
class Removed:
    """What was removed."""

    pointer: str
    kind: str
    count: int
    text: str = ""


class Cleaned(NamedTuple):
    """A cleaned request."""

    request: AssessmentRequest
    removed: tuple[Removed, ...] = ()


def cleaned(request: AssessmentRequest) -> Cleaned:
    """Clean."""
    return Cleaned(clean_request(request))


def detect(request: AssessmentRequest, removed: Sequence[Removed] = ()) -> Detection:
    """Find nothing."""
    return Detection(())
