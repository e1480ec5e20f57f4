"""A clock that stands still until it is moved."""


class FakeClock:
    """Called, it returns seconds; since the epoch, or since whenever."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        """Begin at `now`."""
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
