"""Whether a draft is better, in a sentence: the eval command's findings in a recruiter's words."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evals.comparison import compare
from evaluator.evals.verdict import FEWEST_LABELS
from evaluator.studio.try_summary import compared, needed, sentence_alone, sentence_of
from tests.fakes.runs import Ratings, run_of

RATINGS = st.integers(0, 100)


def told(published: Ratings, draft: Ratings, labels: Mapping[str, float] | None = None) -> str:
    """Return the sentence for two runs of the same candidates."""
    return sentence_of(compared(run_of(published, labels=labels), run_of(draft, labels=labels)))


def many(number: int, rating: float, spread: float = 0) -> dict[str, float]:
    """Return ratings of so many candidates, every other one higher by `spread`."""
    return {f"c{at}": rating + spread * (at % 2) for at in range(number)}


def test_better_draft_is_closer_to_the_ratings() -> None:
    """Counted as the eval command counts."""
    said = told(many(12, 40, 2), many(12, 52, 3), many(12, 55, 3))

    assert said == (
        "The draft is better: closer to the ratings that the samples come with on 12, farther on 0, "
        "the same on 0."
    )


def test_worse_draft_is_called_worse() -> None:
    """The other way round."""
    said = told(many(12, 52, 2), many(12, 40, 2), many(12, 55, 3))

    assert said.startswith(
        "The draft is worse: closer to the ratings that the samples come with on 0, farther"
    )


def test_few_candidates_cannot_tell_and_it_is_said_how_many_would() -> None:
    """Below the eval command's own bound nothing is called better."""
    said = told(many(4, 40, 2), many(4, 52, 3), many(4, 55, 3))

    assert said == (
        "Cannot tell with 4 candidates, about 10 are needed: closer to the ratings that the samples come "
        "with on 4, farther on 0, the same on 0."
    )


def test_draft_that_hardly_differs_needs_no_number() -> None:
    """It would take more candidates than anybody has."""
    published = many(20, 60)
    draft = {name: rating + (9 if at % 2 else -9) for at, (name, rating) in enumerate(published.items())}
    said = told(published, draft | {"c0": 52}, many(20, 50))

    assert said.startswith("Cannot tell the two apart with 20 candidates: closer to")


def test_same_ratings_are_told_as_such() -> None:
    """Nothing else is said."""
    said = told(many(3, 50), many(3, 50), many(3, 40))

    assert said == "The draft rates all 3 candidates exactly as the published version does."


def test_without_ratings_of_people_it_is_told_which_way_it_rates() -> None:
    """Nothing tells whether that is better."""
    said = told({"a": 50, "b": 50, "c": 50}, {"a": 56, "b": 49, "c": 50})

    assert said.endswith("it rates 1 higher, 1 lower and 1 the same, 1.7 points higher on average.")


def test_candidate_without_a_rating_is_left_out_and_told() -> None:
    """It is no score of zero."""
    said = told({"a": 50, "b": 50}, {"a": 50, "b": None})

    assert said.endswith("exactly as the published version does; 1 candidate without a rating left out.")


def test_nothing_rated_is_nothing_compared() -> None:
    """A draft that fails for everybody."""
    said = told({"a": 50}, {"a": None})

    assert said.startswith("No candidate was rated by both, so there is nothing to compare")


@pytest.mark.parametrize(
    ("expected", "told_of_it"),
    [(None, "2 of 2 candidates rated."), ({"a": {"rating": [40, 60]}}, "2 of 2 candidates rated; 1 of 1 in")],
)
def test_single_run_is_told_by_itself(expected: Mapping[str, object] | None, told_of_it: str) -> None:
    """How many were rated, and how many lie where the sample is made for."""
    said = sentence_alone(run_of({"a": 50, "b": 70}, expected=expected))  # type: ignore[arg-type]  # as TOML

    assert said.startswith(told_of_it)


@given(st.lists(st.tuples(RATINGS, RATINGS, RATINGS), min_size=1, max_size=30))
def test_sentence_never_says_more_than_the_eval_command(rows: list[tuple[int, int, int]]) -> None:
    """Better and worse where it says so, and what would be needed is more than what is there."""
    names = [f"c{at}" for at in range(len(rows))]
    labels = {name: float(row[2]) for name, row in zip(names, rows, strict=True)}
    published, draft = (
        run_of({name: row[side] for name, row in zip(names, rows, strict=True)}, labels=labels)
        for side in (0, 1)
    )
    found = compared(published, draft)
    claimed = re.match(r"The draft is (better|worse)", sentence_of(found))
    more = needed(found)

    assert (claimed[1] if claimed else "cannot tell") == compare(published, draft, cut=50).outcome
    assert more is None or more >= min(len(rows), FEWEST_LABELS)
