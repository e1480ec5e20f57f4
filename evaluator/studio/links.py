"""Links that sign somebody in once, printed by `serve` where no token is set. Imports nothing of the package.

They are kept in the process that printed them and end with it.
"""

import hashlib
import secrets
import time
from collections.abc import Callable

LINK_S = 900.0
"""Seconds for which a link is good."""


class Links:
    """The links of one process that nobody has used yet, as digests."""

    def __init__(self, *, timer: Callable[[], float] = time.monotonic) -> None:
        """`timer` measures seconds."""
        self._timer = timer
        self._ends: dict[bytes, float] = {}

    def new(self) -> str:
        """Return the secret part of a link that is good once, for LINK_S."""
        once = secrets.token_urlsafe(32)
        self._ends[_digest(once)] = self._timer() + LINK_S
        return once

    def take(self, once: str) -> bool:
        """Tell whether a link is good, and use it up."""
        end = self._ends.pop(_digest(once), None)
        return end is not None and self._timer() < end


def _digest(once: str) -> bytes:
    """Return what a link is looked up by; how long a look-up takes tells nothing about a secret's digits."""
    return hashlib.sha256(once.encode("utf-8", "surrogatepass")).digest()
