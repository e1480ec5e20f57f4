"""An entry of the audit record in words that the person it is about can read.

Made of what is recorded alone. Where the sealed part is erased, quotes and reasons are not told, and the
arithmetic still is. May import `storage`, `rubric` and siblings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from evaluator.audit import sentences
from evaluator.audit.arithmetic import Sum, summed, working
from evaluator.storage.records import Records, Stored


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion: what was asked, what was found, and how its points come about.

    `quotes` are (where, words), None where they are not kept any more; `dropped` are (where, why).
    """

    title: str
    must_have: bool
    weight: float
    required: str
    level: str
    finding: str
    points: float
    how: str
    claimed: str | None
    reason: str
    quotes: tuple[tuple[str, str], ...] | None = field(repr=False)
    quoted: int
    dropped: tuple[tuple[str, str], ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """How a person corrected it; `by` and `note` are None where they are not kept any more."""

    number: int
    at: str
    by: str | None
    note: str | None
    rating: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is told of one evaluation; times are ISO 8601 in UTC.

    `sum` is None where nothing was rated. `adds_up` is whether the recorded figures give the rating by
    criteria. `judged`, `not_counted` and `left_out` are sentences, `provenance` is (name, value). `wrong` are
    phrases on what is not as it was written; whoever has checked the record adds them.
    """

    job: str
    number: int
    hash: str
    at: str
    status: str
    outcome: str
    rating: float | None
    by_criteria: int | None
    criteria: tuple[Criterion, ...]
    sum: Sum | None
    adds_up: bool
    arithmetic: tuple[str, ...]
    judged: tuple[str, ...]
    not_counted: tuple[str, ...]
    left_out: tuple[str, ...]
    corrections: tuple[Correction, ...]
    provenance: tuple[tuple[str, str], ...]
    other_numbers: tuple[int, ...]
    content_kept: bool
    wrong: tuple[str, ...] = ()


def explain(stored: Sequence[Stored], records: Records) -> Explanation | None:
    """Return what is recorded of a job's latest evaluation, None where nothing is.

    `stored` are all records of the job, in order. Raises StorageKeyWrong.
    """
    evaluations = [each for each in stored if each.kind == "evaluation"]
    if not evaluations:
        return None
    latest = evaluations[-1]
    told, content = latest.told, records.unsealed(latest)
    context = told["context"]
    criteria = tuple(criteria_of(context, content))
    total = summed([each.points for each in criteria]) if criteria else None
    by_criteria = context.get("computed_rating")
    return Explanation(
        job=latest.job or "",
        number=latest.seq,
        hash=latest.hash,
        at=moment(latest.at),
        status=told["status"],
        outcome=sentences.outcome(told),
        rating=told["rating"],
        by_criteria=by_criteria,
        criteria=criteria,
        sum=total,
        adds_up=total is None or total.gives(by_criteria),
        arithmetic=tuple(sentences.arithmetic(told, total, [each.points for each in criteria])),
        judged=tuple(sentences.judged(told)),
        not_counted=tuple(sentences.not_counted(context)),
        left_out=tuple(sentences.left_out(context)),
        corrections=tuple(_corrections(stored, latest.seq, records)),
        provenance=tuple(sentences.provenance(told, latest)),
        other_numbers=tuple(each.seq for each in evaluations[:-1]),
        content_kept=content is not None,
    )


def moment(at: float) -> str:
    """Return epoch seconds as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def criteria_of(context: Mapping[str, Any], content: Mapping[str, Any] | None) -> Iterator[Criterion]:
    """Yield the criteria of a result's `context`, with the words of the sealed part where it is kept."""
    sealed = (content or {}).get("result", {}).get("context", {}).get("criteria", [])
    words = {each["id"]: each for each in sealed}
    for each in context.get("criteria", ()):
        said: Mapping[str, Any] = words.get(each["id"], {})
        quotes = tuple(
            (sentences.SOURCES[quote["source"]], quote["text"]) for quote in said.get("quotes", ())
        )
        dropped = said.get("dropped_quotes", ())
        yield Criterion(
            title=each["title"],
            must_have=each["must_have"],
            weight=each["weight"],
            required=each["required_level"],
            level=each["level"],
            finding=each["finding"],
            points=each["contribution"],
            how=working(each, context["rules"]["claim_weight"]),
            claimed=each.get("claimed_level"),
            reason=said.get("reason", ""),
            quotes=None if content is None else quotes,
            quoted=len(each["quotes"]),
            dropped=tuple((sentences.SOURCES[drop["source"]], drop["why"]) for drop in dropped),
            note=said.get("note"),
        )


def _corrections(stored: Sequence[Stored], of: int, records: Records) -> Iterator[Correction]:
    for each in stored:
        if each.kind == "correction" and each.told["of"] == of:
            said = records.unsealed(each) or {}
            yield Correction(each.seq, moment(each.at), said.get("by"), said.get("note"), each.told["rating"])
