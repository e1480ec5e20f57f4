"""What a template may use, for the insert menu and for completion: made of the lists that rendering uses.

May import `contract`, `prompts` and below.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from evaluator.contract.config import IntegrationConfig
from evaluator.contract.request import AssessmentRequest, Job, ParsedCV
from evaluator.prompts.environment import environment
from evaluator.prompts.view import CRITERION_FIELDS, FIELDS, PARTS, VARIABLES
from evaluator.studio.origins import title_of

_MODELS: Mapping[str, type[BaseModel]] = {
    "job": Job, "cv": ParsedCV, "config": IntegrationConfig, "request": AssessmentRequest,
}  # fmt: skip

_PLACES = {place: part for part, place in PARTS.items()}
_LISTED = ("claims", "language")
"""Variables of the insert menu that are no part of a request."""

RUBRIC_CODE = (
    "{% set text %}\n{% for c in rubric.skills + rubric.others %}\n- {{ c.id }} = {{ c.title }}, required "
    '{{ c.required }}{{ ", must-have" if c.must_have }}\n{% endfor %}\n{% endset %}\n'
    '{{ text | fence("rubric") }}'
)


@dataclass(frozen=True, slots=True)
class Insert:
    """Something to insert: what a reader calls it, what it holds, and how a template writes it."""

    name: str
    title: str
    holds: str
    code: str


def inserts() -> tuple[Insert, ...]:
    """Return what can be inserted into a template, what is read first before the rest."""
    parts = [
        Insert(
            ".".join(place), title_of(part), _holds(place), f'{{{{ {".".join(place)} | fence("{part}") }}}}'
        )
        for part, place in reversed(tuple(PARTS.items()))
    ]
    others = [Insert(name, title_of(name), _plain(VARIABLES[name]), _code(name)) for name in _LISTED]
    return (Insert("rubric", title_of("rubric"), _plain(VARIABLES["rubric"]), RUBRIC_CODE), *parts, *others)


def vocabulary() -> dict[str, Any]:
    """Return what completion offers: variables, the fields of each, and the filters, with what they hold."""
    return {
        "variables": [{"label": name, "info": _plain(holds)} for name, holds in VARIABLES.items()],
        "fields": {
            name: [{"label": each, "info": _holds((name, each))} for each in sorted(fields)]
            for name, fields in FIELDS.items()
            if fields
        },
        "criterion": [{"label": each, "info": ""} for each in sorted(CRITERION_FIELDS)],
        "filters": sorted(environment().filters),
    }


def _code(name: str) -> str:
    return '{{ claims | fence("claims") }}' if name == "claims" else f"{{{{ {name} }}}}"


def _holds(place: tuple[str, ...]) -> str:
    """Return what a variable, or a field of one, holds: the contract's own words where it has some."""
    model = _MODELS.get(place[0]) if len(place) > 1 else None
    if model is not None and place[1] in model.model_fields:
        return model.model_fields[place[1]].description or ""
    return _plain(VARIABLES[place[0]])


def _plain(holds: str) -> str:
    return holds.replace("`", "")
