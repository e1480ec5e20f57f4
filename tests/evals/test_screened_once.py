"""Screening once what is judged several times: it gives what screening anew gives."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluator.assessment.screening import Screened, screened
from evaluator.contract.config import Redact
from evaluator.contract.request import AssessmentRequest
from evaluator.detection import Detection, detect
from evaluator.evals.dataset import Case, load_cases
from evaluator.evals.screened_once import ScreenedOnce
from evaluator.hygiene import cleaned
from tests.fakes.model import FakeModel
from tests.fakes.replaying import case_in, contender, judge

CASES = load_cases(Path("fixtures")).sound


class Finds:
    """Finds passages and counts how often it was asked to."""

    def __init__(self) -> None:
        """Was not asked yet."""
        self.calls = 0

    def __call__(self, request: AssessmentRequest, removed: Sequence[Any]) -> Detection:
        """See `detect`."""
        self.calls += 1
        return detect(request, removed)


def choosing(request: AssessmentRequest, **chosen: Any) -> AssessmentRequest:
    """Return a request with other members of its configuration."""
    config = request.integration_config.model_copy(update=chosen)
    return request.model_copy(update={"integration_config": config})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_screening_once_gives_what_screening_anew_gives(case: Case) -> None:
    """For every pack and model that a contestant chooses, and with what is kept from the model told alike."""
    once, finds = ScreenedOnce(), Finds()
    for chosen in ({}, {"prompt": "sales", "model": "m"}, {"prompt": None, "model": "n"}):
        held = cleaned(choosing(case.request, **chosen))
        request, removed = held.request, held.removed
        found = once(request, removed, app_id=None, finds=finds)
        anew = screened(request, removed, app_id=None, finds=detect)

        assert (found, found.leaves_out) == (anew, anew.leaves_out)
    assert finds.calls == 1


def test_other_requests_are_screened_anew() -> None:
    """Another CV, and another choice of what is redacted, is another request."""
    once, finds = ScreenedOnce(), Finds()
    request = CASES[0].request
    other = choosing(request, redact=Redact(name=False))
    for each in (request, CASES[1].request, other, request):
        once(each, (), app_id=None, finds=finds)

    assert finds.calls == 3


def test_repeats_and_contestants_are_screened_by_what_they_share(tmp_path: Path) -> None:
    """Two contestants that judge a case twice each ask for its screening four times, and find it once."""
    once, calls = ScreenedOnce(), []

    def counted(*asked: Any, **how: Any) -> Screened:
        calls.append(once(*asked, **how))
        return calls[-1]

    for _ in range(2):
        judge(contender(tmp_path, "live", FakeModel(), screen=counted), case_in(tmp_path), repeats=2)

    assert len(calls) == 4
    assert all(each is calls[0] for each in calls)
