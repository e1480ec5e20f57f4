"""Limits over all processes, kept in a real database of either kind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from evaluator.errors import StorageUnavailable
from evaluator.storage.allowance import LEASE_S, Allowance, Report, open_allowance
from evaluator.storage.limits import Limits, Wish
from tests.fakes.stores import Place


@asynccontextmanager
async def processes(place: Place, limits: Limits, count: int = 2) -> AsyncIterator[list[Allowance]]:
    """Open the limits as `count` processes do; each has connections of its own."""
    async with place.open(), AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                open_allowance(place.url, place.folder, limits, f"process-{number}", clock=place.clock)
            )
            for number in range(count)
        ]


async def granted(process: Allowance, held: int = 0, wishes: int = 0, waited_s: float = 0.0) -> int:
    """Report how a process stands and return how many more calls it may make."""
    return (await process.report(Report(held, [Wish(100, waited_s)] * wishes))).granted


@pytest.mark.anyio
async def test_places_are_shared_by_processes(place: Place) -> None:
    """What one holds the other cannot have, until it is given back."""
    async with processes(place, Limits(concurrency=3)) as (one, other):
        assert await granted(one, wishes=2) == 2
        assert await granted(other, wishes=2) == 1
        assert await granted(one, held=0) == 0
        assert await granted(other, held=1, wishes=5) == 2


@pytest.mark.anyio
async def test_places_of_a_dead_process_are_free_after_a_while(place: Place) -> None:
    """A process that reports keeps its places; one that does not loses them."""
    async with processes(place, Limits(concurrency=3), count=3) as (dead, alive, third):
        await granted(dead, wishes=2)
        await granted(alive, wishes=1)
        place.clock.advance(LEASE_S - 1)
        await granted(alive, held=1)
        assert await granted(third, wishes=3) == 0
        place.clock.advance(1)

        assert await granted(third, wishes=3) == 2


@pytest.mark.anyio
async def test_older_wish_of_another_process_goes_first(place: Place) -> None:
    """Who has just ended a call does not take the place again while another waits for it."""
    async with processes(place, Limits(concurrency=1)) as (one, other):
        assert await granted(one, wishes=1) == 1
        assert await granted(other, wishes=1) == 0
        place.clock.advance(1)
        assert await granted(one, held=0, wishes=1) == 0

        assert await granted(other, wishes=1, waited_s=1) == 1


@pytest.mark.anyio
async def test_rates_are_shared_by_processes(place: Place) -> None:
    """Sixty a minute: six at once over both, then one a second."""
    async with processes(place, Limits(requests_per_minute=60)) as (one, other):
        assert await granted(one, wishes=4) == 4
        assert await granted(other, wishes=4) == 2
        place.clock.advance(1)

        assert [await granted(one, wishes=2), await granted(other, wishes=2)] == [1, 0]


@pytest.mark.anyio
async def test_tokens_given_back_are_for_all(place: Place) -> None:
    """A call that took less than was reserved lets the other process go on sooner."""
    async with processes(place, Limits(tokens_per_minute=1_000)) as (one, other):
        await one.report(Report(0, [Wish(5_000)]))
        assert await granted(other, wishes=1) == 0
        await one.report(Report(0, tokens_over=-4_950))

        assert await granted(other, wishes=1) == 1


@pytest.mark.anyio
async def test_database_has_the_time_where_there_are_several_machines(place: Place) -> None:
    """Without a clock of a test's own the limits hold all the same."""
    async with place.open(), AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                open_allowance(place.url, place.folder, Limits(1, 1), f"process-{number}")
            )
            for number in range(2)
        ]
        assert await granted(one, wishes=2) == 1
        decision = await other.report(Report(0, [Wish(1)]))
        assert (decision.granted, decision.by_rate) == (0, False)
        await granted(one)

        assert 55 < (await other.report(Report(0, [Wish(1)]))).wait_s <= 60


@pytest.mark.anyio
async def test_processes_that_ask_at_the_same_moment_never_get_too_much(place: Place) -> None:
    """Four processes with ten wishes each share five places."""
    async with processes(place, Limits(concurrency=5), count=4) as four:
        given = await asyncio.gather(*(granted(each, wishes=10) for each in four), return_exceptions=True)

    assert sum(each for each in given if isinstance(each, int)) == 5
    assert all(isinstance(each, int | StorageUnavailable) for each in given)
