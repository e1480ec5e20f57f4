"""Keeping a request once: a new job, the one it became before, or a failed one set going anew.

May import `contract`, `errors` and `storage` siblings.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, select

from evaluator.errors import StorageUnavailable
from evaluator.storage.listing import job_of
from evaluator.storage.rows import Accepted, Job, NewJob, canonical
from evaluator.storage.schema import jobs
from evaluator.storage.sealing import Sealer
from evaluator.storage.statements import ACCEPT_AGAIN, DROP_RESULT, INSERT_JOB, INSERT_PAYLOAD, JOB_COLUMNS

TRIES = 3
"""How often a request is tried whose job is erased each time between two statements."""

_THERE = select(*JOB_COLUMNS, jobs.c.acceptance).where(jobs.c.id == bindparam("job"))


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One call that brings a request: the job as it will be where it is new, and what is sealed of it.

    `mark` is random: by it a call knows its own work again when it has to be run a second time, because
    the connection broke before the commit was confirmed.
    """

    job: Job
    sealed_request: bytes
    sealed_secret: bytes
    mark: str

    @property
    def row(self) -> Mapping[str, Any]:
        """The new row of `jobs`."""
        named = {field.name: getattr(self.job, field.name) for field in fields(self.job)}
        ids = {"candidate_id": canonical(self.job.candidate_id), "step_id": canonical(self.job.step_id)}
        return {**named, **ids, "acceptance": self.mark, "secret": self.sealed_secret}


def new_mark() -> str:
    """Return a random mark of 16 hexadecimal digits."""
    return os.urandom(8).hex()


def acceptance_of(new: NewJob, sealer: Sealer, *, at: float) -> Acceptance:
    """Return what is to be stored of a request that comes at `at`, epoch seconds."""
    job = Job(
        id=new.id,
        candidate_id=new.candidate_id,
        step_id=new.step_id,
        state="waiting" if new.owner is None else "running",
        delivery=new.delivery,
        mode=new.mode,
        run=1,
        owner=new.owner,
        created_at=at,
        updated_at=at,
        finished_at=None,
        attempts=0,
        next_try_at=None,
        deadline_at=new.deadline_at,
        secret_mark=new.secret_mark,
        status=None,
        failure=None,
        delivery_note=None,
        retention_s=new.retention_s,
        retain_until=None,
        pack=new.pack,
    )
    return Acceptance(job, sealer.seal(new.request), sealer.seal(new.secret), new_mark())


def accept(connection: Connection, acceptance: Acceptance) -> Accepted:
    """Keep a request, or find the job that it became; an operation for `writer`."""
    job, row = acceptance.job, acceptance.row
    for _ in range(TRIES):
        if connection.execute(INSERT_JOB[connection.dialect.name], row).rowcount:
            request = {"job_id": job.id, "kind": "request", "sealed": acceptance.sealed_request}
            connection.execute(INSERT_PAYLOAD, request)
            return Accepted("new", job)
        found = _set_going_anew(connection, acceptance, row) or _there(connection, acceptance)
        if found is not None:
            return found
    raise StorageUnavailable("the job is being erased at this moment", retry_after_s=1)


def _set_going_anew(
    connection: Connection, acceptance: Acceptance, row: Mapping[str, Any]
) -> Accepted | None:
    given = {f"new_{name}": row[name] for name in _CARRIED_OVER}
    changed = connection.execute(
        ACCEPT_AGAIN, given | {"job": row["id"], "now": row["created_at"]}
    ).one_or_none()
    if changed is None:
        return None
    connection.execute(DROP_RESULT, {"job": row["id"]})
    return Accepted("again", job_of(changed))


_CARRIED_OVER = (
    "mode",
    "delivery",
    "owner",
    "deadline_at",
    "secret",
    "secret_mark",
    "retention_s",
    "pack",
    "acceptance",
)


def _there(connection: Connection, acceptance: Acceptance) -> Accepted | None:
    row = connection.execute(_THERE, {"job": acceptance.job.id}).one_or_none()
    if row is None:
        return None
    job = job_of(row)
    if row.acceptance != acceptance.mark:
        return Accepted("existing", job)
    return Accepted("new" if job.run == 1 else "again", job)
