"""Cases from the service's own store: what it was really asked, redacted.

Finished and failed requests, the newest first, then those that the studio's cohorts keep beyond that. The
rating that the service gave comes along as information and is no label; one that a person gave in its place
is a human rating, without the person's name. Imports the store and what it stands on, so it is imported only
where it is asked for. May import `wiring` and below, and `evals` siblings that hold cases.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest, Identifier
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.evals.dataset import Case
from evaluator.evals.expectation import Expectation, HumanRating
from evaluator.evals.hiding import REMOVED, hidden
from evaluator.hygiene import clean_request
from evaluator.redaction.redactor import Redactor
from evaluator.redaction.requests import redact_request
from evaluator.settings import Settings
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Filter, canonical
from evaluator.storage.studio_cases import Kept
from evaluator.wiring import existing_store

RATER = "recruiter"
"""Who is said to have rated a case; the person's name stays in the store."""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE = re.compile(r"(\d{1,6})([smhd])")
_PAGE = 200


@dataclass(frozen=True, slots=True)
class _Told:
    """What is held of a request; `job` is the id that its case is named after."""

    job: str
    candidate: Identifier
    request: bytes = field(repr=False)
    secret: bytes | None = field(repr=False)
    service_rating: float | None


def stored_cases(settings: Settings, since: str) -> list[Case]:
    """Return the requests that were accepted since then and have ended, as redacted cases.

    Also those that a person has corrected since. `since`: an age such as 12h or 7d, or a date. What is no
    longer held is left out. Raises FixtureError where `since` is neither or no request is held, SettingsError
    or a StorageError where there is no store.
    """
    begin = moment(since)
    cases = asyncio.run(_read(settings, begin))
    if not cases:
        raise FixtureError(
            f"the store holds no request since {since} that has ended; those of finished jobs are kept for "
            "EVALUATOR_RETENTION_DAYS"
        )
    return cases


def export_jsonl(settings: Settings, since: str, file: Path) -> int:
    """Write such cases to `file`, a line each and readable by its owner alone; return how many.

    A line holds name, redacted request without its secret, the service's rating and a person's. Raises as
    `stored_cases`, and FixtureError where the file cannot be written.
    """
    cases = stored_cases(settings, since)
    try:
        with open(file, "w", encoding="utf-8", opener=_private) as stream:
            stream.writelines(_line(case) for case in cases)
    except OSError as error:
        raise FixtureError(f"{file}: cannot be written: {error.strerror}") from None
    return len(cases)


def moment(since: str, *, now: float | None = None) -> float:
    """Return the time, in epoch seconds, that an age or a date stands for. Raises FixtureError."""
    age = _AGE.fullmatch(since)
    if age:
        return (time.time() if now is None else now) - int(age[1]) * _UNITS[age[2]]
    try:
        told = datetime.fromisoformat(since)
    except ValueError:
        raise FixtureError(
            "--since: should be an age such as 12h or 7d, or a date such as 2026-11-01"
        ) from None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


async def cases_of(store: JobStore, *, since: float) -> list[Case]:
    """Return the requests in `store` that were accepted since an epoch second and have ended.

    Behind them come those that a person has corrected since, and whose job is older or no longer held.
    """
    wanted = Filter(states=("succeeded", "failed"), newer_than=since)
    redactor = Redactor()
    rated = {each.job: each for each in await store.studio_cases.rated(since=since)}
    cases: list[Case] = []
    cursor: str | None = None
    while True:
        page = await store.list(wanted, limit=_PAGE, cursor=cursor)
        for job in page.jobs:
            held = await store.payloads(job.id)
            if held is not None and held.request is not None:
                told = _Told(job.id, job.candidate_id, held.request, held.secret, _rating(held.result))
                cases += _case(told, _pseudonym(store, job.candidate_id), redactor, rated.pop(job.id, None))
        cursor = page.cursor
        if cursor is None:
            break
    for kept in rated.values():
        told = _Told(kept.job or kept.id, kept.candidate, kept.request, None, kept.service_rating)
        cases += _case(told, _pseudonym(store, kept.candidate), redactor, kept)
    return cases


async def _read(settings: Settings, since: float) -> list[Case]:
    async with existing_store(settings) as store:
        return await cases_of(store, since=since)


def _pseudonym(store: JobStore, candidate: Identifier) -> str:
    """Return what stands for a candidate: the same in every export of this store, and in no other's."""
    return f"c-{store.fingerprint('case', canonical(candidate))[:12]}"


def _rating(result: bytes | None) -> float | None:
    told: float | None = json.loads(result).get("rating") if result else None
    return told


def _case(told: _Told, pseudonym: str, redactor: Redactor, kept: Kept | None) -> Iterator[Case]:
    """Yield a case; none where an earlier version took what this one refuses."""
    words = _words(told, pseudonym)
    body = {**hidden(json.loads(told.request), words), "candidate_id": pseudonym, "call_secret": REMOVED}
    try:
        request = clean_request(read_model(AssessmentRequest, body))
        redacted = redact_request(request, redactor).value
    except InvalidRequest:
        return
    expectation = None
    if kept is not None and kept.rating is not None:
        note = redactor.value(hidden(kept.why or "", words), names=redactor.names(body)).value
        expectation = _expectation(kept.rating, kept.at, note)
    yield Case(f"{pseudonym}-{told.job[-6:]}", redacted, expectation, service_rating=told.service_rating)


def _expectation(rating: float, at: float, note: str) -> Expectation:
    """Return a person's rating as the label of a case, dated in UTC."""
    on = datetime.fromtimestamp(at, UTC).date()
    human = HumanRating(rater=RATER, on=on, rating=rating, note=note)
    return Expectation(human_ratings=(human,))


def _words(told: _Told, pseudonym: str) -> Mapping[str, str]:
    """Return what stands for the call's secret and the candidate's id, wherever they are met."""
    secret = "" if told.secret is None else str(json.loads(told.secret))
    return {secret: REMOVED, str(told.candidate): pseudonym}


def _line(case: Case) -> str:
    body = case.request.model_dump(mode="json", exclude_unset=True, exclude={"call_secret"})
    told: dict[str, Any] = {"name": case.name, "request": body}
    if case.expectation is not None:
        told["expect"] = case.expectation.model_dump(mode="json", exclude_unset=True)
    if case.service_rating is not None:
        told["service_rating"] = case.service_rating
    return json.dumps(told, ensure_ascii=False) + "\n"


def _private(path: str, flags: int) -> int:
    file = os.open(path, flags, 0o600)
    os.fchmod(file, 0o600)  # one that was there keeps its mode otherwise
    return file
