"""Pairs of cases that change their order: counted and named as their plain definition has them."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from evaluator.evals.changes import changes
from evaluator.evals.order_flips import MOST_NAMED, order_flips
from tests.fakes.simulated import Ratings, run

Found = list[tuple[str, str, float]]


def flips(a: dict[str, Ratings], b: dict[str, Ratings], named: int = MOST_NAMED) -> tuple[int, Found]:
    """Return how many pairs flip from A to B, and those that are named: the upper in A, in B, points."""
    count, widest = order_flips(changes(run(a), run(b), {}, 50), named=named)
    return count, [(each.above_in_a, each.above_in_b, each.by) for each in widest]


def plain_flips(a: dict[str, float | None], b: dict[str, float | None], named: int) -> tuple[int, Found]:
    """Return the same by looking at every pair."""
    found = []
    rated = [(case, x, y) for case, x in a.items() if x is not None and (y := b[case]) is not None]
    for (one, a1, b1), (other, a2, b2) in combinations(rated, 2):
        if (a1 - a2) * (b1 - b2) < 0:
            upper, lower = (one, other) if a1 > a2 else (other, one)
            found.append((upper, lower, abs(a1 - a2) + abs(b1 - b2)))
    return len(found), sorted(found, key=lambda flip: -flip[2])[:named]


def test_order_flips_are_the_pairs_that_reverse() -> None:
    """Widest first; a tie in one of the runs is no reversal, and a failed case has no order."""
    a: dict[str, Ratings] = {"one": 10, "two": 20, "three": 30, "tied": 30, "failed": None}
    b: dict[str, Ratings] = {"one": 25, "two": 20, "three": 10, "tied": 25, "failed": 99}

    assert flips(a, b) == (3, [("three", "one", 35), ("three", "two", 20), ("two", "one", 15)])


ratings = st.integers(-1, 8).map(lambda whole: None if whole < 0 else whole / 2)
"""Few enough that ties are usual; halves are exact."""


@given(st.lists(st.tuples(ratings, ratings), min_size=4, max_size=12), st.integers(1, 3))
def test_order_flips_are_those_of_the_plain_definition(
    pairs: list[tuple[float | None, float | None]], named: int
) -> None:
    """In number, in width and in which come first of equal ones; few are named, so that most are left out."""
    a: dict[str, float | None] = {str(at): one for at, (one, _) in enumerate(pairs)}
    b: dict[str, float | None] = {str(at): other for at, (_, other) in enumerate(pairs)}

    assert flips(dict(a), dict(b), named) == plain_flips(a, b, named)


def test_order_flips_of_many_cases_are_found() -> None:
    """Of 4,000 cases turned upside down, eight million pairs flip."""
    size = 4000
    a: dict[str, Ratings] = {str(at): at / size * 100 for at in range(size)}
    b: dict[str, Ratings] = {str(at): 100 - at / size * 100 for at in range(size)}
    count, widest = flips(a, b)

    assert count == size * (size - 1) // 2
    assert widest[0][:2] == (str(size - 1), "0")


def test_tie_takes_no_place_of_a_pair_that_flips() -> None:
    """Two cases with one rating in B are farther apart than the pair that flips, and are none."""
    a: dict[str, Ratings] = {"low": 0, "one": 41, "two": 42, "high": 40}
    b: dict[str, Ratings] = {"low": 50, "one": 62, "two": 61, "high": 50}

    assert flips(a, b, 1) == (1, [("two", "one", 2)])
