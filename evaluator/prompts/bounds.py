"""Bounds that hold whatever else a request says, before its tokens are counted as a whole.

What all candidates of a job have in common is cut to its own share, so that the beginning of a prompt is
the same for each of them. The candidate's parts are cut to as many characters as could fill the budget,
so that no request is long to count. May import the sibling modules `budget`, `fence`, `packs`, `tokens`
and `view`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from evaluator.prompts.budget import OLDEST_FIRST, PromptCut, cut_value, part_of, size_of, with_parts
from evaluator.prompts.fence import as_text
from evaluator.prompts.packs import Budget
from evaluator.prompts.tokens import MOST_CHARACTERS, Tokenizer
from evaluator.prompts.view import SHARED_PARTS

_SAMPLE = 4_000
"""Characters from which the tokens of a text that is too long to count are estimated."""


def bounded(
    view: Mapping[str, Any], parts: frozenset[str], budget: Budget, tokenizer: Tokenizer
) -> tuple[Mapping[str, Any], dict[str, PromptCut]]:
    """Return the view with `parts` within their bounds, and what went, by part.

    The tokens of what is cut by its characters are an estimate.
    """
    kept: dict[str, Any] = {}
    cuts: dict[str, PromptCut] = {}
    for part, limit in _limits(view, parts, budget).items():
        bound, what, tokens = _trimmed(part_of(view, part), limit, part, tokenizer)
        if part in SHARED_PARTS and isinstance(bound, str):
            bound, capped, gone = _capped(bound, budget.floor(part), tokenizer)
            what, tokens = capped or what, tokens + gone
        if what:
            kept[part], cuts[part] = bound, PromptCut(part, what, tokens)
    return (with_parts(view, kept) if kept else view), cuts


def _limits(view: Mapping[str, Any], parts: frozenset[str], budget: Budget) -> dict[str, int]:
    """Return the characters that each part may have.

    Of the candidate's parts, those that are first to go give way first, as far as their shares, until all
    together could just fill the budget.
    """
    least = {part: budget.floor(part) * MOST_CHARACTERS for part in budget.order if part in parts}
    own = {part: _length(part_of(view, part)) for part in least if part not in SHARED_PARTS}
    excess = sum(own.values()) - budget.prompt_tokens * MOST_CHARACTERS
    for part, length in own.items():
        limit = max(least[part], length - max(0, excess))
        least[part] = limit
        excess -= max(0, length - limit)
    return least


class _Characters:
    """Measures texts by their characters instead of tokens."""

    def count(self, text: str) -> int:
        """Return the length."""
        return len(text)

    def head(self, text: str, limit: int) -> str:
        """Return the first `limit` characters."""
        return text[: max(0, limit)]


def _trimmed(value: Any, limit: int, part: str, tokenizer: Tokenizer) -> tuple[Any, str, int]:
    """Return `value` with at most `limit` characters, what went, and about how many tokens that was."""
    if _length(value) <= limit:
        return value, "", 0
    kept, what = cut_value(value, limit, _Characters(), from_start=part in OLDEST_FIRST)
    whole = as_text(value)
    gone = len(whole) - len(as_text(kept))
    sample = whole[:_SAMPLE]
    return kept, what, max(1, round(gone * tokenizer.count(sample) / len(sample)))


def _length(value: Any) -> int:
    """Return how many characters the texts of a JSON-like value have, other values counted as one."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_length(key) + _length(member) for key, member in value.items())
    if isinstance(value, list):
        return sum(map(_length, value))
    return 1


@lru_cache(maxsize=64)
def _capped(text: str, room: int, tokenizer: Tokenizer) -> tuple[str, str, int]:
    """Return `text` with at most `room` tokens, what went, and its tokens; once for all of a job."""
    size = size_of(text, tokenizer)
    if size <= room:
        return text, "", 0
    kept, what = cut_value(text, room, tokenizer)
    return kept, what, size - size_of(kept, tokenizer)
