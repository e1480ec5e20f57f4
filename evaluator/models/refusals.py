"""What endpoints say when they refuse, in words and codes.

An error body is reduced to its telling strings, in lower case; they are matched against the phrases that
the common endpoints use. Bodies may echo the prompt, so only known keys are read, nothing of a body is
ever shown, and every list of phrases is specific. May import nothing of the package.
"""

import re
from collections.abc import Mapping
from typing import Any

_TELLING = frozenset(
    {"error", "errors", "message", "msg", "code", "type", "param", "status"}
    | {"detail", "details", "reason", "loc", "raw", "metadata"}
)
_SAYS_NOTHING = frozenset({"error", "invalid_request_error", "badrequesterror", "bad request"})
"""Types that every refusal carries, whatever it refuses."""
_MAX_NODES = 60
_MAX_TEXT = 4000
_MAX_WORDS = 12_000

_CODE = re.compile(r"[a-z][a-z_]{2,39}")


def words_of(body: Any) -> str:
    """Return the telling strings of an error body, in lower case, one a line.

    Takes every shape in use: an object (OpenAI), a list (Gemini), a string (LM Studio), nested `detail`
    lists (Mistral). A web page has no words.
    """
    found: list[str] = []
    waiting, seen = [body], 0
    while waiting and seen < _MAX_NODES:
        node, seen = waiting.pop(0), seen + 1
        if isinstance(node, Mapping):
            waiting.extend(value for key, value in node.items() if key in _TELLING)
        elif isinstance(node, list):
            waiting.extend(node[:_MAX_NODES])
        elif isinstance(node, str | int) and not str(node)[:20].lstrip().startswith("<"):
            found.append(str(node)[:_MAX_TEXT].lower())
    return "\n".join(words for words in found if words not in _SAYS_NOTHING)[:_MAX_WORDS]


def code_of(body: Any) -> str | None:
    """Return the body's own code for a message, where it is a plain word that can hold no secret."""
    inner = body[0] if isinstance(body, list) and body else body
    inner = inner.get("error", inner) if isinstance(inner, Mapping) else inner
    if not isinstance(inner, Mapping):
        return None
    for key in ("code", "type", "status"):
        value = inner.get(key)
        if isinstance(value, str) and _CODE.fullmatch(value.lower()):
            return value.lower()
    return None


def says(words: str, phrases: tuple[str, ...]) -> bool:
    """Tell whether one of the phrases stands in the words."""
    return any(phrase in words for phrase in phrases)


KEY_REJECTED = (
    "invalid_api_key",
    "api_key_invalid",
    "incorrect api key",
    "invalid api key",
    "api key not valid",
    "authentication_error",
    "authenticationerror",
)
NOT_FOUND = (
    "model_not_found",
    "model not found",
    "model not exist",
    "invalid model",
    "unknown model",
    "no such model",
    "deploymentnotfound",
)
QUOTA = (
    "insufficient_quota",
    "insufficient balance",
    "insufficient credits",
    "insufficient funds",
    "credit balance is too low",
    "exceeded your current quota",
    "key limit exceeded",
    "payment required",
    "budget has been exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
)
QUOTA_THAT_REFILLS = ("resource_exhausted", "per minute", "perminute", "retry in", "try again in")
"""Gemini words its limits by the minute as a used-up quota."""
CONTEXT = (
    "context_length_exceeded",
    "context length",
    "context window",
    "contextwindowexceeded",
    "context size",
    "exceed_context_size",
    "prompt is too long",
    "input is too long",
    "input token count",
    "too many tokens",
    "reduce the length",
    "string_above_max_length",
    "request too large",
    "too large for model",
)
FILTERED = (
    "content_filter",
    "content management policy",
    "content_policy_violation",
    "contentpolicyviolation",
    "responsibleaipolicyviolation",
    "data_inspection_failed",
    "content exists risk",
    "input was flagged",
    "requires moderation",
    "prompt was blocked",
    "prohibited_content",
)
SAMPLE_AGAIN = (
    "json_validate_failed",
    "failed to generate json",
    "failed to validate json",
    "tool_use_failed",
    "failed to call a function",
    "output_parse_failed",
)
NOT_TAKEN = (
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "extra_forbidden",
    "not permitted",
    "not allowed",
    "not available",
    "unavailable",
    "not implemented",
    "deprecated",
    "invalid",
    "instead",
    "only the default",
    "may only",
    "must be",
    "out of range",
)
"""Said of a parameter that an endpoint does not take."""
LIMIT_TOO_LARGE = (
    "too large",
    "too high",
    "at most",
    "less than",
    "greater than",
    "maximum value",
    "maximum allowed",
    "valid range",
    "exceeds",
)
NO_UPSTREAM = ("no endpoints found that",)
"""OpenRouter's 404 where it knows the model, and no upstream takes what was asked."""
UNNAMED_PARAMETER = ("requested parameters",)
"""The same for parameters; it does not say which."""
FORM = (
    "response_format",
    "response format",
    "json_schema",
    "json schema",
    "json_object",
    "json mode",
    "json_mode",
    "structured output",
    "structured_output",
    "structuredoutput",
    "schema",
    "grammar",
    "guided",
    "xgrammar",
    "outlines",
    "'strict'",
    "`strict`",
    "strict mode",
    "additionalproperties",
    "minitems",
    "maxitems",
    "tool_choice",
    "tool choice",
    "tools",
    "tool use",
    "function call",
    "requested parameters",
)
"""Said of a form of structured output, on a 4xx."""
FORM_BROKE = (
    "grammar",
    "response_format",
    "json_schema",
    "json schema",
    "guided",
    "xgrammar",
    "outlines",
    "structured output",
)
"""The same on a 5xx, where a schema broke the server: less is taken for it."""
RATE_LIMITED = ("rate limit", "rate_limit", "ratelimit", "too many requests", "resource_exhausted")
PASSING = (
    "litellm.timeout",
    "apiconnectionerror",
    "serviceunavailableerror",
    "internalservererror",
    "no deployments available",
    "overloaded",
    "temporarily",
    "try again later",
)
"""Passing faults that a proxy answers as 400."""
