"""Counterfactual twins: the same candidate with one thing changed that should not matter.

A twin is a case named `<case>~<kind>` of which nothing is expected; what it shows is the difference between
its rating and the case's. Which text a twin gets depends on the case and its name alone. May import `evals`
siblings that hold data.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from evaluator.contract.request import AssessmentRequest
from evaluator.evals.dataset import Case
from evaluator.evals.runs import Run
from evaluator.evals.twin_gap import caregiving_gap
from evaluator.evals.twin_parts import hobbies, languages, school_name, section_order
from evaluator.evals.twin_pronouns import pronouns
from evaluator.evals.twin_rubric import reworded_rubric

MARK = "~"
"""Stands between a case's name and the kind of its twin."""

Change = Callable[[AssessmentRequest, str], AssessmentRequest | None]
"""Makes a twin's request, by a seed; None where there is nothing to change."""

KINDS: Mapping[str, Change] = {
    "caregiving-gap": caregiving_gap,
    "school-name": school_name,
    "hobbies": hobbies,
    "languages": languages,
    "pronouns": pronouns,
    "section-order": section_order,
    "reworded-rubric": reworded_rubric,
}
"""Every kind by name. A further one is a function and a line here."""


@dataclass(frozen=True, slots=True)
class TwinDelta:
    """How far the twins of one kind are from their cases, in points; positive where the twin is higher.

    `n` counts the pairs of which both have a rating, the others' twins are `unrated`. Without a pair there
    is no figure. `largest` is the difference farthest from 0, and `case` where it is.
    """

    kind: str
    n: int
    mean: float | None
    mean_absolute: float | None
    largest: float | None
    case: str | None
    unrated: tuple[str, ...]


def twins_of(cases: Iterable[Case]) -> list[Case]:
    """Return the twins of all cases, those of a case together and in the kinds' order.

    A kind that finds nothing to change in a case gives none. A twin of a twin is not made.
    """
    return [twin for case in cases if not is_twin(case.name) for twin in _twins(case)]


def is_twin(name: str) -> bool:
    """Tell whether a case's name is that of a twin made here."""
    return name.rpartition(MARK)[2] in KINDS and MARK in name


def twin_deltas(run: Run) -> list[TwinDelta]:
    """Return the differences of each kind of which there are twins in the run, in the kinds' order.

    Twins whose case is not in the run are left out.
    """
    by_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for name in run.expectations:
        case, _, kind = name.rpartition(MARK)
        if is_twin(name) and case in run.expectations:
            by_kind[kind].append(case)
    return [_delta(run, kind, cases) for kind, cases in by_kind.items() if cases]


def _twins(case: Case) -> Iterable[Case]:
    for kind, change in KINDS.items():
        name = f"{case.name}{MARK}{kind}"
        request = change(case.request, name)
        if request is not None and request != case.request:
            yield replace(case, name=name, request=request, expectation=None, service_rating=None)


def _delta(run: Run, kind: str, cases: list[str]) -> TwinDelta:
    deltas, unrated = {}, []
    for case in cases:
        twin, rating = run.rating(f"{case}{MARK}{kind}"), run.rating(case)
        if twin is None or rating is None:
            unrated.append(f"{case}{MARK}{kind}")
        else:
            deltas[case] = twin - rating
    values = list(deltas.values())
    farthest = max(deltas, key=lambda case: abs(deltas[case]), default=None)
    return TwinDelta(
        kind=kind,
        n=len(values),
        mean=fmean(values) if values else None,
        mean_absolute=fmean(map(abs, values)) if values else None,
        largest=None if farthest is None else deltas[farthest],
        case=farthest,
        unrated=tuple(unrated),
    )
