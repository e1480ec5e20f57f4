"""Reading a chat-completions request: its texts, and in which form the reply is wanted.

The JSON Schema may come as `response_format`, as the parameters of a forced tool, or in the prompt's own
text; one that stands inside a fence is the candidate's and is never taken. May import the sibling modules.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluator.offline.reading import outside_fences

Form = Literal["json_schema", "json_object", "tool", "text"]

MAX_STARTS = 16
"""Places of a message at which a JSON Schema is tried to be read."""

_JSON_START = re.compile(r'\{\s*"')
_INSTRUCTING = frozenset(("system", "developer"))
_ROLES = _INSTRUCTING | {"user", "assistant", "tool", "function"}


class BadRequest(Exception):
    """The request is not one that can be answered; becomes a 400 in OpenAI's form."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        """`param` names the field, `code` is OpenAI's word for the fault."""
        super().__init__(message)
        self.param = param
        self.code = code


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What is asked.

    `instructions` are the system messages and `texts` all that may hold fences, in order. `schema` is
    None where no schema is sent at all, `tool` the name of the forced one, `limit` the most tokens.
    """

    instructions: Sequence[str]
    texts: Sequence[str]
    form: Form
    schema: Any
    tool: str
    limit: int | None
    prompt_bytes: int


def read_request(body: bytes) -> ChatRequest:
    """Read the body of a chat-completions request; raises BadRequest."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.")
    if not isinstance(value.get("model"), str) or not value["model"]:
        raise BadRequest("you must provide a model parameter", param="model")
    _refuse_unsupported(value)
    messages = list(_messages(value.get("messages")))
    instructions = [text for role, text in messages if role in _INSTRUCTING]
    texts = [text for role, text in messages if role in _INSTRUCTING or role == "user"]
    form, schema, tool = _wanted_form(value)
    return ChatRequest(
        instructions=instructions,
        texts=texts,
        form=form,
        schema=_schema_in(texts) if schema is None else schema,
        tool=tool,
        limit=_limit(value),
        prompt_bytes=sum(len(text.encode("utf-8", "replace")) for _, text in messages),
    )


def _refuse_unsupported(value: Mapping[str, Any]) -> None:
    if value.get("stream"):
        raise BadRequest("This heuristic does not stream.", param="stream", code="unsupported_value")
    if value.get("n") not in (None, 1):
        raise BadRequest("This heuristic has one reply.", param="n", code="unsupported_value")


def _messages(messages: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' must be a list with at least one message.", param="messages")
    for number, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _ROLES:
            raise BadRequest("The role of a message is not known.", param=f"messages.{number}.role")
        text = _text(message.get("content"))
        if text is None:
            raise BadRequest("The content is no text.", param=f"messages.{number}.content")
        yield role, text


def _text(content: Any) -> str | None:
    """Return a message's content, which may come in parts; None where it is no text."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return None
    texts = [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return "\n".join(texts) if len(texts) == len(content) else None


def _wanted_form(value: Mapping[str, Any]) -> tuple[Form, Any, str]:
    """Return the form, the schema that comes with it, and the name of the forced tool."""
    if name := _forced_tool(value):
        return "tool", _tool_parameters(value, name), name
    asked = value.get("response_format")
    kind = asked.get("type") if isinstance(asked, dict) else asked
    if kind in (None, "text"):
        return "text", None, ""
    if kind == "json_object":
        return "json_object", None, ""
    described = asked.get("json_schema") if isinstance(asked, dict) and kind == "json_schema" else None
    if not isinstance(described, dict) or "schema" not in described:
        raise BadRequest("The response_format is not known or lacks its schema.", param="response_format")
    return "json_schema", described["schema"], ""


def _forced_tool(value: Mapping[str, Any]) -> str:
    """Return the name of the tool that must be called, "" where none must."""
    choice = value.get("tool_choice")
    tools = value.get("tools") or []
    if choice == "required" and isinstance(tools, list) and tools:
        return str(_function(tools[0]).get("name", ""))
    if not isinstance(choice, dict):
        return ""
    name = _function(choice).get("name")
    if not isinstance(name, str) or not name:
        raise BadRequest("tool_choice names no function.", param="tool_choice")
    return name


def _tool_parameters(value: Mapping[str, Any], name: str) -> Any:
    tools = value.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        if _function(tool).get("name") == name:
            return _function(tool).get("parameters", {"type": "object"})
    raise BadRequest("tool_choice names a function that tools does not have.", param="tool_choice")


def _function(tool: Any) -> Mapping[str, Any]:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function if isinstance(function, dict) else {}


def _limit(value: Mapping[str, Any]) -> int | None:
    name = next(
        (name for name in ("max_completion_tokens", "max_tokens") if value.get(name) is not None), None
    )
    if name is None:
        return None
    limit = value[name]
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise BadRequest("The limit must be a whole number above 0.", param=name)
    return limit


def _schema_in(texts: Sequence[str]) -> Any:
    """Return the last JSON Schema that the messages themselves hold, outside every fence; None if none."""
    for text in reversed(texts):
        if found := list(_schemas(outside_fences(text))):
            return found[-1]
    return None


def _schemas(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(MAX_STARTS):
        start = _JSON_START.search(text, at)
        if start is None:
            return
        try:
            value, at = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            at = start.end()
            continue
        if isinstance(value, dict) and ("properties" in value or value.get("type") == "object"):
            yield value
