"""A circuit breaker: when the endpoint as a whole is down, deliveries slow down and recover together.

May import nothing of the package.
"""

from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple

FEWEST_ATTEMPTS = 10
"""Attempts that must have been seen since the circuit last closed before it may open."""

WINDOW = 20
"""The latest attempts that count."""

OPENING_SHARE = 0.7
"""Share of failures among them at which the circuit opens."""

FIRST_OPEN_FACTOR = 2.0
"""The first open period, in times the first retry."""

LONGEST_OPEN_FACTOR = 60.0
"""The longest open period, in times the first retry: five minutes where that is five seconds."""

BreakerState = Literal["closed", "open", "half_open"]
"""Closed: deliveries go out. Open: none does. Half open: one does, to see."""


class Admission(NamedTuple):
    """Leave to deliver, where `wait_s` is 0; else the seconds after which to ask again.

    `era` tells `record` whether the circuit has changed since.
    """

    wait_s: float
    era: int


class Breaker:
    """Tells whether deliveries may go out, by how the latest went. One for an endpoint and process.

    Before each delivery ask `admit`, and after it tell `record` what came of it. It never sleeps.
    """

    def __init__(
        self, first_retry_s: float, clock: Callable[[], float], *, probe_timeout_s: float = 60.0
    ) -> None:
        """`clock` returns seconds that never go back.

        A probe of which nothing was heard for `probe_timeout_s` is replaced by another; longer than a
        delivery can take.
        """
        self._first_open_s = FIRST_OPEN_FACTOR * first_retry_s
        self._longest_open_s = LONGEST_OPEN_FACTOR * first_retry_s
        self._clock = clock
        self._probe_timeout_s = probe_timeout_s
        self._latest: deque[bool] = deque(maxlen=WINDOW)
        self._opened_times = 0
        self._open_s = 0.0
        self._open_until: float | None = None
        self._probing_until: float | None = None
        self._era = 0

    @property
    def state(self) -> BreakerState:
        """How the circuit is now."""
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half_open"

    @property
    def opened_times(self) -> int:
        """How often the circuit went from closed to open, since the start."""
        return self._opened_times

    def admit(self) -> Admission:
        """Say whether a delivery may go out now.

        When the open period is over, the first who asks is let through as a probe, and the others wait
        for what comes of it.
        """
        wait_s = 0.0 if self._open_until is None else self._wait_s(self._open_until)
        return Admission(wait_s, self._era)

    def record(self, era: int, *, endpoint_works: bool) -> None:
        """Take note of a delivery that was let through, by the `era` of its admission.

        What was on its way when the circuit changed says nothing of now: only its own probe moves an open
        one.
        """
        if era != self._era:
            return
        if self._open_until is None:
            self._latest.append(endpoint_works)
            if self._is_failing():
                self._opened_times += 1
                self._open(self._first_open_s)
        elif endpoint_works:
            self._close()
        else:
            self._open(min(2 * self._open_s, self._longest_open_s))

    def _wait_s(self, open_until: float) -> float:
        now = self._clock()
        if now < open_until:
            return open_until - now
        if self._probing_until is not None and now < self._probing_until:
            return min(self._first_open_s, self._probing_until - now)
        self._probing_until = now + self._probe_timeout_s
        self._era += 1
        return 0.0

    def _is_failing(self) -> bool:
        failures = len(self._latest) - sum(self._latest)
        return len(self._latest) >= FEWEST_ATTEMPTS and failures >= OPENING_SHARE * len(self._latest)

    def _open(self, seconds: float) -> None:
        self._open_s = seconds
        self._open_until = self._clock() + seconds
        self._probing_until = None
        self._era += 1

    def _close(self) -> None:
        self._latest.clear()
        self._open_until = self._probing_until = None
        self._era += 1
