"""What the model fills in: the reply's fixed slots, its JSON Schema, and the reading of a reply.

The slots' order is part of the method: quotes before the reason, the reason before the level, so that
a level is written after its evidence. May import `rubric` and below.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from evaluator.contract.config import LevelName
from evaluator.contract.decode import problems_of
from evaluator.rubric import LEVEL_WORDS, Level, Rubric


class Source(StrEnum):
    """Where a quote is from."""

    CV = "cv"
    FORM = "form"
    COMMENTS = "comments"
    CONTEXT = "context"


class Finding(StrEnum):
    """What the evidence says of a criterion."""

    EVIDENCED = "evidenced"
    CONTRADICTED = "contradicted"
    NOT_EVIDENCED = "not_evidenced"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a source, as the model gives them or, once verified, as the source has them."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one criterion."""

    quotes: tuple[Quote, ...]
    reason: str
    finding: Finding
    level: Level


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply of the model; `overall` (0–100) is a cross-check and not the rating."""

    criteria: Mapping[str, Judgement]
    summary: str
    strengths: tuple[str, ...]
    concerns: tuple[str, ...]
    questions: tuple[str, ...]
    overall: int


MAX_QUOTES = 3
"""Quotes per criterion that the bounded schema allows, and that are read of any reply."""

MAX_TEXTS = 6
"""Strengths, concerns and questions, the same."""

MAX_TITLE = 120
"""Characters of a criterion's title that the schema shows, as many as a team's own may have."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of text, and halves of surrogate pairs."""


def _as_written_in_the_schema(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("", text).strip()


_TITLE_MARKS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "`": None})
_TEMPLATE_MARK = re.compile(r"\{[{%#]|[}%#]\}")
"""What fences, chat formats and templates are made of; `#` and `+` stay, for C# and C++."""

_Name = BeforeValidator(_as_written_in_the_schema)
_Text = Annotated[str, AfterValidator(_printable)]


class _QuoteSlot(BaseModel):
    source: Annotated[Literal["cv", "form", "comments", "context"], _Name]
    text: str


class _CriterionSlot(BaseModel):
    quotes: list[_QuoteSlot]
    reason: _Text
    finding: Annotated[Literal["evidenced", "contradicted", "not_evidenced"], _Name]
    level: Annotated[LevelName, _Name]


class _ReplySlots(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    criteria: dict[str, _CriterionSlot]
    summary: _Text
    strengths: list[_Text]
    concerns: list[_Text]
    questions: list[_Text]
    overall: int = Field(ge=0, le=100)


def reply_schema(rubric: Rubric, *, bounded: bool = True) -> dict[str, Any]:
    """Return the JSON Schema of a reply for `rubric`, one for all alike: do not change it.

    Safe for strict endpoints: one root object, everything required, no further properties, no `$ref`.
    `bounded` adds number and length bounds, which some endpoints refuse.
    """
    return _schema(tuple((each.id, each.shown, each.required) for each in rubric.criteria), bounded)


@lru_cache(maxsize=256)
def _schema(criteria: tuple[tuple[str, str, Level], ...], bounded: bool) -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}} | ({"maxItems": MAX_TEXTS} if bounded else {})
    overall = {"type": "integer"} | ({"minimum": 0, "maximum": 100} if bounded else {})
    return _object(
        criteria=_object(**{each[0]: _criterion_schema(*each, bounded) for each in criteria}),
        summary={"type": "string"},
        strengths=texts,
        concerns=texts,
        questions=texts,
        overall=overall,
    )


def read_reply(value: Any, rubric: Rubric) -> Reply | list[str]:
    """Read a decoded reply; return it, or all that does not fit, one sentence each, for a repair turn.

    What goes beyond the bounds of the schema, which not every endpoint holds, is left unread.
    """
    try:
        slots = _ReplySlots.model_validate(value)
    except ValidationError as error:
        found = problems_of(error.errors(include_input=False, include_url=False))
        told = [f"{problem.pointer or 'the reply'}: {problem.message}" for problem in found]
        return told + _missing(value, rubric)
    if missing := _missing(value, rubric):
        return missing
    return Reply(
        criteria={key: _judgement(slots.criteria[key]) for key in rubric.ids},
        summary=slots.summary,
        strengths=_texts(slots.strengths),
        concerns=_texts(slots.concerns),
        questions=_texts(slots.questions),
        overall=slots.overall,
    )


def _missing(value: Any, rubric: Rubric) -> list[str]:
    criteria = value.get("criteria") if isinstance(value, Mapping) else None
    if not isinstance(criteria, Mapping):
        return []
    return [f"/criteria/{key}: required, and not there" for key in rubric.ids if key not in criteria]


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in found if text)[:MAX_TEXTS]


def _judgement(slot: _CriterionSlot) -> Judgement:
    return Judgement(
        quotes=tuple(Quote(Source(quote.source), quote.text) for quote in slot.quotes[:MAX_QUOTES]),
        reason=slot.reason,
        finding=Finding(slot.finding),
        level=Level.of(slot.level),
    )


def _criterion_schema(own: str, title: str, required: Level, bounded: bool) -> dict[str, Any]:
    quote = _object(
        source={"type": "string", "enum": [source.value for source in Source]}, text={"type": "string"}
    )
    quotes = {"type": "array", "items": quote} | ({"maxItems": MAX_QUOTES} if bounded else {})
    slots = _object(
        quotes=quotes,
        reason={"type": "string"},
        finding={"type": "string", "enum": [finding.value for finding in Finding]},
        level={"type": "string", "enum": list(LEVEL_WORDS)},
    )
    return slots | {"description": f"{_plain(title) or own} (required: {required.word})"}


def _plain(title: str) -> str:
    """Return a title in a form that says nothing beyond itself: no fence stands around a schema."""
    plain = _UNPRINTABLE.sub("", " ".join(title.split())).translate(_TITLE_MARKS)
    words = " ".join(_TEMPLATE_MARK.sub(" ", plain).split())
    bare = words.lstrip("# ") if words.startswith("# ") else words
    return bare if len(bare) <= MAX_TITLE else bare[: MAX_TITLE - 1].rstrip() + "…"


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
