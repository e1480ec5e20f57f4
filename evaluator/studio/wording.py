"""How a pack's settings differ, in the words of the form that they are edited in.

May import `prompts`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluator.prompts.packs import Budget, ModelParameters, PackCriterion, PackSettings

_SCORING = {"criteria": "computed from the criteria", "holistic": "the model's own overall figure"}
_MODEL: Mapping[str, str] = {
    "name": "model",
    "temperature": "temperature of the model",
    "output_tokens": "tokens for the whole reply",
    "output_tokens_per_criterion": "tokens of the reply for each criterion",
    "max_output_tokens": "most tokens of a reply",
    "seed": "seed of the model",
    "samples": "how often the model is asked",
}


def rubric_changes(old: PackSettings, new: PackSettings) -> tuple[str, ...]:
    """Return a sentence for each thing that differs, those on criteria first."""
    return tuple((*_criteria(old, new), *_rules(old, new), *_model(old.model, new.model), *_budget(old, new)))


def shares(settings: PackSettings) -> Mapping[str, float]:
    """Return what share of all points each criterion has, by its id, where a job requires skills."""
    total = settings.skills.share + sum(each.weight for each in settings.criteria)
    return {each.id: each.weight / total for each in settings.criteria}


def _criteria(old: PackSettings, new: PackSettings) -> Iterator[str]:
    before = {each.id: each for each in old.criteria}
    after = {each.id: each for each in new.criteria}
    parts = shares(old), shares(new)
    for each in new.criteria:
        if each.id not in before:
            weight = f"{_number(each.weight)} ({_percent(parts[1][each.id])})"
            yield f"{_named(each)} is new, with weight {weight}."
        else:
            yield from _criterion(before[each.id], each, (parts[0][each.id], parts[1][each.id]))
    for each in old.criteria:
        if each.id not in after:
            yield f"{_named(each)} is gone; it had weight {_number(each.weight)}."
    kept = [name for name in before if name in after], [name for name in after if name in before]
    if kept[0] != kept[1]:
        yield f"The order of the criteria is now: {', '.join(each.title for each in new.criteria)}."


def _criterion(old: PackCriterion, new: PackCriterion, parts: tuple[float, float]) -> Iterator[str]:
    name = _named(new)
    if old.title != new.title:
        yield f"{_named(old)} is now called “{new.title}”."
    if old.weight != new.weight:
        change = f"{_number(old.weight)} → {_number(new.weight)}"
        yield f"Weight of {name}: {change} (share {_percent(parts[0])} → {_percent(parts[1])})."
    if old.must_have != new.must_have:
        yield f"{name} is {'now' if new.must_have else 'no longer'} a must-have."
    if old.required_level != new.required_level:
        yield f"Level that counts in full for {name}: {old.required_level} → {new.required_level}."
    if old.description != new.description:
        yield _text(f"Description of {name}", old.description, new.description)
    yield from _texts(f"Anchor of {name} for", old.anchors, new.anchors)
    yield from _texts(f"Title of {name} in the language", old.titles, new.titles)


def _rules(old: PackSettings, new: PackSettings) -> Iterator[str]:
    if old.title != new.title:
        yield _text("Title of the pack", old.title, new.title)
    if old.description != new.description:
        yield _text("Description of the pack", old.description, new.description)
    if old.skills.share != new.skills.share:
        change = f"{_number(old.skills.share)} → {_number(new.skills.share)}"
        yield f"Weight of the job's required skills together: {change}."
    yield from _texts("Anchor of all skills for", old.skills.anchors, new.skills.anchors)
    if old.claim_weight != new.claim_weight:
        yield (
            "What a claim without evidence counts: "
            f"{_percent(old.claim_weight)} → {_percent(new.claim_weight)}."
        )
    if old.coverage_floor != new.coverage_floor:
        yield (
            "Share of the weight that has to be shown: "
            f"{_percent(old.coverage_floor)} → {_percent(new.coverage_floor)}."
        )
    if old.cross_check_points != new.cross_check_points:
        change = f"{old.cross_check_points} → {new.cross_check_points}"
        yield f"Points between the two ratings from which on a person looks: {change}."
    if old.scoring != new.scoring:
        yield f"The rating is now {_SCORING[new.scoring]}; it was {_SCORING[old.scoring]}."
    yield from _switch("The candidate's texts are marked", old.datamark, new.datamark)
    yield from _switch("Applications with flagged passages are read twice", old.verify, new.verify)


def _model(old: ModelParameters, new: ModelParameters) -> Iterator[str]:
    for name in ModelParameters.model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{_MODEL.get(name, name).capitalize()}: {_said(before)} → {_said(after)}."


def _budget(old: PackSettings, new: PackSettings) -> Iterator[str]:
    before, after = old.budget, new.budget
    if before.prompt_tokens != after.prompt_tokens:
        yield f"Most tokens of a prompt: {before.prompt_tokens:,} → {after.prompt_tokens:,}."
    if before.cut != after.cut:
        yield f"What is shortened first: {_listed(before.cut)} → {_listed(after.cut)}."
    yield from _floors(before, after)


def _floors(old: Budget, new: Budget) -> Iterator[str]:
    for part in dict.fromkeys((*old.shares, *new.shares)):
        before, after = (_share(each.shares, part) for each in (old, new))
        if before != after:
            yield f"Share of the prompt that {part} keeps: {before} → {after}."


def _share(given: Mapping[str, float], part: str) -> str:
    return _percent(given[part]) if part in given else "the usual one"


def _switch(what: str, old: bool, new: bool) -> Iterator[str]:
    if old != new:
        yield f"{what}: {'no → yes' if new else 'yes → no'}."


def _texts(what: str, old: Mapping[Any, str], new: Mapping[Any, str]) -> Iterator[str]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key, "") != new.get(key, ""):
            yield _text(f"{what} {key}", old.get(key, ""), new.get(key, ""))


def _text(what: str, old: str, new: str) -> str:
    return f"{what}: {_quoted(old)} → {_quoted(new)}."


def _named(criterion: PackCriterion) -> str:
    return f"“{criterion.title}”"


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "nothing"


def _said(value: object) -> str:
    return "not set" if value is None else str(value)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(parts) or "the usual order"


def _number(value: float) -> str:
    return f"{value:g}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
