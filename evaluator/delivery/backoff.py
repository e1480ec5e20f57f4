"""How long to wait before a failed delivery is tried again.

Exponential with jitter, so that deliveries that failed together do not come back together; what the
endpoint asks for in Retry-After goes first. May import nothing of the package.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

LONGEST_WAIT_S = 1_800.0
"""The longest that a wait grows to by itself: an endpoint that is back is noticed within half an hour."""

LONGEST_OWN_S = 60.0
"""What a wait grows to where the endpoint asks for less, for an hour of its 429s is not to be 3,600 tries."""

JITTER = 0.2
"""Share by which a wait is made shorter or longer at random."""

_MOST_DOUBLINGS = 64

Uniform = Callable[[float, float], float]
"""Draws a number between two bounds, as `random.uniform` does."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The schedule of a delivery: its first wait, and the longest that it grows to, in seconds."""

    first_retry_s: float
    longest_wait_s: float = LONGEST_WAIT_S

    def next_try_at(
        self,
        failures: int,
        *,
        now: float,
        deadline_at: float,
        uniform: Uniform,
        asked_s: float | None = None,
    ) -> float | None:
        """Return when to try again after `failures` failures (at least 1), or None where it is over.

        `now` and `deadline_at` are epoch seconds; the last try falls on the deadline. `asked_s`: seconds
        that the endpoint asked for; it is not asked sooner than that, but for the last try.
        """
        if now >= deadline_at:
            return None
        return min(now + self.wait_s(failures, asked_s, uniform), deadline_at)

    def wait_s(self, failures: int, asked_s: float | None, uniform: Uniform) -> float:
        """Return the seconds to wait after `failures` failures in a row (at least 1)."""
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        wait = min(self.first_retry_s * 2.0**doublings, self.longest_wait_s)
        if asked_s is not None:
            wished = max(asked_s, min(wait, max(LONGEST_OWN_S, self.first_retry_s)))
            return uniform(wished, wished * (1 + JITTER))
        return uniform(wait * (1 - JITTER), wait * (1 + JITTER))


def asked_wait_s(retry_after: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, or None where it says nothing of use.

    It holds seconds or an HTTP date (RFC 9110, 10.2.3); `now` is in epoch seconds.
    """
    if retry_after is None:
        return None
    seconds = _number(retry_after)
    return _until(retry_after, now) if seconds is None else seconds


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(0.0, aware.timestamp() - now)
    except (ValueError, OverflowError):
        return None
