"""The figures of a bias audit: the example computed by hand, and what holds for every sample."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact as scipys

from evaluator.evals.audit_data import Assessed, Columns, Sample, read_sample
from evaluator.evals.audit_figures import BOTH, RACE, SEX, Breakdown, Category, Figures, audit, fisher_exact
from tests.fakes.auditing import written

people = st.builds(
    Assessed,
    st.integers(0, 100).map(float),
    st.sampled_from(["X", "Y", None]),
    st.sampled_from(["Female", "Male", None]),
    st.sampled_from(["White", "Black", "Asian", None]),
)
samples = st.builds(Sample, st.lists(people, min_size=1, max_size=60).map(tuple), by_job=st.booleans())


@pytest.fixture
def worked(tmp_path: Path) -> list[Figures]:
    """The example's figures: pooled, job X, job Y."""
    return audit(read_sample(*written(tmp_path), Columns()))


def breakdown(figures: Figures, by: str) -> Breakdown:
    """Return one kind of category of a sample."""
    return next(each for each in figures.breakdowns if each.by == by)


def short(breakdown: Breakdown) -> dict[str, tuple[int, int, float | None]]:
    """Return people, above and ratio by category."""
    return {each.name: (each.people, each.above, each.ratio) for each in breakdown.categories}


def of_counts(*groups: tuple[str, int, int]) -> Sample:
    """Return a sample of women's and men's ratings: name, people, how many have 90 and not 10."""
    ratings = [(name, 90 if i < high else 10) for name, number, high in groups for i in range(number)]
    return Sample(tuple(Assessed(rating, sex=name) for name, rating in ratings))


def test_pooled_figures_are_those_of_the_hand(worked: list[Figures]) -> None:
    """The median lies between 60 and 70; 3 of 4 men and 2 of 5 women are above, one person is unknown."""
    pooled = worked[0]

    assert (pooled.job, pooled.people, pooled.median, pooled.above) == (None, 10, 65, 5)
    assert short(breakdown(pooled, SEX)) == {
        "Female": (5, 2, pytest.approx(0.4 / 0.75)),
        "Male": (4, 3, 1),
    }
    assert short(breakdown(pooled, RACE)) == {"Black": (5, 2, pytest.approx(2 / 3)), "White": (5, 3, 1)}
    assert [breakdown(pooled, by).unknown for by in (SEX, RACE, BOTH)] == [1, 0, 1]


def test_intersections_are_those_of_the_hand(worked: list[Figures]) -> None:
    """Both white men are above the median, one of two, one of two, and one of three black women."""
    assert short(breakdown(worked[0], BOTH)) == {
        "Black, Female": (3, 1, pytest.approx(1 / 3)),
        "Black, Male": (2, 1, 0.5),
        "White, Female": (2, 1, 0.5),
        "White, Male": (2, 2, 1),
    }


def test_each_job_has_its_own_median(worked: list[Figures]) -> None:
    """Job X has 70 as median and job Y has 60; nobody's rating of one job counts in the other."""
    assert [(each.job, each.people, each.median, each.above) for each in worked[1:]] == [
        ("X", 5, 70, 2),
        ("Y", 5, 60, 2),
    ]
    assert short(breakdown(worked[1], SEX)) == {"Female": (4, 1, 0.25), "Male": (1, 1, 1)}
    assert short(breakdown(worked[2], SEX)) == {"Female": (1, 0, 0), "Male": (3, 2, 1)}


def test_fisher_of_the_example_is_that_of_the_hand(worked: list[Figures]) -> None:
    """Of women against men 66 of 126 tables are no likelier; of black against white candidates all are."""
    chances = {each.name: each.p for by in (SEX, RACE) for each in breakdown(worked[0], by).categories}

    assert chances == {"Female": pytest.approx(66 / 126), "Male": None, "Black": 1, "White": None}


@given(st.tuples(*[st.integers(0, 60)] * 4))
def test_fisher_equals_scipy(table: tuple[int, int, int, int]) -> None:
    """The p of any table is that of scipy."""
    a, b, c, d = table

    assert fisher_exact(a, b, c, d) == pytest.approx(scipys([[a, b], [c, d]]).pvalue, rel=1e-6)


def test_fisher_equals_scipy_where_the_sample_is_large() -> None:
    """Nothing overflows with tens of thousands of people."""
    table = (9_800, 10_200, 15_300, 14_700)

    assert fisher_exact(*table) == pytest.approx(scipys([table[:2], table[2:]]).pvalue, rel=1e-6)


@given(samples, st.booleans())
def test_ratios_are_shares_of_the_highest(sample: Sample, leave_out_small: bool) -> None:
    """Rates and ratios lie in 0 to 1, one category that counts has 1, and everybody is counted once."""
    for figures in audit(sample, leave_out_small=leave_out_small):
        for each in figures.breakdowns:
            ratios = [one.ratio for one in each.categories if one.ratio is not None]
            assert all(0 <= value <= 1 for value in [*ratios, *(one.rate for one in each.categories)])
            assert max(ratios, default=1) == 1
            assert sum(one.people for one in each.categories) + each.unknown == figures.people


@given(samples)
def test_nobody_above_the_median_leaves_no_ratio(sample: Sample) -> None:
    """A ratio is there exactly where somebody of known category is above the median."""
    for figures in audit(sample):
        for each in figures.breakdowns:
            anyone = any(one.above for one in each.categories)
            assert all((one.ratio is not None) == anyone for one in each.categories)


def category(sample: Sample, name: str, *, leave_out_small: bool = False) -> Category:
    """Return one sex's figures."""
    found = breakdown(audit(sample, leave_out_small=leave_out_small)[0], SEX).categories
    return next(each for each in found if each.name == name)


@pytest.mark.parametrize(("above", "expected"), [(24, False), (23, True)])
def test_exactly_four_fifths_is_not_below(above: int, expected: bool) -> None:
    """24 of 100 beside 30 of 100 are four fifths, 23 are less."""
    sample = of_counts(("Female", 100, above), ("Male", 100, 30))

    assert category(sample, "Female").below_four_fifths == expected


@pytest.mark.parametrize(("people", "expected"), [(1, True), (2, False)])
def test_category_under_two_percent_is_marked(people: int, expected: bool) -> None:
    """One of a hundred is under 2 %, two are not."""
    sample = of_counts(("Other", people, 1), ("Female", 50, 20), ("Male", 50 - people, 20))

    assert category(sample, "Other").small == expected


def test_small_category_left_out_keeps_its_number_and_rate() -> None:
    """It has no ratio and is not the highest; the others' ratios are to the highest of those that count."""
    sample = of_counts(("Other", 1, 1), ("Female", 59, 10), ("Male", 40, 20))
    other = category(sample, "Other", leave_out_small=True)

    assert (other.left_out, other.ratio, other.p, other.people, other.rate) == (True, None, None, 1, 1)
    assert category(sample, "Male", leave_out_small=True).ratio == 1
    assert category(sample, "Male").ratio == 0.5


def test_unknown_categories_count_for_the_median() -> None:
    """The median is the full sample's: ratings of unknown people move it."""
    known = (Assessed(10, sex="Female"), Assessed(20, sex="Male"))
    unknown = tuple(Assessed(rating) for rating in (90, 95, 99))

    assert [audit(Sample(part))[0].median for part in (known, known + unknown)] == [15, 90]
