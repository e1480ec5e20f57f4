"""What the editor's form sends: the texts of a pack, its rubric's fields, and what is to be done to those.

The page shows a rubric twice, as fields and as text. What a person changed in one is taken over into the
other: only fields that differ from what the page showed are written. May import `studio`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from evaluator.prompts.files import FILES, PackFiles
from evaluator.rubric import LEVEL_WORDS
from evaluator.studio.lint_rubric import FILE as RUBRIC
from evaluator.studio.rubric_form import CriterionFields, FormUnreadable, RubricFields, read
from evaluator.studio.rubric_writing import write

MOST_CRITERIA = 50
"""Criteria that the form takes."""

Sent = Mapping[str, str]
"""Fields of a form by name; of several with one name the last."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The texts after an edit; `form` is what the fields should show now, None where there can be none.

    `is_shown` tells whether the page shows that already: then it is not drawn again under the person's hands.
    """

    files: PackFiles
    form: RubricFields | None
    is_shown: bool


def edited(sent: Sent, before: PackFiles) -> Edited:
    """Return what a form makes of the texts that it was made of; raises FormUnreadable."""
    texts = {name: sent.get(name, before[name]).replace("\r\n", "\n") for name in FILES}
    shown = _fields(sent)
    if shown is not None:
        texts[RUBRIC] = _merged(texts[RUBRIC], _form_of(before[RUBRIC]), shown, sent.get("do", ""))
    form = _form_of(texts[RUBRIC])
    return Edited(texts, form, form == shown)


def _merged(text: str, before: RubricFields | None, shown: RubricFields, deed: str) -> str:
    """Return pack.toml with the fields that were changed, and after that with what a button does."""
    wanted = done(shown, deed)
    changed = {
        each.name: getattr(wanted, each.name)
        for each in fields(RubricFields)
        if before is None or getattr(wanted, each.name) != getattr(before, each.name)
    }
    if not changed:
        return text
    return write(text, replace(read(text), **changed))


def done(form: RubricFields, deed: str) -> RubricFields:
    """Return the form after a button: `add`, or `remove:2`, `up:2`, `down:2` of a criterion, from 0."""
    name, _, place = deed.partition(":")
    at = int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else -1
    if name == "add" and len(form.criteria) < MOST_CRITERIA:
        return form.with_new()
    if name == "remove":
        return form.without(at)
    if name in ("up", "down"):
        return form.moved(at, -1 if name == "up" else 1)
    return form


def _form_of(text: str) -> RubricFields | None:
    try:
        return read(text)
    except FormUnreadable:
        return None


def _fields(sent: Sent) -> RubricFields | None:
    """Return the rubric's fields; None where the page showed none."""
    if "rubric.title" not in sent:
        return None
    criteria = []
    for at in range(MOST_CRITERIA):
        if f"criteria.{at}.title" not in sent:
            break
        criteria.append(_criterion(sent, f"criteria.{at}."))
    return RubricFields(
        title=_text(sent, "rubric.title"),
        description=_text(sent, "rubric.description"),
        scoring="holistic" if sent.get("rubric.scoring") == "holistic" else "criteria",
        claim_weight=_number(sent, "rubric.claim_weight", most=100) / 100,
        coverage_floor=_number(sent, "rubric.coverage_floor", most=100) / 100,
        cross_check_points=round(_number(sent, "rubric.cross_check_points", least=1, most=100)),
        verify="rubric.verify" in sent,
        datamark="rubric.datamark" in sent,
        skills_share=_number(sent, "rubric.skills_share", most=100),
        criteria=tuple(criteria),
    )


def _criterion(sent: Sent, prefix: str) -> CriterionFields:
    level = sent.get(f"{prefix}required_level", "strong")
    anchors = {word: _text(sent, f"{prefix}anchors.{word}") for word in LEVEL_WORDS}
    return CriterionFields(
        id=sent.get(f"{prefix}id", ""),
        title=_text(sent, f"{prefix}title"),
        description=_text(sent, f"{prefix}description"),
        weight=_number(sent, f"{prefix}weight", most=100),
        must_have=f"{prefix}must_have" in sent,
        required_level=level if level in LEVEL_WORDS else "strong",
        anchors={word: text for word, text in anchors.items() if text.strip()},
    )


def _text(sent: Sent, name: str) -> str:
    return sent.get(name, "").replace("\r\n", "\n").replace("\r", "\n")


def _number(sent: Sent, name: str, *, least: float = 0, most: float) -> float:
    """Return the number of a field within its bounds, the least one where it is none."""
    try:
        found = round(float(sent.get(name, "")), 4)
    except (ValueError, OverflowError):
        return least
    return min(max(found, least), most) if found == found else least  # NaN is not itself


def as_percent(share: float) -> str:
    """Return a share of 1 in per cent, as a field shows it."""
    return _shortest(round(100 * share, 4))


def as_points(weight: float) -> str:
    """Return a weight as a field shows it."""
    return _shortest(round(weight, 4))


def step_of(number: str) -> Any:
    """Return the step of a slider that can stand on a number."""
    whole = float(number)
    return 1 if whole == int(whole) else 0.5 if 2 * whole == int(2 * whole) else "any"


def _shortest(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)
