"""An answer of a model, or its lasting failure, as JSON and back. May import `models.ask` and `errors`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evaluator.errors import (
    ModelContentFiltered,
    ModelContextExceeded,
    ModelError,
    ModelRefused,
    ModelReplyInvalid,
    ModelReplyTruncated,
    Spent,
)
from evaluator.models.ask import Answer, Check, Usage

LASTING: Mapping[str, type[ModelError]] = {
    kind.__name__: kind
    for kind in (
        ModelContextExceeded,
        ModelContentFiltered,
        ModelRefused,
        ModelReplyTruncated,
        ModelReplyInvalid,
    )
}
"""Failures that the question itself brings about, unlike a wrong key or a busy endpoint."""


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON; its value is left out where the text alone gives it."""
    told = asdict(answer)
    if _read(answer.text) == answer.value:
        del told["value"]
    return told


def error_as_json(error: ModelError, hidden: Sequence[str]) -> dict[str, Any] | None:
    """Return a lasting failure as JSON, without the texts `hidden`; None for one that may pass."""
    if type(error).__name__ not in LASTING:
        return None
    message = str(error)
    for each in hidden:
        message = message.replace(each, "the endpoint")
    return {"kind": type(error).__name__, "message": message, "spent": asdict(error.spent)}


def replayed(answer: Mapping[str, Any] | None, error: Mapping[str, Any] | None, check: Check) -> Answer:
    """Return the answer that was made JSON, or raise the failure that was.

    Raises ModelReplyInvalid where `check` finds that the answer no longer fits.
    """
    if answer is None:
        raise _failure(error or {})
    told = dict(answer)
    value = told.pop("value") if "value" in told else json.loads(told["text"])
    if complaints := check(value):
        faults = "one fault" if len(complaints) == 1 else f"{len(complaints)} faults"
        raise ModelReplyInvalid(f"the recorded reply no longer fits: {faults} against the schema")
    return Answer(**{**told, "value": value, "usage": Usage(**told["usage"])})


def _failure(told: Mapping[str, Any]) -> ModelError:
    failure = LASTING.get(told.get("kind", ""), ModelError)(told.get("message", ""))
    failure.spent = Spent(**told.get("spent", {}))
    return failure


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
