"""Carrying out a run: one process has it, renews its beat, and hears at each whether somebody stopped it.

May import `evals`, `storage`, `prompts`, `errors` and `studio` siblings.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from evaluator.contract.request import AssessmentRequest
from evaluator.errors import StorageError, StorageUnavailable
from evaluator.evals.running import Gathering, Judge, run_cases
from evaluator.evals.runs import Row, Run
from evaluator.prompts.packs import Pack
from evaluator.storage.studio_runs import RunState, StudioRuns
from evaluator.studio.try_cases import TryCase
from evaluator.studio.try_judging import Asked, Judges, Pairing
from evaluator.studio.try_rendered import Renders
from evaluator.studio.try_rows import DRAFT, PUBLISHED, Told, Tried, opened, packed, runs_of, took
from evaluator.studio.try_summary import EvaluationSummary, compared, sentence_alone, sentence_of

BEAT_S = 2.0
"""Seconds between two beats, after which a wish to stop is heard at the latest."""

SILENT_S = 30.0
"""Seconds without a beat after which a run's process is taken for dead; clocks may differ by less."""

STOPPED = "the service was stopped before it was done"
UNWRITABLE = "its results could not be kept; the service's log tells more"
BROKEN = "something went wrong; the service's log tells more"

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as it is to be carried out. `earlier`: results that need not be asked for again, by their key."""

    id: str
    by: str
    at: float
    cases: Sequence[TryCase]
    draft: Pack | None
    published: Pack | None
    asked: Asked
    told: Told
    earlier: Mapping[str, Row]


class Carrier:
    """Carries out the runs of one process."""

    def __init__(
        self,
        runs: StudioRuns,
        judges: Judges,
        renders: Renders,
        *,
        stirred: Callable[[], None],
        judged: Callable[[str], None],
        beat_s: float = BEAT_S,
        silent_s: float = SILENT_S,
    ) -> None:
        """`stirred` is called when there is something new to see, `judged` once nobody is asked any more."""
        self._runs = runs
        self._judges = judges
        self._renders = renders
        self._stirred = stirred
        self._done_judging = judged
        self._beat_s = beat_s
        self._silent_s = silent_s

    async def carry_out(self, planned: Planned) -> None:
        """Judge every candidate, and note how it ended; a cancellation notes that the service stopped."""
        state: RunState = "failed"
        why: str | None = BROKEN
        try:
            stopped = await self._judged(planned)
            state, why = ("cancelled" if stopped else "done"), None
        except asyncio.CancelledError:
            why = STOPPED
            raise
        except StorageError as error:
            _log.error("run of a draft failed", run=planned.id, exc_info=error)
            why = UNWRITABLE
        finally:
            self._done_judging(planned.id)
            with contextlib.suppress(StorageError):  # it falls silent, which tells the same
                await self._end(planned, state, why)
            self._stirred()

    async def _judged(self, planned: Planned) -> bool:
        """Return whether somebody stopped it."""
        gathering = Gathering([replace(each.case, folder=None) for each in planned.cases])
        pairing = self._pairing(planned)
        places = self._judges.places
        work = asyncio.create_task(run_cases(gathering, pairing, places, lambda row: self._stirred()))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=self._beat_s)
                if not work.done() and not await self._patiently(lambda: self._runs.beat(planned.id)):
                    return True
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        return False

    async def _patiently(self, operation: Callable[[], Awaitable[_T]]) -> _T:
        """Do it once more where the database is away for now, until others take this process for dead."""
        give_up_at = asyncio.get_running_loop().time() + self._silent_s / 2
        while True:
            try:
                return await operation()
            except StorageUnavailable:
                if asyncio.get_running_loop().time() > give_up_at:
                    raise
                await asyncio.sleep(self._beat_s)

    def _pairing(self, planned: Planned) -> Judge:
        draft, published = planned.draft, planned.published
        make = self._judges.contender

        async def renders(request: AssessmentRequest) -> int:
            if draft is None:
                return 0
            return await self._renders.tokens(draft.name, draft.files, request)

        async def keep(chosen: TryCase, tried: Tried) -> None:
            content = packed(tried).encode()
            await self._patiently(lambda: self._runs.add(planned.id, chosen.candidate, content))

        return Pairing(
            {each.id: each for each in planned.cases},
            draft=None if draft is None else make(draft, DRAFT, planned.asked),
            published=None if published is None else make(published, PUBLISHED, planned.asked),
            renders=renders,
            key=self._judges.key,
            earlier=planned.earlier,
            keep=keep,
        )

    async def _end(self, planned: Planned, state: RunState, why: str | None) -> None:
        kept = await self._runs.rows(planned.id)
        told = await asyncio.to_thread(_ended, planned, [row.content for row in kept], state, why)
        await self._runs.end(planned.id, state, packed(told))


def _ended(planned: Planned, kept: Sequence[bytes], state: RunState, why: str | None) -> Told:
    """Return what is told of a run that has ended; of many candidates it takes a while."""
    rows = [opened(Tried, content) for content in kept]
    summary = summary_of(planned, rows) if state == "done" else None
    return planned.told.model_copy(update={"took": took(rows), "summary": summary, "why": why})


def summary_of(planned: Planned, rows: Sequence[Tried]) -> EvaluationSummary | None:
    """Return what a run came to; None where all its candidates were erased."""
    told = planned.told
    published, draft = runs_of(rows, told, at=planned.at)
    alone = draft or published
    if not rows or alone is None:
        return None
    common = {
        "run": planned.id,
        "at": alone.at,
        "by": planned.by,
        "hash": alone.contestant.pack_hash or "",
        "candidates": len(rows),
        "failed": sum(any(row.rating is None for _, row in each.sides) for each in rows),
        "whole": told.whole,
        "cohort": told.cohort,
        "model": told.model,
        "offline": told.offline,
    }
    if published is None or draft is None:
        return EvaluationSummary(sentence=sentence_alone(alone), outcome="not compared", **common)
    return _beside(published, draft, common)


def _beside(published: Run, draft: Run, common: Mapping[str, object]) -> EvaluationSummary:
    found = compared(published, draft)
    closer, farther, same = found.closer_farther_same
    return EvaluationSummary.model_validate(
        {
            **common,
            "sentence": sentence_of(found),
            "outcome": found.outcome if found.labelled else "not compared",
            "closer": closer,
            "farther": farther,
            "same": same,
            "moved": sum(bool(change.size) for change in found.changes),
            "crossed": len(found.cut_flips),
            "cut": found.cut,
            "labels": found.labels,
        }
    )
