"""Finding jobs, page by page, and counting them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import InvalidRequest
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Filter, Page, Tally, canonical, readings
from tests.fakes.stores import Place, finished, new_job, tried

T0 = 1_800_000_000.0


def ids(page: Page) -> list[str]:
    """Return the ids of a page, in order."""
    return [job.id for job in page.jobs]


async def fill(store: JobStore, place: Place) -> None:
    """Accept one job of each kind, ten seconds apart."""
    await store.accept(new_job("waiting", candidate_id="1", step_id=1))
    place.clock.advance(10)
    await store.accept(new_job("running", candidate_id=1, step_id=1, owner="web-1"))
    place.clock.advance(10)
    await finished(store, "owed", candidate_id=1, step_id=2, delivery="owed")
    place.clock.advance(10)
    await finished(store, "dead", candidate_id="2", step_id=2, delivery="owed")
    await store.give_up("dead", tried("dead"), note="rejected")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), ["dead", "owed", "running", "waiting"]),
        (Filter(states=("waiting", "running")), ["running", "waiting"]),
        (Filter(deliveries=("dead",)), ["dead"]),
        (Filter(candidates=(1,)), ["owed", "running"]),
        (Filter(candidates=("1", 1)), ["owed", "running", "waiting"]),
        (Filter(steps=(2,), deliveries=("owed",)), ["owed"]),
        (Filter(older_than=T0 + 20), ["running", "waiting"]),
        (Filter(newer_than=T0 + 20), ["dead", "owed"]),
        (Filter(states=("cancelled",)), []),
    ],
)
async def test_filter_narrows_by_all_that_it_names(place: Place, wanted: Filter, found: list[str]) -> None:
    """What is named must hold together, and the newest comes first."""
    async with place.open() as store:
        await fill(store, place)
        page = await store.list(wanted)

    assert (ids(page), page.cursor) == (found, None)


@pytest.mark.anyio
async def test_pages_follow_each_other_without_gaps(place: Place) -> None:
    """Going from page to page shows each job once, even where many came at the same moment."""
    async with place.open() as store:
        for name in "abcde":
            await store.accept(new_job(name))
        first = await store.list(limit=2)
        second = await store.list(limit=2, cursor=first.cursor)
        third = await store.list(limit=2, cursor=second.cursor)

    assert ids(first) + ids(second) + ids(third) == ["e", "d", "c", "b", "a"]
    assert third.cursor is None


@pytest.mark.anyio
async def test_cursor_of_another_kind_is_refused(sqlite_place: Place) -> None:
    """A cursor that no page gave is the caller's mistake."""
    async with sqlite_place.open() as store:
        with pytest.raises(InvalidRequest, match="/cursor: should be one that an earlier page gave"):
            await store.list(cursor="yesterday")


@pytest.mark.anyio
async def test_counts_tell_how_many_and_how_old(place: Place) -> None:
    """Each state has its number and its oldest, and so has each delivery that is not made."""
    async with place.open() as store:
        await fill(store, place)
        counts = await store.counts()

    assert counts.states == {
        "waiting": Tally(1, T0),
        "running": Tally(1, T0 + 10),
        "succeeded": Tally(2, T0 + 20),
    }
    assert counts.deliveries == {"owed": Tally(1, T0 + 20), "dead": Tally(1, T0 + 30)}


@given(st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_id_can_be_found_by_what_a_person_writes(identifier: str | int | float) -> None:
    """However an id came, as text or number, the text that it is written as finds it."""
    written = identifier if isinstance(identifier, str) else canonical(identifier)

    assert canonical(identifier) in map(canonical, readings(written))


@pytest.mark.parametrize("text", ["", "a", "1 ", "01", "true", "null", "NaN", "[1]", '"1"', "9" * 5_000])
def test_text_that_spells_no_number_is_text_alone(text: str) -> None:
    """Only what JSON would write as a number is taken for one too."""
    assert readings(text) == (text,)


def test_ids_that_differ_in_kind_are_two() -> None:
    """The number 1 and the text "1" are stored apart."""
    assert len({canonical(1), canonical("1"), canonical(1.5)}) == 3
