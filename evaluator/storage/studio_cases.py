"""Past candidates that are kept for comparing prompts, each with its own request, in named cohorts.

A case is made of a job and outlives it: it stays until it is in no cohort any more, or its candidate is
erased. What is said of a candidate is sealed. May import `contract`, `errors` and `storage` siblings.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Double, Row, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from evaluator.contract.request import Identifier
from evaluator.storage.rows import storable
from evaluator.storage.schema import cohort_cases, cohorts, jobs, payloads, studio_cases
from evaluator.storage.sealing import Sealer
from evaluator.storage.writer import Reader, Writer

T = TypeVar("T")

_c, _m = studio_cases.c, cohort_cases.c
_NAME_LENGTH = 200

# Locked, so that an erasure of its candidate comes before all of this or behind it.
_LOCK_JOB = select(jobs.c.candidate_id).where(jobs.c.id == bindparam("job")).with_for_update()
_LOCK_COHORT = select(cohorts.c.name).where(cohorts.c.name == bindparam("cohort")).with_for_update()
# Locked, so that of two who take a case out of its last two cohorts the second one sees it, and deletes it.
_LOCK_CASES = (
    select(_c.id).where(_c.id.in_(bindparam("cases", expanding=True))).order_by(_c.id).with_for_update()
)
_PAYLOADS = select(payloads.c.kind, payloads.c.sealed).where(payloads.c.job_id == bindparam("job"))
_RATE = (
    update(studio_cases)
    .where(_c.id == bindparam("case"))
    .values(rating=bindparam("new_rating"), sealed_why=bindparam("new_why"))
    .values(at=bindparam("new_at"), by_whom=bindparam("new_by"))
)
_RATED_BY_SERVICE = (
    update(studio_cases)
    .where(_c.id == bindparam("case"))
    .values(service_rating=bindparam("new_rating", type_=Double))
)
_ORPHANED = delete(studio_cases).where(
    _c.id.in_(bindparam("cases", expanding=True)), ~exists().where(_m.case_id == _c.id)
)
_TAKE_OUT = delete(cohort_cases).where(_m.cohort == bindparam("of"), _m.case_id == bindparam("case"))
_IN_COHORT = select(_m.case_id).where(_m.cohort == bindparam("of"))
_DROP_COHORT = delete(cohorts).where(cohorts.c.name == bindparam("cohort"))
_MEMBERS = (
    select(studio_cases)
    .join(cohort_cases, _m.case_id == _c.id)
    .where(_m.cohort == bindparam("of"))
    .order_by(_c.at, _c.id)
)
_NAMED = (
    select(_c.id, _c.name, func.min(_m.cohort))
    .join(cohort_cases, _m.case_id == _c.id)
    .group_by(_c.id, _c.name, _c.at)
    .order_by(func.min(_m.cohort), _c.at, _c.id)
    .limit(bindparam("most"))
)
_COHORTS = (
    select(cohorts, func.count(_m.case_id), func.count(_c.rating))
    .outerjoin(cohort_cases, _m.cohort == cohorts.c.name)
    .outerjoin(studio_cases, _m.case_id == _c.id)
    .group_by(cohorts.c.name, cohorts.c.at, cohorts.c.by_whom)
    .order_by(cohorts.c.name)
)
_ONE = select(studio_cases).where(_c.id == bindparam("case"))
_OF_CANDIDATES = select(func.count()).where(_c.candidate.in_(bindparam("candidates", expanding=True)))
_COHORTS_OF = (
    select(_m.cohort)
    .join(studio_cases, _m.case_id == _c.id)
    .where(_c.job == bindparam("of"))
    .order_by(_m.cohort)
)
_RATED = (
    select(studio_cases).where(_c.rating.is_not(None), _c.at >= bindparam("since")).order_by(_c.at, _c.id)
)


def _new(table: Any, *key: Any) -> Mapping[str, Any]:
    """Return an INSERT, by the database's kind, that leaves a row that is there as it is."""
    return {
        kind: dialect.insert(table)
        .on_conflict_do_nothing(index_elements=list(key))
        .execution_options(preserve_rowcount=True)
        for kind, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
    }


_KEEP = _new(studio_cases, _c.id)
_MAKE = _new(cohorts, cohorts.c.name)
_PUT_IN = _new(cohort_cases, _m.cohort, _m.case_id)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a candidate: their rating, 0 to 100, and why."""

    rating: float
    why: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it is kept; `request` is JSON without the call's secret.

    `at` (epoch seconds) and `by` tell of the person's rating, where there is one, else of the keeping.
    """

    id: str
    name: str
    candidate: Identifier
    job: str | None
    at: float
    by: str
    request: bytes = field(repr=False)
    service_rating: float | None
    rating: float | None
    why: str | None = field(repr=False)

    @property
    def difference(self) -> float | None:
        """How far the service's rating lies above the person's; None where one of them is not known."""
        if self.rating is None or self.service_rating is None:
            return None
        return self.service_rating - self.rating


@dataclass(frozen=True, slots=True)
class Named:
    """A case by its name alone, with the first of its cohorts."""

    id: str
    name: str
    cohort: str


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort: since when, by whom, how many cases, and how many of them a person has rated."""

    name: str
    at: float
    by: str
    cases: int
    rated: int


class StudioCases:
    """The cases and cohorts of one database. Ended with the store that it belongs to."""

    def __init__(
        self, writer: Writer, reader: Reader, sealer: Sealer, clock: Callable[[], float] = time.time
    ) -> None:
        """Share a store's threads, keys and clock, which returns epoch seconds."""
        self._writer = writer
        self._reader = reader
        self._sealer = sealer
        self._clock = clock

    async def keep(self, job_id: str, cohort: str, *, by: str) -> bool:
        """Keep the request of a job in a cohort, which is made where there is none.

        Returns False where that request is no longer held, and then keeps nothing.
        """
        now = self._clock()
        return await self._writer.run(
            lambda connection: self._keep(connection, job_id, cohort, by=by, said=None, at=now)
        )

    async def correct(
        self, job_id: str, cohort: str, *, by: str, said: Said, also: Callable[[Connection], T]
    ) -> tuple[T, bool]:
        """Keep the request likewise, with what a person said; return what `also` returned, and whether so.

        `also` is run in the same transaction, whether the request is held or not; perhaps again after that
        was undone.
        """
        now = self._clock()

        def operation(connection: Connection) -> tuple[T, bool]:
            kept = self._keep(connection, job_id, cohort, by=by, said=said, at=now)
            return also(connection), kept

        return await self._writer.run(operation)

    async def make(self, cohort: str, *, by: str) -> bool:
        """Make an empty cohort; False where there is one of that name."""
        row = {"name": cohort, "at": self._clock(), "by_whom": by}
        return await self._writer.run(lambda connection: _run(connection, _MAKE, row))

    async def drop(self, cohort: str) -> int | None:
        """Delete a cohort, and the cases that are in no other; return how many, None where there is none."""
        return await self._writer.run(lambda connection: _drop(connection, cohort))

    async def take_out(self, cohort: str, case_id: str) -> bool:
        """Take a case out of a cohort, and delete it where it is in no other; False where it was not in."""

        def operation(connection: Connection) -> bool:
            connection.execute(_LOCK_CASES, {"cases": [case_id]})
            there = bool(connection.execute(_TAKE_OUT, {"of": cohort, "case": case_id}).rowcount)
            if there:
                connection.execute(_ORPHANED, {"cases": [case_id]})
            return there

        return await self._writer.run(operation)

    async def cohorts(self) -> tuple[Cohort, ...]:
        """Return the cohorts by name."""
        return await self._reader.run(
            lambda connection: tuple(Cohort(*row) for row in connection.execute(_COHORTS))
        )

    async def cohorts_of(self, job_id: str) -> tuple[str, ...]:
        """Return the names of the cohorts that a job's request is kept in."""
        return await self._reader.run(
            lambda connection: tuple(connection.execute(_COHORTS_OF, {"of": job_id}).scalars())
        )

    async def named(self, *, limit: int) -> tuple[Named, ...]:
        """Return up to `limit` cases by cohort, the oldest first, each once; none is opened."""
        return await self._reader.run(
            lambda connection: tuple(Named(*row) for row in connection.execute(_NAMED, {"most": limit}))
        )

    async def members(self, cohort: str) -> tuple[Kept, ...]:
        """Return the cases of a cohort, the oldest first. As all that open them it raises StorageKeyWrong."""
        return await self._found(_MEMBERS, of=cohort)

    async def rated(self, *, since: float) -> tuple[Kept, ...]:
        """Return the cases that a person has rated since an epoch second, the oldest first."""
        return await self._found(_RATED, since=since)

    async def one(self, case_id: str) -> Kept | None:
        """Return a case, None where there is none of that id."""
        found = await self._found(_ONE, case=case_id)
        return found[0] if found else None

    async def count_of(self, candidates: Sequence[str]) -> int:
        """Return how many cases are kept of candidates, given in canonical form."""
        given = {"candidates": list(candidates)}
        return await self._reader.run(
            lambda connection: int(connection.execute(_OF_CANDIDATES, given).scalar_one())
        )

    def case_id(self, job_id: str) -> str:
        """Return the id of the case that is made of a job, the same for every cohort."""
        return f"case_{self._sealer.fingerprint('studio case', job_id)[:32]}"

    async def _found(self, query: Any, **given: Any) -> tuple[Kept, ...]:
        return await self._reader.run(
            lambda connection: tuple(map(self._opened, connection.execute(query, given)))
        )

    def _keep(
        self, connection: Connection, job_id: str, cohort: str, *, by: str, said: Said | None, at: float
    ) -> bool:
        candidate = connection.execute(_LOCK_JOB, {"job": job_id}).scalar_one_or_none()
        held = {kind: sealed for kind, sealed in connection.execute(_PAYLOADS, {"job": job_id})}
        if candidate is None or "request" not in held:
            return False
        case_id, name = self.case_id(job_id), storable(str(json.loads(candidate)))[:_NAME_LENGTH]
        rating = _rating(self._sealer.unseal(held["result"])) if "result" in held else None
        row = {"id": case_id, "name": name, "candidate": candidate, "job": job_id, "at": at, "by_whom": by}
        _hold(connection, {"name": cohort, "at": at, "by_whom": by})
        connection.execute(_LOCK_CASES, {"cases": [case_id]})
        _run(connection, _KEEP, {**row, "sealed": held["request"], "service_rating": rating})
        if rating is not None:
            connection.execute(update(studio_cases).where(_c.id == case_id).values(service_rating=rating))
        if said is not None:
            why = self._sealer.seal(said.why.encode("utf-8", "replace"))
            new = {"new_rating": said.rating, "new_why": why, "new_at": at, "new_by": by}
            connection.execute(_RATE, {"case": case_id, **new})
        _run(connection, _PUT_IN, {"cohort": cohort, "case_id": case_id})
        return True

    def _opened(self, row: Row[Any]) -> Kept:
        why = None if row.sealed_why is None else self._sealer.unseal(row.sealed_why).decode()
        return Kept(
            id=row.id,
            name=row.name,
            candidate=json.loads(row.candidate),
            job=row.job,
            at=row.at,
            by=row.by_whom,
            request=self._sealer.unseal(row.sealed),
            service_rating=row.service_rating,
            rating=row.rating,
            why=why,
        )


def _drop(connection: Connection, cohort: str) -> int | None:
    if connection.execute(_LOCK_COHORT, {"cohort": cohort}).first() is None:
        return None
    cases = list(connection.execute(_IN_COHORT, {"of": cohort}).scalars())
    connection.execute(_LOCK_CASES, {"cases": cases})
    connection.execute(_DROP_COHORT, {"cohort": cohort})
    return connection.execute(_ORPHANED, {"cases": cases}).rowcount if cases else 0


def _hold(connection: Connection, row: Mapping[str, Any]) -> None:
    """Make a cohort where there is none, and keep others from deleting it until this is done."""
    _run(connection, _MAKE, row)
    if connection.execute(_LOCK_COHORT, {"cohort": row["name"]}).first() is None:
        _run(connection, _MAKE, row)  # deleted between the two


def _run(connection: Connection, statements: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Run the statement for the database's kind; return whether it added a row."""
    return bool(connection.execute(statements[connection.dialect.name], row).rowcount)


def _rating(result: bytes) -> float | None:
    told: float | None = json.loads(result).get("rating")
    return told
