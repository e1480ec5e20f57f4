"""Which criteria a reply must judge: their ids from the JSON Schema, their words from the rubric's fence.

May import `rubric` and the sibling modules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluator.rubric import LEVEL_WORDS, Level

_REQUIRED = " (required: "
_DEFAULT_REQUIRED = Level.STRONG


@dataclass(frozen=True, slots=True)
class Wanted:
    """A criterion to judge; `words` is its description and its anchors, `description` the former alone."""

    id: str
    title: str
    required: Level
    is_skill: bool
    must_have: bool
    description: str
    words: str


def wanted(criteria: Mapping[str, Any], rubric: str) -> list[Wanted]:
    """Return the criteria of a reply's schema in its order; `criteria` are its properties by id."""
    described = _described(rubric)
    return [_wanted(key, slot, described.get(key, "")) for key, slot in criteria.items()]


def _wanted(key: str, slot: Any, text: str) -> Wanted:
    told = slot.get("description", "") if isinstance(slot, Mapping) else ""
    title, mark, required = str(told).rpartition(_REQUIRED)
    level = required.rstrip(") ") if mark else ""
    head, _, rest = text.partition(", required ")
    words = rest.partition(". ")[2] or rest.partition("\n")[2]
    return Wanted(
        id=key,
        title=(title or head or key.replace("_", " ")).strip(),
        required=Level.of(level) if level in LEVEL_WORDS else _DEFAULT_REQUIRED,
        is_skill=key.startswith("skill_"),
        must_have=", must-have" in rest[:40],
        description=_before_anchors(words),
        words=words,
    )


def _before_anchors(words: str) -> str:
    starts = [words.find(f"{level}: ") for level in LEVEL_WORDS]
    return words[: min((start for start in starts if start >= 0), default=len(words))]


def _described(rubric: str) -> dict[str, str]:
    """Return what the rubric says of each criterion, by id: `- id = title, required level. …`."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in rubric.split("\n"):
        key, mark, text = line.removeprefix("- ").partition(" = ")
        if line.startswith("- ") and mark:
            current = found.setdefault(key.strip(), [])
            current.append(text)
        else:
            current.append(line)
    return {key: "\n".join(lines) for key, lines in found.items()}
