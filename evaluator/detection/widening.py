"""How far a manipulation goes in its text: from the sentences that a rule fired on to the whole passage.

A sentence beside a flagged one belongs to it where it speaks to the rater too or speaks of levels; what
stands between two flagged ones belongs to them; honest text around them does not. May import siblings.
"""

from collections.abc import Iterable, Set
from itertools import pairwise

from evaluator.detection.facts import Facts

_BETWEEN = 3
"""Sentences between two flagged ones that go with them at most."""

_OVER = 2
"""Sentences that are passed over to one that speaks to the rater."""

_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_INSIDE = 1_500
_BETWEEN_SIGNS = 500
_MOST = 0.85
"""Share of a line from which on all of it is flagged."""

_SHORT = 24
"""Characters of a rest of a line, or a call before it, that goes with what is flagged."""


def widened(
    facts: Facts,
    spans: Iterable[tuple[int, int]],
    weak: int,
    ahead: int,
    before: int,
    leaning: Set[int],
    honest: Set[int],
) -> list[tuple[int, int]]:
    """Return `spans` of the view, widened and put together, in order.

    A sentence behind a flagged one belongs to it where it is about one of the concepts in `weak`, one a
    little further on where it is about one of `ahead`, and one before it where about one of `before`; one of
    the numbers `leaning` in either case. One of the numbers `honest` never comes along.
    """
    flagged: set[int] = set()
    for start, end in spans:
        flagged.update(range(facts.sentence(start), facts.sentence(max(start, end - 1)) + 1))
    if not flagged:
        return []
    fired = frozenset(flagged)
    _grow_behind(facts, flagged, weak, ahead, leaning)
    _grow_before(facts, flagged, before, leaning)
    _close(facts, flagged)
    _bridge(facts, flagged)
    _fill(facts, flagged)
    flagged -= honest - fired
    return _joined(facts, flagged)


def runs_of(chosen: Set[int], leaning: Set[int]) -> list[tuple[int, int]]:
    """Return the first and last numbers of the runs in `chosen`, with those `leaning` beside them."""
    found: list[tuple[int, int]] = []
    for number in sorted(chosen | leaning):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return [run for run in found if not chosen.isdisjoint(range(run[0], run[1] + 1))]


def _grow_behind(facts: Facts, flagged: set[int], weak: int, strong: int, leaning: Set[int]) -> None:
    last = len(facts.starts) - 1
    for number in sorted(flagged):
        after = number + 1
        while after <= last and after not in flagged:
            if after in leaning or facts.of(after) & weak:
                flagged.add(after)
                after += 1
                continue
            reached = _reached(facts, after, strong)
            flagged.update(range(after, reached))
            if reached == after:
                break
            after = reached


def _reached(facts: Facts, number: int, strong: int) -> int:
    """Return the number behind the next sentence of the line that is about one of `strong`, else `number`."""
    for ahead in range(number + 1, number + 1 + _OVER):
        if ahead >= len(facts.starts) or not _same_line(facts, ahead - 1):
            break
        if facts.of(ahead) & strong:
            return ahead + 1
    return number


def _close(facts: Facts, flagged: set[int]) -> None:
    """Take in the rest of what stands in brackets that a flagged sentence opens."""
    text = facts.view.text
    for number in sorted(flagged):
        opened = text[facts.starts[number] : facts.starts[number] + 4].strip()[:1]
        if opened in _BRACKETS:
            end = text.find(_BRACKETS[opened], facts.starts[number], facts.starts[number] + _INSIDE)
            if end >= 0:
                flagged.update(range(number, facts.sentence(end) + 1))


def _grow_before(facts: Facts, flagged: set[int], strong: int, leaning: Set[int]) -> None:
    for number in sorted(flagged, reverse=True):
        before = number - 1
        while before >= 0 and before not in flagged:
            short = facts.ends[before] - facts.starts[before] <= _SHORT
            joined = (short and _same_line(facts, before)) or before in leaning
            if not (joined or facts.of(before) & strong):
                break
            flagged.add(before)
            before -= 1


def _same_line(facts: Facts, number: int) -> bool:
    """Tell whether the sentence after the one of that number is on the same line."""
    end = facts.ends[number]
    return end < len(facts.view.text) and facts.view.text[end - 1] != "\n"


def _bridge(facts: Facts, flagged: set[int]) -> None:
    """Take in what stands between two flagged sentences."""
    order = sorted(flagged)
    for one, two in pairwise(order):
        signs = facts.starts[two] - facts.ends[one]
        if 1 < two - one <= _BETWEEN + 1 and signs <= _BETWEEN_SIGNS:
            flagged.update(range(one + 1, two))


def _fill(facts: Facts, flagged: set[int]) -> None:
    """Take in the whole of a line of which most is flagged."""
    text = facts.view.text
    line: list[int] = []
    for number, end in enumerate(facts.ends):
        line.append(number)
        if number + 1 < len(facts.ends) and not text[facts.starts[number] : end].endswith("\n"):
            continue
        size = facts.ends[line[-1]] - facts.starts[line[0]]
        held = sum(facts.ends[each] - facts.starts[each] for each in line if each in flagged)
        if held and (held >= _MOST * size or size - held <= _SHORT):
            flagged.update(line)
        line = []


def _joined(facts: Facts, flagged: set[int]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for number in sorted(flagged):
        if spans and spans[-1][1] == facts.starts[number]:
            spans[-1] = (spans[-1][0], facts.ends[number])
        else:
            spans.append((facts.starts[number], facts.ends[number]))
    return spans
