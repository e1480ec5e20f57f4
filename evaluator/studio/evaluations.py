"""Past evaluations: a list that can be narrowed, one in full, and what a person can do with one.

May import `jobs`, `storage`, `audit` and `studio` siblings.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.errors import InvalidRequest, Problem
from evaluator.jobs.operations import Corrected, Erased, Operations
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Filter, Job, canonical, readings
from evaluator.storage.transitions import OPEN
from evaluator.studio.asked import Asked
from evaluator.studio.evaluation import Evaluation, evaluation_of
from evaluator.studio.evaluation_words import DELIVERIES, Told, cost, lasted, short_flag, standing

PAGE = 25
"""Evaluations on a page; each result is opened for it."""

MOST_WHY = 4_000
"""Characters of a reason."""

_MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class PackUsed:
    """By which pack it was judged: its hash, and the number of the published version, None where none is."""

    name: str
    hash: str | None
    number: int | None

    @property
    def words(self) -> str:
        """The pack in a few words."""
        if self.number is not None:
            return f"{self.name}, version {self.number}"
        return self.name if self.hash is None else f"{self.name}, as in files"


@dataclass(frozen=True, slots=True)
class Line:
    """An evaluation in the list. `corrected`: whether a person did; `own` is the rating that they gave."""

    job: Job
    standing: Told
    delivery: Told
    rating: float | None
    pack: PackUsed | None
    took: str
    cost: str
    flags: tuple[str, ...]
    corrected: bool
    own: float | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, and where the next one begins; `any`: whether there are evaluations at all."""

    lines: tuple[Line, ...]
    cursor: str | None
    any: bool


@dataclass(frozen=True, slots=True)
class Erasing:
    """What would be erased of a candidate: evaluations (`more`: and further ones), and kept cases.

    `confirmation` is what is to be typed for it: the id, as far as it can be seen.
    """

    candidate: str
    confirmation: str
    jobs: int
    more: bool
    cases: int


class Evaluations:
    """The evaluations of one database.

    All raise StorageUnavailable; a change raises JobUnknown, or JobUnsuited, which says what helps.
    """

    def __init__(self, store: JobStore, operations: Operations, packs: Mapping[str, Any]) -> None:
        """`operations` are over the same store; `packs` are those that judge, by name."""
        self._store = store
        self._operations = operations
        self._packs = packs

    @property
    def pack_names(self) -> Sequence[str]:
        """The names of the packs that judge."""
        return sorted(self._packs)

    async def page(self, asked: Asked, cursor: str | None = None) -> Listed:
        """Return the newest that are asked for, from `cursor` on; raises InvalidRequest where it is wrong."""
        found = await self._operations.find(asked.filter, limit=PAGE, cursor=cursor)
        ids = [job.id for job in found.jobs]
        results, corrections = await asyncio.gather(
            self._store.results(ids), self._store.records.corrections(ids)
        )
        contexts = {job_id: json.loads(result) for job_id, result in results.items()}
        packs = await self._packs_of(found.jobs, contexts)
        lines = tuple(_line(job, contexts.get(job.id, {}), packs[job.id], corrections) for job in found.jobs)
        there = bool(lines) or bool((await self._operations.find(Filter(), limit=1)).jobs)
        return Listed(lines, found.cursor, there)

    async def one(self, job_id: str) -> Evaluation:
        """Return one in full. Raises JobUnknown where nothing of it is left, and StorageKeyWrong."""
        return await evaluation_of(job_id, self._store, self._operations)

    async def waits(self, job_id: str) -> bool:
        """Tell whether one has no result yet and is on its way to one."""
        job = await self._store.get(job_id)
        return job is not None and job.state in OPEN

    async def line(self, evaluation: Evaluation) -> Line | None:
        """Return what the list says of one; None where the job is not kept any more."""
        if evaluation.job is None:
            return None
        result = {"rating": evaluation.rating, "context": evaluation.context}
        packs = await self._packs_of([evaluation.job], {evaluation.id: result})
        corrections = await self._store.records.corrections([evaluation.id])
        return _line(evaluation.job, result, packs[evaluation.id], corrections)

    async def retry(self, job_id: str) -> None:
        """Have a failed or cancelled one rated anew."""
        await self._operations.retry(job_id)

    async def resend(self, job_id: str) -> None:
        """Deliver a result again whose delivery was given up."""
        await self._operations.replay(job_id)

    async def correct(self, job_id: str, *, by: str, rating: float, why: str) -> Corrected:
        """Record a person's own rating, 0 to 100, and why; the request becomes a case with it while held.

        Raises InvalidRequest where the rating is none or the reason is missing or too long.
        """
        problems = []
        if not 0 <= rating <= 100:
            problems.append(Problem("/rating", "should be a number from 0 to 100"))
        if not why.strip():
            problems.append(Problem("/why", "should say why, in a sentence or two"))
        if len(why) > MOST_WHY:
            problems.append(Problem("/why", f"should have {MOST_WHY} characters at most"))
        if problems:
            raise InvalidRequest(problems)
        return await self._operations.correct(job_id, by=by, note=why.strip(), rating=rating)

    async def erasing(self, job_id: str) -> Erasing:
        """Return what erasing the candidate of an evaluation would remove."""
        job = (await self._operations.show(job_id)).job
        candidate = str(job.candidate_id)
        ids = readings(candidate)
        found = await self._operations.find(Filter(candidates=ids), limit=_MOST_COUNTED)
        cases = await self._store.studio_cases.count_of([canonical(each) for each in ids])
        confirmation = _typed(candidate) or job_id
        return Erasing(candidate, confirmation, len(found.jobs), found.cursor is not None, cases)

    async def erase(self, job_id: str, typed: str) -> Erased | None:
        """Erase the candidate of an evaluation; None where `typed` is not their id, and nothing is erased."""
        job = (await self._operations.show(job_id)).job
        candidate = str(job.candidate_id)
        confirmed = _typed(typed) == (_typed(candidate) or job_id)
        return await self._operations.erase(candidate) if confirmed else None

    async def _packs_of(
        self, jobs: Sequence[Job], results: Mapping[str, Mapping[str, Any]]
    ) -> Mapping[str, PackUsed | None]:
        """Return the pack of each job; each version is looked up once."""
        stamps = {job.id: _stamp(job, results.get(job.id, {})) for job in jobs}
        numbers: dict[tuple[str, str | None], int | None] = {}
        for name, digest in {stamp for stamp in stamps.values() if stamp and stamp[1]}:
            version = await self._store.pack_versions.of_hash(name, digest or "")
            numbers[name, digest] = None if version is None else version.number
        return {
            job_id: None if stamp is None else PackUsed(*stamp, numbers.get(stamp))
            for job_id, stamp in stamps.items()
        }


def _typed(text: str) -> str:
    """Return a text as a person types it from what they see: without what has no shape, on one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _stamp(job: Job, result: Mapping[str, Any]) -> tuple[str, str | None] | None:
    pack = (result.get("context") or {}).get("pack")
    if pack:
        return pack["name"], pack["hash"]
    return None if job.pack is None else (job.pack, None)


def _line(
    job: Job, result: Mapping[str, Any], pack: PackUsed | None, corrections: Mapping[str, float | None]
) -> Line:
    context = result.get("context") or {}
    took = None if job.finished_at is None else job.finished_at - job.created_at
    return Line(
        job=job,
        standing=standing(job),
        delivery=DELIVERIES[job.delivery],
        rating=result.get("rating"),
        pack=pack,
        took=lasted(took),
        cost=cost(context) if context else "–",
        flags=tuple(dict.fromkeys(map(short_flag, context.get("flags", ())))),
        corrected=job.id in corrections,
        own=corrections.get(job.id),
    )
