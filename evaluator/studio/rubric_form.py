"""A pack's rubric as a form: what it shows of pack.toml, and each criterion's share of the whole.

`studio.rubric_writing` writes it back. May import `prompts`, `rubric` and `errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from evaluator.errors import EvaluatorError
from evaluator.prompts.toml_texts import read_toml
from evaluator.rubric import LEVEL_WORDS

NEW_TITLE = "New criterion"
"""The title of a criterion that nobody has named yet."""

_NEW_WEIGHT = 10.0
DEFAULTS: Mapping[str, Any] = {
    "description": "", "scoring": "criteria", "claim_weight": 0.0, "coverage_floor": 0.0,
    "cross_check_points": 30, "verify": False, "datamark": False,
}  # fmt: skip
"""What holds where pack.toml does not say, as `prompts.packs.PackSettings` has it."""

_SHARE = 60.0


class FormUnreadable(EvaluatorError):
    """The text cannot be shown as a form, as it is no TOML or has other values where the form's belong."""


@dataclass(frozen=True, slots=True)
class CriterionFields:
    """One criterion as the form shows it; `anchors` holds a text for each level that has one.

    `id` is "" for one that is not in the text yet.
    """

    id: str
    title: str
    description: str = ""
    weight: float = _NEW_WEIGHT
    must_have: bool = False
    required_level: str = "strong"
    anchors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RubricFields:
    """What the form shows of a pack: numbers as pack.toml has them, shares of 1 and weights in points."""

    title: str
    description: str = ""
    scoring: str = "criteria"
    claim_weight: float = 0.0
    coverage_floor: float = 0.0
    cross_check_points: int = 30
    verify: bool = False
    datamark: bool = False
    skills_share: float = _SHARE
    criteria: tuple[CriterionFields, ...] = ()

    @property
    def shares(self) -> tuple[int, ...]:
        """What the skills, and then each criterion, have of the whole, in whole per cent that add up to 100.

        So it is for a job that lists skills; for another the skills' part falls to the criteria.
        """
        return whole_percents([self.skills_share, *(each.weight for each in self.criteria)])

    def with_new(self) -> "RubricFields":
        """Return the form with an empty criterion at its end."""
        blank = CriterionFields("", NEW_TITLE)
        return replace(self, criteria=(*self.criteria, blank))

    def without(self, at: int) -> "RubricFields":
        """Return the form without the criterion at a place, counted from 0; itself where there is none."""
        kept = tuple(each for place, each in enumerate(self.criteria) if place != at)
        return replace(self, criteria=kept)

    def moved(self, at: int, by: int) -> "RubricFields":
        """Return the form with a criterion moved `by` places; itself where there is no such place."""
        order = list(self.criteria)
        if not (0 <= at < len(order) and 0 <= at + by < len(order)):
            return self
        order.insert(at + by, order.pop(at))
        return replace(self, criteria=tuple(order))


def whole_percents(weights: Sequence[float]) -> tuple[int, ...]:
    """Return each weight's part of all in whole per cent, which add up to 100; zeros where nothing weighs.

    What rounding down leaves goes to those that lost most by it, the first of equal ones.
    """
    whole = sum(weights)
    if whole <= 0:
        return tuple(0 for _ in weights)
    exact = [100 * weight / whole for weight in weights]
    percents = [int(each) for each in exact]
    order = sorted(range(len(exact)), key=lambda at: (percents[at] - exact[at], at))
    for at in order[: 100 - sum(percents)]:
        percents[at] += 1
    return tuple(percents)


def read(text: str) -> RubricFields:
    """Return what a pack.toml says as a form; raises FormUnreadable."""
    try:
        told = read_toml(text)
        criteria = tuple(_criterion(each) for each in told.get("criteria", []))
        own = {key: told.get(key, default) for key, default in DEFAULTS.items()}
        share = float(told.get("skills", {}).get("share", _SHARE))
        found = RubricFields(title=told.get("title", ""), skills_share=share, criteria=criteria, **own)
        _check_types(found)
    except (TypeError, ValueError, AttributeError, RecursionError):
        raise FormUnreadable(
            "The rubric cannot be shown as a form. Mend the text of pack.toml first."
        ) from None
    ids = [each.id for each in criteria]
    if "" in ids or len(set(ids)) < len(ids):
        raise FormUnreadable(
            "Give each criterion an id of its own in the text of pack.toml; then the form can show them."
        )
    return found


def _criterion(told: Mapping[str, Any]) -> CriterionFields:
    return CriterionFields(
        id=told.get("id", ""),
        title=told.get("title", ""),
        description=told.get("description", ""),
        weight=float(told.get("weight", 0)),
        must_have=told.get("must_have", False),
        required_level=told.get("required_level", "strong"),
        anchors={word: told["anchors"][word] for word in LEVEL_WORDS if word in told.get("anchors", {})},
    )


def _check_types(form: RubricFields) -> None:
    """Raise TypeError where a text or a switch of the form is something else."""
    texts = [form.title, form.description, form.scoring]
    switches = [form.verify, form.datamark]
    for each in form.criteria:
        texts += [each.id, each.title, each.description, each.required_level, *each.anchors.values()]
        switches.append(each.must_have)
    numbers = [form.claim_weight, form.coverage_floor, form.cross_check_points]
    if not all(isinstance(each, str) for each in texts):
        raise TypeError
    if not all(isinstance(each, bool) for each in switches):
        raise TypeError
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        raise TypeError
