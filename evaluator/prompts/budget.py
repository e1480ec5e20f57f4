"""Keeping a prompt within its token budget: what gives way, in which order, and saying so.

What is shortened keeps its type, so a template that renders does so after a cut as well. May import the
sibling modules `fence`, `packs`, `tokens` and `view`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from evaluator.prompts.fence import as_text, escape
from evaluator.prompts.packs import Budget
from evaluator.prompts.tokens import Tokenizer
from evaluator.prompts.view import PARTS

OLDEST_FIRST = frozenset({"context", "comments"})
"""Lists whose first entries are the oldest, and the first to go."""

_NOTICE = "\n[The rest of this part is left out here.]"
_NOTICE_TOKENS = 12
_MEMBER_TOKENS = 3
"""Tokens that a member or an item takes at least: what is around it, and one of its own."""

_SCRAP_TOKENS = 40
"""Tokens below which a shortened member would say nothing."""

_DEPTH = 2
"""Levels of nesting inside which texts are shortened; what lies deeper goes as a whole."""


@dataclass(frozen=True, slots=True)
class PromptCut:
    """One part that was shortened: its fence, what went, and how many tokens that was.

    `repeated`: what went stands elsewhere in the prompt, so that nothing is lost.
    """

    part: str
    what: str
    tokens: int
    repeated: bool = False

    def then(self, later: "PromptCut") -> "PromptCut":
        """Return this cut and a later one of the same part as one."""
        what = self.what if self.what == later.what else f"{self.what}; then {later.what}"
        return PromptCut(self.part, what, self.tokens + later.tokens)


class Shortener:
    """Shortens the parts of one view, which itself is never changed."""

    def __init__(
        self, view: Mapping[str, Any], parts: frozenset[str], budget: Budget, tokenizer: Tokenizer
    ) -> None:
        """`parts`: those that the templates use; cutting others would save nothing."""
        self._view = view
        self._budget = budget
        self._tokenizer = tokenizer
        self._values = {part: part_of(view, part) for part in budget.order if part in parts}
        self._sizes = {part: size_of(value, tokenizer) for part, value in self._values.items()}

    def shorten(self, excess: int) -> tuple[dict[str, Any], dict[str, PromptCut]]:
        """Return a view with at least `excess` tokens less, and what went by part.

        Less goes where there is no more to take.
        """
        kept: dict[str, Any] = {}
        cuts: dict[str, PromptCut] = {}
        for floors in ({part: self._budget.floor(part) for part in self._values}, {}):
            for part, value in self._values.items():
                gone = cuts[part].tokens if part in cuts else 0
                room = max(floors.get(part, 0), self._sizes[part] - gone - excess)
                if excess <= 0 or room >= self._sizes[part] - gone:
                    continue
                kept[part], what = cut_value(value, room, self._tokenizer, from_start=part in OLDEST_FIRST)
                tokens = self._sizes[part] - size_of(kept[part], self._tokenizer)
                cuts[part] = PromptCut(part, what, tokens)
                excess -= tokens - gone
        return with_parts(self._view, kept), cuts


class Measure(Protocol):
    """What tells how long a text is and cuts it to a length, in tokens, as `Tokenizer` does, or otherwise."""

    def count(self, text: str) -> int:
        """Return the length of `text`."""

    def head(self, text: str, limit: int) -> str:
        """Return a start of `text` that is at most `limit` long."""


def size_of(value: Any, tokenizer: Measure) -> int:
    """Return the tokens of a value as it is sent: what a fence disarms may cost more than it did."""
    return tokenizer.count(escape(as_text(value)))


def cut_value(value: Any, room: int, tokenizer: Measure, *, from_start: bool = False) -> tuple[Any, str]:
    """Return `value` with at most `room` tokens, and what went; `from_start`: lists lose their start."""
    return _cut(value, room, tokenizer, from_start, _DEPTH)


def _cut(value: Any, room: int, tokenizer: Measure, from_start: bool, depth: int) -> tuple[Any, str]:
    """Return `value` with at most `room` tokens, and what went; lists lose their end, or their start."""
    if isinstance(value, str):
        return _cut_text(value, room, tokenizer)
    if isinstance(value, list) and depth:
        return _cut_list(value, room, tokenizer, from_start, depth)
    if isinstance(value, dict) and depth:
        return _cut_members(value, room, tokenizer, depth)
    return None, "all of it"


def _cut_text(text: str, room: int, tokenizer: Measure) -> tuple[str, str]:
    limit = room - _NOTICE_TOKENS
    head = tokenizer.head(text, limit)
    while head and (size := size_of(head, tokenizer)) > room - _NOTICE_TOKENS:
        limit = min(limit - 1, limit * (room - _NOTICE_TOKENS) // size)
        head = tokenizer.head(head, limit)
    return (f"{head}{_NOTICE}", "the end of the text") if head else ("", "all of it")


def _cut_list(
    items: list[Any], room: int, tokenizer: Measure, from_start: bool, depth: int
) -> tuple[list[Any], str]:
    ordered = items[::-1] if from_start else items
    kept: list[Any] = []
    partly = ""
    for item in ordered:
        size = size_of(item, tokenizer) + _MEMBER_TOKENS - 1
        if size > room:
            part = _cut(item, room - _MEMBER_TOKENS, tokenizer, from_start, depth - 1)[0]
            if as_text(part):
                kept.append(part)
                partly = ", one of them in part"
            break
        room -= size
        kept.append(item)
    gone = len(items) - len(kept) + bool(partly)
    what = f"the {'oldest' if from_start else 'last'} {gone} of {len(items)} entries{partly}"
    return kept[::-1] if from_start else kept, what


def _cut_members(
    members: dict[str, Any], room: int, tokenizer: Measure, depth: int
) -> tuple[dict[str, Any], str]:
    """Cut the longest members down to one length: one long answer does not push out the short ones.

    Where that would leave a scrap of each, the last ones go instead.
    """
    first = list(members)[: max(0, room) // _MEMBER_TOKENS]
    sizes = {key: size_of({key: members[key]}, tokenizer) + 1 for key in first}
    level = _level(sizes, room)
    while sizes and level < min(_SCRAP_TOKENS, max(sizes.values())):
        sizes = dict(list(sizes.items())[: len(sizes) * 3 // 4])
        level = _level(sizes, room)
    kept = {key: members[key] for key, size in sizes.items() if size <= level}
    whole = len(kept)
    for key in sizes.keys() - kept.keys():
        spare = level - tokenizer.count(key) - _MEMBER_TOKENS
        kept[key] = _cut(members[key], spare, tokenizer, False, depth - 1)[0]
    in_order = {key: kept[key] for key in sizes if as_text(kept[key])}
    return in_order, f"parts or all of {len(members) - whole} of {len(members)} fields"


def _level(sizes: Mapping[str, int], room: int) -> int:
    """Return the length to which the longest must be cut for all to fit into `room`."""
    level = room
    ordered = sorted(sizes.values())
    for place, size in enumerate(ordered):
        level = room // (len(ordered) - place)
        if size > level:
            break
        room -= size
    return level


def part_of(view: Mapping[str, Any], part: str) -> Any:
    """Return what stands in a view for a part of PARTS."""
    value: Any = view
    for key in PARTS[part]:
        value = value[key]
    return value


def with_parts(view: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a view that has the values of `parts` in their places."""
    changed = dict(view)
    for part, value in parts.items():
        name, *field = PARTS[part]
        changed[name] = {**changed[name], field[0]: value} if field else value
    return changed
