"""Judging cases: how many at a time, in which order they are kept, and what an interruption leaves."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import FixtureError
from evaluator.evals.concurrency import Places
from evaluator.evals.running import Gathering, run_cases, to_the_end
from evaluator.evals.runs import Row
from tests.fakes.evaluating import FakeJudge, case, row

NAMES = [str(number) for number in range(9)]
CASES = [case(name) for name in NAMES]


def judged(gathering: Gathering, judge: FakeJudge, places: Places | None = None) -> list[Row]:
    """Judge what is missing and return the rows in the order in which they were done."""
    done: list[Row] = []
    asyncio.run(run_cases(gathering, judge, places or Places.fixed(3), done.append))
    return done


def test_run_cases_keeps_to_the_places() -> None:
    """As many are judged at a time as there are places, and no more."""
    places = Places.fixed(3)
    judge = FakeJudge(places=places)

    judged(Gathering(CASES, repeats=2), judge, places)

    assert (judge.most, places.taken) == (3, 0)


def test_run_cases_has_few_more_cases_in_hand() -> None:
    """As many again as places are made ready, so that the model never waits for a prompt."""
    judge = FakeJudge()

    judged(Gathering(CASES, repeats=2), judge, Places.fixed(3))

    assert judge.most == 6


def test_run_cases_judges_every_case_before_repeating_any() -> None:
    """An interrupted run then has something of each case."""
    judge = FakeJudge()

    judged(Gathering(CASES[:2], repeats=2), judge)

    assert judge.asked == [("0", 0), ("1", 0), ("0", 1), ("1", 1)]


def test_run_cases_with_a_failing_case_goes_on() -> None:
    """A case that fails is a row with its reason, and not the end."""
    gathering = Gathering(CASES[:2])

    done = judged(gathering, FakeJudge(failing={"0"}))

    assert [(each.case, each.rating, each.error) for each in gathering.rows] == [
        ("0", None, "timed out"),
        ("1", 50.0, None),
    ]
    assert done == list(gathering.rows)
    assert gathering.complete


def test_run_cases_does_not_judge_again_what_is_kept() -> None:
    """Only what is missing is judged, and a row that was not asked for is left out."""
    judge = FakeJudge()
    gathering = Gathering(CASES[:2], repeats=2, kept=[row("1", 1, rating=7), row("gone"), row("0", 5)])

    done = judged(gathering, judge)

    assert judge.asked == [("0", 0), ("1", 0), ("0", 1)]
    assert len(done) == 3
    assert [(each.case, each.repeat, each.rating) for each in gathering.rows][-1] == ("1", 1, 7.0)


@given(st.permutations([(name, repeat) for name in "abc" for repeat in range(3)]))
def test_rows_come_in_the_cases_order_and_by_repeat(order: list[tuple[str, int]]) -> None:
    """In whatever order they are done."""
    gathering = Gathering([case(name) for name in "cab"], repeats=3)

    for name, repeat in order:
        gathering.add(row(name, repeat))

    wanted = [(name, repeat) for name in "cab" for repeat in range(3)]
    assert [(each.case, each.repeat) for each in gathering.rows] == wanted


def test_run_cases_raises_what_its_listener_raises() -> None:
    """An error of writing the rows down ends the run as what it is."""

    def full(_: Row) -> None:
        raise FixtureError("disk full")

    with pytest.raises(FixtureError, match="disk full"):
        asyncio.run(run_cases(Gathering(CASES), FakeJudge(), Places.fixed(3), full))


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Have SIGINT mean what it does in a terminal, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_ctrl_c_keeps_what_is_done() -> None:
    """The rows that are there stay, what is under way is cancelled, and clean-up is done."""
    gathering, closed = Gathering(CASES[:3]), []

    def done(each: Row) -> None:
        if each.case == "2":
            os.kill(os.getpid(), signal.SIGINT)

    async def work() -> None:
        try:
            await run_cases(gathering, FakeJudge(never={"1"}), Places.fixed(3), done)
        finally:
            closed.append(True)

    assert not to_the_end(work)
    assert [each.case for each in gathering.rows] == ["0", "2"]
    assert (gathering.complete, closed) == (False, [True])


def test_to_the_end_says_that_nothing_ended_it() -> None:
    """Work that ends by itself was not interrupted."""
    assert to_the_end(lambda: asyncio.sleep(0))
