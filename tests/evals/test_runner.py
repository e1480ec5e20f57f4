"""Running cases, and the figures over them."""

import asyncio
from dataclasses import dataclass, field

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.errors import ModelTimeout
from evaluator.evals.dataset import Case, Expectation
from evaluator.evals.metrics import rank_correlation, share_in_range
from evaluator.evals.report import closing_line, failures
from evaluator.evals.runner import Outcome, run_cases


def make_case(name: str, reference: float | None = 50) -> Case:
    """Return or write a case."""
    request = {
        "job": {"description": "Cook"},
        "candidate_id": name,
        "pipeline_step_id": "s1",
        "call_secret": "x",
        "candidate_parsed_cv": {},
    }
    expectation = None
    if reference is not None:
        expectation = Expectation(
            rating=(40, 60), status=("completed",), reference_rating=reference, reference_why="so"
        )
    return Case(name, read_model(AssessmentRequest, request), expectation)


def make_result(rating: float) -> AssessmentResult:
    """Return a result with `rating`."""
    return AssessmentResult(
        candidate_id="c",
        pipeline_step_id="s",
        call_secret="x",
        rating=rating,
        status="completed",
        created_at="now",
    )


def outcome(rating: float | None, reference: float | None = 50) -> Outcome:
    """Return the outcome of a case."""
    result = None if rating is None else make_result(rating)
    return Outcome(make_case("case", reference), 0.1, result=result, error=None if result else "timed out")


@dataclass
class FakeAssessor:
    """Rates 50 after a turn of the loop, fails for the candidates named, and counts how many run at once."""

    failing: frozenset[str] = frozenset()
    running: int = 0
    most: int = 0
    seen: list[object] = field(default_factory=list)

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """Rate the request 50."""
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0)
        self.running -= 1
        if request.candidate_id in self.failing:
            raise ModelTimeout("no answer")
        return make_result(50)


def test_run_cases_keeps_to_the_concurrency() -> None:
    """No more cases run at a time than allowed, and outcomes come in the cases' order."""
    assessor = FakeAssessor()
    cases = [make_case(str(number)) for number in range(9)]

    outcomes = asyncio.run(run_cases(cases, assessor, concurrency=3, done=lambda _: None))

    assert assessor.most == 3
    assert [each.case.name for each in outcomes] == [case.name for case in cases]


def test_run_cases_with_a_failing_case_goes_on() -> None:
    """A case that fails is a row with its reason, and not the end."""
    done: list[Outcome] = []
    cases = [make_case("a"), make_case("b")]

    outcomes = asyncio.run(run_cases(cases, FakeAssessor(frozenset("a")), concurrency=1, done=done.append))

    assert [(each.rating, each.status, each.error) for each in outcomes] == [
        (None, "failed", "no answer"),
        (50, "completed", None),
    ]
    assert done == outcomes
    assert [line.plain for line in failures(outcomes)] == ["a: no answer"]


@pytest.mark.parametrize(
    ("rating", "holds"), [(39.9, False), (40, True), (60, True), (60.1, False), (None, False)]
)
def test_outcome_holds_within_the_range(rating: float | None, holds: bool) -> None:
    """Both ends of the range belong to it; a failed case never holds."""
    assert outcome(rating).holds is holds


def test_share_in_range_counts_failures_as_out() -> None:
    """A case without a rating is not as expected."""
    assert share_in_range([outcome(50), outcome(None), outcome(10), outcome(55)]) == 0.5


def test_rank_correlation_of_a_worked_example() -> None:
    """Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4 correlate at 0.9487, as worked out by hand."""
    outcomes = [outcome(10, 1), outcome(20, 2), outcome(20, 3), outcome(30, 4)]

    assert rank_correlation(outcomes) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)


def test_case_without_expectation_counts_in_no_figure() -> None:
    """Where nothing is expected, neither the share nor the correlation moves, and the line tells how many."""
    counted = [outcome(45, 1), outcome(50, 2), outcome(70, 3)]
    others = [outcome(99, None), outcome(1, None)]

    assert share_in_range(counted + others) == share_in_range(counted)
    assert rank_correlation(counted + others) == rank_correlation(counted)
    assert closing_line(counted + others).startswith(
        "2 of 3 cases as expected (67%), 2 without expectation; "
    )


@pytest.mark.parametrize(("rating", "holds"), [(99, True), (None, False)])
def test_outcome_without_expectation_holds_if_it_is_rated(rating: float | None, holds: bool) -> None:
    """Where nothing is expected every rating will do, and a failure is one still."""
    assert outcome(rating, None).holds is holds


def test_share_in_range_without_any_expectation_is_none() -> None:
    """There is no share of nothing, and the line says so."""
    assert share_in_range([outcome(50, None)]) is None
    assert closing_line([outcome(50, None)]) == "1 case without expectation: nothing to compare with"


@pytest.mark.parametrize("ratings", [[50.0], [50.0, 50.0], [None, None]])
def test_rank_correlation_that_is_not_defined_is_none(ratings: list[float | None]) -> None:
    """One case or a constant rater has no rank correlation, and the closing line says so."""
    outcomes = [outcome(rating, reference) for reference, rating in enumerate(ratings)]

    assert rank_correlation(outcomes) is None
    assert closing_line(outcomes).endswith("reference ratings: not defined")
