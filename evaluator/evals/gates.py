"""Measuring a run by the conditions of `--fail-on`.

A figure that is not there never passes: the sentence says what is missing. May import `evals` siblings.
"""

from collections.abc import Callable, Mapping, Sequence

from evaluator.evals.conditions import FIGURES, Condition
from evaluator.evals.figures import figures
from evaluator.evals.labels import labels_of
from evaluator.evals.regressions import Against, only, restated
from evaluator.evals.runs import Run
from evaluator.evals.twins import twin_deltas

_SLACK = 1e-9
"""Means of whole numbers are not exact in floating point."""

_SHOWN = 5


class _NotThere(Exception):
    """A figure is not there; the message says why."""


Measure = Callable[[Run, Against | None], float]


def failing(wanted: Sequence[Condition], run: Run, against: Against | None = None) -> list[str]:
    """Return a sentence for each condition on which `run` falls short, beside its baseline if any."""
    if run.interrupted and wanted:
        return ["The run was interrupted: its figures are not those of all cases, and no gate holds."]
    return [sentence for each in wanted if (sentence := _short(each, run, against))]


def _short(wanted: Condition, run: Run, against: Against | None) -> str | None:
    try:
        if wanted.relation == "+":
            return _worse_by(wanted, run, against)
        value = MEASURES[wanted.figure](run, against)
    except _NotThere as missing:
        return f"{wanted.text} cannot be told, and so it does not hold: {missing}."
    if not _holds(value, wanted.relation, wanted.bound):
        return None
    side = {">": "above", ">=": "not below", "<": "below", "<=": "not above"}[wanted.relation]
    return f"{wanted.figure} is {_shown(value)}, {side} {wanted.bound:g} ({wanted.text})."


def _worse_by(wanted: Condition, run: Run, against: Against | None) -> str | None:
    """Compare over the cases that both have unchanged, with the labels of today; better never fails."""
    against = _baseline(against)
    measure = MEASURES[wanted.figure]
    same = {case: run.expectations[case] for case in against.compared}
    now = measure(only(run, same), None)
    before = measure(only(restated(against.baseline.run, run), same), None)
    by = now - before if FIGURES[wanted.figure].more_is_worse else before - now
    if by <= wanted.bound + _SLACK:
        return None
    return (
        f"{wanted.figure} is {_shown(now)}, the baseline's {_shown(before)}: worse by {_shown(by)}, "
        f"more than {wanted.bound:g} ({wanted.text})."
    )


def _holds(value: float, relation: str, bound: float) -> bool:
    slack = _SLACK if relation in (">", "<=") else -_SLACK
    return value > bound + slack if relation.startswith(">") else value < bound + slack


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def _mae(run: Run, _: Against | None) -> float:
    return _of_labels(run, figures(run).mae, "no case has a label")


def _spearman(run: Run, _: Against | None) -> float:
    return _of_labels(run, figures(run).spearman, "it is not defined with so few labels, or equal ones")


def _of_labels(run: Run, value: float | None, why: str) -> float:
    unrated = [case for case in labels_of(run.expectations).by_case if run.rating(case) is None]
    if unrated:
        raise _NotThere(f"no rating of {_names(unrated)}")
    if value is None:
        raise _NotThere(why)
    return value


def _in_range(run: Run, _: Against | None) -> float:
    share = figures(run).share_in_range
    if share is None:
        raise _NotThere("of no case a range is expected")
    return share


def _max_drop(run: Run, against: Against | None) -> float:
    against = _baseline(against)
    unrated = [case for case in against.compared if run.rating(case) is None]
    if unrated:
        raise _NotThere(f"no rating of {_names(unrated)}")
    earlier = against.baseline.run
    pairs = [(earlier.rating(case), run.rating(case)) for case in against.compared]
    return max(
        (was - now for was, now in pairs if was is not None and now is not None and was > now), default=0.0
    )


def _cost(run: Run, _: Against | None) -> float:
    if run.cost_usd is None or all(row.result is None for row in run.rows):
        raise _NotThere(f"the price of {run.contestant.model} is not known, or nothing was rated")
    return run.cost_usd


def _tokens(run: Run, _: Against | None) -> float:
    if all(row.result is None for row in run.rows):
        raise _NotThere("nothing was rated")
    return run.tokens


def _twin_delta(run: Run, _: Against | None) -> float:
    deltas = twin_deltas(run)
    unrated = [twin for each in deltas for twin in each.unrated]
    if unrated:
        raise _NotThere(f"no rating of {_names(unrated)} or of what it is the twin of")
    if not deltas:
        raise _NotThere("there are no twins in this run; --twins makes them")
    return max(abs(each.largest) for each in deltas if each.largest is not None)


def _baseline(against: Against | None) -> Against:
    if against is None:
        raise _NotThere("there is no baseline; --baseline names one")
    if not against.compared:
        raise _NotThere("no case is the same as in the baseline")
    return against


def _names(cases: Sequence[str]) -> str:
    more = f" and {len(cases) - _SHOWN} more" if len(cases) > _SHOWN else ""
    return ", ".join(cases[:_SHOWN]) + more


MEASURES: Mapping[str, Measure] = {
    "mae": _mae,
    "spearman": _spearman,
    "in-range": _in_range,
    "max-drop": _max_drop,
    "cost": _cost,
    "tokens": _tokens,
    "twin-delta": _twin_delta,
}
"""How each figure of `conditions` is measured."""
