"""Why nothing is recorded of what a replay asks: what changed since the nearest recording was made.

Shows of each message the first line that differs, and no other text of a candidate. May import
`prompts.fence`, `errors` and `evals.recordings`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from evaluator.errors import RecordingMissing
from evaluator.evals.recordings import Recording
from evaluator.prompts.fence import blocks

WIDTH = 100
"""Characters that are shown of a line."""

_LEAD = 30
"""Characters shown before the first that differs, of a long line."""

_TEMPLATES = {"system": "system.jinja", "user": "user.jinja"}


@dataclass(frozen=True, slots=True)
class Question:
    """What one assessment asks: of which case, with which pack, at which repeat, and as what key."""

    case: str
    pack: str
    asked: Mapping[str, Any]
    key: str
    repeat: int


def missing(question: Question, recorded: Sequence[Recording], *, offline: bool) -> RecordingMissing:
    """Return the error of a question that none of the case's recordings answers.

    `offline` is whether those of the offline rater may; they are no model's.
    """
    usable = [each for each in recorded if offline or not each.offline]
    if not usable:
        only = ", only of the offline rater, which is no model" if recorded else ""
        return RecordingMissing(f"{question.case}: nothing is recorded of this case{only}")
    nearest = min(usable, key=lambda each: _distance(question, each))
    whose = f"of {nearest.at[:10]}, pack {nearest.pack}, {nearest.model}"
    told = [f"{question.case}: nothing is recorded of what is asked now. Since the recording {whose}:"]
    return RecordingMissing("\n  ".join([*told, *changes(question, nearest, usable)]))


def changes(question: Question, nearest: Recording, recorded: Sequence[Recording]) -> Iterator[str]:
    """Yield what is asked otherwise than in the recording `nearest`, a line each."""
    if nearest.key == question.key:
        yield _asked_more_often(question, recorded)
        return
    before, now = nearest.asked, question.asked
    if before["model"] != now["model"]:
        was = before["model"]
        yield f"the model is {now['model']}, and was {was}; --model {was} asks as then"
    for name, member in (("parameter", "parameters"), ("schema's name", "schema_name"), ("schema", "schema")):
        if told := first_difference(before[member], now[member]):
            yield f"the {name} {told.lstrip('/ ')}"
    for old, new in zip_longest(before["messages"], now["messages"]):
        if old is None or new is None:
            yield f"a {(old or new)['role']} message is {'gone' if new is None else 'new'}"
        elif old["content"] != new["content"]:
            yield from _line_changed(new["role"], old["content"], new["content"])


def _asked_more_often(question: Question, recorded: Sequence[Recording]) -> str:
    repeats = sorted({each.repeat + 1 for each in recorded if each.key == question.key})
    if question.repeat + 1 in repeats:
        return "more samples are asked for than were recorded"
    are = "is" if len(repeats) == 1 else "are"
    return f"repeat {question.repeat + 1} is asked for, and recorded {are} {', '.join(map(str, repeats))}"


def first_difference(old: Any, new: Any, at: str = "") -> str | None:
    """Say where two JSON values differ first, and in what; None where they are the same, in order too."""
    if isinstance(old, dict) and isinstance(new, dict):
        return _member_changed(old, new, at)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        told = (
            first_difference(*pair, f"{at}/{place}") for place, pair in enumerate(zip(old, new, strict=True))
        )
        return next(filter(None, told), None)
    same = type(old) is type(new) and old == new
    return None if same else f"{at} is {_brief(new)}, and was {_brief(old)}"


def _member_changed(old: Mapping[str, Any], new: Mapping[str, Any], at: str) -> str | None:
    for name in (*new, *old):
        if name not in old:
            return f"{at}/{name} is new"
        if name not in new:
            return f"{at}/{name} is gone"
        if told := first_difference(old[name], new[name], f"{at}/{name}"):
            return told
    return None if list(old) == list(new) else f"{at or '/'} has its members in another order"


def _line_changed(role: str, old: str, new: str) -> Iterator[str]:
    """Yield the place of the first lines that differ, and the first of them before and after."""
    before, after = old.split("\n"), new.split("\n")
    start, ends = _alike(before, after), _alike(before[::-1], after[::-1])
    ends = min(ends, min(len(before), len(after)) - start)
    gone, come = _first_told(before, start, ends), _first_told(after, start, ends)
    text, number = (old, gone) if come is None else (new, come)
    section = _section(text, number or start)
    part = f"in <{section}>" if section else f"in the pack's own text ({_TEMPLATES.get(role, role)})"
    yield f"the {role} message, line {(number or start) + 1}, {part}:"
    first, second = ("" if at is None else lines[at] for lines, at in ((before, gone), (after, come)))
    shown = max(0, _alike(first, second) - _LEAD) if gone is not None and come is not None else 0
    if gone is not None:
        yield f"- {_excerpt(first, shown)}"
    if come is not None:
        yield f"+ {_excerpt(second, shown)}"


def _first_told(lines: Sequence[str], start: int, ends: int) -> int | None:
    """Return which of the lines that differ is shown: the first that is not blank, else the first."""
    places = range(start, len(lines) - ends)
    return next((at for at in places if lines[at].strip()), next(iter(places), None))


def _section(text: str, number: int) -> str | None:
    """Return the fence that a line stands in, counted from 0; None where the template itself says it."""
    at = sum(len(line) + 1 for line in text.split("\n")[:number])
    return next((block.name for block in blocks(text) if block.start <= at <= block.end), None)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return with how many lines, or characters, both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _excerpt(line: str, start: int) -> str:
    if len(line) <= WIDTH:
        return line
    shown = line[start : start + WIDTH]
    return f"{'…' if start else ''}{shown}{'…' if start + WIDTH < len(line) else ''}"


def _brief(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    return _excerpt(str(value), 0)


def _distance(question: Question, recording: Recording) -> tuple[bool, bool, bool, int]:
    """Order recordings by how near they are: the same question, pack and model first."""
    asked = question.asked
    parts = ("messages", "schema", "parameters")
    return (
        recording.key != question.key,
        recording.pack != question.pack,
        recording.model != asked["model"],
        sum(recording.asked[part] != asked[part] for part in parts)
        + sum(a != b for a, b in zip(recording.asked["messages"], asked["messages"], strict=False)),
    )
