"""Who may ask the model now, so that limits hold over all processes: the arithmetic, without a database.

Calls in flight are counted by process. Rates follow the generic cell rate algorithm (ITU-T I.371, virtual
scheduling): of each there is one figure, the time by which all that was let through would have arrived had
it come evenly. May import nothing of the package.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Rate = Literal["requests", "tokens"]
"""What is limited by the minute."""

RATES: tuple[Rate, ...] = ("requests", "tokens")

BURST_S = 6.0
"""Seconds by which calls may come ahead of the even pace: in any minute, a tenth more than the limit."""

LOOK_AGAIN_S = 0.2
"""Seconds between two looks for a place that another process has to free."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds over all processes of a database; None where there is no bound.

    In any minute no more than the rate and a tenth of it go through, and beyond that one request, or the
    tokens of the largest.
    """

    concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def __bool__(self) -> bool:
        """Whether there is any bound at all."""
        return any(
            limit is not None
            for limit in (self.concurrency, self.requests_per_minute, self.tokens_per_minute)
        )

    @property
    def intervals_s(self) -> Mapping[Rate, float]:
        """The seconds between two units at the even pace, of each rate that is bounded."""
        limits: Mapping[Rate, int | None] = {
            "requests": self.requests_per_minute,
            "tokens": self.tokens_per_minute,
        }
        return {rate: 60.0 / limit for rate, limit in limits.items() if limit is not None}


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that waits for its turn: what it may take, and how long it has waited, in seconds."""

    tokens: int
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Other:
    """Another process: its calls in flight, and since when its first wish waits, None where it has none."""

    held: int
    waiting_since: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things are at `now`: the others, and each rate's time of arrival; times in epoch seconds."""

    now: float
    arrivals: Mapping[Rate, float]
    others: Sequence[Other] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """How many wishes are granted, the first ones; how long the next has to wait at least.

    `wait_s` is 0 where none is left. `by_rate`: it waits for time to pass and not for another call's end.
    """

    granted: int
    wait_s: float
    arrivals: Mapping[Rate, float]
    by_rate: bool = False


def decide(limits: Limits, standing: Standing, held: int, wishes: Sequence[Wish]) -> Decision:
    """Return which of a process's `wishes`, in order, are granted; it has `held` calls in flight.

    A place that is free goes to whoever waits longest, in whichever process. What a call may take plays
    no part in whether it may go, so that a large one does not wait for ever behind small ones.
    """
    arrivals, now = dict(standing.arrivals), standing.now
    intervals_s = limits.intervals_s
    places = math.inf
    if limits.concurrency is not None:
        places = limits.concurrency - held - sum(other.held for other in standing.others)
    for granted, wish in enumerate(wishes):
        if places - granted <= _ahead(standing, wish):
            return Decision(granted, LOOK_AGAIN_S, arrivals)
        waits_s = [_wait_s(arrivals[rate] - now, interval_s) for rate, interval_s in intervals_s.items()]
        if any(waits_s):
            return Decision(granted, max(waits_s), arrivals, by_rate=True)
        for rate, interval_s in intervals_s.items():
            units = 1 if rate == "requests" else wish.tokens
            arrivals[rate] = max(arrivals[rate], now) + units * interval_s
    return Decision(len(wishes), 0.0, arrivals)


def corrected(arrival: float, now: float, units: int, interval_s: float) -> float:
    """Return a time of arrival after `units` more were used than were reserved, or fewer where negative.

    What was reserved and not used is given back, but never for time that has passed.
    """
    return max(now, max(arrival, now) + units * interval_s)


def _ahead(standing: Standing, wish: Wish) -> int:
    """Return how many other processes have a wish that is older; one place each is left to them."""
    since = standing.now - wish.waited_s
    return sum(other.waiting_since is not None and other.waiting_since < since for other in standing.others)


def _wait_s(ahead_s: float, interval_s: float) -> float:
    """Return how long to wait where what was let through is `ahead_s` seconds ahead of the even pace."""
    return max(0.0, ahead_s - max(0.0, BURST_S - interval_s))
