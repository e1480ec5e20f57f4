"""Measuring a run by the conditions of `--fail-on`.

A figure that is not there never passes: the sentence says what is missing. May import `evals` siblings.
"""

from collections.abc import Callable, Mapping, Sequence

from evaluator.errors import SettingsError
from evaluator.evals.conditions import FIGURES, Condition
from evaluator.evals.figures import figures
from evaluator.evals.labels import labels_of
from evaluator.evals.regressions import Against, only, restated
from evaluator.evals.runs import Contestant, Run
from evaluator.evals.twins import is_twin, twin_deltas

_SLACK = 1e-9
"""Means of whole numbers are not exact in floating point."""

_SHOWN = 5

_OF_EVERY_ROW = ("tokens", "cost")
"""Figures that add up what every assessment took, those of twins included."""


class _NotThere(Exception):
    """A figure is not there; the message says why."""


Measure = Callable[[Run, Against | None], float]


def check_measurable(wanted: Sequence[Condition], contestant: Contestant) -> None:
    """Raise SettingsError for a condition of which it is certain beforehand that it cannot be told."""
    for each in wanted:
        if each.figure == "cost" and contestant.offline:
            raise SettingsError(
                f"--fail-on {each.text}: the offline rater judges, which has no price; leave it out"
            )


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
    twins = sum(map(is_twin, run.expectations)) if wanted.figure in _OF_EVERY_ROW else 0
    among = f", {twins} {'twin' if twins == 1 else 'twins'} included" if twins else ""
    return f"{wanted.figure} is {_shown(value)}{among}, {side} {wanted.bound:g} ({wanted.text})."


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
    if all(row.result is None for row in run.rows):
        raise _NotThere("nothing was rated")
    if run.cost_usd is None:
        name = "the offline rater" if run.contestant.offline else run.contestant.model
        raise _NotThere(f"the price of {name} is not known")
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
