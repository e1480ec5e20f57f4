"""The circuit breaker, by a clock that stands still until it is moved."""

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
        breaker.record(endpoint_works=False)
    return breaker, clock


def wait_out(breaker: Breaker, clock: FakeClock) -> float:
    """Wait until a probe is let through; return the seconds."""
    waited = breaker.admit()
    clock.advance(waited)
    assert breaker.admit() == 0.0
    return waited


def test_circuit_stays_closed_below_ten_attempts() -> None:
    """Nine failures in a row say too little."""
    breaker, _ = breaker_and_clock()
    for _ in range(9):
        breaker.record(endpoint_works=False)

    assert (breaker.state, breaker.admit(), breaker.opened_times) == ("closed", 0.0, 0)


def test_circuit_opens_at_ten_failures() -> None:
    """The tenth opens it, for no more than four times the first retry."""
    breaker, _ = opened()

    assert (breaker.state, breaker.opened_times) == ("open", 1)
    assert 0 < breaker.admit() <= 4 * FIRST_RETRY_S


@given(st.integers(0, 500))
def test_few_failures_among_successes_do_not_open_it(rounds: int) -> None:
    """One result that always breaks the endpoint does not stop the others."""
    breaker, _ = breaker_and_clock()
    for number in range(rounds):
        breaker.record(endpoint_works=number % 2 == 0)

    assert breaker.state == "closed"


def test_earlier_successes_are_forgotten() -> None:
    """However long it worked before, an endpoint that goes down is noticed within twenty attempts."""
    breaker, _ = breaker_and_clock()
    for _ in range(1_000):
        breaker.record(endpoint_works=True)
    for _ in range(20):
        breaker.record(endpoint_works=False)

    assert breaker.state == "open"


def test_one_probe_is_let_through() -> None:
    """After the open period the first who asks may go, and the others wait for what comes of it."""
    breaker, clock = opened()
    clock.advance(breaker.admit())

    assert breaker.state == "half_open"
    assert breaker.admit() == 0.0
    assert all(breaker.admit() > 0 for _ in range(5))


def test_all_recover_together() -> None:
    """A probe that succeeds closes the circuit for everybody at once."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    breaker.record(endpoint_works=True)

    assert (breaker.state, [breaker.admit() for _ in range(5)]) == ("closed", [0.0] * 5)


def test_all_slow_down_together() -> None:
    """Each probe that fails doubles the wait for everybody, up to a bound."""
    breaker, clock = opened()
    waits = []
    for _ in range(8):
        waits.append(wait_out(breaker, clock))
        breaker.record(endpoint_works=False)

    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]
    assert (breaker.state, breaker.opened_times) == ("open", 1)


def test_deliveries_under_way_when_it_opened_change_nothing() -> None:
    """What was sent before says nothing of now, good or bad."""
    breaker, _ = opened()
    before = breaker.admit()
    for works in (True, False) * 10:
        breaker.record(endpoint_works=works)

    assert (breaker.state, breaker.admit()) == ("open", before)


def test_closed_circuit_needs_ten_attempts_again() -> None:
    """After recovery one failure does not open it."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    breaker.record(endpoint_works=True)
    for _ in range(9):
        breaker.record(endpoint_works=False)

    assert breaker.state == "closed"


def test_probe_that_was_never_heard_of_is_replaced() -> None:
    """A probe whose process was cancelled does not keep the others out for ever."""
    breaker, clock = opened()
    wait_out(breaker, clock)
    clock.advance(60)

    assert breaker.admit() == 0.0
    assert breaker.admit() > 0
