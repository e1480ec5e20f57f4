"""Recognising this service's own earlier results when they come back in comments and context.

They are left out of the prompt and are never evidence: a model that reads its own earlier rating
repeats it. May import nothing of the package.
"""

from collections.abc import Mapping
from typing import Any

NAME = "candidate-evaluator"
"""The value of `context.evaluator.name` in every result of ours."""

HEURISTIC = "offline-heuristic"
"""The model name that the offline rater answers with, wherever it is reached."""

MARKER = f"[{NAME}]"
"""Stands in the last line of every comment of ours"""


def is_our_comment(content: str) -> bool:
    """Tell whether a comment's last line holds our marker, or an earlier line begins with it.

    A person's comment that quotes ours, with a sign before each line, is the person's.
    """
    lines = content.rstrip().split("\n")
    return MARKER in lines[-1] or any(line.strip().startswith(MARKER) for line in lines)


def is_our_context(item: Mapping[str, Any], app_id: str | None) -> bool:
    """Tell whether an earlier context object is of this service, by its name or by our app id."""
    evaluator = item.get("evaluator")
    named = isinstance(evaluator, Mapping) and evaluator.get("name") == NAME
    return named or (app_id is not None and item.get("app_id") == app_id)
