"""The figures of all runs side by side, as every report shows them. May import the siblings below it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from evaluator.evals.comparison import Comparison, Difference
from evaluator.evals.figures import Figures
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.words import NOT_THERE, letter, plain, signed
from evaluator.evals.stability import Stability
from evaluator.evals.statistics import Interval
from evaluator.evals.twins import is_twin


class Cell(NamedTuple):
    """A figure as text, and what stands beside it, such as an interval."""

    told: str
    beside: str = ""

    def __str__(self) -> str:
        """Return both in a line."""
        return f"{self.told} ({self.beside})" if self.beside else self.told


class FigureLine(NamedTuple):
    """One figure: its name, its unit, its value for each run and its difference in each comparison."""

    name: str
    unit: str
    values: list[Cell]
    differences: list[Cell]

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


def figure_lines(report: Report) -> Sequence[FigureLine]:
    """Return the figures in reading order; those that no run has are left out."""
    twins = any(is_twin(case) for run in report.runs for case in run.expectations)
    lines = [
        FigureLine(
            name,
            _unit(name, unit, twins=twins),
            list(map(show, report.figures)),
            list(map(differ, report.comparisons)),
        )
        for name, unit, show, differ in _FIGURES
    ]
    return [line for line in [*lines, *_of_repeats(report)] if set(line.values) != {_NONE}]


def _unit(name: str, unit: str, *, twins: bool) -> str:
    """Return the unit, which says that twins are counted where they are."""
    return ", ".join(filter(None, (unit, "with twins" if twins and name in _OF_EVERY_ROW else "")))


def compared(report: Report) -> Sequence[tuple[str, str]]:
    """Return, for each comparison, what its differences are of, and which interval stands beside them."""
    found = []
    for at, each in enumerate(report.comparisons, 1):
        it = each.rating.interval
        told = f"{plain(100 * it.level)} % interval" if it else ""
        found.append((f"{letter(at)} less {letter(0)}", told))
    return found


def _of_repeats(report: Report) -> Sequence[FigureLine]:
    by_label = {each.label: each for each in report.stabilities}
    own = [by_label.get(run.contestant.label) for run in report.runs]
    none = [_NONE] * len(report.comparisons)
    return [
        FigureLine("Deviation of repeats", "points", [_deviation(each) for each in own], none),
        FigureLine("Unstable cases", "", [_unstable(each) for each in own], none),
    ]


def _deviation(stability: Stability | None) -> Cell:
    return Cell(plain(stability.deviation)) if stability else _NONE


def _unstable(stability: Stability | None) -> Cell:
    if stability is None:
        return _NONE
    return Cell(str(len(stability.unstable)), f"of {len(stability.spreads)}")


def _mae(own: Figures) -> Cell:
    it = own.mae_interval
    return Cell(plain(own.mae), f"{plain(max(0.0, it.low))} to {plain(it.high)}" if it else "")


def _in_range(own: Figures) -> Cell:
    share = own.share_in_range
    return _NONE if share is None else Cell(f"{100 * share:.0f} %", f"{own.in_range} of {own.expected}")


def _rated(own: Figures) -> Cell:
    return Cell(str(own.rated), f"of {own.cases}")


def _value(of: Callable[[Figures], float | None], digits: int) -> Callable[[Figures], Cell]:
    """Return how a plain figure is shown."""
    return lambda own: Cell(plain(of(own), digits))


def _between(of: Callable[[Comparison], Difference], digits: int) -> Callable[[Comparison], Cell]:
    """Return how the difference of a figure is shown: with its interval, where there is one."""

    def show(comparison: Comparison) -> Cell:
        it = of(comparison)
        return Cell(signed(it.difference, digits), _ends(it.interval, digits))

    return show


def _ends(it: Interval | None, digits: int) -> str:
    return f"{signed(it.low, digits)} to {signed(it.high, digits)}" if it else ""


def _less(of: Callable[[Figures], float | None], digits: int) -> Callable[[Comparison], Cell]:
    """Return how the plain difference of a figure is shown."""

    def show(comparison: Comparison) -> Cell:
        a, b = of(comparison.of_a), of(comparison.of_b)
        return _NONE if a is None or b is None else Cell(signed(b - a, digits))

    return show


def _nothing(_: Comparison) -> Cell:
    return _NONE


_NONE = Cell(NOT_THERE)

_OF_EVERY_ROW = ("Tokens", "Cost", "Time in all")
"""Figures of every assessment, those of twins included; the others are of the cases alone."""

_FIGURES: Sequence[tuple[str, str, Callable[[Figures], Cell], Callable[[Comparison], Cell]]] = (
    ("Mean absolute error", "points", _mae, _between(lambda it: it.mae, 1)),
    ("Bias", "above label", lambda own: Cell(signed(own.bias)), _less(lambda own: own.bias, 1)),
    (
        "Rank correlation",
        "Spearman",
        _value(lambda own: own.spearman, 2),
        _between(lambda it: it.spearman, 2),
    ),
    ("Rank correlation", "Kendall", _value(lambda own: own.kendall, 2), _between(lambda it: it.kendall, 2)),
    ("Agreement in bands", "kappa", _value(lambda own: own.kappa, 2), _between(lambda it: it.kappa, 2)),
    ("People among themselves", "points", _value(lambda own: own.human_disagreement, 1), _nothing),
    ("Mean rating", "points", _value(lambda own: own.mean_rating, 1), _between(lambda it: it.rating, 1)),
    ("In the expected range", "", _in_range, _nothing),
    ("Cases with a rating", "", _rated, _nothing),
    ("Tokens", "", _value(lambda own: own.tokens, 0), _less(lambda own: own.tokens, 0)),
    ("Cost", "US dollars", _value(lambda own: own.cost_usd, 4), _less(lambda own: own.cost_usd, 4)),
    ("Time each", "seconds", _value(lambda own: own.seconds_each, 2), _less(lambda own: own.seconds_each, 2)),
    ("Time in all", "seconds", _value(lambda own: own.seconds, 1), _less(lambda own: own.seconds, 1)),
)
