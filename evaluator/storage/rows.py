"""What goes into the store and comes out of it: plain data.

May import `contract` and `storage.transitions`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evaluator.contract.request import Identifier
from evaluator.storage.transitions import Delivery, State

AttemptKind = Literal["model", "callback"]
"""What was tried: an assessment, or a delivery."""

_NUMBER_LENGTH = 300
"""Characters from which on a number is not read: JSON's integers have no end, Python's parsing has."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request to be kept.

    `id` is the key under which the same request is known again. `request` and `secret` are sealed by the
    store; `request` must not hold the call's secret, which is kept apart to be erased alone.
    With `owner` the job is running in that process at once, without it waits. `retention_s`: seconds for
    which it is kept after it was received. `deadline_at`: when the assessment is given up, epoch seconds.
    """

    id: str
    candidate_id: Identifier
    step_id: Identifier
    mode: str
    request: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    secret_mark: str
    retention_s: float
    delivery: Literal["none", "owed"] = "none"
    owner: str | None = None
    deadline_at: float | None = None
    pack: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands, without its payloads; times in epoch seconds. `schema` tells the fields."""

    id: str
    candidate_id: Identifier
    step_id: Identifier
    state: State
    delivery: Delivery
    mode: str
    run: int
    owner: str | None
    created_at: float
    updated_at: float
    finished_at: float | None
    attempts: int
    next_try_at: float | None
    deadline_at: float | None
    secret_mark: str
    status: str | None
    failure: str | None
    delivery_note: str | None
    retention_s: float
    retain_until: float | None
    pack: str | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a request: `new`, `again` (a failed or cancelled job set going anew) or `existing`."""

    how: Literal["new", "again", "existing"]
    job: Job


@dataclass(frozen=True, slots=True)
class Payloads:
    """What a job holds, in the clear; None where it is not there yet, or no more.

    `run` and `owner` are the job's at the moment of reading.
    """

    request: bytes | None = field(repr=False)
    result: bytes | None = field(repr=False)
    secret: bytes | None = field(repr=False)
    run: int = 1
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began (epoch seconds), how it ended, how long it took.

    `number` counts within the job from 1 and is given by the store. `detail` is sealed at rest.
    """

    kind: AttemptKind
    at: float
    outcome: str
    duration_ms: int
    status_code: int | None = None
    detail: str | None = field(default=None, repr=False)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are asked for; what is empty or None does not narrow.

    `statuses` are those of results. `search`: the id of a job, a candidate or a step. `corrected`: whether a
    person has corrected it. `older_than`, `newer_than`: bounds of `created_at`, epoch seconds.
    """

    states: tuple[State, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    candidates: tuple[Identifier, ...] = ()
    steps: tuple[Identifier, ...] = ()
    statuses: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    search: str = ""
    corrected: bool | None = None
    older_than: float | None = None
    newer_than: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, newest first, and where the next page begins; None where there is none."""

    jobs: tuple[Job, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are, and when the oldest was accepted (epoch seconds)."""

    count: int
    oldest_at: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs by state, and deliveries that are owed, held or dead; what there is none of is left out."""

    states: Mapping[State, Tally]
    deliveries: Mapping[Delivery, Tally]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased of a candidate: the jobs' ids, and the mark that the record keeps.

    `overwritten` is False where old copies are left in SQLite's files, since somebody reads them. `records`
    counts the audit records that named or quoted them, `cases` the kept cases, `run_rows` the results of
    drafts that were tried on them.
    """

    at: float
    mark: str
    job_ids: tuple[str, ...]
    overwritten: bool
    records: int = 0
    cases: int = 0
    run_rows: int = 0


def storable(text: str) -> str:
    """Return `text` without what PostgreSQL cannot store: U+0000 and lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def canonical(identifier: Identifier) -> str:
    """Return an id as JSON in ASCII, the form in which it is stored: 1 and "1" differ."""
    return json.dumps(identifier)


def readings(text: str) -> tuple[Identifier, ...]:
    """Return the ids that a person may mean by `text`: itself, and the number that it spells."""
    try:
        number = json.loads(text, parse_constant=str) if len(text) < _NUMBER_LENGTH else None
    except ValueError:
        return (text,)
    if isinstance(number, bool) or not isinstance(number, int | float) or canonical(number) != text:
        return (text,)
    return (text, number)
