"""The statements that change jobs, built once: their compiled form is kept by the engine.

Each changes a job only from the states that `transitions` allows, so of two processes that try the same
one does, and the other sees no row. May import `storage.schema` and `storage.transitions`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Insert,
    Integer,
    LargeBinary,
    Text,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningUpdate

from evaluator.storage.rows import Job
from evaluator.storage.schema import attempts, jobs, payloads
from evaluator.storage.transitions import AGAIN, OPEN, PENDING, UNRECEIVED

UNRECEIVED_KEPT_S = 86_400.0
"""Seconds for which what nobody received is kept at least, whatever the retention: a day."""

JOB_COLUMNS: tuple[Column[Any], ...] = tuple(jobs.c[field.name] for field in fields(Job))
"""The columns that make a Job, in the order of its fields."""

_c = jobs.c
_NOW = bindparam("now", type_=Double)
_THIS = _c.id == bindparam("job", type_=Text)
_SAME_RUN = or_(bindparam("new_run", type_=Integer).is_(None), _c.run == bindparam("new_run", type_=Integer))
"""Where a run is given, that one alone: what came of an earlier one says nothing of this."""
_KEPT_IF_RECEIVED = _NOW + _c.retention_s
_KEPT_IF_NOT = _NOW + case((_c.retention_s > UNRECEIVED_KEPT_S, _c.retention_s), else_=UNRECEIVED_KEPT_S)
_ENDED = or_(_c.state == "succeeded", _c.state == "failed")


def _given(name: str, kind: Any = Text) -> ColumnElement[Any]:
    """Return a parameter named after a column; the bare name is SQLAlchemy's own in an UPDATE."""
    return bindparam(f"new_{name}", type_=kind)


def _any_of(column: Column[Any], values: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(column == value for value in values))


def _change(*conditions: ColumnElement[bool], **values: Any) -> ReturningUpdate[Any]:
    """Return an UPDATE of the job `:job` where `conditions` hold, which yields the job's new form."""
    changed: Update = update(jobs).where(_THIS, *conditions).values(updated_at=_NOW, **values)
    return changed.returning(*JOB_COLUMNS)


INSERT_JOB: Mapping[str, Insert] = {
    kind: dialect.insert(jobs)
    .on_conflict_do_nothing(index_elements=[_c.id])
    .execution_options(preserve_rowcount=True)
    for kind, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
"""By the database's kind; counts no row where the job is there."""

_NEW_RUN: Mapping[str, Any] = {
    "run": _c.run + 1,
    "created_at": _NOW,
    "finished_at": null(),
    "attempts": 0,
    "next_try_at": null(),
    "deadline_at": _given("deadline_at", Double),
    "status": null(),
    "failure": null(),
    "delivery_note": null(),
    "retain_until": null(),
    "owner": _given("owner"),
    "state": case((_given("owner").is_(None), "waiting"), else_="running"),
    "acceptance": _given("acceptance"),
}

ACCEPT_AGAIN = _change(
    _any_of(_c.state, AGAIN),
    **_NEW_RUN,
    mode=_given("mode"),
    delivery=_given("delivery"),
    secret=_given("secret", LargeBinary),
    secret_mark=_given("secret_mark"),
    retention_s=_given("retention_s", Double),
    pack=_given("pack"),
)
"""A request comes again after its job failed or was cancelled."""

RETRY = _change(
    _any_of(_c.state, AGAIN),
    **_NEW_RUN,
    delivery=case((and_(_given("callback", Integer) == 1, _c.secret.is_not(None)), "owed"), else_="none"),
)
"""An operator sets a failed or cancelled job going; called back where that is possible."""

CLAIM = _change(
    or_(
        and_(
            _c.state == "waiting",
            _given("held_by").is_(None),
            or_(_c.next_try_at.is_(None), _c.next_try_at <= _given("due_by", Double)),
        ),
        and_(_any_of(_c.state, OPEN), _c.owner == _given("held_by")),
    ),
    state="running",
    owner=_given("owner"),
    next_try_at=null(),
)

POSTPONE = _change(
    _any_of(_c.state, OPEN),
    or_(_given("held_by").is_(None), _c.owner == _given("held_by")),
    state="waiting",
    owner=null(),
    attempts=_c.attempts + 1,
    next_try_at=_given("next_try_at", Double),
    failure=_given("failure"),
)

RELEASE = _change(
    or_(
        _given("was_seen", Integer) == 0,
        and_(_c.updated_at == _given("seen_at", Double), _c.owner.is_not_distinct_from(_given("seen_owner"))),
    ),
    state=case((_c.state == "running", "waiting"), else_=_c.state),
    attempts=case((_c.state == "running", _c.attempts + 1), else_=_c.attempts),
    owner=null(),
)

FINISH = _change(
    _any_of(_c.state, OPEN),
    state="succeeded",
    status=_given("status"),
    pack=func.coalesce(_given("pack"), _c.pack),
    failure=null(),
    finished_at=_NOW,
    attempts=0,
    next_try_at=null(),
    deadline_at=_given("deadline_at", Double),
    owner=case((_c.delivery == "none", _c.owner), else_=_given("deliverer")),
    retain_until=case((_c.delivery == "none", _KEPT_IF_NOT), else_=null()),
)

_RESULT_OWED = and_(_c.delivery == "owed", _given("has_result", Integer) == 1)
FAIL = _change(
    _any_of(_c.state, OPEN),
    or_(_given("held_by").is_(None), _c.owner == _given("held_by")),
    state="failed",
    status=_given("status"),
    failure=_given("failure"),
    finished_at=_NOW,
    attempts=0,
    next_try_at=null(),
    deadline_at=_given("deadline_at", Double),
    delivery=case(
        (and_(_c.delivery == "owed", _given("has_result", Integer) == 0), "dead"), else_=_c.delivery
    ),
    owner=case((_c.delivery == "none", _c.owner), else_=null()),
    retain_until=case((_RESULT_OWED, null()), else_=_KEPT_IF_NOT),
)

CANCEL = _change(
    _any_of(_c.state, OPEN),
    state="cancelled",
    delivery="none",
    finished_at=_NOW,
    next_try_at=null(),
    owner=null(),
    retain_until=_KEPT_IF_NOT,
)

WANT_CALLBACK = _change(
    _c.delivery == "none",
    _c.state != "cancelled",
    delivery="owed",
    deadline_at=case(
        (_ENDED, _given("deadline_at", Double)),
        else_=func.coalesce(_c.deadline_at, _given("assess_until", Double)),
    ),
    owner=case((_ENDED, null()), else_=_c.owner),
    retain_until=null(),
)

ANSWERED = (
    update(jobs)
    .where(_THIS, _ENDED, _any_of(_c.delivery, UNRECEIVED), _SAME_RUN)
    .values(
        updated_at=_NOW,
        delivery="answered",
        delivery_note=null(),
        next_try_at=null(),
        owner=null(),
        # A failed job may be run again, and then is called back with it.
        secret=case((_c.state == "succeeded", null()), else_=_c.secret),
        retain_until=_KEPT_IF_RECEIVED,
    )
)

CLAIM_DELIVERY = _change(
    _ENDED,
    _any_of(_c.delivery, PENDING),
    or_(_c.owner.is_(None), _c.owner == _given("owner")),
    or_(_c.next_try_at.is_(None), _c.next_try_at <= _given("due_by", Double)),
    owner=_given("owner"),
)

DELIVERED = _change(
    _ENDED,
    _any_of(_c.delivery, (*PENDING, "dead")),
    _SAME_RUN,
    delivery="delivered",
    delivery_note=null(),
    next_try_at=null(),
    owner=null(),
    secret=null(),
    retain_until=_KEPT_IF_RECEIVED,
)

DEAD = _change(
    _ENDED,
    _any_of(_c.delivery, PENDING),
    _SAME_RUN,
    delivery="dead",
    delivery_note=_given("note"),
    next_try_at=null(),
    owner=null(),
    retain_until=_KEPT_IF_NOT,
)

PUT_OFF = _change(
    _ENDED,
    _any_of(_c.delivery, PENDING),
    _SAME_RUN,
    or_(_given("held_by").is_(None), _c.owner == _given("held_by")),
    owner=null(),
    delivery=_given("delivery"),
    delivery_note=_given("note"),
    next_try_at=_given("next_try_at", Double),
    attempts=_c.attempts + _given("tries", Integer),
)

EXPIRE = (
    update(jobs)
    .where(_ENDED, _any_of(_c.delivery, PENDING), _c.owner.is_(None))
    .where(_c.deadline_at < bindparam("before", type_=Double))
    .values(
        updated_at=_NOW,
        delivery="dead",
        delivery_note="given up at the horizon, for no process was there to make it",
        next_try_at=null(),
        retain_until=_KEPT_IF_NOT,
    )
    .returning(_c.id)
)
"""Deliveries that nobody makes any more, as where no process has the keys of a callback."""

REPLAY = _change(
    _c.delivery == "dead",
    exists().where(payloads.c.job_id == _c.id, payloads.c.kind == "result"),
    delivery="owed",
    delivery_note=null(),
    attempts=0,
    next_try_at=null(),
    deadline_at=_given("deadline_at", Double),
    retain_until=null(),
)

INSERT_PAYLOAD = insert(payloads)

DROP_RESULT = delete(payloads).where(payloads.c.job_id == bindparam("job"), payloads.c.kind == "result")

_NEXT_NUMBER = (
    select(func.coalesce(func.max(attempts.c.number), 0) + 1)
    .where(attempts.c.job_id == bindparam("job"))
    .scalar_subquery()
)
_ATTEMPT: Mapping[str, Any] = {
    "kind": Text,
    "at": Double,
    "outcome": Text,
    "status_code": Integer,
    "duration_ms": Integer,
    "detail": LargeBinary,
}
INSERT_ATTEMPT = (
    insert(attempts)
    .from_select(
        ["job_id", "number", *_ATTEMPT],
        select(_c.id, _NEXT_NUMBER, *(_given(name, kind) for name, kind in _ATTEMPT.items())).where(_THIS),
    )
    .execution_options(preserve_rowcount=True)
)
"""Counts no row where the job is gone."""
