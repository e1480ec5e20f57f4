"""One evaluation in full, as its page shows it: what is still held of it, and why the rest is not.

Words come from the audit record, which holds the prompt, the reply and the result of the last evaluation;
where there is none, from the stored result. May import `audit`, `jobs`, `evals` and `studio` siblings.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluator.audit import sentences
from evaluator.audit.explaining import Criterion, Explanation, criteria_of, explain
from evaluator.audit.sentences import SOURCES
from evaluator.audit.verifying import wrong_with
from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import InvalidRequest, JobUnknown
from evaluator.evals.hiding import REMOVED, hidden
from evaluator.jobs.operations import Operations, Shown
from evaluator.storage.jobs import JobStore
from evaluator.storage.records import Records, Stored
from evaluator.storage.rows import Attempt, Job
from evaluator.studio.evaluation_words import contribution, flag_words
from evaluator.studio.quoted import Quote, Quotes, cut
from evaluator.studio.quoted import Shown as Material

_MOST_TEXT = 100_000
"""Characters of a message or a reply that a page shows."""

_NO_REQUEST = (
    "The application is not kept any more: its time was over. Quotes cannot be shown in their place, and it "
    "cannot be kept in a cohort."
)
_NO_JOB = (
    "Application, result, prompt and delivery attempts are not kept any more: their time was over. What is "
    "left is the record of how the rating came about, without the candidate's words."
)
_NO_CONTENT = "Prompt, reply and quotes are not kept any more: their time was over."
_OLD_FORM = "The application was taken by another version of the service and cannot be shown in parts."
_NO_RECORD = "There is no audit record of this evaluation: it was made before the service kept one."


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion with its quotes, and what it gives to the rating: `share` of the most it could, 0 to 1."""

    criterion: Criterion
    given: str
    share: float
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that was kept from the model: where it stands, what it is, and its words if kept."""

    where: str
    kinds: tuple[str, ...]
    severe: bool
    words: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What was asked and answered once; `messages` are (who speaks, text), none where they are the `same`."""

    same: bool
    messages: tuple[tuple[str, str], ...] = field(repr=False)
    reply: str | None = field(repr=False)
    failure: str | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the page shows. `job` is None where only the record is left, `told` where there is none.

    `context` is that of the result, empty where nothing was rated; `gone` are sentences on what is not there
    any more; `wrong` is what is wrong with the record, empty where it is as it was written. `unshown`:
    characters of the material that are too many for a page. `left_out`: what was not shown or did not count.
    """

    id: str
    job: Job | None
    told: Explanation | None
    rating: float | None
    comment: str
    failure: str | None
    context: Mapping[str, Any] = field(repr=False)
    judged: tuple[Judged, ...]
    material: tuple[Material, ...]
    unshown: int
    flags: tuple[str, ...]
    passages: tuple[Passage, ...]
    left_out: tuple[str, ...]
    exchanges: tuple[Exchanged, ...]
    attempts: tuple[Attempt, ...]
    gone: tuple[str, ...]
    wrong: tuple[str, ...]
    request_held: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """What is held of a job: of its records, all, the latest evaluation, and its sealed part."""

    shown: Shown | None
    records: Sequence[Stored]
    latest: Stored | None
    content: Mapping[str, Any] | None = field(repr=False)


async def evaluation_of(job_id: str, store: JobStore, operations: Operations) -> Evaluation:
    """Return an evaluation in full. Raises JobUnknown where nothing of it is left, and StorageKeyWrong."""
    held = await _held(job_id, store, operations)
    wrong = () if held.latest is None else await wrong_with(store.records, held.latest)
    return await asyncio.to_thread(_evaluation, job_id, held, store.records, tuple(wrong))


async def _held(job_id: str, store: JobStore, operations: Operations) -> _Held:
    records = await store.records.of_job(job_id)
    evaluations = [each for each in records if each.kind == "evaluation"]
    latest = evaluations[-1] if evaluations else None
    try:
        shown = await operations.show(job_id, request=True, result=True)
    except JobUnknown:
        if latest is None:
            raise
        return _Held(None, records, latest, store.records.unsealed(latest))
    payloads = await store.payloads(job_id)
    secret = payloads.secret if payloads else None
    instead = {} if secret is None else {str(json.loads(secret)): REMOVED}
    content = None if latest is None else store.records.unsealed(latest)
    clean = Shown(shown.job, shown.attempts, hidden(shown.request, instead), hidden(shown.result, instead))
    return _Held(clean, records, latest, hidden(content, instead))


def _evaluation(job_id: str, held: _Held, records: Records, wrong: tuple[str, ...]) -> Evaluation:
    result = _result(held)
    context: Mapping[str, Any] = result.get("context") or {}
    quotes = Quotes()
    judged = tuple(_judged(context, held, quotes))
    request, gone = _request(held)
    material, unshown = cut(() if request is None else quotes.shown_in(request))
    return Evaluation(
        id=job_id,
        job=held.shown.job if held.shown else None,
        told=explain(held.records, records),
        rating=result.get("rating"),
        comment=result.get("comment") or "",
        failure=result.get("failure_details"),
        context=context,
        judged=judged,
        material=material,
        unshown=unshown,
        flags=tuple(map(flag_words, context.get("flags", ()))),
        passages=_passages(context.get("manipulation", ())),
        left_out=tuple(_left_out(context)),
        exchanges=tuple(_exchanged((held.content or {}).get("exchanges", ()))),
        attempts=held.shown.attempts if held.shown else (),
        gone=(*gone, *_gone(held)),
        wrong=wrong,
        request_held=bool(held.shown and held.shown.request),
    )


def _result(held: _Held) -> Mapping[str, Any]:
    """Return the result: as recorded, else as stored, else what the record says of it without words."""
    if held.content is not None:
        recorded: Mapping[str, Any] = held.content["result"]
        return recorded
    if held.shown is not None and held.shown.result is not None:
        return held.shown.result
    told = held.latest.told if held.latest else {}
    return {
        "rating": told.get("rating"),
        "failure_details": told.get("failure"),
        "context": told.get("context"),
    }


def _judged(context: Mapping[str, Any], held: _Held, quotes: Quotes) -> list[Judged]:
    """Return the criteria in words; without the sealed part, without quotes."""
    kept = held.content is not None or bool(held.shown and held.shown.result)
    content = {"result": {"context": context}} if kept else None
    found = context.get("criteria", ())
    return [
        Judged(
            criterion,
            contribution(criterion),
            min(1.0, criterion.points / (100 * criterion.weight)) if criterion.weight else 0.0,
            quotes.of(raw) if kept else (),
        )
        for criterion, raw in zip(criteria_of(_counted(context, kept), content), found, strict=True)
    ]


def _counted(context: Mapping[str, Any], kept: bool) -> Mapping[str, Any]:
    """Return a result's context with its rules, which one of an earlier version may lack."""
    return {"rules": {"claim_weight": 0.0}, **context} if kept else context


def _request(held: _Held) -> tuple[AssessmentRequest | None, tuple[str, ...]]:
    if held.shown is None:
        return None, ()
    if held.shown.request is None:
        return None, (_NO_REQUEST,)
    try:
        return read_model(AssessmentRequest, {**held.shown.request, "call_secret": REMOVED}), ()
    except InvalidRequest:
        return None, (_OLD_FORM,)


def _gone(held: _Held) -> list[str]:
    if held.shown is None:
        return [_NO_JOB]
    if held.latest is None:
        return [_NO_RECORD] if held.shown.job.finished_at and held.shown.result else []
    return [_NO_CONTENT] if held.content is None else []


def _passages(found: Sequence[Mapping[str, Any]]) -> tuple[Passage, ...]:
    """Return each passage once, with all that the rules took it for."""
    kinds: dict[tuple[str, str | None], dict[str, bool]] = {}
    for each in found:
        where = SOURCES.get(each["source"], each["source"])
        own = kinds.setdefault((where, each.get("excerpt")), {})
        kind = each["kind"].replace("_", " ")
        own[kind] = own.get(kind, False) or each["severity"] == "severe"
    return tuple(
        Passage(where, tuple(own), any(own.values()), words) for (where, words), own in kinds.items()
    )


def _left_out(context: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the model was not shown and what did not count; flags and passages are told apart."""
    yield from sentences.left_out(context)
    yield from sentences.not_counted({**context, "flags": (), "manipulation": ()})


def _exchanged(exchanges: Sequence[Mapping[str, Any]]) -> Iterator[Exchanged]:
    """Yield what was asked and answered; what was asked in the same words as at first is not repeated."""
    for at, each in enumerate(exchanges):
        same = at > 0 and each["messages"] == exchanges[0]["messages"]
        messages = [] if same else [(said["role"], _bounded(said["content"])) for said in each["messages"]]
        reply = each.get("reply")
        yield Exchanged(
            same, tuple(messages), None if reply is None else _bounded(reply), each.get("failure")
        )


def _bounded(text: str) -> str:
    """Return a text, without its middle where it is too long for a page."""
    if len(text) <= _MOST_TEXT:
        return text
    half = _MOST_TEXT // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half} characters are not shown …]\n{text[-half:]}"
