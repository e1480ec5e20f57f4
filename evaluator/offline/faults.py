"""Faults on purpose, for load tests and for trying out how a caller bears them.

May import nothing of the package.
"""

import random
from dataclasses import dataclass, fields
from enum import StrEnum


class Fault(StrEnum):
    """What may happen to one request instead of a good reply."""

    RATE_LIMITED = "rate_limited"
    FAILING = "failing"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what happens; each share is a part of all requests, 0–1, and together at most 1.

    `rate_limited` gets 429 with Retry-After, `failing` 500 or 503, `malformed` a reply that is no JSON
    or lacks a slot, `truncated` one that ends at the limit, `refused` a refusal. `jitter_s` is the most
    seconds added to the latency. With `refuse_json_schema` every request for that form gets a 400.
    The same `seed` gives the same sequence.
    """

    rate_limited: float = 0.0
    failing: float = 0.0
    malformed: float = 0.0
    truncated: float = 0.0
    refused: float = 0.0
    refuse_json_schema: bool = False
    jitter_s: float = 0.0
    retry_after_s: int = 1
    seed: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where a share is out of its range, or all of them are together."""
        shares = [self.share(fault) for fault in Fault]
        if any(not 0 <= share <= 1 for share in shares) or sum(shares) > 1 + 1e-9:
            raise ValueError("shares of faults lie between 0 and 1, and so does their sum")
        if self.jitter_s < 0 or self.retry_after_s < 0:
            raise ValueError("seconds are not negative")

    def share(self, fault: Fault) -> float:
        """Return the share of requests that get `fault`."""
        return float(getattr(self, fault.value))

    @property
    def any(self) -> bool:
        """Tell whether anything differs from what is served without faults."""
        return any(
            getattr(self, each.name) for each in fields(self) if each.name not in ("retry_after_s", "seed")
        )


class Dice:
    """Draws what happens to each request."""

    def __init__(self, faults: Faults) -> None:
        """Begin the sequence of `faults.seed`."""
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - decides about test faults, keeps no secret

    def fault(self) -> Fault | None:
        """Return what happens to the next request, None where nothing does."""
        drawn = self._random.random()
        for fault in Fault:
            drawn -= self._faults.share(fault)
            if drawn < 0:
                return fault
        return None

    def jitter_s(self) -> float:
        """Return the seconds to add to the latency."""
        return self._random.uniform(0, self._faults.jitter_s)

    def either(self) -> bool:
        """Return one of two ways in which a fault shows."""
        return self._random.random() < 0.5
