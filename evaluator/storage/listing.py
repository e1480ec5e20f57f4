"""Looking at jobs: one, some, or how many there are.

Each function is an operation for `writer.Reader`, given a connection first. May import `contract`,
`errors` and `storage` siblings.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)

from evaluator.errors import InvalidRequest, Problem
from evaluator.storage.rows import (
    Attempt,
    Counts,
    Filter,
    Job,
    Page,
    Payloads,
    Tally,
    canonical,
    readings,
    storable,
)
from evaluator.storage.schema import attempts, audit_records, jobs, payloads
from evaluator.storage.sealing import Sealer
from evaluator.storage.statements import JOB_COLUMNS

_c = jobs.c
_JOB = select(*JOB_COLUMNS)
_ONE = _JOB.where(_c.id == bindparam("job"))
_BY_PACK = select(_c.pack, func.count()).where(_c.state == "succeeded").group_by(_c.pack)
_HELD_BY = _JOB.where(_c.owner == bindparam("by")).order_by(_c.created_at, _c.id)
_DUE = func.coalesce(_c.next_try_at, _c.updated_at)
_OVERDUE = (
    _JOB.where(
        or_(
            _c.state == "waiting",
            and_(_c.state.in_(("succeeded", "failed")), text("delivery IN ('owed', 'held')")),
            and_(_c.state.in_(("succeeded", "failed")), _c.delivery == "none"),
        ),
        bindparam("before", type_=Double) > _DUE,
        _c.updated_at < bindparam("before", type_=Double),
    )
    .order_by(_c.created_at)
    .limit(bindparam("most", type_=Integer))
)
_OWNERS = select(_c.owner).where(_c.owner.is_not(None)).distinct().order_by(_c.owner)
_SECRET = select(_c.secret, _c.run, _c.owner).where(_c.id == bindparam("job"))
_PAYLOADS = select(payloads.c.kind, payloads.c.sealed).where(payloads.c.job_id == bindparam("job"))
_RESULTS = select(payloads.c.job_id, payloads.c.sealed).where(
    payloads.c.kind == "result", payloads.c.job_id.in_(bindparam("jobs", expanding=True))
)
_ATTEMPTS = select(attempts).where(attempts.c.job_id == bindparam("job")).order_by(attempts.c.number)
_CORRECTED = exists().where(audit_records.c.job == _c.id, audit_records.c.kind == "correction")
_BY_STATE = select(_c.state, func.count(), func.min(_c.created_at)).group_by(_c.state)
# Spelt as the index is, or a planner that sees parameters would not use it.
_BY_DELIVERY = (
    select(_c.delivery, func.count(), func.min(_c.created_at))
    .where(text("delivery IN ('owed', 'held', 'dead')"))
    .group_by(_c.delivery)
)


def job_of(row: Sequence[Any]) -> Job:
    """Return a row that begins with JOB_COLUMNS as a Job."""
    identifier, candidate, step, *others = row[: len(JOB_COLUMNS)]
    return Job(identifier, json.loads(candidate), json.loads(step), *others)


def one(connection: Connection, job_id: str) -> Job | None:
    """Return a job, or None where there is none of that id."""
    row = connection.execute(_ONE, {"job": job_id}).one_or_none()
    return None if row is None else job_of(row)


def held_by(connection: Connection, owner: str) -> tuple[Job, ...]:
    """Return the jobs that the process `owner` has in hand, the oldest first."""
    return tuple(map(job_of, connection.execute(_HELD_BY, {"by": owner})))


def overdue(connection: Connection, before: float, limit: int) -> tuple[Job, ...]:
    """Return jobs that were due before an epoch second.

    Those that wait, those whose delivery is owed or held, and those whose result nobody took.
    """
    return tuple(map(job_of, connection.execute(_OVERDUE, {"before": before, "most": limit})))


def owners(connection: Connection) -> tuple[str, ...]:
    """Return the processes that have jobs in hand."""
    return tuple(connection.execute(_OWNERS).scalars())


def payloads_of(connection: Connection, job_id: str, sealer: Sealer) -> Payloads | None:
    """Return what a job holds, or None where there is no such job. Raises StorageKeyWrong."""
    found = connection.execute(_SECRET, {"job": job_id}).one_or_none()
    if found is None:
        return None
    sealed = {kind: value for kind, value in connection.execute(_PAYLOADS, {"job": job_id})}
    sealed["secret"] = found.secret
    clear = {kind: sealer.unseal(value) for kind, value in sealed.items() if value is not None}
    held = (clear.get("request"), clear.get("result"), clear.get("secret"))
    return Payloads(*held, run=found.run, owner=found.owner)


def results_of(connection: Connection, ids: Sequence[str], sealer: Sealer) -> dict[str, bytes]:
    """Return the results of jobs, by id, as far as they are held. Raises StorageKeyWrong."""
    rows = connection.execute(_RESULTS, {"jobs": list(ids)})
    return {job_id: sealer.unseal(sealed) for job_id, sealed in rows}


def attempts_of(connection: Connection, job_id: str, sealer: Sealer) -> tuple[Attempt, ...]:
    """Return a job's attempts in order; none where there is no such job. Raises StorageKeyWrong."""
    return tuple(
        Attempt(
            kind=row.kind,
            at=row.at,
            outcome=row.outcome,
            duration_ms=row.duration_ms,
            status_code=row.status_code,
            detail=None if row.detail is None else sealer.unseal(row.detail).decode(),
            number=row.number,
        )
        for row in connection.execute(_ATTEMPTS, {"job": job_id})
    )


def attempt_row(job_id: str, attempt: Attempt, sealer: Sealer) -> dict[str, Any]:
    """Return what INSERT_ATTEMPT takes of an attempt, whose detail is sealed."""
    detail = None if attempt.detail is None else sealer.seal(attempt.detail.encode("utf-8", "replace"))
    return {
        "job": job_id,
        "new_kind": attempt.kind,
        "new_at": attempt.at,
        "new_outcome": attempt.outcome,
        "new_status_code": attempt.status_code,
        "new_duration_ms": attempt.duration_ms,
        "new_detail": detail,
    }


def page(connection: Connection, wanted: Filter, limit: int, cursor: str | None) -> Page:
    """Return up to `limit` jobs that are wanted, newest first, from `cursor` on. Raises InvalidRequest."""
    query = _JOB.where(*_conditions(wanted)).order_by(_c.created_at.desc(), _c.id.desc()).limit(limit + 1)
    rows = connection.execute(_from_cursor(query, cursor)).all()
    found = tuple(map(job_of, rows[:limit]))
    return Page(found, _cursor_behind(found[-1]) if len(rows) > limit else None)


def counts(connection: Connection) -> Counts:
    """Return how many jobs there are in each state, and deliveries not yet made."""
    return Counts(
        states={row[0]: Tally(row[1], row[2]) for row in connection.execute(_BY_STATE)},
        deliveries={row[0]: Tally(row[1], row[2]) for row in connection.execute(_BY_DELIVERY)},
    )


def finished_by_pack(connection: Connection) -> Mapping[str | None, int]:
    """Return how many jobs with a rating are held for each pack, None where none was named."""
    return {row[0]: row[1] for row in connection.execute(_BY_PACK)}


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    choices: Sequence[tuple[Column[Any], Iterable[str]]] = (
        (_c.state, wanted.states),
        (_c.delivery, wanted.deliveries),
        (_c.candidate_id, map(canonical, wanted.candidates)),
        (_c.step_id, map(canonical, wanted.steps)),
        (_c.status, wanted.statuses),
        (_c.pack, wanted.packs),
    )
    listed = [(column, list(values)) for column, values in choices]
    conditions: list[ColumnElement[bool]] = [column.in_(values) for column, values in listed if values]
    if wanted.older_than is not None:
        conditions.append(_c.created_at < wanted.older_than)
    if wanted.newer_than is not None:
        conditions.append(_c.created_at >= wanted.newer_than)
    if wanted.search:
        ids = [canonical(each) for each in readings(wanted.search)]
        job = _c.id == storable(wanted.search)
        conditions.append(or_(job, _c.candidate_id.in_(ids), _c.step_id.in_(ids)))
    if wanted.corrected is not None:
        conditions.append(_CORRECTED if wanted.corrected else ~_CORRECTED)
    return conditions


def _cursor_behind(job: Job) -> str:
    return f"{job.created_at!r}~{job.id}"


def _from_cursor(query: Select[Any], cursor: str | None) -> Select[Any]:
    if cursor is None:
        return query
    created_at, _, job_id = cursor.partition("~")
    try:
        bound = tuple_(float(created_at), job_id)
    except ValueError:
        raise InvalidRequest([Problem("/cursor", "should be one that an earlier page gave")]) from None
    return query.where(tuple_(_c.created_at, _c.id) < bound)
