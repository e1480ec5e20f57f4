"""The circuit breaker, by a clock that stands still until it is moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.delivery.breaker import FEWEST_ATTEMPTS, Breaker
from tests.fakes.clock import FakeClock

FIRST_RETRY_S = 5.0


def breaker_and_clock() -> tuple[Breaker, FakeClock]:
    """Return a breaker and what moves its time."""
    clock = FakeClock()
    return Breaker(FIRST_RETRY_S, clock, probe_timeout_s=60), clock


def opened() -> tuple[Breaker, FakeClock]:
    """Return a breaker that has just opened."""
    breaker, clock = breaker_and_clock()
    for _ in range(FEWEST_ATTEMPTS):
        noted(breaker, works=False)
    return breaker, clock


def noted(breaker: Breaker, *, works: bool) -> None:
    """Have a delivery admitted and made."""
    breaker.record(breaker.admit().era, endpoint_works=works)


def wait_out(breaker: Breaker, clock: FakeClock) -> float:
    """Wait until a probe may be let through; return the seconds."""
    waited = breaker.admit().wait_s
    clock.advance(waited)
    return waited


def test_circuit_stays_closed_below_ten_attempts() -> None:
    """Nine failures in a row say too little."""
    breaker, _ = breaker_and_clock()
    for _ in range(9):
        noted(breaker, works=False)

    assert (breaker.state, breaker.admit().wait_s, breaker.opened_times) == ("closed", 0.0, 0)


def test_circuit_opens_at_ten_failures() -> None:
    """The tenth opens it, for no more than four times the first retry."""
    breaker, _ = opened()

    assert (breaker.state, breaker.opened_times) == ("open", 1)
    assert 0 < breaker.admit().wait_s <= 4 * FIRST_RETRY_S


@given(st.integers(0, 500))
def test_few_failures_among_successes_do_not_open_it(rounds: int) -> None:
    """One result that always breaks the endpoint does not stop the others."""
    breaker, _ = breaker_and_clock()
    for number in range(rounds):
        noted(breaker, works=number % 2 == 0)

    assert breaker.state == "closed"


def test_earlier_successes_are_forgotten() -> None:
    """However long it worked before, an endpoint that goes down is noticed within twenty attempts."""
    breaker, _ = breaker_and_clock()
    for _ in range(1_000):
        noted(breaker, works=True)
    for _ in range(20):
        noted(breaker, works=False)

    assert breaker.state == "open"


def test_one_probe_is_let_through() -> None:
    """After the open period the first who asks may go, and the others wait for what comes of it."""
    breaker, clock = opened()
    wait_out(breaker, clock)

    assert breaker.state == "half_open"
    assert breaker.admit().wait_s == 0.0
    assert all(breaker.admit().wait_s > 0 for _ in range(5))


def test_all_recover_together() -> None:
    """A probe that succeeds closes the circuit for everybody at once."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    noted(breaker, works=True)

    assert (breaker.state, [breaker.admit().wait_s for _ in range(5)]) == ("closed", [0.0] * 5)


def test_all_slow_down_together() -> None:
    """Each probe that fails doubles the wait for everybody, up to a bound."""
    breaker, clock = opened()
    waits = []
    for _ in range(8):
        waits.append(wait_out(breaker, clock))
        noted(breaker, works=False)

    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]
    assert (breaker.state, breaker.opened_times) == ("open", 1)


def test_deliveries_under_way_when_it_opened_change_nothing() -> None:
    """What was sent before says nothing of now, good or bad."""
    breaker, _ = breaker_and_clock()
    sent_before = breaker.admit().era
    for _ in range(FEWEST_ATTEMPTS):
        noted(breaker, works=False)
    before = breaker.admit()
    for works in (True, False) * 10:
        breaker.record(sent_before, endpoint_works=works)

    assert (breaker.state, breaker.admit()) == ("open", before)


@pytest.mark.parametrize("works", [True, False])
def test_late_answer_is_not_taken_for_the_probes(works: bool) -> None:
    """A delivery from before, which ends while a probe is out, moves nothing."""
    breaker, clock = breaker_and_clock()
    sent_before = breaker.admit().era
    for _ in range(FEWEST_ATTEMPTS):
        noted(breaker, works=False)
    wait_out(breaker, clock)
    probe = breaker.admit()
    breaker.record(sent_before, endpoint_works=works)
    during = breaker.state
    breaker.record(probe.era, endpoint_works=True)

    assert (during, breaker.state) == ("half_open", "closed")


def test_closed_circuit_needs_ten_attempts_again() -> None:
    """After recovery one failure does not open it."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    noted(breaker, works=True)
    for _ in range(9):
        noted(breaker, works=False)

    assert breaker.state == "closed"


def test_probe_that_was_never_heard_of_is_replaced() -> None:
    """A probe whose process was cancelled does not keep the others out for ever."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    breaker.admit()
    clock.advance(60)

    assert breaker.admit().wait_s == 0.0
    assert breaker.admit().wait_s > 0
