"""What is judged: levels, criteria and the rubric that a request and a pack make together.

Pure data, no I/O. May import `contract` and `errors`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from math import fsum
from typing import Literal


class Level(IntEnum):
    """How far something is shown: a small anchored scale agrees best with people (arXiv 2601.03444)."""

    NONE = 0
    BASIC = 1
    WORKING = 2
    STRONG = 3
    EXPERT = 4

    @property
    def word(self) -> str:
        """The level's name as models, packs and results spell it."""
        return LEVEL_WORDS[self]

    @classmethod
    def of(cls, word: str) -> "Level":
        """Return the level that `word` names; raises KeyError for another word."""
        return cls[word.upper()]


LEVEL_WORDS = tuple(level.name.lower() for level in Level)
"""`none`, `basic`, `working`, `strong`, `expert`."""

SKILL_ANCHORS: Mapping[Level, str] = {
    Level.NONE: "no use shown",
    Level.BASIC: "touched: a course, a small task, or under guidance",
    Level.WORKING: "used on the job from time to time, with own results",
    Level.STRONG: "used in depth over several tasks or years, with results named",
    Level.EXPERT: "daily core of the work: designs, decides, or teaches it",
}
"""Anchors of a required skill; the rungs are those of `exp_level` in the SolidATS reference."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged.

    `weight` is in points, relative to the other criteria's; `required` is the level that counts in
    full; `anchors` say in a few words what each level looks like. `label` is the title in the comment's
    language, where it has one of its own.
    """

    id: str
    title: str
    weight: float
    required: Level
    kind: Literal["skill", "pack", "team"]
    description: str = ""
    label: str = ""
    must_have: bool = False
    anchors: Mapping[Level, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The name that a comment gives it."""
        return self.label or self.title


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of one assessment and the rules that turn levels into a rating.

    `claim_weight` (0–1) is the part at which a claim counts that nothing evidences; `coverage_floor`
    (0–1) is the share of weight that must be evidenced for a result to say enough; `holistic` takes
    the model's own overall figure as the rating.
    """

    criteria: tuple[Criterion, ...]
    claim_weight: float = 0.0
    coverage_floor: float = 0.0
    holistic: bool = False
    _weights: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Add the weights up once, for all shares."""
        object.__setattr__(self, "_weights", fsum(criterion.weight for criterion in self.criteria))

    @property
    def ids(self) -> tuple[str, ...]:
        """The criteria's ids, in order."""
        return tuple(criterion.id for criterion in self.criteria)

    def share(self, criterion: Criterion) -> float:
        """Return the criterion's part of the whole weight, 0–1."""
        return criterion.weight / self._weights if self._weights else 0.0

    def digest(self) -> str:
        """Return the SHA-256 over everything that bears on the rating, in hexadecimal."""
        rows = [
            [c.id, c.title, c.label, c.description, c.weight, c.required, c.must_have, _rows(c.anchors)]
            for c in self.criteria
        ]
        rules = [self.claim_weight, self.coverage_floor, self.holistic]
        canonical = json.dumps([rows, rules], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _rows(anchors: Mapping[Level, str]) -> list[tuple[Level, str]]:
    return sorted(anchors.items())


Claims = Mapping[str, Level]
"""What the candidate claims in the form, by criterion id."""
