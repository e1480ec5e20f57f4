"""The request's bytes for a turn and a plan, and the turns that follow a reply of no use.

What does not change from candidate to candidate stays in front: the schema, where a form needs it in the
prompt, is the end of the system message. May import `ask` and `ladder` of this package.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evaluator.models.ask import Ask, Message
from evaluator.models.ladder import Form, Plan

MAX_COMPLAINTS = 20
"""Faults that a repair turn names; more would not help a model."""
MAX_REPEATED = 32_000
"""Characters of its own reply that the model is shown again."""

_OPENROUTER = "openrouter.ai"


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of a conversation, apart from its plan: the messages and how they are sampled."""

    messages: tuple[Message, ...]
    temperature: float | None
    seed: int | None

    def sent(self, plan: Plan) -> dict[str, float]:
        """Return the parameters that are sent, and may be dropped where an endpoint refuses them."""
        given = {"temperature": self.temperature, "seed": self.seed}
        return {
            name: value for name, value in given.items() if value is not None and name not in plan.dropped
        }


def first_turn(ask: Ask) -> Turn:
    """Return the turn that asks."""
    return Turn(ask.messages, ask.temperature, ask.seed)


def sampled_again(turn: Turn) -> Turn:
    """Return the turn with another seed and temperature: an identical one repeats the same reply.

    What was left out stays left out; an endpoint then samples as it likes.
    """
    temperature = turn.temperature
    if temperature is not None:
        temperature = round(temperature + (0.3 if temperature <= 0.7 else -0.3), 2)
    return replace(turn, temperature=temperature, seed=None if turn.seed is None else turn.seed + 1)


def repair_turn(turn: Turn, ask: Ask, text: str, complaints: Sequence[str]) -> Turn:
    """Return the turn that shows the model its reply and says what is wrong with it."""
    named = "\n".join(f"- {complaint[:300]}" for complaint in complaints[:MAX_COMPLAINTS])
    demand = (
        f"Your reply does not fit:\n{named}\n"
        "Write the whole json object again, with these faults mended and nothing around it. "
        f"It must fit this JSON Schema:\n{_compact(ask.loose_schema)}"
    )
    shown = (Message("assistant", text[:MAX_REPEATED]), Message("user", demand))
    return replace(sampled_again(turn), messages=turn.messages + shown)


def request_body(ask: Ask, turn: Turn, plan: Plan, *, host: str) -> bytes:
    """Return the JSON of a chat-completions request."""
    messages = _with_schema(turn.messages, ask) if plan.form.schema_in_prompt else turn.messages
    body: dict[str, Any] = {
        "model": ask.model,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        plan.limit_name: ask.max_output_tokens,
        **turn.sent(plan),
        **_form_fields(ask, plan.form),
    }
    if host == _OPENROUTER:
        body["provider"] = {"require_parameters": True}
    # Half of a surrogate pair, which only a model's own reply can hold, has no UTF-8 form.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _form_fields(ask: Ask, form: Form) -> dict[str, Any]:
    if form is Form.STRICT:
        return _json_schema({"name": ask.schema_name, "strict": True, "schema": ask.schema})
    if form is Form.STRICT_LOOSE:
        return _json_schema({"name": ask.schema_name, "strict": True, "schema": ask.loose_schema})
    if form is Form.SCHEMA:
        return _json_schema({"name": ask.schema_name, "schema": ask.loose_schema})
    if form is Form.JSON_OBJECT:
        return {"response_format": {"type": "json_object"}}
    if form is Form.TOOL:
        function = {
            "name": ask.schema_name,
            "description": "Takes the whole answer.",
            "parameters": ask.loose_schema,
        }
        return {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": ask.schema_name}},
        }
    return {}


def _json_schema(described: Mapping[str, Any]) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _with_schema(messages: tuple[Message, ...], ask: Ask) -> tuple[Message, ...]:
    """Put the schema at the end of the system message, or make one."""
    demand = (
        "Answer with one json object and nothing around it: no prose, no code fence. "
        f"It must fit this JSON Schema:\n{_compact(ask.loose_schema)}"
    )
    if messages and messages[0].role == "system":
        first = replace(messages[0], content=f"{messages[0].content}\n\n{demand}")
        return (first, *messages[1:])
    return (Message("system", demand), *messages)


def _compact(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
