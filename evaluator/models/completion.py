"""Reading a reply that came with status 200, which may still be none.

May import `faults` and `reply` of this package and below, and `errors`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator import errors
from evaluator.models.faults import Fault, Remedy, filtered, invalid
from evaluator.models.reply import Reading, read_object


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, and the object in it, if any."""

    text: str
    reading: Reading


def payload_of(content: bytes, *, host: str) -> Mapping[str, Any] | Fault:
    """Decode a body; a web page or anything else that is no JSON object is a fault."""
    if content.lstrip()[:1] == b"<":
        message = f"{host} answers with a web page; check EVALUATOR_MODEL_BASE_URL, which often ends in /v1"
        return Fault(Remedy.STOP, errors.ModelNotFound(message))
    try:
        payload = json.loads(content)
    except (ValueError, RecursionError):
        payload = None
    if isinstance(payload, Mapping):
        return payload
    return Fault(Remedy.WAIT, errors.ModelUnavailable(f"{host} answers with what is no JSON object"))


def error_in(payload: Mapping[str, Any]) -> tuple[int, Any] | None:
    """Return status and body of an error that hides in a 200, of the whole or of its choice, or None.

    OpenRouter puts the upstream's status into `code`; where there is none, 502 stands for it.
    """
    error = payload.get("error")
    if not error:
        error = _first_choice(payload).get("error")
    if not error:
        return None
    code = error.get("code") if isinstance(error, Mapping) else None
    return (code if isinstance(code, int) and 300 <= code < 600 else 502), error


def completion_of(payload: Mapping[str, Any], *, host: str, model: str) -> Completion | Fault:
    """Return what the first choice holds, or why it is of no use."""
    choice = _first_choice(payload)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        return Fault(Remedy.SAMPLE_AGAIN, invalid(model, f"{host} answered without a choice"))
    ended = choice.get("finish_reason")
    if message.get("refusal") or ended == "refusal":
        return Fault(Remedy.STOP, _refused(host, model))
    if ended == "content_filter":
        return Fault(Remedy.STOP, filtered(host, model, "finish_reason content_filter"))
    if ended in ("length", "max_tokens"):
        return Fault(Remedy.STOP, _truncated(host, model))
    if ended == "error":
        return Fault(Remedy.WAIT, errors.ModelUnavailable(f"{host} broke off the reply of {model}"))
    return _written(message, host, model)


def _written(message: Mapping[str, Any], host: str, model: str) -> Completion | Fault:
    """Take the forced tool's arguments, else the content, else JSON that landed among the reasoning."""
    for text in (_arguments(message), _content(message)):
        if text.strip():
            return Completion(text, read_object(text))
    for field in ("reasoning_content", "reasoning"):
        thought = message.get(field)
        if isinstance(thought, str):
            reading = read_object(thought)
            if reading.value is not None:
                return Completion(thought, reading)
    return Fault(Remedy.SAMPLE_AGAIN, invalid(model, f"{host} answered with a blank reply"))


def _first_choice(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = payload.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, Mapping) else {}


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the last tool call's arguments; some endpoints give them as an object and not as text."""
    calls = message.get("tool_calls")
    call = calls[-1] if isinstance(calls, list) and calls else None
    function = call.get("function") if isinstance(call, Mapping) else None
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    if isinstance(arguments, Mapping):
        return json.dumps(arguments, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else ""


def _content(message: Mapping[str, Any]) -> str:
    """Return the text; some endpoints give it in parts, with thinking among them."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _refused(host: str, model: str) -> errors.ModelError:
    return errors.ModelRefused(
        f"{model} at {host} declined to answer; have a person assess this candidate, or name another model"
    )


def _truncated(host: str, model: str) -> errors.ModelError:
    return errors.ModelReplyTruncated(
        f"the reply of {model} at {host} ended at the output limit; raise the pack's output tokens, "
        "or ask for fewer criteria"
    )
