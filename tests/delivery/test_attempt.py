"""What an answer means."""

import pytest

from evaluator.delivery.attempt import Attempt, Outcome, classify

MEANINGS: dict[Outcome, tuple[int, ...]] = {
    "delivered": (200, 201, 202, 204, 299),
    "retry": (408, 425, 429, 500, 502, 503, 504, 599, 600, 999, 100),
    "hold": (401, 403, 404, 402, 405, 407, 300, 301, 302, 307, 308),
    "dead": (400, 409, 410, 413, 422, 406, 411, 415, 418, 451, 499),
}
EACH = [(status, outcome) for outcome, statuses in MEANINGS.items() for status in statuses]


@pytest.mark.parametrize(("status", "outcome"), EACH)
def test_status_decides_what_comes_next(status: int, outcome: Outcome) -> None:
    """Taken, later, held until a person looks, or never."""
    assert classify(status) == outcome


@pytest.mark.parametrize(
    ("status", "works"),
    [(200, True), (400, True), (422, True), (408, True), (425, True)]
    + [(status, False) for status in (None, 401, 403, 404, 302, 429, 500, 503)],
)
def test_breaker_hears_of_failures_of_the_endpoint_alone(status: int | None, works: bool) -> None:
    """A result that is rejected shows that the endpoint is at work."""
    outcome = "retry" if status is None else classify(status)

    assert Attempt(0.0, 1, outcome, status_code=status).endpoint_works == works


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (
            Attempt(0.0, 1, "dead", 422, "Ada!"),
            "the callback answered 422 Unprocessable Entity: rejected for good",
        ),
        (
            Attempt(0.0, 1, "retry", 503, "Ada!"),
            "the callback answered 503 Service Unavailable: not taken for now",
        ),
        (Attempt(0.0, 1, "retry", 599, "Ada!"), "the callback answered 599: not taken for now"),
        (Attempt(0.0, 1, "retry", None, "reset"), "no answer from the callback: reset"),
    ],
)
def test_reason_is_a_sentence_of_ours(attempt: Attempt, reason: str) -> None:
    """What the endpoint wrote stays out of it, since it may repeat what it was sent."""
    assert attempt.reason == reason


def test_reason_of_a_hold_says_what_to_look_at() -> None:
    """Where a person must act, the sentence names what."""
    assert "check the callback URL, the API key and the app id" in Attempt(0.0, 1, "hold", 401).reason
