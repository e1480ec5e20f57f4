"""How far a manipulation goes in its text: from the sentences that a rule fired on to the whole passage.

A sentence beside a flagged one belongs to it where it speaks to the rater too or speaks of levels; what
stands between two flagged ones belongs to them; honest text around them does not. May import siblings.
"""

from collections.abc import Iterable

from evaluator.detection.facts import Facts

_BETWEEN = 3
"""Sentences between two flagged ones that go with them at most."""

_BETWEEN_SIGNS = 500
_MOST = 0.6
"""Share of a paragraph from which on all of it is flagged."""

_SHORT = 60
"""Characters of a rest of a line that goes with what is flagged in it."""


def widened(facts: Facts, spans: Iterable[tuple[int, int]], weak: int) -> list[tuple[int, int]]:
    """Return `spans` of the view, widened and put together, in order.

    `weak`: the concepts by which a sentence beside a flagged one belongs to it.
    """
    flagged: set[int] = set()
    for start, end in spans:
        flagged.update(range(facts.sentence(start), facts.sentence(max(start, end - 1)) + 1))
    if not flagged:
        return []
    _grow(facts, flagged, weak)
    _bridge(facts, flagged)
    _fill(facts, flagged)
    return _joined(facts, flagged)


def _grow(facts: Facts, flagged: set[int], weak: int) -> None:
    """Take in the neighbours that are about the rating too, and short ones at a line's end."""
    text, last = facts.view.text, len(facts.starts) - 1
    for number in sorted(flagged):
        after = number + 1
        while after <= last and after not in flagged and _belongs(facts, after, weak):
            flagged.add(after)
            after += 1
    for number in sorted(flagged, reverse=True):
        before = number - 1
        while before >= 0 and before not in flagged and "\n\n" not in text[facts.starts[before] : facts.ends[before]]:
            short = facts.ends[before] - facts.starts[before] <= 24
            if not (short or _belongs(facts, before, weak)):
                break
            flagged.add(before)
            before -= 1


def _belongs(facts: Facts, number: int, weak: int) -> bool:
    return bool(facts.of(number) & weak)


def _bridge(facts: Facts, flagged: set[int]) -> None:
    """Take in what stands between two flagged sentences."""
    order = sorted(flagged)
    for one, two in zip(order, order[1:], strict=False):
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
