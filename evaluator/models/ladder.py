"""The ladder of structured output, and what is remembered of an endpoint's refusals.

From the strictest form to plain text; each endpoint takes some of the rungs. May import nothing of the
package.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Form(StrEnum):
    """How a reply of the wanted shape is asked for, strictest first."""

    STRICT = "strict_schema"
    """`json_schema`, strict, with number and length bounds."""
    STRICT_LOOSE = "strict_loose_schema"
    """`json_schema`, strict, without bounds."""
    SCHEMA = "schema"
    """`json_schema`, not strict, without bounds."""
    JSON_OBJECT = "json_object"
    """Any JSON object; the schema stands in the prompt."""
    TOOL = "tool"
    """One forced tool whose parameters are the schema; never together with `response_format`."""
    PROMPT = "prompt"
    """Nothing but the schema in the prompt."""

    @property
    def schema_in_prompt(self) -> bool:
        """Tell whether the schema stands in the prompt: wherever the endpoint may not show or hold it."""
        return self in (Form.JSON_OBJECT, Form.TOOL, Form.PROMPT)

    @property
    def rung(self) -> int:
        """The place on the ladder, 0 for the strictest."""
        return _RUNGS[self]


_RUNGS = {form: rung for rung, form in enumerate(Form)}
_FORMS = tuple(Form)

FIRST_LIMIT = "max_tokens"
"""Tried first: who does not take it says so, whereas Ollama and DeepSeek ignore the other silently."""
SECOND_LIMIT = "max_completion_tokens"


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of a request: form, name of the output limit, and parameters left out."""

    form: Form = Form.STRICT
    limit_name: str = FIRST_LIMIT
    dropped: frozenset[str] = frozenset()

    def lower(self) -> "Plan | None":
        """Return the plan one rung down, or None from the lowest."""
        below = self.form.rung + 1
        return replace(self, form=_FORMS[below]) if below < len(_FORMS) else None

    def swapped(self) -> "Plan | None":
        """Return the plan with the output limit's other name, or None where that has been tried."""
        return replace(self, limit_name=SECOND_LIMIT) if self.limit_name == FIRST_LIMIT else None

    def without(self, parameter: str) -> "Plan | None":
        """Return the plan without `parameter`, or None where it is left out already."""
        if parameter in self.dropped:
            return None
        return replace(self, dropped=self.dropped | {parameter})

    def joined(self, other: "Plan") -> "Plan":
        """Return the plan that avoids what either of the two avoids."""
        return Plan(
            form=max(self.form, other.form, key=lambda form: form.rung),
            limit_name=SECOND_LIMIT if SECOND_LIMIT in (self.limit_name, other.limit_name) else FIRST_LIMIT,
            dropped=self.dropped | other.dropped,
        )


REMEMBERED_S = 3600.0
"""Seconds after which a refusal is forgotten: it may have been a stray one, and endpoints are renewed."""


class EndpointMemory:
    """The plan that worked, per base URL and model, for an hour from when it was learnt.

    Only what an endpoint answered to is learnt, and within the hour only downwards: a refusal that no
    rung mends leaves no trace, and of several calls that meet the same refusal at once each steps down
    from its own plan, so that together they move by one rung. For use on one event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing known; `clock` counts seconds."""
        self._clock = clock
        self._plans: dict[tuple[str, str], tuple[Plan, float]] = {}

    def plan(self, base_url: str, model: str) -> Plan:
        """Return the plan to begin with."""
        plan, forgotten = self._plans.get((base_url, model), _UNTRIED)
        return plan if self._clock() < forgotten else _UNTRIED[0]

    def learn(self, base_url: str, model: str, accepted: Plan) -> None:
        """Keep a plan that the endpoint answered to; one that is known already is kept no longer for it."""
        known = self.plan(base_url, model)
        joined = known.joined(accepted)
        if joined != known:
            self._plans[base_url, model] = joined, self._clock() + REMEMBERED_S


_UNTRIED = Plan(), math.inf
