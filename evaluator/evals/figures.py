"""The figures of one run. May import `evals` siblings that hold data and numbers.

Each stands on cases: the repeats of a case are averaged first. An assessment that failed has no rating and
counts in no mean; it is counted, and its case named.
"""

from collections import Counter
from statistics import fmean

from pydantic import BaseModel, ConfigDict, Field

from evaluator.evals.agreement import absolute_errors, kendall, spearman, weighted_kappa
from evaluator.evals.labels import LabelKind, Labels, human_disagreement, labels_of
from evaluator.evals.runs import Run
from evaluator.evals.statistics import Interval, mean_interval
from evaluator.evals.twins import is_twin


class Figures(BaseModel):
    """A run in figures; None stands where one is not defined, and is shown as `–`.

    Points are of a rating, 0 to 100. MAE, bias and the agreement figures are over the `labelled` cases.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(description="The contestant's.")
    cases: int = Field(description="Cases that were judged, without the twins made of others.")
    rated: int = Field(description="Cases with a rating in at least one repeat.")
    unrated: tuple[str, ...] = Field(description="Cases without one.")
    assessments: int = Field(description="Rows: cases × repeats.")
    failed_assessments: int = Field(description="Rows without a rating.")

    labels: LabelKind
    labelled: int = Field(description="Cases with both a rating and a label.")
    mae: float | None = Field(description="Mean absolute error, points.")
    mae_interval: Interval | None
    bias: float | None = Field(description="Mean of rating less label, points: above 0 is too generous.")
    spearman: float | None
    kendall: float | None
    kappa: float | None = Field(description="Quadratic weights, bands 0–24, 25–49, 50–74, 75–100.")
    human_disagreement: float | None = Field(description="Mean distance of one person from the others.")

    expected: int = Field(description="Cases of which a range is expected.")
    in_range: int = Field(description="Of these, those whose rating lies in it; a case without one does not.")
    mean_rating: float | None

    tokens: int
    cost_usd: float | None = Field(description="None where a price is not known.")
    seconds: float = Field(description="Wall time of the whole run.")
    seconds_each: float | None = Field(description="Mean wall time of an assessment that gave a rating.")

    @property
    def share_in_range(self) -> float | None:
        """The share of the expected cases that lie in range, 0 to 1; None where nothing is expected."""
        return self.in_range / self.expected if self.expected else None


def figures(run: Run, labels: Labels | None = None) -> Figures:
    """Return a run's figures, against `labels` or those of its own cases."""
    labels = labels_of(run.expectations) if labels is None else labels
    cases = judged(run)
    ratings = {case: rating for case in cases if (rating := run.rating(case)) is not None}
    both = [case for case in ratings if case in labels.by_case]
    rated, wanted = [ratings[case] for case in both], [labels.by_case[case] for case in both]
    errors = absolute_errors(rated, wanted)
    done = [row for row in run.rows if row.rating is not None]
    return Figures(
        label=run.contestant.label,
        cases=len(cases),
        rated=len(ratings),
        unrated=tuple(case for case in cases if case not in ratings),
        assessments=len(run.rows),
        failed_assessments=len(run.rows) - len(done),
        labels=labels.kind,
        labelled=len(both),
        mae=fmean(errors) if errors else None,
        mae_interval=mean_interval(errors),
        bias=fmean(rated) - fmean(wanted) if both else None,
        spearman=spearman(rated, wanted),
        kendall=kendall(rated, wanted),
        kappa=weighted_kappa(rated, wanted),
        human_disagreement=human_disagreement(run.expectations),
        expected=sum(held is not None for held in in_range(run).values()),
        in_range=sum(held is True for held in in_range(run).values()),
        mean_rating=fmean(ratings.values()) if ratings else None,
        tokens=run.tokens,
        cost_usd=run.cost_usd,
        seconds=run.seconds,
        seconds_each=fmean(row.seconds for row in done) if done else None,
    )


def judged(run: Run) -> list[str]:
    """Return the cases of which there is a row, without the twins made of others.

    A twin is its case once more: counted as a case, it would make an interval narrower than it is.
    """
    return [case for case, rows in run.by_case.items() if rows and not is_twin(case)]


def in_range(run: Run) -> dict[str, bool | None]:
    """Tell of each case whether its mean rating lies in the range expected.

    None where no range is expected, or the case was not judged. A case that failed does not lie in its range.
    """
    found: dict[str, bool | None] = {}
    for case, rows in run.by_case.items():
        expectation, rating = run.expectations[case], run.rating(case)
        if expectation is None or expectation.rating is None or not rows:
            found[case] = None
        else:
            low, high = expectation.rating
            found[case] = rating is not None and low <= rating <= high
    return found


def usual_status(run: Run, case: str) -> str:
    """Return the status that a case got most often, of equals the one that came first; `failed` of none."""
    counted = Counter(row.status for row in run.by_case.get(case, ()))
    return max(counted, key=counted.__getitem__, default="failed")
