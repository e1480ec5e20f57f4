"""The page's list: a line for each case, with its bars, difference and marks.

May import the siblings below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.evals.changes import Change
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.sentences import range_of
from evaluator.evals.reports.words import letter, marks, plain, rated, signed
from evaluator.evals.twins import is_twin

_BAR = 12
"""Height of one contestant's bar with the space around it, in pixels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One contestant's mean rating as a bar; `width` in percent, None where there is no rating."""

    letter: str
    width: float | None
    y: int
    told: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One case of the list; `range` is where it begins and how wide it is, in percent."""

    name: str
    is_twin: bool
    bars: Sequence[Bar]
    height: int
    range: tuple[float, float] | None
    label: float | None
    label_told: str
    service: str
    difference: str
    tone: str
    marks: Sequence[str]
    misses: str
    change: float
    disagreement: float
    spread: float


def entries(report: Report) -> Sequence[Entry]:
    """Return the cases in the order of the runs."""
    changed = [{change.case: change for change in each.changes} for each in report.comparisons]
    spread = {
        each.case: max(each.range, 0.0)
        for stability in reversed(report.stabilities)
        for each in stability.spreads
    }
    return [
        _entry(report, case, [own[case] for own in changed if case in own], spread.get(case, 0.0))
        for case in report.names
    ]


def _entry(report: Report, case: str, changed: Sequence[Change], spread: float) -> Entry:
    label, span = report.labels.by_case.get(case), range_of(report.expectations[case])
    ratings = [run.rating(case) for run in report.runs]
    short = [letter(at) for at, run in enumerate(report.runs) if report.missed(run, case)]
    return Entry(
        name=case,
        is_twin=is_twin(case),
        bars=[_bar(at, rating) for at, rating in enumerate(ratings)],
        height=_BAR * len(ratings) + 6,
        range=(span[0], span[1] - span[0]) if span else None,
        label=label,
        label_told=plain(label),
        service=plain(report.service_ratings.get(case)) if report.service_ratings else "",
        difference=_differences(changed),
        tone=_tone(changed),
        marks=_marks(changed),
        misses=_misses(short, of=len(ratings)),
        change=round(max((each.size for each in changed), default=0.0), 3),
        disagreement=_disagreement(label, ratings),
        spread=round(spread, 3),
    )


def _misses(short: Sequence[str], *, of: int) -> str:
    """Return under which contestants a case falls short, by their letters; nothing of the only or of all."""
    under = "" if len(short) == of else f" under {', '.join(short)}"
    return f"falls short{under}" if short else ""


def _bar(at: int, rating: float | None) -> Bar:
    return Bar(letter(at), None if rating is None else round(rating, 2), 4 + _BAR * at, rated(rating))


def _differences(changed: Sequence[Change]) -> str:
    """Return the differences, each with its contestant's letter where there are several."""
    if len(changed) == 1:
        return signed(changed[0].difference)
    return ", ".join(f"{letter(at)} {signed(each.difference)}" for at, each in enumerate(changed, 1))


def _tone(changed: Sequence[Change]) -> str:
    """Return whether the other contestant is closer to the label, where there is one other."""
    closer = changed[0].closer if len(changed) == 1 else None
    return "" if not closer else "closer" if closer > 0 else "farther"


def _marks(changed: Sequence[Change]) -> Sequence[str]:
    flips = marks(any(each.status_flips for each in changed), any(each.crosses_cut for each in changed))
    return [{"status": "status flips", "cut": "crosses the cut"}[flip] for flip in flips]


def _disagreement(label: float | None, ratings: Sequence[float | None]) -> float:
    """Return the distance of the rating that lies farthest from the label; −1 where nothing can be said."""
    if label is None:
        return -1.0
    return round(max((abs(rating - label) for rating in ratings if rating is not None), default=-1.0), 3)
