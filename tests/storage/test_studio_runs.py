"""Runs of a draft and their rows, on both databases."""

import asyncio

import pytest

from evaluator.storage.jobs import JobStore
from evaluator.storage.studio_runs import CLOCKS_S, StudioRun, StudioRunRow
from tests.fakes.stores import Place, finished
from tests.storage.test_erasing import rows_in

pytestmark = pytest.mark.anyio


async def begun(store: JobStore, run_id: str = "run-1", *, pack: str = "default") -> str:
    """Begin a run of two candidates."""
    await store.studio_runs.begin(run_id, pack=pack, by="ann", total=2, public='{"draft": "abc"}')
    return run_id


async def test_run_is_kept_as_it_began(place: Place) -> None:
    """It is running, and its beat is that of its beginning."""
    async with place.open() as store:
        await begun(store)
        at = place.clock()
        run = await store.studio_runs.get("run-1")

    assert run == StudioRun("run-1", "default", "ann", at, "running", False, at, 2, '{"draft": "abc"}')


async def test_rows_are_numbered_as_they_come_and_sealed(place: Place) -> None:
    """A reader that has seen some gets the others alone."""
    async with place.open() as store:
        await begun(store)
        numbers = [await store.studio_runs.add("run-1", None, each) for each in (b"Ada", b"Bob")]
        late = await store.studio_runs.rows("run-1", behind=1)
        one = await store.studio_runs.row("run-1", 1)
    lying = [bytes(row[-1]) for row in rows_in(place, "studio_run_rows")]

    assert (numbers, late, one) == ([1, 2], (StudioRunRow(2, b"Bob"),), StudioRunRow(1, b"Ada"))
    assert all(each.startswith(b"gAAA") for each in lying)


async def test_cancel_is_heard_at_the_next_beat(place: Place) -> None:
    """Whoever asks, in whatever process: the one that runs it hears it, and ends it."""
    async with place.open() as store, place.open() as other:
        await begun(store)
        before = await store.studio_runs.beat("run-1")
        asked = await other.studio_runs.cancel("run-1")
        after = await store.studio_runs.beat("run-1")
        ended = await store.studio_runs.end("run-1", "cancelled", "{}")
        again = await other.studio_runs.cancel("run-1")

    assert (before, asked, after, ended, again) == (True, True, False, True, False)


async def test_run_that_falls_silent_is_buried(place: Place) -> None:
    """Its process died; one that still beats is left, and nothing is added to the dead one."""
    async with place.open() as store:
        await begun(store)
        await begun(store, "run-2")
        place.clock.advance(40)
        await store.studio_runs.beat("run-2")
        buried = await store.studio_runs.bury(silent_s=30)
        states = [run.state for run in await store.studio_runs.recent("default", limit=9)]
        added = await store.studio_runs.add("run-1", None, b"late")

    assert (buried, sorted(states), added) == (1, ["failed", "running"], None)


async def test_first_end_of_a_run_holds(place: Place) -> None:
    """What comes after it changes nothing."""
    async with place.open() as store:
        await begun(store)
        first = await store.studio_runs.end("run-1", "done", '{"n": 1}')
        second = await store.studio_runs.end("run-1", "failed", "{}")
        run = await store.studio_runs.get("run-1")

    assert run is not None
    assert (first, second, run.state, run.public) == (True, False, "done", '{"n": 1}')


async def test_recent_runs_are_those_of_one_pack_newest_first(place: Place) -> None:
    """As many as are asked for."""
    async with place.open() as store:
        for number, pack in enumerate(["default", "other", "default", "default"]):
            await begun(store, f"run-{number}", pack=pack)
            place.clock.advance(1)
        found = await store.studio_runs.recent("default", limit=2)

    assert [run.id for run in found] == ["run-3", "run-2"]


async def test_erased_candidate_leaves_every_run_and_comes_into_none(place: Place) -> None:
    """Also where the run goes on: what still comes of them is dropped. The others stay."""
    async with place.open() as store:
        await finished(store)
        await begun(store)
        await store.studio_runs.add("run-1", "candidate-1", b"hers")
        await store.studio_runs.add("run-1", "candidate-2", b"his")
        place.clock.advance(1)
        erased = await store.erase_candidate("candidate-1")
        late = await store.studio_runs.add("run-1", "candidate-1", b"hers again")
        left = [row.content for row in await store.studio_runs.rows("run-1")]

    assert (erased.run_rows, late, left) == (1, None, [b"his"])


async def test_row_and_erasure_at_once_leave_nothing(place: Place) -> None:
    """Whichever comes first."""
    async with place.open() as store, place.open() as other:
        await finished(store)
        await begun(store)
        await asyncio.gather(
            *(store.studio_runs.add("run-1", "candidate-1", b"hers") for _ in range(5)),
            other.erase_candidate("candidate-1"),
            *(store.studio_runs.add("run-1", "candidate-1", b"hers") for _ in range(5)),
        )
        left = await store.studio_runs.rows("run-1")

    assert left == ()


@pytest.mark.parametrize("behind_s", [CLOCKS_S - 1, -1])
async def test_erasure_by_another_clock_holds_too(place: Place, behind_s: float) -> None:
    """The process that erased may be behind the one that runs, or ahead of it."""
    async with place.open() as store:
        await begun(store)
        place.clock.advance(-behind_s)
        await store.erase_candidate("candidate-1")
        number = await store.studio_runs.add("run-1", "candidate-1", b"hers")

    assert number is None


async def test_candidate_who_comes_back_is_taken_into_a_later_run(place: Place) -> None:
    """An erasure holds for what began before it, and for as long as clocks may differ."""
    async with place.open() as store:
        await store.erase_candidate("candidate-1")
        place.clock.advance(CLOCKS_S + 1)
        await begun(store)
        number = await store.studio_runs.add("run-1", "candidate-1", b"hers")

    assert number == 1


async def test_sweep_takes_old_runs_with_their_rows(place: Place) -> None:
    """One that still beats stays, however long ago it began."""
    async with place.open() as store:
        for run_id in ("run-1", "run-2"):
            await begun(store, run_id)
            await store.studio_runs.add(run_id, None, b"row")
        await store.studio_runs.end("run-1", "done", "{}")
        place.clock.advance(100)
        await store.studio_runs.beat("run-2")
        swept = await store.studio_runs.sweep(older_than_s=50, limit=10)
        left = await store.studio_runs.get("run-1"), await store.studio_runs.rows("run-1")

    assert (swept, left, len(rows_in(place, "studio_run_rows"))) == (1, (None, ()), 1)
