"""What differs between two states of a pack: its rubric in words, its texts line by line.

May import `prompts`, `errors` and the sibling `wording`.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Literal

from evaluator.errors import PackError
from evaluator.prompts.files import FILES, PackFiles
from evaluator.prompts.packs import PackSettings, settings_of
from evaluator.studio.wording import rubric_changes

CONTEXT = 3
"""Lines shown before and after each change."""

MOST_PAIRS = 250_000
"""Pairs of lines that are compared; a comparison takes longer than their number, at worst its square.

In longer texts everything from the first line that differs to the last counts as replaced.
"""

_Opcode = tuple[str, int, int, int, int]

LineKind = Literal["same", "removed", "added", "gap"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison; `old` and `new` are its numbers from 1, None where it is not there.

    Of a gap, which stands for lines that are the same, `text` says how many there are.
    """

    kind: LineKind
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs.

    `rubric`: sentences, one a change. `texts`: by file, the lines around each change; files without one are
    not there. `unread`: why the rubric cannot be told in words, None where it can.
    """

    rubric: tuple[str, ...]
    texts: Mapping[str, tuple[Line, ...]]
    unread: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether both states are the same."""
        return not self.texts


def changes(old: PackFiles, new: PackFiles) -> Changes:
    """Return what differs between two states of a pack, `new` being the later one."""
    texts = {name: tuple(_lines(old[name], new[name])) for name in FILES if old[name] != new[name]}
    try:
        before, after = _settings(old), _settings(new)
    except PackError as error:
        line = "" if error.line is None else f", line {error.line}"
        return Changes((), texts, f"{error.path.name}{line}: {error.told}")
    told = rubric_changes(before, after)
    if not told and "pack.toml" in texts:
        told = ("Only comments or the layout of pack.toml changed.",)
    return Changes(told, texts)


def title_of(files: PackFiles) -> str | None:
    """Return a pack's title, None where its texts do not load."""
    try:
        return _settings(files).title
    except PackError:
        return None


def _settings(files: PackFiles) -> PackSettings:
    return settings_of(Path("pack.toml"), files["pack.toml"])


def _lines(old: str, new: str) -> Iterator[Line]:
    before, after = old.splitlines(), new.splitlines()
    end = 0
    for group in _groups(before, after):
        yield from _gap(group[0][1] - end)
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                pairs = zip(range(old_from, old_to), range(new_from, new_to), strict=True)
                yield from (Line("same", at + 1, to + 1, before[at]) for at, to in pairs)
                continue
            yield from (Line("removed", at + 1, None, before[at]) for at in range(old_from, old_to))
            yield from (Line("added", None, at + 1, after[at]) for at in range(new_from, new_to))
        end = group[-1][2]
    yield from _gap(len(before) - end)
    if before == after:
        yield Line("gap", None, None, "only the end of the last line differs")


def _groups(before: Sequence[str], after: Sequence[str]) -> Iterable[Sequence[_Opcode]]:
    """Return the opcodes of `difflib` around each change."""
    if before == after:
        return []
    if len(before) * len(after) <= MOST_PAIRS:
        return difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    ends, around = (len(before) - tail, len(after) - tail), min(head, CONTEXT)
    return [
        [
            ("equal", head - around, head, head - around, head),
            ("replace", head, ends[0], head, ends[1]),
            ("equal", ends[0], ends[0] + min(tail, CONTEXT), ends[1], ends[1] + min(tail, CONTEXT)),
        ]
    ]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _gap(lines: int) -> Sequence[Line]:
    if not lines:
        return ()
    return (Line("gap", None, None, "one line is the same" if lines == 1 else f"{lines} lines are the same"),)
