"""Making the prompt of a recorded evaluation again, and telling what is not as it was.

May import `assessment`, `storage`, `hygiene`, `contract` and siblings.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol

from evaluator.assessment.assessor import Plan
from evaluator.audit.program import Program
from evaluator.audit.record import request_digest
from evaluator.contract.opt_out import has_opted_out
from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import cleaned
from evaluator.prompts.render import Prompt
from evaluator.storage.records import Stored

OPTED_OUT = "opted_out"
"""Status of an evaluation in which no prompt was made."""

_SHOWN = 160
"""Characters of a line that are shown around the first one that differs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was recorded; `recorded` and `now` as text, None where there is nothing."""

    what: str
    recorded: str | None
    now: str | None


class Plans(Protocol):
    """What makes prompts: the pipeline, with the packs and settings of today."""

    def plan(self, request: AssessmentRequest) -> Plan:
        """Return what a request is to be judged by."""
        ...

    def prompt(self, plan: Plan) -> Prompt:
        """Return the prompt of a plan."""
        ...


def stored_request(payload: bytes) -> AssessmentRequest:
    """Return a request as it was stored, its secret left empty: no prompt holds it."""
    return AssessmentRequest.model_validate({**json.loads(payload), "call_secret": ""})


def differences(
    stored: Stored,
    content: Mapping[str, Any],
    request: AssessmentRequest,
    plans: Plans,
) -> list[Difference]:
    """Return all that differs between a recorded evaluation and what would be asked today.

    Of a candidate who has opted out no prompt is made, then as now. Raises InvalidRequest or PackError where
    today nothing would be asked.
    """
    told = stored.told
    named = json.loads(stored.identity or "{}")
    same_request = ("request", named.get("request"), request_digest(request))
    if told["status"] == OPTED_OUT and has_opted_out(cleaned(request).request):
        return _unlike([same_request])
    plan = plans.plan(request)
    prompt = plans.prompt(plan)
    pack = told["context"].get("pack", {})
    pairs = [
        same_request,
        ("pack", pack.get("name"), plan.pack.name),
        ("hash of the pack", pack.get("hash"), plan.pack.hash),
        ("criteria and weights", pack.get("rubric_hash"), plan.rubric.digest()),
        ("model", (told["model"] or {}).get("asked"), plan.model),
    ]
    return [*_unlike(pairs), *_in_messages(content["exchanges"], prompt)]


def _unlike(pairs: Iterable[tuple[str, str | None, str]]) -> list[Difference]:
    return [Difference(*pair) for pair in pairs if pair[1] is not None and pair[1] != pair[2]]


def other_program(stored: Stored, program: Program) -> Difference | None:
    """Return how the program that was recorded differs from `program`, None where they are the same.

    A newer program that makes the same prompt has reproduced it.
    """
    then = Program(**stored.told["program"])
    return None if then == program else Difference("program", str(then), str(program))


def _in_messages(exchanges: Sequence[Mapping[str, Any]], prompt: Prompt) -> Iterator[Difference]:
    if not exchanges:
        yield Difference("prompt", None, "one is made today")
        return
    recorded = {each["role"]: each["content"] for each in exchanges[0]["messages"]}
    for role, now in (("system", prompt.system), ("user", prompt.user)):
        if recorded.get(role) != now:
            yield first_difference(f"{role} message", recorded.get(role, ""), now)


def first_difference(what: str, recorded: str, now: str) -> Difference:
    """Return the first line in which two texts differ, shortened around the place, numbered from 1."""
    for number, (one, other) in enumerate(zip_longest(recorded.split("\n"), now.split("\n")), 1):
        if one != other:
            at = _first_place(one or "", other or "")
            return Difference(f"{what}, line {number}", _around(one, at), _around(other, at))
    return Difference(what, None, None)


def _first_place(one: str, other: str) -> int:
    pairs = zip_longest(one, other)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), 0)


def _around(line: str | None, at: int) -> str | None:
    if line is None or len(line) <= _SHOWN:
        return line
    start = max(0, min(at - _SHOWN // 2, len(line) - _SHOWN))
    shown = line[start : start + _SHOWN]
    return f"{'…' if start else ''}{shown}{'…' if start + _SHOWN < len(line) else ''}"
