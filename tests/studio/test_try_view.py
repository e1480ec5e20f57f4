"""The lines of a run: differences in words, the cut, a person's own rating, and orders."""

from datetime import date
from typing import Any

import pytest

from evaluator.evals.expectation import Expectation, HumanRating
from evaluator.studio.quoted import MOST_MATERIAL
from evaluator.studio.try_rows import Told, Tried, opened, packed
from evaluator.studio.try_view import Sort, candidate_of, line_of, lines_of
from tests.fakes.evaluating import case, contestant, row

SAMPLE = Expectation(reference_rating=55, reference_why="made so")


def tried(name: str, draft: float | None, published: float | None = 50, **more: Any) -> Tried:
    """Return what came out for a candidate, with these ratings."""
    request = case(name, said="I cooked.").request.model_dump(mode="json", exclude_unset=True)
    given = {"expectation": None, **more}
    sides = {"draft": row(name, rating=draft), "published": row(name, rating=published)}
    return Tried(case=name, title=name, request=request, **sides, **given)


def yours(rating: float) -> Expectation:
    """Return what a person's rating makes of a case."""
    rated = HumanRating(rater="ann", on=date(2026, 11, 24), rating=rating)
    return Expectation(human_ratings=(rated,), reference_rating=1, reference_why="never read")


@pytest.mark.parametrize(
    ("draft", "change", "crosses"),
    [
        (54.0, "▲ 4 higher", False),
        (47.5, "▼ 2.5 lower", True),
        (50.0, "= the same", False),
        (None, "", False),
    ],
)
def test_change_is_told_with_an_arrow_and_in_words(draft: float | None, change: str, crosses: bool) -> None:
    """And whether the two lie on both sides of the line to go on at."""
    line = line_of(1, tried("a", draft), cut=50)

    assert (line.change, line.crosses) == (change, crosses)


@pytest.mark.parametrize(
    ("draft", "nearer"), [(60.0, "closer"), (30.0, "farther"), (90.0, "as close"), (None, "")]
)
def test_draft_is_held_against_a_persons_own_rating(draft: float | None, nearer: str) -> None:
    """A person's goes before the sample's."""
    line = line_of(1, tried("a", draft, expectation=yours(70)), cut=50)

    assert (line.own, line.made_up, line.nearer) == (70, False, nearer)


def test_samples_own_rating_is_told_as_such() -> None:
    """Where no person has one; and none where there is neither."""
    made_up = line_of(1, tried("a", 60, expectation=SAMPLE), cut=50)
    neither = line_of(1, tried("a", 60), cut=50)

    assert (made_up.own, made_up.made_up, neither.own, neither.own_words) == (55, True, None, "–")


@pytest.mark.parametrize(
    ("sort", "order"),
    [("change", "dcab"), ("disagreement", "bcad"), ("name", "abcd"), ("arrival", "cabd")],
)
def test_lines_come_in_the_order_asked_for(sort: Sort, order: str) -> None:
    """By change, one that lost its rating comes first; by disagreement, one without a figure last."""
    rows = [
        tried("c", 70, expectation=yours(60)),
        tried("a", 55, expectation=yours(54)),
        tried("b", 50, expectation=yours(90)),
        tried("d", None, expectation=yours(10)),
    ]

    lines = lines_of(list(enumerate(rows, 1)), cut=50, sort=sort)

    assert "".join(line.title for line in lines) == order


def test_result_that_is_missing_says_why() -> None:
    """In full, beside the other side's."""
    found = candidate_of(1, tried("a", None), cut=50)

    assert [each.name for each in found.details] == ["the draft", "the published version"]
    assert found.details[0].side.error == "timed out"


def test_what_is_kept_reads_back_whatever_characters_it_has() -> None:
    """Halves of surrogate pairs, which models write, too."""
    odd = "half \ud800 and \u202e and \x00"
    told = Told(whole=True, draft=contestant(), published=None, offline=False, why=odd)
    kept = tried(odd, 50, expectation=SAMPLE, keys={"the draft": "k"})

    assert opened(Told, packed(told)) == told
    assert opened(Tried, packed(kept)) == kept


def test_long_material_is_shown_as_far_as_a_page_goes() -> None:
    """How much more there is, is told."""
    long = tried("ada", 50)
    said = case("ada", said="x" * (MOST_MATERIAL + 7)).request
    request = said.model_dump(mode="json", exclude_unset=True)
    found = candidate_of(1, long.model_copy(update={"request": request}), cut=50)
    shown = sum(len(stretch.text) for part in found.material for stretch in part.stretches)

    assert (shown, found.unshown >= 7) == (MOST_MATERIAL, True)
