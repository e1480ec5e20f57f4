"""What a run falls short of, in words: one row against its expectation, and cases against one another.

May import `words`, `evals.expectation` and `evals.runs`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from evaluator.evals.expectation import Expectation, nearest
from evaluator.evals.runs import Row, Run
from evaluator.words import is_unspaced

_SLACK = 1e-9
"""Means of whole numbers are not exact in floating point."""


def misses(row: Row, expectation: Expectation | None) -> list[str]:
    """Return what `row` falls short of, a short sentence each; nothing where it is as expected.

    Where nothing is expected, a rating is.
    """
    if row.rating is None:
        return [] if expectation and row.status in expectation.status else [f"no rating: {_why_failed(row)}"]
    if expectation is None:
        return []
    return [
        *_rating_misses(row.rating, expectation),
        *_status_misses(row.status, expectation.status),
        *_level_misses(row, expectation),
        *_comment_misses(row, expectation),
        *_question_misses(row, expectation),
    ]


def misses_across(run: Run) -> Mapping[str, list[str]]:
    """Return, by case, where the order of ratings or the distance of twins is not as expected.

    Stands on the mean ratings. What was not run, or has no rating, is not compared.
    """
    found: dict[str, list[str]] = {}
    for case, expectation in run.expectations.items():
        rating = run.rating(case)
        if expectation is not None and rating is not None:
            faults = [*_order_misses(rating, expectation, run), *_twin_misses(rating, expectation, run)]
            found |= {case: faults} if faults else {}
    return found


def mentions(text: str | None, phrase: str) -> bool:
    """Tell whether `text` holds the words of `phrase`, whatever their case and the white space between.

    Whole words: `age` is not in `manager`. A `*` at the end of the phrase stands for any ending.
    """
    folded = " ".join((text or "").casefold().split())
    return re.search(_pattern(" ".join(phrase.casefold().split())), folded) is not None


def _pattern(phrase: str) -> str:
    stem = phrase.rstrip("*") or phrase
    before = r"(?<!\w)" if _is_of_a_word(stem[0]) else ""
    behind = r"(?!\w)" if _is_of_a_word(stem[-1]) and stem == phrase else ""
    return before + re.escape(stem) + behind


def _is_of_a_word(character: str) -> bool:
    return re.match(r"\w", character) is not None and not is_unspaced(character)


def _why_failed(row: Row) -> str:
    said = row.error or (row.result.failure_details if row.result else None)
    return said or "the assessment failed"


def _rating_misses(rating: float, expectation: Expectation) -> list[str]:
    if expectation.rating is None:
        return []
    low, high = expectation.rating
    return [] if low <= rating <= high else [f"rating {rating:g}, expected {low:g} to {high:g}"]


def _status_misses(status: str, expected: Sequence[str]) -> list[str]:
    return [] if not expected or status in expected else [f"status {status}, expected {_either(expected)}"]


def _level_misses(row: Row, expectation: Expectation) -> list[str]:
    judged = {each.id: each.level for each in row.context.criteria} if row.context else {}
    faults = []
    for criterion, levels in expectation.levels.items():
        if criterion not in judged:
            faults.append(f"no criterion {criterion}{nearest(criterion, judged)}")
        elif judged[criterion] not in levels:
            faults.append(f"{criterion} judged {judged[criterion]}, expected {_either(levels)}")
    return faults


def _comment_misses(row: Row, expectation: Expectation) -> list[str]:
    comment = row.result.comment if row.result else None
    lacking = [each for each in expectation.must_mention if not mentions(comment, each)]
    unwanted = [each for each in expectation.must_not_mention if mentions(comment, each)]
    return [f"comment does not mention “{each}”" for each in lacking] + [
        f"comment mentions “{each}”" for each in unwanted
    ]


def _question_misses(row: Row, expectation: Expectation) -> list[str]:
    asked = row.context.questions if row.context else []
    lacking = [
        each for each in expectation.questions if not any(mentions(question, each) for question in asked)
    ]
    return [f"no question holds “{each}”" for each in lacking]


def _order_misses(rating: float, expectation: Expectation, run: Run) -> Iterable[str]:
    for lower in expectation.above:
        other = run.rating(lower)
        if other is not None and not rating > other + _SLACK:
            yield f"rating {_short(rating)}, expected above {lower} with {_short(other)}"


def _twin_misses(rating: float, expectation: Expectation, run: Run) -> Iterable[str]:
    twin = expectation.twin
    other = None if twin is None else run.rating(twin.of)
    if twin is not None and other is not None and abs(rating - other) > twin.most_difference + _SLACK:
        yield (
            f"rating {_short(rating)}, {_short(abs(rating - other))} from its twin {twin.of} "
            f"({twin.differs_in}), expected {twin.most_difference:g} at most"
        )


def _short(points: float) -> str:
    return f"{round(points, 1):g}"


def _either(words: Sequence[str]) -> str:
    return " or ".join(words)
