"""Waiting for a turn to ask the model: simulated by the thousand, on a loop whose time passes at once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.errors import Overloaded, StorageUnavailable
from evaluator.jobs.throttle import Throttle
from evaluator.storage.allowance import Report
from evaluator.storage.limits import RATES, Decision, Limits, Other, Rate, Standing, corrected, decide
from tests.fakes.virtual_time import run


@dataclass
class SharedLimits:
    """What a database does for the limits, in memory: several processes report to it by their number."""

    limits: Limits
    arrivals: dict[Rate, float] = field(default_factory=lambda: dict.fromkeys(RATES, 0.0))
    others: dict[int, Other] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    broken: bool = False

    def of(self, number: int) -> "Process":
        """Return the limits as one process sees them."""
        return Process(self, number)


@dataclass
class Process:
    """See evaluator.jobs.throttle.Grants."""

    shared: SharedLimits
    number: int

    async def report(self, report: Report) -> Decision:
        """Decide by what all have reported."""
        await asyncio.sleep(0.002)
        shared, now = self.shared, asyncio.get_running_loop().time()
        shared.reports.append(report)
        if shared.broken:
            raise StorageUnavailable("gone")
        for rate, interval_s in shared.limits.intervals_s.items():
            units = report.tokens_over if rate == "tokens" else 0
            shared.arrivals[rate] = corrected(shared.arrivals[rate], now, units, interval_s)
        others = [other for number, other in shared.others.items() if number != self.number]
        decision = decide(shared.limits, Standing(now, shared.arrivals, others), report.held, report.wishes)
        shared.arrivals = dict(decision.arrivals)
        left = report.wishes[decision.granted :]
        since = now - left[0].waited_s if left else None
        shared.others[self.number] = Other(report.held + decision.granted, since)
        return decision


@dataclass
class Seen:
    """What a simulated endpoint saw: when each call came, and the most that were in flight at once."""

    began: list[float] = field(default_factory=list)
    in_flight: int = 0
    most: int = 0
    refused: int = 0

    async def ask(
        self, throttle: Throttle, *, takes_s: float, tokens: int = 100, within_s: float = 1e6
    ) -> None:
        """Make one call."""
        try:
            async with throttle.passing(tokens, within_s=within_s) as passage:
                self.began.append(asyncio.get_running_loop().time())
                self.in_flight += 1
                self.most = max(self.most, self.in_flight)
                await asyncio.sleep(takes_s)
                self.in_flight -= 1
                passage.used(tokens)
        except Overloaded:
            self.refused += 1


def simulated(
    limits: Limits, work: Callable[[list[Throttle], SharedLimits], Awaitable[None]], processes: int = 1
) -> SharedLimits:
    """Run `work` with the gates of some processes."""
    shared = SharedLimits(limits)

    async def whole() -> None:
        async with AsyncExitStack() as stack:
            throttles = [Throttle(limits) for _ in range(processes)]
            for number, throttle in enumerate(throttles):
                await stack.enter_async_context(throttle.over(shared.of(number)))
            await work(throttles, shared)

    run(whole)
    return shared


@settings(max_examples=30)
@given(
    concurrency=st.integers(1, 8),
    processes=st.integers(1, 4),
    calls=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 3)), min_size=1, max_size=60),
)
def test_never_more_in_flight_than_allowed(
    concurrency: int, processes: int, calls: list[tuple[float, float]]
) -> None:
    """Whenever calls come in whichever process, and however long they take; and each gets its turn."""
    seen = Seen()

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        async def one(number: int, after_s: float, takes_s: float) -> None:
            await asyncio.sleep(after_s)
            await seen.ask(throttles[number % processes], takes_s=takes_s)

        await asyncio.gather(*(one(number, *call) for number, call in enumerate(calls)))

    shared = simulated(Limits(concurrency=concurrency), work, processes)
    assert (len(seen.began), seen.most <= concurrency) == (len(calls), True)
    assert [other.held for other in shared.others.values()] == [0] * processes


@settings(max_examples=30)
@given(
    per_minute=st.integers(1, 120),
    processes=st.integers(1, 3),
    gaps=st.lists(st.floats(0, 4), min_size=1, max_size=60),
)
def test_no_minute_sees_more_than_the_rate_and_its_burst(
    per_minute: int, processes: int, gaps: list[float]
) -> None:
    """Over all processes, for whatever pace calls come at."""
    seen = Seen()

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        tasks = []
        for number, gap in enumerate(gaps):
            await asyncio.sleep(gap)
            tasks.append(asyncio.create_task(seen.ask(throttles[number % processes], takes_s=0.5)))
        await asyncio.gather(*tasks)

    simulated(Limits(requests_per_minute=per_minute), work, processes)
    most = max(sum(at <= other < at + 60 for other in seen.began) for at in seen.began)
    assert len(seen.began) == len(gaps)
    # The turn is given within the transaction, and comes a little later.
    assert most <= (per_minute * 1.1 + 1) * 1.01


def test_busy_process_does_not_keep_another_from_its_turn() -> None:
    """Who frees a place does not take it again before the older wish of another process."""
    seen, waits = Seen(), list[float]()

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        loop = asyncio.get_running_loop()
        crowd = [asyncio.create_task(seen.ask(throttles[0], takes_s=1)) for _ in range(3)]
        await asyncio.sleep(0.5)
        began = loop.time()
        other = asyncio.create_task(seen.ask(throttles[1], takes_s=0))
        await asyncio.sleep(0.1)
        crowd += [asyncio.create_task(seen.ask(throttles[0], takes_s=1)) for _ in range(100)]
        await other
        waits.append(loop.time() - began)
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)

    simulated(Limits(concurrency=1), work, processes=2)
    assert waits[0] < 5


def test_call_without_a_place_in_time_is_refused() -> None:
    """Waiting ends a little before the time allowed does, with an error that may pass."""

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        holder = asyncio.create_task(Seen().ask(throttles[0], takes_s=60))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        with pytest.raises(Overloaded, match=r"within 19 s.*EVALUATOR_GLOBAL_CONCURRENCY=1") as caught:
            async with throttles[0].passing(1, within_s=20):
                raise AssertionError("it was let through")
        assert asyncio.get_running_loop().time() - began == pytest.approx(19)
        assert (caught.value.permanent, caught.value.retry_after_s) == (False, 5)
        await holder

    simulated(Limits(concurrency=1), work)


def test_call_whose_rate_leaves_no_time_is_refused_at_once() -> None:
    """What is known beforehand is not waited for, and the error tells how long it takes."""

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        await Seen().ask(throttles[0], takes_s=0)
        began = asyncio.get_running_loop().time()
        with pytest.raises(Overloaded, match="EVALUATOR_MODEL_REQUESTS_PER_MINUTE=1") as caught:
            async with throttles[0].passing(1, within_s=20):
                raise AssertionError("it was let through")
        assert asyncio.get_running_loop().time() - began < 0.1
        assert 58 <= caught.value.retry_after_s <= 60

    simulated(Limits(requests_per_minute=1), work)


def test_true_usage_corrects_what_was_reserved() -> None:
    """A call that took a hundredth of its reservation does not hold up the next one."""

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        async with throttles[0].passing(10_000, within_s=1e6) as passage:
            passage.used(100)
        await asyncio.sleep(6)
        began = asyncio.get_running_loop().time()
        await Seen().ask(throttles[0], takes_s=0)
        assert asyncio.get_running_loop().time() - began < 1

    simulated(Limits(tokens_per_minute=1_000), work)


def test_usage_that_was_not_told_stays_reserved() -> None:
    """An endpoint that counts no tokens has taken what it might have."""

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        async with throttles[0].passing(2_000, within_s=1e6) as passage:
            passage.used(0)
        began = asyncio.get_running_loop().time()
        await Seen().ask(throttles[0], takes_s=0)
        assert asyncio.get_running_loop().time() - began == pytest.approx(114, abs=1)

    simulated(Limits(tokens_per_minute=1_000), work)


def test_cancelled_calls_keep_no_place() -> None:
    """Whether they wait, are let through at that moment, or are in flight."""
    choose = random.Random(7)  # noqa: S311 - a test that repeats

    async def work(throttles: list[Throttle], _: SharedLimits) -> None:
        for _ in range(200):
            tasks = [asyncio.create_task(Seen().ask(throttles[0], takes_s=0.01)) for _ in range(6)]
            await asyncio.sleep(choose.uniform(0, 0.02))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(1)
        assert throttles[0].waiting == 0

    shared = simulated(Limits(concurrency=2, tokens_per_minute=10**9), work)
    assert shared.others[0] == Other(0)
    assert [report.held for report in shared.reports[-2:]] == [0, 0]


def test_idle_process_asks_nothing() -> None:
    """Without calls there is no report but the last; a call in flight renews what it holds."""

    async def work(throttles: list[Throttle], shared: SharedLimits) -> None:
        await asyncio.sleep(1000)
        assert len(shared.reports) == 1
        await Seen().ask(throttles[0], takes_s=100)
        assert len(shared.reports) == pytest.approx(22, abs=2)
        await asyncio.sleep(1000)
        assert len(shared.reports) == pytest.approx(23, abs=2)

    simulated(Limits(concurrency=2), work)


def test_database_that_comes_back_goes_on_giving_turns() -> None:
    """While it is gone calls wait; what was to be told is told afterwards."""
    seen = Seen()

    async def work(throttles: list[Throttle], shared: SharedLimits) -> None:
        shared.broken = True
        waiting = asyncio.create_task(seen.ask(throttles[0], takes_s=0))
        await asyncio.sleep(30)
        assert seen.began == []
        shared.broken = False
        await waiting

    simulated(Limits(concurrency=2), work)
    assert len(seen.began) == 1


def test_command_without_a_database_is_not_limited() -> None:
    """Before and after the block in which turns are given, every call goes at once and is not counted."""
    seen, throttle = Seen(), Throttle(Limits(concurrency=1))
    shared = SharedLimits(Limits(concurrency=1))

    async def work() -> None:
        await asyncio.gather(*(seen.ask(throttle, takes_s=1) for _ in range(3)))
        async with throttle.over(shared.of(0)):
            await seen.ask(throttle, takes_s=1)
        await asyncio.gather(*(seen.ask(throttle, takes_s=1) for _ in range(3)))

    run(work)
    assert (seen.most, len(seen.began), throttle.waiting) == (3, 7, 0)
    assert shared.others[0] == Other(0)
