"""The arithmetic of a rating, done again with the figures that a record holds.

Those are rounded to two digits, so a sum of them is known to half a hundredth for each. May import `rubric`
and `scoring`.
"""

from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

from evaluator.rubric import Level
from evaluator.scoring import to_rating

_HALF = 0.005
"""What a figure of two digits may be off."""

_NEAR = 0.02
"""What a product of two such figures may be off from the one that is recorded."""


class Sum(NamedTuple):
    """The sum of the recorded contributions, and the bounds between which the exact one lies."""

    total: float
    low: float
    high: float

    def gives(self, rating: int) -> bool:
        """Tell whether the exact sum, rounded, may be `rating`."""
        return to_rating(self.low) <= rating <= to_rating(self.high)


def summed(contributions: Sequence[float]) -> Sum:
    """Return the sum of figures that were rounded to two digits."""
    total, off = fsum(contributions), _HALF * len(contributions)
    return Sum(round(total, 2), max(0.0, round(total - off, 3)), round(total + off, 3))


def working(criterion: Mapping[str, Any], claim_weight: float) -> str:
    """Return how a criterion's points come about, with their figures: `25.00 × 2 ÷ 3 = 16.67`.

    `criterion` is that of a record. Where the rule gives another figure than the record, the record's stands
    alone.
    """
    possible, points = 100 * criterion["weight"], criterion["contribution"]
    required = Level.of(criterion["required_level"])
    level = Level.of(criterion["level"])
    claimed = criterion.get("claimed_level")
    shown = [(f"{possible:.2f} × {_part(level, required)}", possible * _share(level, required))]
    if claimed and criterion["finding"] != "contradicted":
        claim = Level.of(claimed)
        by_claim = possible * claim_weight * _share(claim, required)
        shown.append((f"{possible:.2f} × {claim_weight:g} × {_part(claim, required)} as claimed", by_claim))
    for said, gives in shown:
        if abs(gives - points) <= _NEAR:
            return f"{said} = {points:.2f}"
    return f"{points:.2f} of {possible:.2f}"


def _share(level: Level, required: Level) -> float:
    return min(1.0, level / required) if required else 1.0


def _part(level: Level, required: Level) -> str:
    """Return the part that counts; more than is required counts as that."""
    if level >= required:
        return "1"
    return f"{int(level)} ÷ {int(required)}" if level else "0"
