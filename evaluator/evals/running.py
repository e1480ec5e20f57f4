"""Judging cases, several at a time and each as often as asked, so that what is done outlasts an interruption.

    gathering = Gathering(cases, repeats=3)
    whole = to_the_end(lambda: run_cases(gathering, contender, places, done=bar.advance))
    gathering.rows                     # what there is, in the cases' order, also after Ctrl-C

May import `evals.dataset`, `evals.runs` and `evals.concurrency`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Protocol

from evaluator.evals.concurrency import Places
from evaluator.evals.dataset import Case
from evaluator.evals.runs import Row


class Judge(Protocol):
    """Judges a case."""

    async def judge(self, case: Case, repeat: int) -> Row:
        """Return what became of it; a case that fails or crashes is a row with its error."""
        ...


class Gathering:
    """The rows of one contestant, gathered in whatever order they come."""

    def __init__(self, cases: Sequence[Case], *, repeats: int = 1, kept: Iterable[Row] = ()) -> None:
        """`kept`: rows of an earlier run, which are not judged again; those of other cases are left out."""
        self.cases = cases
        self.repeats = repeats
        self._asked = {(case.name, repeat) for case in cases for repeat in range(repeats)}
        self._rows: dict[tuple[str, int], Row] = {}
        for row in kept:
            self.add(row)

    def add(self, row: Row) -> None:
        """Take a row; one that was not asked for is left out."""
        if (row.case, row.repeat) in self._asked:
            self._rows[row.case, row.repeat] = row

    @property
    def missing(self) -> list[tuple[Case, int]]:
        """What is still to be judged: every case once before any is repeated."""
        slots = ((case, repeat) for repeat in range(self.repeats) for case in self.cases)
        return [(case, repeat) for case, repeat in slots if (case.name, repeat) not in self._rows]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that there are, in the cases' order and by repeat."""
        slots = ((case.name, repeat) for case in self.cases for repeat in range(self.repeats))
        return tuple(self._rows[slot] for slot in slots if slot in self._rows)

    @property
    def complete(self) -> bool:
        """Whether every row is there."""
        return len(self._rows) == len(self._asked)


async def run_cases(gathering: Gathering, judge: Judge, places: Places, done: Callable[[Row], None]) -> None:
    """Judge what is missing, with as many cases in hand as `places` lets; `done` is called after each.

    It is for the judge to ask the model in one of the places. A cancellation ends what is under way; the rows
    that are there stay. An error of `judge` or `done` ends the run and is raised as it is.
    """

    async def judge_one(case: Case, repeat: int) -> None:
        try:
            row = await judge.judge(case, repeat)
        finally:
            places.end_case()
        gathering.add(row)
        done(row)

    try:
        async with asyncio.TaskGroup() as group:
            for case, repeat in gathering.missing:
                await places.begin_case()
                group.create_task(judge_one(case, repeat))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def to_the_end(work: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Run `work` on a loop of its own; return False where Ctrl-C ended it, after its clean-up."""
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        return False
    return True
