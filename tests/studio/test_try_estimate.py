"""What a run takes, in money and in time."""

from dataclasses import replace

import pytest

from evaluator.models.prices import Price, PriceTable
from evaluator.studio.try_estimate import Counted, Question, cost_in_words, estimate, in_words
from evaluator.studio.try_judging import Asked
from evaluator.studio.try_rows import Took
from tests.fakes.model import FakeModel

ASKED = Asked(FakeModel(), "m", offline=False)
PRICES = PriceTable({"m": Price(input=1.0, cached_input=0.5, output=10.0)})
TWO = Counted([Question("m", 1, 100_000, 20_000), Question("m", 3, 100_000, 20_000)], 1, [])
TOOK = Took(assessments=4, seconds=3.0, prompt_tokens=1.0, completion_tokens=10_000.0, cost_usd=None)


def test_cost_is_tokens_times_price_for_every_sample() -> None:
    """The longest reply where none was measured."""
    found = estimate(TWO, ASKED, candidates=1, prices=PRICES, took=None)

    assert found.cost_usd == pytest.approx(4 * (0.1 + 0.2))
    assert cost_in_words(found) == "It costs at most $1.20."


def test_measured_replies_and_seconds_are_taken_where_there_are_any() -> None:
    """Four calls fit in one round."""
    found = estimate(TWO, ASKED, candidates=1, prices=PRICES, took=TOOK)

    assert found.cost_usd == pytest.approx(4 * (0.1 + 0.1))
    assert found.seconds == 3.0
    assert cost_in_words(found) == "It costs about $0.80."


def test_price_that_nobody_knows_is_told_as_unknown() -> None:
    """And never as nothing."""
    found = estimate(TWO, ASKED, candidates=1, prices=PriceTable({}), took=None)

    assert cost_in_words(found) == "What m costs is not known to this service."


def test_run_that_asks_nobody_costs_nothing() -> None:
    """All its results are there."""
    found = estimate(Counted([], 2, []), ASKED, candidates=2, prices=PriceTable({}), took=None)

    assert cost_in_words(found) == "It costs nothing: all results are there from earlier runs."
    assert found.seconds == 0


def test_offline_rater_is_said_to_be_no_model() -> None:
    """Its cost is none."""
    found = estimate(TWO, replace(ASKED, offline=True), candidates=1, prices=PRICES, took=None)

    assert cost_in_words(found) == "It costs nothing: the offline rater matches words and asks no model."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "a few seconds"), (31, "about 40 seconds"), (95, "about 2 minutes"), (5400, "about 1.5 hours")],
)
def test_time_is_told_as_a_person_would(seconds: float, said: str) -> None:
    """Roundly."""
    assert in_words(seconds) == said
