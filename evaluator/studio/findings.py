"""What is wrong or unwise in a pack, as its editor reads it. Imports nothing of the package."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "advice"]
"""An error keeps a pack from being used; a warning should not be published unread; advice may be left."""

_ORDER = {"error": 0, "warning": 1, "advice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing: where it is, what it is, why it matters and what to do.

    `line` counts from 1, 0 where no line can be named; `criterion` is its title, "" where it is about none.
    `sources`: what says so, with enough to find it.
    """

    rule: str
    severity: Severity
    file: str
    line: int
    said: str
    why: str = ""
    todo: str = ""
    criterion: str = ""
    sources: tuple[str, ...] = ()

    @property
    def diagnostic(self) -> dict[str, Any]:
        """What a text editor shows at the line: file, line, message and severity."""
        told = " ".join(filter(None, (self.said, self.todo)))
        return {"file": self.file, "line": self.line, "message": told, "severity": self.severity}


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first, then as they stand in the files; each once."""
    found = dict.fromkeys(findings)
    return tuple(sorted(found, key=lambda each: (_ORDER[each.severity], each.file, each.line, each.rule)))
