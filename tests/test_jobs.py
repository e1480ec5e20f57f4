"""The job boundary: whatever happens behind it, a request gets a result or a lawful refusal."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.errors import (
    EvaluatorError,
    InvalidRequest,
    ModelTimeout,
    Overloaded,
    PackError,
    Problem,
    Spent,
)
from evaluator.jobs.seam import Finished
from tests.fakes.direct_jobs import DirectJobs
from tests.fakes.prompting import request_of

REQUEST = request_of(candidate_id=7, call_secret="hush")


class FakeAssessor:
    """Rates 50 once it is let go, or raises; `seen` counts the requests that reached it."""

    def __init__(self, error: BaseException | None = None, *, waits: bool = False) -> None:
        self.seen = 0
        self.error = error
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        if not waits:
            self.go_on.set()

    async def assess(self, request: AssessmentRequest) -> AssessmentResult:
        """See evaluator.jobs.Assesses."""
        self.seen += 1
        self.begun.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return AssessmentResult(
            candidate_id=request.candidate_id,
            pipeline_step_id=request.pipeline_step_id,
            call_secret=request.call_secret,
            rating=50,
            status="completed",
            created_at="2026-01-01T00:00:00+00:00",
        )


def jobs_over(assessor: FakeAssessor, capacity: int = 1) -> DirectJobs:
    """Return jobs with room for `capacity` requests."""
    return DirectJobs(assessor, capacity=capacity, app_id="app-1")


def submitted(error: BaseException | None = None) -> Finished:
    """Submit one request to an assessor that fails with `error`, if any."""
    return asyncio.run(jobs_over(FakeAssessor(error)).submit(REQUEST))


def test_rated_request_is_finished_without_an_error() -> None:
    """The result comes through as it is."""
    finished = submitted()

    assert (finished.result.rating, finished.error) == (50, None)


@pytest.mark.parametrize("error", [ModelTimeout("no answer within 60 s"), EvaluatorError("something known")])
def test_failure_is_a_result_without_a_rating(error: EvaluatorError) -> None:
    """A failed assessment echoes the ids, says what went wrong, and holds no rating."""
    finished = submitted(error)

    assert finished.error is error
    assert "rating" not in finished.result.as_json()
    assert (finished.result.status, finished.result.failure_details) == ("failed", error.public)
    assert (finished.result.candidate_id, finished.result.call_secret, finished.result.app_id) == (
        7,
        "hush",
        "app-1",
    )


@pytest.mark.parametrize(
    "error", [KeyError("the CV's own words"), ExceptionGroup("the CV's own words", [ValueError("and more")])]
)
def test_unforeseen_exception_is_a_failure_that_tells_nothing(error: Exception) -> None:
    """A defect of ours is a failure like any other, and what it holds does not leave the house."""
    finished = submitted(error)

    assert type(finished.error) is EvaluatorError
    assert finished.result.failure_details == EvaluatorError.public
    assert "CV" not in str(finished)


def test_path_of_a_pack_does_not_leave_the_house(tmp_path: Any) -> None:
    """A pack that fails to render is a failure of ours: its file and line are for the log."""
    finished = submitted(PackError("does not render: 'the CV' has no attribute", path=tmp_path, line=3))

    assert isinstance(finished.error, PackError)
    assert str(tmp_path) not in str(finished.result)
    assert "CV" not in str(finished.result)


def test_failure_tells_the_operator_in_the_log_and_the_recruiter_in_the_result() -> None:
    """Hosts and settings stay in the log, beside what the failed calls took."""
    error = ModelTimeout("api.example.com did not answer; see EVALUATOR_MODEL_TIMEOUT_S")
    error.spent = Spent(calls=2, prompt_tokens=900, cost_usd=0.25)
    with capture_logs() as logged:
        told = str(submitted(error).result)

    assert "example.com" not in told
    assert "EVALUATOR" not in told
    assert logged == [
        {
            "event": "assessment failed",
            "log_level": "warning",
            "error": "ModelTimeout",
            "details": str(error),
            "calls": 2,
            "prompt_tokens": 900,
            "completion_tokens": 0,
            "cost_usd": 0.25,
        }
    ]


@pytest.mark.parametrize(
    "error", [InvalidRequest([Problem("/job", "required")]), Overloaded("full", retry_after_s=3)]
)
def test_refusal_comes_through(error: EvaluatorError) -> None:
    """What is the sender's to mend or to wait for is no failed assessment."""
    with pytest.raises(type(error)) as caught:
        submitted(error)

    assert caught.value is error


def test_request_beyond_the_capacity_is_turned_away() -> None:
    """More than can be worked off is refused at once, and does not reach the assessor."""

    async def run() -> FakeAssessor:
        assessor = FakeAssessor(waits=True)
        jobs = jobs_over(assessor, capacity=2)
        held = [asyncio.create_task(jobs.submit(REQUEST)) for _ in range(2)]
        async with asyncio.timeout(10):
            await assessor.begun.wait()
        with pytest.raises(Overloaded) as caught:
            await asyncio.wait_for(jobs.submit(REQUEST), 10)
        assert caught.value.retry_after_s > 0
        assessor.go_on.set()
        await asyncio.gather(*held)
        return assessor

    assert asyncio.run(run()).seen == 2


@pytest.mark.parametrize(
    "error", [None, ModelTimeout("no answer"), KeyError("x"), InvalidRequest([Problem("/job", "required")])]
)
def test_place_is_given_back_however_it_ends(error: Exception | None) -> None:
    """After a rating, a failure, a defect or a refusal there is room for the next."""

    async def run() -> Finished:
        assessor = FakeAssessor(error)
        jobs = jobs_over(assessor)
        await asyncio.gather(jobs.submit(REQUEST), return_exceptions=True)
        assessor.error = None
        return await jobs.submit(REQUEST)

    assert asyncio.run(run()).result.rating == 50


def test_place_is_given_back_by_a_caller_who_hangs_up() -> None:
    """A cancelled request is cancelled, not failed, and leaves its place."""

    async def run() -> Finished:
        assessor = FakeAssessor(waits=True)
        jobs = jobs_over(assessor)
        task = asyncio.create_task(jobs.submit(REQUEST))
        async with asyncio.timeout(10):
            await assessor.begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assessor.go_on.set()
        return await jobs.submit(REQUEST)

    assert asyncio.run(run()).result.rating == 50
