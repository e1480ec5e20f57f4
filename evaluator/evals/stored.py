"""Cases from the service's own store: what it was really asked, redacted.

Finished and failed requests, the newest first; the rating that the service gave comes along as information
and is no label. Imports the store and what it stands on, so it is imported only where it is asked for. May
import `wiring` and below, `evals.dataset` and `evals.jsonl`.
"""

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest, Identifier
from evaluator.errors import FixtureError, InvalidRequest
from evaluator.evals.dataset import Case
from evaluator.hygiene import clean_request
from evaluator.redaction.redactor import Redactor
from evaluator.redaction.requests import redact_request
from evaluator.settings import Settings
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Filter, Job, Payloads, canonical
from evaluator.wiring import existing_store

REMOVED = "[removed]"
"""Stands where an id or a secret was."""

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE = re.compile(r"(\d{1,6})([smhd])")
_PAGE = 200
_SECRET_KEYS = frozenset(("call_secret", "api_key", "authorization", "token"))
_SHORTEST = 6
"""Characters from which on an id or a secret is looked for in texts; a shorter one may be any number."""


def stored_cases(settings: Settings, since: str) -> list[Case]:
    """Return the requests that were accepted since then and have ended, as redacted cases.

    `since`: an age such as 12h or 7d, or a date. What is no longer held is left out. Raises FixtureError
    where `since` is neither or no request is held, SettingsError or a StorageError where there is no store.
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

    A line holds name, redacted request without its secret, and the service's rating. Raises as
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
    """Return the requests in `store` that were accepted since an epoch second and have ended."""
    wanted = Filter(states=("succeeded", "failed"), newer_than=since)
    redactor = Redactor()
    cases: list[Case] = []
    cursor: str | None = None
    while True:
        page = await store.list(wanted, limit=_PAGE, cursor=cursor)
        for job in page.jobs:
            held = await store.payloads(job.id)
            if held is not None and held.request is not None:
                cases += _case(job, held, _pseudonym(store, job.candidate_id), redactor)
        cursor = page.cursor
        if cursor is None:
            return cases


async def _read(settings: Settings, since: float) -> list[Case]:
    async with existing_store(settings) as store:
        return await cases_of(store, since=since)


def _pseudonym(store: JobStore, candidate: Identifier) -> str:
    """Return what stands for a candidate: the same in every export of this store, and in no other's."""
    return f"c-{store.fingerprint('case', canonical(candidate))[:12]}"


def _case(job: Job, held: Payloads, pseudonym: str, redactor: Redactor) -> Iterator[Case]:
    """Yield the case of a job; none where an earlier version took what this one refuses."""
    body = json.loads(held.request or b"{}")
    hidden = _hidden(body, job.candidate_id, held.secret, pseudonym)
    try:
        request = clean_request(read_model(AssessmentRequest, {**hidden, "call_secret": REMOVED}))
        redacted = redact_request(request, redactor).value
    except InvalidRequest:
        return
    result = json.loads(held.result) if held.result else {}
    yield Case(f"{pseudonym}-{job.id[-6:]}", redacted, None, service_rating=result.get("rating"))


def _hidden(
    body: Mapping[str, Any], candidate: Identifier, secret: bytes | None, pseudonym: str
) -> dict[str, Any]:
    """Return a request with the candidate's id replaced and the call's secret removed wherever they stand."""
    told = {"" if secret is None else str(json.loads(secret)): REMOVED, str(candidate): pseudonym}
    words = {word: instead for word, instead in told.items() if len(word) >= _SHORTEST}
    return {**_replaced(body, words, _pattern_of(words)), "candidate_id": pseudonym}


def _pattern_of(words: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern for whole words; with none it matches nothing."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words)) or '(?!)'})(?!\w)")


def _replaced(value: Any, words: Mapping[str, str], pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(lambda match: words[match[0]], value)
    if isinstance(value, Mapping):
        return {
            _replaced(key, words, pattern): (
                REMOVED if key in _SECRET_KEYS else _replaced(member, words, pattern)
            )
            for key, member in value.items()
        }
    if isinstance(value, list):
        return [_replaced(item, words, pattern) for item in value]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return words.get(str(value), value) if number else value


def _line(case: Case) -> str:
    body = case.request.model_dump(mode="json", exclude_unset=True, exclude={"call_secret"})
    rating = {} if case.service_rating is None else {"service_rating": case.service_rating}
    return json.dumps({"name": case.name, "request": body, **rating}, ensure_ascii=False) + "\n"


def _private(path: str, flags: int) -> int:
    file = os.open(path, flags, 0o600)
    os.fchmod(file, 0o600)  # one that was there keeps its mode otherwise
    return file
