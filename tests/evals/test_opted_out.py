"""A case whose candidate opted out, in a replay: no model is asked, and a case may expect that."""

from pathlib import Path

from evaluator.evals.checks import misses
from evaluator.evals.expectation import Expectation
from tests.fakes.model import FakeModel
from tests.fakes.replaying import case_in, contender, judge


def test_opted_out_is_a_status_that_a_case_can_expect(tmp_path: Path) -> None:
    """The row has no rating and the status; anything else that is expected is missed."""
    case = case_in(
        tmp_path, application_form={"opt_out": "yes"}, integration_config={"opt_out_field": "opt_out"}
    )
    model = FakeModel()
    (row,) = judge(contender(tmp_path, "live", model), case)

    assert (row.status, row.rating, row.error, model.history) == ("opted_out", None, None, [])
    assert misses(row, Expectation(status=("opted_out",))) == []
    assert len(misses(row, Expectation(status=("failed",)))) == 1
    assert len(misses(row, None)) == 1
