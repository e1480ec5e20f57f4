"""What every report is made of: the runs, their cases, and what was found in them.

May import `evals` siblings that hold data and figures, and below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from evaluator.evals.comparison import Comparison
from evaluator.evals.dataset import Case
from evaluator.evals.expectation import Expectation
from evaluator.evals.figures import Figures, figures
from evaluator.evals.labels import Labels, labels_of
from evaluator.evals.runs import Run
from evaluator.evals.stability import Stability, stability
from evaluator.evals.twins import is_twin

CUT = 50.0
"""The rating from which a candidate would go on, where no other is given."""


@dataclass(frozen=True)
class Report:
    """Everything that is told of one call of the command.

    `runs`: one per contestant, at least one; the first is what the others are compared with. `cases`:
    by name, those whose requests are at hand. `comparisons`: of the first run with each other, in order.
    `misses`: by contestant's label and case, what the case falls short of, in words. `failed_gates`,
    `worse`, `notes`: a sentence each. `cut`: the rating from which a candidate would go on.
    """

    runs: Sequence[Run]
    cases: Mapping[str, Case] = field(default_factory=dict)
    comparisons: Sequence[Comparison] = ()
    misses: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    failed_gates: Sequence[str] = ()
    worse: Sequence[str] = ()
    notes: Sequence[str] = ()
    cut: float = CUT

    @cached_property
    def expectations(self) -> Mapping[str, Expectation | None]:
        """What is expected of each case, in the order of the runs; the last run's word holds."""
        found: dict[str, Expectation | None] = {}
        for run in self.runs:
            found |= run.expectations
        return found

    @property
    def names(self) -> Sequence[str]:
        """The cases of all runs."""
        return list(self.expectations)

    @cached_property
    def labels(self) -> Labels:
        """What the ratings are measured against."""
        return labels_of(self.expectations)

    @cached_property
    def service_ratings(self) -> Mapping[str, float]:
        """What the service gave the cases when it was asked, where an export tells: information, no label."""
        told = {name: case.service_rating for name, case in self.cases.items() if name in self.expectations}
        return {name: rating for name, rating in told.items() if rating is not None}

    @cached_property
    def figures(self) -> Sequence[Figures]:
        """The figures of each run, in their order."""
        return [figures(run, self.labels) for run in self.runs]

    @cached_property
    def stabilities(self) -> Sequence[Stability]:
        """How far the repeats of each run agree; of runs without repeats nothing."""
        found = [stability(run, cut=self.cut) for run in self.runs]
        return [each for each in found if each is not None]

    def own_cases(self, run: Run) -> Sequence[str]:
        """Return the cases of a run of which it has a row, without the twins that were made of others."""
        return [case for case in run.expectations if run.by_case[case] and not is_twin(case)]

    def missed(self, run: Run, case: str) -> Sequence[str]:
        """Return what a case falls short of under a run."""
        return self.misses.get((run.contestant.label, case), ())
