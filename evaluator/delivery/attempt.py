"""What one try to deliver came to, and what that means for the next.

May import nothing of the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

Outcome = Literal["delivered", "retry", "hold", "dead"]
"""`delivered`: the endpoint took it. `retry`: it may at another time. `hold`: it takes nothing from us until
a person has mended key or address. `dead`: it will never take this result."""

_RETRIED = frozenset({408, 425, 429})
_HELD = frozenset({401, 403, 404, 402, 405, 407})
_REASONS: Mapping[Outcome, str] = {
    "delivered": "taken",
    "retry": "not taken for now",
    "hold": "refused; check the callback URL, the API key and the app id",
    "dead": "rejected for good",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began (epoch seconds), how long it took, and how it ended.

    `status_code` is None where no answer came. `detail` holds the first characters of the answer, which may
    repeat what was sent; where none came, what broke, in no words of the endpoint's. `retry_after_s`: seconds
    that the endpoint asked to wait.
    """

    at: float
    duration_ms: int
    outcome: Outcome
    status_code: int | None = None
    detail: str = field(default="", repr=False)
    retry_after_s: float | None = None

    @property
    def reason(self) -> str:
        """Why it ended so, in a sentence without a word of the endpoint's."""
        if self.status_code is None:
            return f"no answer from the callback: {self.detail}"
        return f"the callback answered {_named(self.status_code)}: {_REASONS[self.outcome]}"

    @property
    def endpoint_works(self) -> bool:
        """Whether the endpoint as a whole works, as the circuit breaker asks.

        It fails by giving no answer, by 401, 403, 404 and their like, 429, and 5xx; whoever rejects this one
        result, or finds it slow (408) or early (425), is at work.
        """
        return self.outcome in ("delivered", "dead") or self.status_code in (408, 425)


def classify(status_code: int) -> Outcome:
    """Return what an HTTP status means for a delivery.

    2xx: delivered. 408, 425, 429, 5xx and what is no status: retry. 401, 403, 404, and 402, 405, 407 and 3xx,
    which say alike that the address or the account is wrong and not this result: hold. All other 4xx: dead.
    """
    if 200 <= status_code < 300:
        return "delivered"
    if 300 <= status_code < 400 or status_code in _HELD:
        return "hold"
    return "dead" if 400 <= status_code < 500 and status_code not in _RETRIED else "retry"


def _named(status_code: int) -> str:
    try:
        return f"{status_code} {HTTPStatus(status_code).phrase}"
    except ValueError:  # a number of the endpoint's own
        return str(status_code)
