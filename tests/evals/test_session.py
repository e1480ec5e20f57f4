"""A session: what its report says of runs that were interrupted."""

from io import StringIO
from pathlib import Path

import pytest

from evaluator.evals.session import Session, Wanted
from evaluator.settings import Settings
from tests.fakes.simulated import Ratings, run


@pytest.mark.parametrize(
    ("ratings", "repeats", "told"),
    [
        ({"a": 50, "b": 60, "c": []}, 1, "A judged 2 of 3 cases, and the figures are of these."),
        (
            {"a": [50, 50], "b": [60, 60], "c": 70},
            2,
            "A judged 5 of 6 assessments (2 of each case), and the figures are of these.",
        ),
    ],
)
def test_interrupted_run_is_told_with_what_it_did(
    ratings: dict[str, Ratings], repeats: int, told: str
) -> None:
    """Of repeats the assessments are counted: each case may have some of its own."""
    session = Session(Settings(), Wanted(fixtures=Path("fixtures")), StringIO())

    report = session.report([run(ratings, interrupted=True, repeats=repeats)], [])

    assert report.notes == [f"Interrupted: {told}"]
