"""The arithmetic that an explanation shows, against the one that rates."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from evaluator.audit.arithmetic import summed, working
from evaluator.audit.sentences import arithmetic
from evaluator.judgement import Finding
from evaluator.rubric import Criterion, Level, Rubric
from evaluator.scoring import score

LEVELS = st.sampled_from(Level)
ONE = st.tuples(st.floats(0, 100), LEVELS.filter(bool), LEVELS, LEVELS, st.sampled_from(Finding))


class Found:
    """A checked judgement."""

    def __init__(self, level: Level, finding: Finding) -> None:
        self.level, self.finding = level, finding


def recorded(drawn: list[Any], claim_weight: float) -> tuple[int, list[dict[str, Any]]]:
    """Return the rating of judged criteria, and the criteria as a result tells them."""
    criteria = [Criterion(f"c{n}", f"c{n}", d[0], d[1], "pack") for n, d in enumerate(drawn)]
    found = {f"c{n}": Found(d[2], d[4]) for n, d in enumerate(drawn)}
    claims = {f"c{n}": d[3] for n, d in enumerate(drawn)}
    scored = score(Rubric(tuple(criteria), claim_weight=claim_weight), found, claims)
    return scored.rating, [
        {
            "weight": round(part.possible / 100, 4),
            "required_level": part.criterion.required.word,
            "level": part.level.word,
            "finding": part.finding.value,
            "claimed_level": claims[part.criterion.id].word,
            "contribution": round(part.points, 2),
        }
        for part in scored.contributions
    ]


@given(st.lists(ONE, min_size=1, max_size=30), st.floats(0, 1))
@example([(1.0, Level.STRONG, Level.WORKING, Level.NONE, Finding.EVIDENCED)] * 7, 0.0)
def test_shown_figures_give_the_rating(drawn: list[Any], claim_weight: float) -> None:
    """Whatever was judged, the recorded contributions sum to the recorded rating within their rounding."""
    rating, criteria = recorded(drawn, claim_weight)

    assert summed([each["contribution"] for each in criteria]).gives(rating)


@given(st.lists(ONE, min_size=1, max_size=30), st.floats(0, 1))
def test_each_criterion_shows_how_its_points_come_about(drawn: list[Any], claim_weight: float) -> None:
    """A product is shown for every criterion, and it ends with the recorded figure."""
    _, criteria = recorded(drawn, claim_weight)
    shown = [working(each, claim_weight) for each in criteria]

    assert [each.rpartition(" = ")[2] for each in shown] == [
        f"{each['contribution']:.2f}" for each in criteria
    ]


@pytest.mark.parametrize(
    ("level", "claimed", "finding", "points", "shown"),
    [
        ("working", None, "evidenced", 16.67, "25.00 × 2 ÷ 3 = 16.67"),
        ("expert", None, "evidenced", 25.0, "25.00 × 1 = 25.00"),
        ("none", None, "not_evidenced", 0.0, "25.00 × 0 = 0.00"),
        ("none", "basic", "not_evidenced", 4.17, "25.00 × 0.5 × 1 ÷ 3 as claimed = 4.17"),
        ("none", "basic", "contradicted", 0.0, "25.00 × 0 = 0.00"),
        ("none", None, "not_evidenced", 9.0, "9.00 of 25.00"),
    ],
)
def test_working_is_shown_with_its_figures(
    level: str, claimed: str | None, finding: str, points: float, shown: str
) -> None:
    """Level by required level, the claim where it counts, and the bare figure where no rule gives it."""
    criterion = {"weight": 0.25, "required_level": "strong", "level": level, "claimed_level": claimed}

    assert working({**criterion, "finding": finding, "contribution": points}, 0.5) == shown


def test_sum_that_rounding_moved_is_told_with_its_bounds() -> None:
    """Where the shown figures sum to a half and the exact ones to less, the text says why it is 83."""
    levels = [(20, 1, 4), (5, 4, 1), (2, 2, 0), (20, 2, 3), (3, 3, 0), (3, 2, 2)]
    drawn = [(float(w), Level(r), Level(f), Level.NONE, Finding.EVIDENCED) for w, r, f in levels]
    rating, criteria = recorded(drawn, 0.0)
    points = [each["contribution"] for each in criteria]
    context = {"computed_rating": rating, "rules": {"claim_weight": 0.0}, "scoring": "criteria"}
    told = list(arithmetic({"context": context, "rating": rating}, summed(points), points))

    assert (rating, summed(points).total) == (83, 83.5)
    assert "the exact sum lies between 83.470 and 83.530, and rounded to a whole number it is 83" in told[-1]


def test_another_rating_than_the_sum_is_told() -> None:
    """A rating that the figures cannot give does not pass."""
    total = summed([33.33, 33.33, 33.33])

    assert (total.total, total.gives(100), total.gives(99)) == (99.99, True, False)
