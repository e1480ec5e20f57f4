"""From an evaluation to the entry of the audit record: what is public, what names, and what is sealed.

The public part is made of a list of known fields alone, so that a new field of the result is sealed until
somebody says that it names and quotes nobody. May import `storage`, `contract`, `errors` and siblings.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Any

from evaluator.audit.hearing import Exchange, Hearing
from evaluator.audit.program import Program
from evaluator.contract.request import AssessmentRequest, Identifier
from evaluator.contract.result import AssessmentResult
from evaluator.storage.chain import Entry, as_text
from evaluator.storage.records import Records

_APART = {"call_secret"}
"""Is in no record."""

_CONTEXT = (
    "pack",
    "rating_range",
    "computed_rating",
    "coverage",
    "confidence",
    "overall_cross_check",
    "scoring",
    "rules",
    "samples",
    "prompt",
    "redacted",
    "second_opinion",
)
"""Members of a result's `context` that hold no words of the candidate, nor of a model about them."""

_CRITERION = (
    "id",
    "title",
    "kind",
    "must_have",
    "weight",
    "required_level",
    "level",
    "finding",
    "claimed_level",
    "contribution",
)
_TELLING_FLAGS = ("must_have_contradicted", "samples_disagree", "cross_check", "holistic_gap")
"""Flags whose detail is a title or a figure; of others the kind alone is public."""

_MANIPULATION = ("source", "kind", "severity", "rule")
_REMOVAL = ("kind", "count")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose evaluation it was: the job, which run of it, and the ids as they came.

    `request` is None where it was no longer held.
    """

    job: str
    run: int
    candidate: Identifier
    step: Identifier
    request: AssessmentRequest | None


class Recorder:
    """Makes the entries of one process."""

    def __init__(self, records: Records, program: Program, hearing: Hearing | None = None) -> None:
        """`program` is what judges here; `hearing` is the model that it asks, None where none is heard."""
        self._records = records
        self._program = program
        self._hearing = hearing

    def listening(self) -> AbstractContextManager[list[Exchange]]:
        """Have a list filled with what is asked and answered within the block."""
        return nullcontext(list[Exchange]()) if self._hearing is None else self._hearing.listening()

    def evaluated(
        self,
        subject: Subject,
        result: AssessmentResult,
        heard: Sequence[Exchange],
        *,
        at: float,
        error: str | None = None,
    ) -> Entry:
        """Return the entry of an evaluation that ended at `at`, epoch seconds.

        `result` is what is told of it, without a rating where it failed; `error` then names the error.
        """
        salt = secrets.token_hex(16)
        exchanges = [_exchange(each) for each in heard]
        context = result.context or {}
        public = {
            "run": subject.run,
            "status": result.status,
            "rating": result.rating,
            "failure": result.failure_details,
            "error": error,
            "program": asdict(self._program),
            "model": _model(context, heard),
            "prompt_digest": salted(salt, as_text(exchanges[0]["messages"])) if exchanges else None,
            "context": _public_context(context, salt),
        }
        content = {
            "exchanges": exchanges,
            "result": result.model_dump(mode="json", exclude_none=True, exclude=_APART),
        }
        return Entry("evaluation", at, public, self._identity(subject, salt), self._records.sealed(content))

    def _identity(self, subject: Subject, salt: str) -> dict[str, Any]:
        return {
            "job": subject.job,
            "candidate": self._records.candidate_mark(subject.candidate),
            "step": self._records.step_mark(subject.step),
            "request": None if subject.request is None else request_digest(subject.request),
            "salt": salt,
        }


def correction(
    records: Records,
    identity: Mapping[str, Any],
    *,
    of: int,
    by: str,
    note: str,
    rating: float | None,
    at: float,
) -> Entry:
    """Return the entry that says how a person corrected the record `of`, whose identity is given."""
    named = {**identity, "salt": secrets.token_hex(16)}
    sealed = records.sealed({"by": by, "note": note})
    return Entry("correction", at, {"of": of, "rating": rating}, named, sealed)


def request_digest(request: AssessmentRequest) -> str:
    """Return the SHA-256 of a request without its secret: as JSON, members in order, in UTF-8."""
    body = request.model_dump(mode="json", exclude_unset=True, exclude=_APART)
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def salted(salt: str, text: str) -> str:
    """Return the SHA-256 of a record's salt and a text: without the salt no guess can be tried."""
    return hashlib.sha256(f"{salt}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _exchange(exchange: Exchange) -> dict[str, Any]:
    ask, answer = exchange.ask, exchange.answer
    return {
        "messages": [{"role": each.role, "content": each.content} for each in ask.messages],
        "seed": ask.seed,
        "reply": answer and answer.text,
        "misfits": exchange.misfits,
        "failure": exchange.failure,
    }


def _model(context: Mapping[str, Any], heard: Sequence[Exchange]) -> dict[str, Any] | None:
    """Return who was asked and how, and who answered; None where nobody was asked."""
    if not heard:
        return None
    ask = heard[0].ask
    stamp = context.get("model") or {}
    answered = [each.answer.model for each in heard if each.answer is not None]
    return {
        "asked": ask.model,
        "answered": sorted(set(answered)),
        "kind": stamp.get("kind"),
        "form": stamp.get("form"),
        "questions": len(heard),
        "temperature": ask.temperature,
        "seeds": [each.ask.seed for each in heard],
        "max_output_tokens": ask.max_output_tokens,
    }


def _public_context(context: Mapping[str, Any], salt: str) -> dict[str, Any]:
    public = {name: context[name] for name in _CONTEXT if name in context}
    public["flags"] = [_flag(each) for each in context.get("flags", ())]
    for name, known in (("manipulation", _MANIPULATION), ("removed", _REMOVAL)):
        if name in context:
            public[name] = [_known(each, known) for each in context[name]]
    if "criteria" in context:
        public["criteria"] = [_criterion(each, salt) for each in context["criteria"]]
    return public


def _flag(flag: str) -> str:
    kind = flag.partition(":")[0]
    return flag if kind in _TELLING_FLAGS else kind


def _criterion(criterion: Mapping[str, Any], salt: str) -> dict[str, Any]:
    quotes = [
        {"source": quote["source"], "digest": salted(salt, quote["text"])} for quote in criterion["quotes"]
    ]
    dropped = len(criterion.get("dropped_quotes", ()))
    return {**_known(criterion, _CRITERION), "quotes": quotes, "dropped_quotes": dropped}


def _known(mapping: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: mapping[name] for name in names if name in mapping}
