"""What is asked of a model and what comes back; plain data.

May import nothing of the package.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to a model.

    `schema` is the JSON Schema that the reply must fit, `loose_schema` the same without bounds, for
    endpoints that refuse them. `temperature` and `seed` are left out of the request where None.
    `prompt_tokens` is the messages' length, where it is known.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    loose_schema: Mapping[str, Any]
    schema_name: str
    model: str
    max_output_tokens: int
    temperature: float | None = None
    seed: int | None = None
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the endpoint counted them, summed over `calls`, and their price.

    `cost_usd` is None where the price table does not know the model.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    cost_usd: float | None = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        """Return the sum; an unknown price makes the sum's unknown."""
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            calls=self.calls + other.calls,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that fits: the decoded object, its text as the model wrote it, and what it took.

    `model` is the name the endpoint answered with, `form` the rung of the structured-output ladder
    that was used, `repaired` whether a repair turn was needed, `latency_s` seconds over all calls.
    """

    value: Any
    text: str
    model: str
    form: str
    usage: Usage
    latency_s: float
    repaired: bool = False


Check = Callable[[Any], list[str]]
"""Says what does not fit in a decoded reply, a sentence each; empty where it fits."""


class Model(Protocol):
    """Something that answers an Ask."""

    async def answer(self, ask: Ask, check: Check, *, within_s: float) -> Answer:
        """Return a reply for which `check` finds nothing, or raise a ModelError.

        `within_s` bounds all tries together, in seconds.
        """
        ...
