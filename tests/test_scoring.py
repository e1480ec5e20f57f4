"""From levels to the rating: the arithmetic, and the rules that it keeps for all inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.judgement import Finding
from evaluator.rubric import Claims, Level, Rubric
from evaluator.scoring import (
    HIGH_SPREAD,
    MEDIUM_SPREAD,
    MedianJudgement,
    combine,
    confidence,
    score,
    to_rating,
)
from tests.fakes.rubrics import criterion, rubric


@dataclass(frozen=True)
class Verdict:
    """A checked judgement, as far as scoring knows it."""

    level: Level = Level.NONE
    finding: Finding = Finding.NOT_EVIDENCED


def shown(level: Level) -> Verdict:
    """Return a verdict with evidence for `level`."""
    return Verdict(level, Finding.EVIDENCED)


UNKNOWN = Verdict()
CONTRADICTED = Verdict(Level.NONE, Finding.CONTRADICTED)

REQUIRED = st.sampled_from(list(Level)[1:])
WEIGHTS = st.one_of(st.just(0.0), st.floats(0, 100, allow_subnormal=False))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Rubric, dict[str, Verdict], dict[str, Level]]:
    """Draw a rubric, a lawful verdict on each criterion, and claims for some."""
    ids = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    criteria = tuple(criterion(own, draw(WEIGHTS), draw(REQUIRED)) for own in ids)
    verdicts = st.one_of(
        st.just(UNKNOWN),
        REQUIRED.map(shown),
        st.builds(Verdict, st.sampled_from(Level), st.just(Finding.CONTRADICTED)),
    )
    judged = {own: draw(verdicts) for own in ids}
    claims = draw(st.dictionaries(st.sampled_from(ids), REQUIRED))
    return Rubric(criteria, claim_weight=draw(st.floats(0, 1))), judged, claims


@given(cases())
def test_rating_lies_within_its_range(case: tuple[Rubric, Mapping[str, Verdict], Claims]) -> None:
    """Rating, low and high are 0 to 100 and in order; what is not settled alone sets them apart."""
    found = score(*case)

    assert 0 <= found.low <= found.rating <= found.high <= 100
    assert 0 <= found.coverage <= 1
    assert found.low == found.high or UNKNOWN in case[1].values()


@given(cases(), st.data())
def test_rating_does_not_fall_with_a_level(
    case: tuple[Rubric, dict[str, Verdict], Claims], data: st.DataObject
) -> None:
    """Whoever shows more of a criterion is rated no lower, also where nothing was shown before."""
    rules, judged, claims = case
    own = data.draw(st.sampled_from(sorted(judged)))
    before = judged[own]
    higher = data.draw(st.sampled_from([level for level in Level if level >= before.level and level]))
    finding = before.finding if before.finding is Finding.CONTRADICTED else Finding.EVIDENCED

    after = score(rules, {**judged, own: Verdict(higher, finding)}, claims)

    assert after.rating >= score(rules, judged, claims).rating


@given(cases(), st.data())
def test_rating_does_not_fall_with_a_claim(
    case: tuple[Rubric, Mapping[str, Verdict], dict[str, Level]], data: st.DataObject
) -> None:
    """Whoever claims more is rated no lower."""
    rules, judged, claims = case
    own = data.draw(st.sampled_from(sorted(judged)))
    higher = data.draw(st.sampled_from([level for level in Level if level >= claims.get(own, Level.NONE)]))

    assert score(rules, judged, {**claims, own: higher}).rating >= score(rules, judged, claims).rating


@given(cases(), st.randoms())
def test_order_of_criteria_plays_no_part(
    case: tuple[Rubric, Mapping[str, Verdict], Claims], random: Any
) -> None:
    """The same criteria in another order give the same figures."""
    rules, judged, claims = case
    shuffled = random.sample(rules.criteria, len(rules.criteria))
    first, second = (
        score(rules, judged, claims),
        score(replace(rules, criteria=tuple(shuffled)), judged, claims),
    )

    assert (first.rating, first.low, first.high) == (second.rating, second.low, second.high)
    assert first.coverage == second.coverage


@given(cases())
def test_contributions_add_up_to_the_rating(case: tuple[Rubric, Mapping[str, Verdict], Claims]) -> None:
    """The rating is what its parts say, but for the rounding."""
    found = score(*case)

    assert found.rating == pytest.approx(sum(part.points for part in found.contributions), abs=0.5001)
    assert all(0 <= part.points <= part.possible for part in found.contributions)


def test_worked_example_comes_out_exactly() -> None:
    """40 points at 3 of 4, 30 met, 20 claimed at a quarter, 10 contradicted at 1 of 2: 30 + 30 + 5 + 5."""
    rules = Rubric(
        (
            criterion("a", 40, Level.EXPERT),
            criterion("b", 30, Level.WORKING),
            criterion("c", 20, Level.STRONG),
            criterion("d", 10, Level.WORKING),
        ),
        claim_weight=0.25,
    )
    judged = {
        "a": shown(Level.STRONG),
        "b": shown(Level.EXPERT),
        "c": UNKNOWN,
        "d": Verdict(Level.BASIC, Finding.CONTRADICTED),
    }

    found = score(rules, judged, {"c": Level.EXPERT, "d": Level.EXPERT})

    assert [part.points for part in found.contributions] == pytest.approx([30, 30, 5, 5])
    assert (found.rating, found.low, found.high, found.coverage) == (70, 65, 85, pytest.approx(0.8))


def test_single_criterion_is_the_whole_rating() -> None:
    """One criterion alone gives 0 to 100 by itself."""
    rules = rubric("a")

    assert score(rules, {"a": shown(Level.BASIC)}, {}).rating == 33
    assert score(rules, {"a": shown(Level.EXPERT)}, {}).rating == 100
    assert score(rules, {"a": UNKNOWN}, {}).high == 100


def test_half_a_point_of_a_rating_is_rounded_up() -> None:
    """Half of the weight at a quarter of what is required is 12.5, and 13 for people."""
    rules = Rubric((criterion("a", required=Level.EXPERT), criterion("b")))

    assert score(rules, {"a": shown(Level.BASIC), "b": UNKNOWN}, {}).rating == 13


def test_criterion_without_weight_changes_nothing() -> None:
    """What weighs nothing gives nothing, and is not missed."""
    rules = Rubric((criterion("a", 5), criterion("b", 0)))
    found = score(rules, {"a": shown(Level.STRONG), "b": UNKNOWN}, {})

    assert (found.rating, found.low, found.high, found.coverage) == (100, 100, 100, 1)


def test_claim_counts_in_part_and_only_while_nothing_denies_it() -> None:
    """A claim is worth its part of the weight; contradicted it is worth nothing."""
    rules = rubric("a", claim_weight=0.3)
    claims = {"a": Level.STRONG}

    assert score(rules, {"a": UNKNOWN}, claims).rating == 30
    assert score(rules, {"a": CONTRADICTED}, claims).rating == 0
    assert score(rules, {"a": shown(Level.BASIC)}, claims).rating == 33


def test_evidence_never_counts_less_than_the_claim_alone() -> None:
    """A candidate does not lose by showing a little of what they claim."""
    rules = rubric("a", claim_weight=0.9)

    assert score(rules, {"a": shown(Level.BASIC)}, {"a": Level.STRONG}).rating == 90


@pytest.mark.parametrize(
    ("points", "rating"),
    [(-1, 0), (0.49, 0), (0.5, 1), (62.4999999999, 63), (62.4, 62), (99.5, 100), (101, 100)],
)
def test_halves_are_rounded_up(points: float, rating: int) -> None:
    """Rounding is as people do it, and forgives the last bit of a sum."""
    assert to_rating(points) == rating


def sampled(*verdicts: Verdict) -> MedianJudgement:
    """Return what samples that say `verdicts` of one criterion are combined to."""
    return combine([{"a": verdict} for verdict in verdicts], rubric("a"))["a"]


def test_median_level_is_that_of_a_sample() -> None:
    """The middle level counts, with the first sample that says so."""
    found = sampled(
        shown(Level.EXPERT), shown(Level.BASIC), shown(Level.WORKING), shown(Level.WORKING), UNKNOWN
    )

    assert found == MedianJudgement(Finding.EVIDENCED, Level.WORKING, 2)


def test_lower_of_two_middle_levels_counts() -> None:
    """An even number of samples does not round up."""
    assert sampled(shown(Level.STRONG), shown(Level.WORKING)).level is Level.WORKING


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (
            [CONTRADICTED, CONTRADICTED, shown(Level.BASIC)],
            MedianJudgement(Finding.CONTRADICTED, Level.NONE, 0),
        ),
        ([UNKNOWN, UNKNOWN, CONTRADICTED], MedianJudgement(Finding.NOT_EVIDENCED, Level.NONE, 0)),
        ([UNKNOWN, CONTRADICTED, shown(Level.BASIC)], MedianJudgement(Finding.NOT_EVIDENCED, Level.NONE, 0)),
        ([CONTRADICTED, UNKNOWN], MedianJudgement(Finding.NOT_EVIDENCED, Level.NONE, 1)),
        ([CONTRADICTED, shown(Level.STRONG)], MedianJudgement(Finding.NOT_EVIDENCED, Level.NONE, None)),
        (
            [Verdict(Level.WORKING, Finding.CONTRADICTED), shown(Level.BASIC), shown(Level.STRONG)],
            MedianJudgement(Finding.EVIDENCED, Level.WORKING, 2),
        ),
    ],
)
def test_contradiction_is_that_of_more_than_half_of_all_samples(
    verdicts: list[Verdict], expected: MedianJudgement
) -> None:
    """All samples have a say, at whatever level; half of them is not enough to take a claim away."""
    assert sampled(*verdicts) == expected


LAWFUL = [UNKNOWN, *map(shown, list(Level)[1:]), *(Verdict(level, Finding.CONTRADICTED) for level in Level)]


@given(st.lists(st.sampled_from(LAWFUL), min_size=1, max_size=5))
def test_sample_named_bears_the_finding_in_any_order(verdicts: list[Verdict]) -> None:
    """The sample named has the finding that counts, and its level where any has both; order plays no part."""
    found = sampled(*verdicts)
    again = sampled(*reversed(verdicts))
    named = [] if found.sample is None else [verdicts[found.sample]]

    assert (found.level, found.finding) == (again.level, again.finding)
    assert [each.finding for each in named] in ([found.finding], [])
    assert named or found.finding is Finding.NOT_EVIDENCED
    if Verdict(found.level, found.finding) in verdicts:
        assert named == [Verdict(found.level, found.finding)]


def raised(verdict: Verdict, level: Level) -> list[Verdict]:
    """Return what `verdict` may become where a sample sees `level` and no less than before."""
    if level < verdict.level or not level:
        return [verdict]
    return [shown(level), Verdict(level, verdict.finding)] if verdict is not UNKNOWN else [shown(level)]


VERDICTS = st.one_of(st.just(UNKNOWN), st.just(CONTRADICTED), st.sampled_from(LAWFUL))


@given(st.lists(VERDICTS, min_size=1, max_size=5), REQUIRED, st.data())
def test_rating_of_samples_does_not_fall_with_a_level_in_one(
    verdicts: list[Verdict], claimed: Level, data: st.DataObject
) -> None:
    """Whoever is shown to know more in one of several readings is rated no lower, whatever is claimed."""
    rules = rubric("a", claim_weight=0.5)
    at = data.draw(st.integers(0, len(verdicts) - 1))
    higher = data.draw(st.sampled_from(raised(verdicts[at], data.draw(st.sampled_from(Level)))))
    after = [*verdicts[:at], higher, *verdicts[at + 1 :]]

    before, now = (score(rules, {"a": sampled(*each)}, {"a": claimed}).rating for each in (verdicts, after))
    assert now >= before


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([60], None),
        ([60, 60 + HIGH_SPREAD], "high"),
        ([60, 61 + HIGH_SPREAD, 62], "medium"),
        ([60, 60 + MEDIUM_SPREAD], "medium"),
        ([60, 61 + MEDIUM_SPREAD], "low"),
    ],
)
def test_confidence_comes_from_the_spread_alone(ratings: list[int], expected: str | None) -> None:
    """How far apart the samples are is the confidence; a single sample has none."""
    assert confidence(ratings) == expected
