"""Levels, shares and the rubric's digest."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.rubric import LEVEL_WORDS, SKILL_ANCHORS, Criterion, Level, Rubric
from tests.fakes.rubrics import criterion, rubric


def test_levels_have_words_in_order() -> None:
    """Each level has a name, and the names read from the lowest to the highest."""
    assert LEVEL_WORDS == ("none", "basic", "working", "strong", "expert")
    assert [Level.of(word) for word in LEVEL_WORDS] == [0, 1, 2, 3, 4]


def test_unknown_level_is_an_error() -> None:
    """A word that names no level is not guessed."""
    with pytest.raises(KeyError):
        Level.of("great")


def test_every_level_of_a_skill_has_an_anchor() -> None:
    """What each level of a skill looks like is said for all five."""
    assert sorted(SKILL_ANCHORS) == list(Level)


@given(st.lists(st.floats(0, 100, allow_subnormal=False), min_size=1, max_size=20))
def test_shares_add_up_to_one(weights: list[float]) -> None:
    """Weights are relative: whatever they are, the shares are parts of one whole, or all none."""
    rules = Rubric(tuple(criterion(f"c{number}", weight) for number, weight in enumerate(weights)))
    total = sum(rules.share(each) for each in rules.criteria)

    assert total == pytest.approx(1 if any(weights) else 0)


class Counted(tuple[Criterion, ...]):
    """Criteria that count how often they are gone through."""

    times = 0

    def __iter__(self) -> Iterator[Criterion]:
        """Count, and go through them."""
        self.times += 1
        return super().__iter__()


def test_share_of_a_criterion_does_not_add_up_all_weights_again() -> None:
    """Shares of many criteria take as many steps as there are criteria, not the square of that."""
    criteria = Counted(criterion(f"c{number}") for number in range(50))
    rules = Rubric(criteria)
    before = criteria.times

    assert [rules.share(each) for each in tuple.__iter__(criteria)] == [0.02] * 50
    assert criteria.times == before


def test_share_follows_when_criteria_are_replaced() -> None:
    """A rubric that is made from another has the shares of its own criteria."""
    assert replace(BASE, criteria=BASE.criteria[:1]).share(BASE.criteria[0]) == 1


BASE = Rubric((criterion("a"), criterion("b")), claim_weight=0.1, coverage_floor=0.2)


def test_digest_is_the_same_for_the_same_rubric() -> None:
    """The digest is a SHA-256 that does not hang on the process."""
    assert BASE.digest() == replace(BASE).digest()
    assert len(BASE.digest()) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"id": "c"},
        {"title": "Another"},
        {"description": "Another"},
        {"label": "Another"},
        {"weight": 2},
        {"required": Level.EXPERT},
        {"must_have": True},
        {"anchors": {Level.BASIC: "another"}},
    ],
)
def test_digest_changes_with_a_criterion(change: dict[str, Any]) -> None:
    """Whatever bears on a judgement of a criterion shows in the digest."""
    first, second = BASE.criteria

    assert replace(BASE, criteria=(replace(first, **change), second)).digest() != BASE.digest()


@pytest.mark.parametrize("change", [{"claim_weight": 0.2}, {"coverage_floor": 0.1}, {"holistic": True}])
def test_digest_changes_with_a_rule(change: dict[str, Any]) -> None:
    """So does every rule that turns levels into a rating."""
    assert replace(BASE, **change).digest() != BASE.digest()


def test_ids_are_in_the_order_of_the_criteria() -> None:
    """The ids name the criteria, in order."""
    assert rubric("b", "a").ids == ("b", "a")
