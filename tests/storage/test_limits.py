"""Limits over all processes: the arithmetic, with a clock that only moves when a test moves it."""

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.storage.limits import (
    BURST_S,
    LOOK_AGAIN_S,
    RATES,
    Decision,
    Limits,
    Other,
    Rate,
    Standing,
    Wish,
    corrected,
    decide,
)

FRESH: dict[Rate, float] = dict.fromkeys(RATES, 0.0)


def at(now: float, *others: Other, **arrivals: float) -> Standing:
    """Return a standing at a time."""
    return Standing(now, FRESH | arrivals, others)


def granted_over(limits: Limits, gaps: list[float], sizes: list[int]) -> list[tuple[float, int]]:
    """Return when each call was let through and what it took, with one that asks after each gap."""
    now, arrivals, through = 1000.0, FRESH, []
    for gap, tokens in zip(gaps, sizes, strict=False):
        now += gap
        decision = decide(limits, Standing(now, arrivals), 0, [Wish(tokens)])
        arrivals = dict(decision.arrivals)
        if decision.granted:
            through.append((now, tokens))
    return through


def most_in_a_minute(through: list[tuple[float, int]]) -> tuple[int, int]:
    """Return the most calls, and the most tokens, within any sixty seconds."""
    calls = tokens = total = 0
    window: deque[tuple[float, int]] = deque()
    for now, size in through:
        window.append((now, size))
        total += size
        while window[0][0] <= now - 60.0:
            total -= window.popleft()[1]
        calls, tokens = max(calls, len(window)), max(tokens, total)
    return calls, tokens


def test_without_limits_everything_goes() -> None:
    """No bound, no wait."""
    assert decide(Limits(), at(5), 10_000, [Wish(10**9)] * 3) == Decision(3, 0.0, FRESH)
    assert not Limits()


def test_places_are_counted_over_all_processes() -> None:
    """Of ten places six are taken, two of them here."""
    decision = decide(Limits(concurrency=10), at(5, Other(3), Other(1)), 2, [Wish(1)] * 9)

    assert (decision.granted, decision.wait_s, decision.by_rate) == (4, LOOK_AGAIN_S, False)


def test_free_place_is_left_to_whoever_waits_longer() -> None:
    """A process that frees a place does not take it again before another's older wish."""
    limits, others = Limits(concurrency=2), (Other(1, waiting_since=3.0), Other(0, waiting_since=4.5))

    assert decide(limits, at(5, *others), 0, [Wish(1, waited_s=0.1)]).granted == 0
    assert decide(limits, at(5, *others), 0, [Wish(1, waited_s=3)]).granted == 1


def test_burst_is_a_tenth_of_the_minute() -> None:
    """After a pause six seconds' worth goes at once, then the even pace."""
    decision = decide(Limits(requests_per_minute=60), at(100), 0, [Wish(1)] * 20)

    assert decision.granted == BURST_S
    assert (decision.wait_s, decision.by_rate) == (pytest.approx(1.0), True)


def test_least_rate_is_kept() -> None:
    """One a minute is one, and the next has to wait a minute."""
    decision = decide(Limits(requests_per_minute=1), at(100), 0, [Wish(1)] * 2)

    assert (decision.granted, decision.wait_s) == (1, pytest.approx(60.0))


def test_call_larger_than_the_minute_goes_and_is_paid_for() -> None:
    """What is larger than the limit would else never go; the next waits until it is worked off."""
    decision = decide(Limits(tokens_per_minute=1000), at(100), 0, [Wish(5000), Wish(1)])

    assert (decision.granted, decision.wait_s) == (1, pytest.approx(300 - BURST_S, abs=0.1))


def test_tokens_not_used_are_given_back_and_time_is_not() -> None:
    """A reservation of a minute that took ten seconds' worth leaves the next fifty of them."""
    assert corrected(160.0, 100.0, -50, 1.0) == 110.0
    assert corrected(120.0, 119.0, -50, 1.0) == 119.0
    assert corrected(50.0, 100.0, 7, 1.0) == 107.0


@given(
    per_minute=st.integers(1, 500),
    gaps=st.lists(st.floats(0, 20) | st.just(0.0), min_size=1, max_size=200),
)
def test_no_minute_sees_more_requests_than_the_rate_and_its_burst(per_minute: int, gaps: list[float]) -> None:
    """However calls come, a minute holds the rate, a tenth of it, and one."""
    through = granted_over(Limits(requests_per_minute=per_minute), gaps, [1] * len(gaps))

    assert most_in_a_minute(through)[0] <= per_minute * 1.1 + 1 + 1e-6


@given(
    per_minute=st.integers(1_000, 100_000),
    calls=st.lists(st.tuples(st.floats(0, 20), st.integers(0, 20_000)), min_size=1, max_size=200),
)
def test_no_minute_sees_more_tokens_than_the_rate_and_its_burst(
    per_minute: int, calls: list[tuple[float, int]]
) -> None:
    """However large calls are, a minute holds the rate, a tenth of it, and the largest of them."""
    gaps, sizes = [gap for gap, _ in calls], [size for _, size in calls]
    through = granted_over(Limits(tokens_per_minute=per_minute), gaps, sizes)

    assert most_in_a_minute(through)[1] <= per_minute * 1.1 + max(sizes) + 1e-3


@given(
    concurrency=st.integers(1, 20),
    steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(0, 5)), max_size=100),
)
def test_no_more_in_flight_than_there_are_places(concurrency: int, steps: list[tuple[int, int, int]]) -> None:
    """Whatever four processes wish for and give back, in any order."""
    held = [0] * 4
    for process, wishes, returned in steps:
        held[process] -= min(returned, held[process])
        others = tuple(Other(each) for number, each in enumerate(held) if number != process)
        held[process] += decide(
            Limits(concurrency=concurrency), at(1, *others), held[process], [Wish(1)] * wishes
        ).granted
        assert sum(held) <= concurrency


@dataclass
class Books:
    """Token reservations of calls that end later, and what they really took."""

    limits: Limits
    now: float = 1000.0
    arrivals: dict[Rate, float] = field(default_factory=lambda: dict(FRESH))
    begun: list[tuple[float, int, int]] = field(default_factory=list)
    open: list[tuple[int, int]] = field(default_factory=list)

    def ask(self, reserved: int, used: int) -> None:
        """Let a call begin, if it may."""
        decision = decide(self.limits, Standing(self.now, self.arrivals), 0, [Wish(reserved)])
        self.arrivals = dict(decision.arrivals)
        if decision.granted:
            self.begun.append((self.now, reserved, used))
            self.open.append((reserved, used))

    def end_first(self) -> None:
        """Let the oldest call end."""
        if self.open:
            reserved, used = self.open.pop(0)
            self.arrivals["tokens"] = corrected(
                self.arrivals["tokens"], self.now, used - reserved, self.limits.intervals_s["tokens"]
            )


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 5), st.integers(1, 400), st.floats(0, 1), st.booleans()), max_size=200
    )
)
def test_giving_back_never_lets_more_through_than_the_rate(
    steps: list[tuple[float, int, float, bool]],
) -> None:
    """From the first call on, what was really used stays within the rate, its burst and the largest call."""
    books = Books(Limits(tokens_per_minute=6_000))
    for gap, reserved, share, ends in steps:
        books.now += gap
        books.ask(reserved, int(reserved * share))
        if ends:
            books.end_first()
        if books.begun:
            used = sum(each[2] for each in books.begun)
            seconds = books.now - books.begun[0][0]
            assert used <= 100 * (seconds + BURST_S) + max(each[1] for each in books.begun) + 1e-3
