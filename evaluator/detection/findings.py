"""What detection finds: spans of a cleaned request's texts that try to steer the rating.

May import nothing of the package.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "instruction", "role", "heading", "reply", "reasoning", "authority", "hidden", "encoded", "praise"
]
Severity = Literal["notice", "severe"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A passage that carries an attempt at manipulation.

    `pointer` is the JSON pointer of the text in the cleaned request, `[start, end)` the passage in it;
    where the attempt is in a field's name, the pointer is the field's and the span 0, 0. `rule` is an id of
    rules.toml. `decoded` says how the passage was read, None where it was read as it stands.
    """

    pointer: str
    start: int
    end: int
    kind: Kind
    severity: Severity
    rule: str
    decoded: str | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """All findings of a request, by text and place; `doubts` are passages that are no evidence either."""

    findings: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()

    @property
    def severe(self) -> bool:
        """Whether any finding is severe."""
        return any(finding.severity == "severe" for finding in self.findings)
