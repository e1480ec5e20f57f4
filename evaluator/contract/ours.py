"""Recognising this service's own earlier results when they come back in comments and context.

They are left out of the prompt and are never evidence: a model that reads its own earlier rating
repeats it. May import nothing of the package.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

NAME = "candidate-evaluator"
"""The value of `context.evaluator.name` in every result of ours."""

HEURISTIC = "offline-heuristic"
"""The model name that the offline rater answers with, wherever it is reached."""

MARKER = f"[{NAME}]"
"""Stands in the last line of every comment of ours."""


_QUOTED = re.compile(r"(?:[ \t]*>)+")
"""The signs before a line by which a person quotes another's; as many as it was quoted over."""

_OURS = object()
"""Stands for what is ours in `_left_of`."""


def is_our_comment(content: str) -> bool:
    """Tell whether a comment is ours: its last line holds our marker, or an earlier line begins with it.

    One in which a person quotes ours is the person's, if there is a word beside the quote.
    """
    return MARKER in content and not others_words(content)


def others_words(content: str) -> str:
    """Return what is not ours of a comment: nothing where it is ours, a person's words where they quote it.

    A quote of ours is known by our marker in a line with `>` before it; it goes as far as the lines around
    that are quoted as often.
    """
    if MARKER not in content:
        return content
    lines = _without_quotes(content.splitlines())
    left = "\n".join(lines).strip()
    last = left.rpartition("\n")[2]
    ours = MARKER in last or any(line.strip().startswith(MARKER) for line in lines)
    return "" if ours else left


def _without_quotes(lines: list[str]) -> list[str]:
    """Leave out the quotes of our comments; a line of a deeper quote inside one goes with it."""
    depths = [quoted[0].count(">") if (quoted := _QUOTED.match(line)) else 0 for line in lines]
    dropped: set[int] = set()
    for at, line in enumerate(lines):
        if depths[at] and at not in dropped and MARKER in line:
            first = last = at
            while first and depths[first - 1] >= depths[at]:
                first -= 1
            while last + 1 < len(lines) and depths[last + 1] >= depths[at]:
                last += 1
            dropped.update(range(first, last + 1))
    return [line for at, line in enumerate(lines) if at not in dropped]


def is_our_context(item: Mapping[str, Any], app_id: str | None) -> bool:
    """Tell whether an earlier context object is of this service, as it is or within what wraps it."""
    return _left_of(item, app_id) is _OURS


def others_context(items: Iterable[dict[str, Any]], app_id: str | None) -> list[dict[str, Any]]:
    """Return earlier context objects without what is ours in them, in order; what has nothing else goes.

    A result of ours is known by our name or our app's id, a comment of ours by its marker. Where nothing
    but single values is left beside it, those are its own, such as its rating; words stay.
    """
    return [left for item in items if (left := _left_of(item, app_id)) is not _OURS]


def _left_of(value: Any, app_id: str | None) -> Any:
    """Return `value` itself where nothing is ours, `_OURS` where all is, else a copy of the rest."""
    if isinstance(value, str):
        return _OURS if MARKER in value and is_our_comment(value) else value
    if isinstance(value, Mapping):
        if _is_named_ours(value, app_id):
            return _OURS
        left = {key: _left_of(member, app_id) for key, member in value.items()}
        if all(left[key] is member for key, member in value.items()):
            return value
        return _with_words({key: member for key, member in left.items() if member is not _OURS}) or _OURS
    if isinstance(value, list):
        items = [_left_of(item, app_id) for item in value]
        if all(left is item for left, item in zip(items, value, strict=True)):
            return value
        return [item for item in items if item is not _OURS and item != []] or _OURS
    return value


def _is_named_ours(item: Mapping[str, Any], app_id: str | None) -> bool:
    evaluator = item.get("evaluator")
    named = isinstance(evaluator, Mapping) and evaluator.get("name") == NAME
    return named or (app_id is not None and item.get("app_id") == app_id)


def _with_words(members: dict[str, Any]) -> dict[str, Any]:
    """Return members beside something of ours; single values without words only where others' parts are."""
    if any(isinstance(member, Mapping | list) and member for member in members.values()):
        return members
    return {key: text for key, text in members.items() if isinstance(text, str) and len(text.split()) > 1}
