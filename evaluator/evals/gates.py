"""Conditions on which a run falls short: `mae>12`, `in-range<0.9`, `mae+1.5`.

A condition is written as what must not be. A figure that is not there never passes: the sentence says what
is missing. May import `errors` and `evals` siblings.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.errors import SettingsError
from evaluator.evals.figures import figures
from evaluator.evals.labels import labels_of
from evaluator.evals.regressions import Against, only, restated
from evaluator.evals.runs import Run
from evaluator.evals.twins import twin_deltas

_CONDITION = re.compile(r"\s*([a-z][a-z-]*)\s*(>=|<=|>|<|\+)\s*(\S+?)\s*")
_SLACK = 1e-9
"""Means of whole numbers are not exact in floating point."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: it falls short where `figure` stands in `relation` to `bound`.

    The relation `+` means worse than the baseline's by more than the bound. `text` is as it was written.
    """

    figure: str
    relation: str
    bound: float
    text: str


class _NotThere(Exception):
    """A figure is not there; the message says why."""


Measure = Callable[[Run, Against | None], float]


@dataclass(frozen=True, slots=True)
class _Figure:
    measure: Measure
    more_is_worse: bool
    least: float = 0.0
    most: float = math.inf
    of_baseline: bool = False


def conditions(texts: Iterable[str]) -> list[Condition]:
    """Return the conditions of `--fail-on`, each text one or several with commas between.

    Raises SettingsError where one cannot be read, or is true of a good run.
    """
    return [_condition(part) for text in texts for part in text.split(",") if part.strip()]


def failing(wanted: Sequence[Condition], run: Run, against: Against | None = None) -> list[str]:
    """Return a sentence for each condition on which `run` falls short, beside its baseline if any."""
    if run.interrupted and wanted:
        return ["The run was interrupted: its figures are not those of all cases, and no gate holds."]
    return [sentence for each in wanted if (sentence := _short(each, run, against))]


def _short(wanted: Condition, run: Run, against: Against | None) -> str | None:
    try:
        if wanted.relation == "+":
            return _worse_by(wanted, run, against)
        value = FIGURES[wanted.figure].measure(run, against)
    except _NotThere as missing:
        return f"{wanted.text} cannot be told, and so it does not hold: {missing}."
    if not _holds(value, wanted.relation, wanted.bound):
        return None
    side = {">": "above", ">=": "not below", "<": "below", "<=": "not above"}[wanted.relation]
    return f"{wanted.figure} is {_shown(value)}, {side} {wanted.bound:g} ({wanted.text})."


def _worse_by(wanted: Condition, run: Run, against: Against | None) -> str | None:
    """Compare over the cases that both have unchanged, with the labels of today; better never fails."""
    against = _baseline(against)
    figure = FIGURES[wanted.figure]
    same = {case: run.expectations[case] for case in against.compared}
    now = figure.measure(only(run, same), None)
    before = figure.measure(only(restated(against.baseline.run, run), same), None)
    by = now - before if figure.more_is_worse else before - now
    if by <= wanted.bound + _SLACK:
        return None
    return (
        f"{wanted.figure} is {_shown(now)}, the baseline's {_shown(before)}: worse by {_shown(by)}, "
        f"more than {wanted.bound:g} ({wanted.text})."
    )


def _condition(part: str) -> Condition:
    found = _CONDITION.fullmatch(part)
    name, relation, bound = found.groups() if found else ("", "", "")
    text = "".join(part.split())
    figure = FIGURES.get(name)
    if figure is None:
        raise SettingsError(
            f"--fail-on {text}: is no condition; it is a figure of {', '.join(FIGURES)}, then > or < and a "
            "number, or + and a number for worse than the baseline by more than that. Such as mae>12"
        )
    _check_direction(name, relation, figure, text)
    return Condition(name, relation, _bound(bound, figure, text, within=relation != "+"), text)


def _check_direction(name: str, relation: str, figure: _Figure, text: str) -> None:
    if relation == "+" and figure.of_baseline:
        raise SettingsError(
            f"--fail-on {text}: {name} is itself beside the baseline; say {name}> and a number"
        )
    if relation != "+" and relation.startswith(">") != figure.more_is_worse:
        good = "<" if relation.startswith(">") else ">"
        raise SettingsError(
            f"--fail-on {text}: would fail a good run, for it says what must not be; say {name}{good}"
        )


def _bound(written: str, figure: _Figure, text: str, *, within: bool) -> float:
    share = written.endswith("%") and figure.most == 1 and figure.least == 0
    try:
        value = float(written[:-1]) / 100 if share else float(written)
    except ValueError:
        raise SettingsError(f"--fail-on {text}: {written} is no number") from None
    least, most = (figure.least, figure.most) if within else (0, math.inf)
    if not (least <= value <= most and math.isfinite(value)):
        limits = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of {least:g} or more"
        raise SettingsError(f"--fail-on {text}: the number is one {limits}")
    return value


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


FIGURES: Mapping[str, _Figure] = {
    "mae": _Figure(_mae, more_is_worse=True),
    "spearman": _Figure(_spearman, more_is_worse=False, least=-1, most=1),
    "in-range": _Figure(_in_range, more_is_worse=False, most=1),
    "max-drop": _Figure(_max_drop, more_is_worse=True, of_baseline=True),
    "cost": _Figure(_cost, more_is_worse=True),
    "tokens": _Figure(_tokens, more_is_worse=True),
    "twin-delta": _Figure(_twin_delta, more_is_worse=True),
}
"""What a condition may be over."""
