"""Making the completion: the reply in the form that was asked for, with usage, in OpenAI's shape.

Tokens are counted cheaply, as a quarter of the UTF-8 bytes rounded up: nobody pays for them. May import
the sibling modules.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from evaluator.contract.ours import HEURISTIC
from evaluator.offline.chat import BadRequest, ChatRequest
from evaluator.offline.faults import Fault
from evaluator.offline.rater import MAX_QUOTES, Rater
from evaluator.offline.schema import SchemaRefused, fill

MODEL_NAME = HEURISTIC
"""The name under which it answers, whatever model was asked for."""

FINGERPRINT = "word matching, no model"
"""Stands in every completion as `system_fingerprint`."""

BYTES_PER_TOKEN = 4
"""Bytes that are counted as one token."""


def completion(
    asked: ChatRequest, rater: Rater, *, fault: Fault | None = None, broken: bool = False
) -> dict[str, Any]:
    """Return the completion for a request, but for `created`; raises BadRequest where its schema is refused.

    `fault` spoils the reply on purpose; `broken` chooses between the two ways of doing so.
    """
    text = _reply_text(asked, rater)
    finish = "stop"
    limit = asked.limit
    if fault is Fault.TRUNCATED:
        limit = min(limit or tokens(text), max(1, tokens(text) // 2))
    if limit is not None and tokens(text) > limit:
        text, finish = (
            text.encode("utf-8", "replace")[: limit * BYTES_PER_TOKEN].decode("utf-8", "ignore"),
            "length",
        )
    if fault is Fault.MALFORMED:
        text = _spoilt(text, broken)
    refusal = "I am not able to judge this, on purpose." if fault is Fault.REFUSED else None
    used, written = -(-asked.prompt_bytes // BYTES_PER_TOKEN), tokens(refusal or text)
    return {
        "id": f"chatcmpl-{hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=12).hexdigest()}",
        "object": "chat.completion",
        "model": MODEL_NAME,
        "system_fingerprint": FINGERPRINT,
        "choices": [_choice(asked, text, refusal, finish)],
        "usage": {
            "prompt_tokens": used,
            "completion_tokens": written,
            "total_tokens": used + written,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


def tokens(text: str) -> int:
    """Return the tokens of `text` as they are counted here: a quarter of its UTF-8 bytes, rounded up."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def models() -> dict[str, Any]:
    """Return the list of models, which has one entry that says it is none."""
    entry = {
        "id": MODEL_NAME,
        "object": "model",
        "created": 0,
        "owned_by": "candidate-evaluator",
        "kind": FINGERPRINT,
    }
    return {"object": "list", "data": [entry]}


def _reply_text(asked: ChatRequest, rater: Rater) -> str:
    if asked.schema is None:
        plain = rater.writer(asked.instructions).phrases["plain"]
        return _json({"note": plain}) if asked.form == "json_object" else str(plain)
    text = _json(_value(asked, rater, MAX_QUOTES))
    if asked.limit is not None and tokens(text) > asked.limit:
        text = _json(_value(asked, rater, 1))
    return text


def _value(asked: ChatRequest, rater: Rater, quotes: int) -> Any:
    try:
        criteria = _criteria(asked.schema)
        if criteria is None:
            return fill(asked.schema)
        return fill(asked.schema, rater.rate(asked.instructions, asked.texts, criteria, quotes=quotes))
    except SchemaRefused as error:
        raise BadRequest(
            f"Invalid schema: {error}.", param="response_format", code="invalid_schema"
        ) from None


def _criteria(schema: Any) -> Mapping[str, Any] | None:
    """Return the criteria by id where the schema is one of a judgement, None where it is another."""
    try:
        criteria = schema["properties"]["criteria"]["properties"]
    except (TypeError, KeyError):
        return None
    return criteria if isinstance(criteria, Mapping) else None


def _choice(asked: ChatRequest, text: str, refusal: str | None, finish: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if refusal is not None:
        message = {"role": "assistant", "content": None, "refusal": refusal}
    elif asked.form == "tool":
        call = {"id": "call_0", "type": "function", "function": {"name": asked.tool, "arguments": text}}
        message = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}


def _spoilt(text: str, broken: bool) -> str:
    """Return a reply that is no JSON, or one that is and lacks what was asked for."""
    return text[: len(text) // 2] if broken else _json({"summary": "spoilt on purpose"})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
