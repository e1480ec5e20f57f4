"""What a judgement is worth after its quotes have been checked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import MAX_CRITERIA, Dropped, Material, Piece, Verified, verify
from evaluator.judgement import Finding, Judgement, Quote, Source
from evaluator.rubric import Level, Rubric
from evaluator.scoring import score
from tests.fakes.rubrics import criterion, cv, judgement, reply, rubric

CV = (
    "Ran the Kafka cluster of the payment team for five years. Wrote the consumers in Python 3.11. "
    "No experience with Kubernetes in production. 2019 2020 2021 2022. "
    "在上海负责Kafka集群的运维工作五年"
)


def checked(given_judgement: Judgement, material: Material | None = None) -> Verified:
    """Return what remains of a judgement on a single criterion."""
    return verify(reply({"a": given_judgement}), rubric("a"), material or cv(CV))["a"]


def test_verified_quote_bears_the_judgement() -> None:
    """What is found stands as judged, in the source's own words."""
    found = checked(judgement("ran the KAFKA cluster"))

    assert found == Verified(
        (Quote(Source.CV, "Ran the Kafka cluster"),), (), "A reason.", Finding.EVIDENCED, Level.STRONG
    )


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("Ran the Pulsar cluster", "not found"),
        ("for six years", "not found"),
        ("Wrote the consumers in Python 3.12", "not found"),
        ("Kafka cluster", "fewer than 3 words"),
        ("Kafka", "fewer than 3 words"),
        ("", "fewer than 3 words"),
        ("2019 2020 2021 2022", "fewer than 3 words"),
        ("of the payment", "fewer than 3 words"),
        ("for the in the of", "fewer than 3 words"),
        ("五年", "fewer than 3 words"),
        ("集群的运维", "fewer than 3 words"),
        ("experience with Kubernetes in production", "leaves out the negation"),
        ("with Kubernetes in production", "leaves out the negation"),
    ],
)
def test_quote_that_is_no_evidence_is_dropped_with_the_reason(quote: str, why: str) -> None:
    """Invented, changed, too short, empty of content, or turned round: it does not count."""
    found = checked(judgement(quote))

    assert (found.quotes, found.finding, found.level) == ((), Finding.NOT_EVIDENCED, Level.NONE)
    assert [each.source for each in found.dropped] == [Source.CV]
    assert why in found.dropped[0].why


@pytest.mark.parametrize(
    "quote",
    [
        "Python 3.11. No",
        "the payment team",
        "No experience with Kubernetes",
        "负责Kafka集群",
        "集群的运维工作",
        "Wrote consumers Python",
    ],
)
def test_short_quote_with_enough_said_counts(quote: str) -> None:
    """Three words of which two have content, or as much in a script without spaces, are enough."""
    assert checked(judgement(quote)).finding is Finding.EVIDENCED


@pytest.mark.parametrize(
    ("quote", "kept"),
    [
        ("Ran … of the payment team for five years", "of the payment team for five years"),
        ("Ran the Kafka cluster ... team", "Ran the Kafka cluster"),
        ("Ran the Kafka cluster [...] Python", "Ran the Kafka cluster"),
        ("…the consumers in Python…", "the consumers in Python"),
    ],
)
def test_quote_with_an_omission_stands_by_its_longest_part(quote: str, kept: str) -> None:
    """What the model leaves out is not joined together again."""
    assert [each.text for each in checked(judgement(quote)).quotes] == [kept]


@pytest.mark.parametrize(
    "quote", ["Experience … Kubernetes in production", "No ... with Kubernetes in production"]
)
def test_omission_does_not_hide_a_negation(quote: str) -> None:
    """The part that stands for the quote is held to the negation before it like any other."""
    assert checked(judgement(quote)).finding is Finding.NOT_EVIDENCED


def test_quote_under_a_wrong_source_is_kept_under_its_true_one() -> None:
    """The words are in the material, so they count, and the result says where they really stand."""
    material = Material([Piece(Source.CV, CV), Piece(Source.FORM, "I looked after the orchard at home")])
    found = checked(judgement(Quote(Source.CV, "looked after the orchard")), material)

    assert found.quotes == (Quote(Source.FORM, "looked after the orchard"),)


def test_some_quotes_of_several_are_enough() -> None:
    """One verified quote bears the level; the others are told apart."""
    found = checked(judgement("Ran the Kafka cluster", "Ran the Pulsar cluster", "ran the kafka cluster"))

    assert [each.text for each in found.quotes] == ["Ran the Kafka cluster"]
    assert found.dropped == (Dropped(Source.CV, "not found in the candidate's material"),)
    assert (found.level, found.note) == (Level.STRONG, None)


@pytest.mark.parametrize(
    ("given_judgement", "finding", "level", "note"),
    [
        (judgement("no such words", level=Level.EXPERT), "not_evidenced", "none", "expert without"),
        (judgement(finding=Finding.CONTRADICTED, level=Level.NONE), "not_evidenced", "none", "contradicted"),
        (judgement(finding=Finding.NOT_EVIDENCED, level=Level.NONE), "not_evidenced", "none", None),
        (judgement(finding=Finding.EVIDENCED, level=Level.NONE), "not_evidenced", "none", "at level none"),
        (judgement("Ran the Kafka cluster", level=Level.NONE), "not_evidenced", "none", "at level none"),
        (
            judgement("Ran the Kafka cluster", finding=Finding.NOT_EVIDENCED),
            "evidenced", "strong", "counts as evidenced",
        ),
        (
            judgement("No experience with Kubernetes", finding=Finding.CONTRADICTED, level=Level.NONE),
            "contradicted", "none", None,
        ),
    ],
)  # fmt: skip
def test_finding_and_level_are_what_the_quotes_bear(
    given_judgement: Judgement, finding: str, level: str, note: str | None
) -> None:
    """Whatever code changes of the model's judgement, it says so."""
    found = checked(given_judgement)

    assert (found.finding.value, found.level.word) == (finding, level)
    assert (found.note is None) if note is None else (note in (found.note or ""))


DENYING = judgement("worked with Kafka so far", finding=Finding.CONTRADICTED, level=Level.NONE)


@pytest.mark.parametrize(
    ("text", "quote", "kept"),
    [
        ("I have not worked with Kafka so far", "worked with Kafka so far", None),
        ("Ran Go. I have not worked with Kafka so far.", "worked with Kafka so far",
         "I have not worked with Kafka so far"),
        ("- I haven't\n  worked with Kafka so far", "worked with Kafka so far",
         "I haven't\n  worked with Kafka so far"),
        ("Ran Go. No experience with: Kafka streams in production", "Kafka streams in production",
         "No experience with: Kafka streams in production"),
        ("Ran Go, no experience with Kafka, Spark, or Flink clusters", "Spark, or Flink clusters",
         "no experience with Kafka, Spark, or Flink clusters"),
        ("word " * 200 + "I have not worked with Kafka so far", "I have not worked with Kafka so far", None),
    ],
)  # fmt: skip
def test_contradiction_keeps_the_denial_with_its_negation(text: str, quote: str, kept: str | None) -> None:
    """A quote that shows what is lacking is widened to the beginning of its clause."""
    given_judgement = judgement(quote, finding=Finding.CONTRADICTED, level=Level.NONE)
    found = checked(given_judgement, cv(text))

    assert [each.text for each in found.quotes] == [kept or "I have not worked with Kafka so far"]
    assert (found.finding, found.level, found.dropped) == (Finding.CONTRADICTED, Level.NONE, ())


def test_contradicted_claim_earns_nothing() -> None:
    """A must-have that a passage denies is flagged, and its claim gives no credit."""
    rules = Rubric((replace(criterion("a"), must_have=True),), claim_weight=0.5)
    found = verify(reply({"a": DENYING}), rules, cv("I have not worked with Kafka so far"))

    assert score(rules, found, {"a": Level.EXPERT}).rating == 0
    assert found["a"].finding is Finding.CONTRADICTED


def test_denial_bears_no_level() -> None:
    """Where a contradiction leaves a level, what is denied does not show it."""
    found = checked(replace(DENYING, level=Level.BASIC), cv("I have not worked with Kafka so far"))

    assert (found.quotes, found.level) == ((), Level.NONE)


def test_denial_is_used_up_whatever_the_level() -> None:
    """A contradiction that rises a level passes its passage to no third one, whose claim would fall."""
    judged = {own: DENYING for own in "abc"}
    texts = cv("I have not worked with Kafka so far")
    notes = [
        verify(reply(each), rubric(*"abc"), texts)["c"].finding
        for each in (judged, judged | {"a": replace(DENYING, level=Level.BASIC)})
    ]

    assert notes == [Finding.NOT_EVIDENCED, Finding.NOT_EVIDENCED]


def shared(*levels: Level, weights: Sequence[float] = (), quotes: Sequence[str] = ()) -> dict[str, Verified]:
    """Return the check of criteria a, b, c … that quote the same passage."""
    ids = "abcde"[: len(levels)]
    rules = Rubric(
        tuple(criterion(own, weight) for own, weight in zip(ids, weights or [1] * len(ids), strict=True))
    )
    texts = quotes or ["Ran the Kafka cluster"] * len(ids)
    judged = {own: judgement(text, level=level) for own, text, level in zip(ids, texts, levels, strict=True)}
    return verify(reply(judged), rules, cv(CV, CV))


def test_passage_serves_two_criteria_and_no_third() -> None:
    """The two that weigh most keep it; the third is not evidenced."""
    found = shared(*[Level.STRONG] * 4, weights=[1, 5, 2, 9])

    assert [own for own, each in found.items() if each.quotes] == ["b", "d"]
    assert found["c"].dropped == (Dropped(Source.CV, f"already serves {MAX_CRITERIA} other criteria"),)
    assert found["a"].finding is Finding.NOT_EVIDENCED


def test_parts_of_one_passage_are_the_same_passage() -> None:
    """Overlapping quotes do not make one passage into several."""
    quotes = [
        "Ran the Kafka cluster of",
        "Kafka cluster of the payment team",
        "Ran the Kafka cluster of the payment team",
    ]

    assert [bool(each.quotes) for each in shared(*[Level.STRONG] * 3, quotes=quotes).values()] == [
        True,
        True,
        False,
    ]


def test_same_words_in_two_places_are_the_same_passage() -> None:
    """What stands in the raw CV and in its parts is one passage still."""
    material = Material(
        [Piece(Source.CV, "Ran the Kafka cluster"), Piece(Source.FORM, "Yes, I ran the Kafka cluster")]
    )
    quotes = [
        Quote(Source.CV, "Ran the Kafka cluster"),
        Quote(Source.CV, "Ran the Kafka cluster"),
        Quote(Source.FORM, "I ran the Kafka cluster"),
    ]
    judged = {own: judgement(quote) for own, quote in zip("abc", quotes, strict=True)}

    found = verify(reply(judged), rubric("a", "b", "c"), material)

    assert [bool(each.quotes) for each in found.values()] == [True, True, False]


def test_passage_is_spent_whatever_the_level() -> None:
    """Who quotes a passage uses it by rank, so raising a level takes no passage from anyone."""
    levels = [(own, Level.STRONG, Level.STRONG) for own in (Level.NONE, Level.BASIC)]

    assert [
        [own for own, each in shared(*three, weights=[9, 1, 1]).items() if each.level] for three in levels
    ] == [
        ["b"],
        ["a", "b"],
    ]


def test_other_passages_remain_where_one_is_used_up() -> None:
    """A criterion falls only when none of its quotes is left."""
    used = "Ran the Kafka cluster"
    judged = {
        "a": judgement(used),
        "b": judgement(used),
        "c": judgement(used, "Wrote the consumers in Python"),
    }
    found = verify(reply(judged), rubric("a", "b", "c"), cv(CV))["c"]

    assert [each.text for each in found.quotes] == ["Wrote the consumers in Python"]
    assert (found.level, len(found.dropped)) == (Level.STRONG, 1)


QUOTES = st.sampled_from(
    [
        "Ran the Kafka cluster", "Kafka cluster of the payment team", "payment team for five years",
        "Wrote the consumers in Python", "experience with Kubernetes in production", "invented from thin air",
        "No experience with Kubernetes",
    ]
)  # fmt: skip
JUDGEMENTS = st.builds(
    lambda quotes, finding, level: judgement(*quotes, finding=finding, level=level),
    st.lists(QUOTES, max_size=3),
    st.sampled_from(Finding),
    st.sampled_from(Level),
)


@given(st.lists(st.tuples(JUDGEMENTS, st.integers(0, 3)), min_size=2, max_size=7), st.randoms())
def test_order_of_criteria_plays_no_part(given_ones: list[tuple[Judgement, int]], random: Any) -> None:
    """Who keeps a shared passage does not hang on who comes first."""
    judged = {f"c{number}": each for number, (each, _) in enumerate(given_ones)}
    criteria = [criterion(f"c{number}", weight) for number, (_, weight) in enumerate(given_ones)]
    rules = Rubric(tuple(criteria))
    shuffled = replace(rules, criteria=tuple(random.sample(criteria, len(criteria))))

    assert verify(reply(judged), rules, cv(CV)) == verify(reply(judged), shuffled, cv(CV))


@given(st.lists(JUDGEMENTS, min_size=1, max_size=7))
def test_no_level_stands_without_a_quote(judgements: list[Judgement]) -> None:
    """A level above none, and a contradiction, has a verified quote; nothing is raised."""
    judged = {f"c{number}": each for number, each in enumerate(judgements)}

    for own, found in verify(reply(judged), rubric(*judged), cv(CV)).items():
        assert found.quotes or (found.finding, found.level) == (Finding.NOT_EVIDENCED, Level.NONE)
        assert found.level in (judged[own].level, Level.NONE)
        assert (found.finding is Finding.NOT_EVIDENCED) <= (found.level is Level.NONE)


@given(st.lists(JUDGEMENTS, min_size=1, max_size=7))
def test_no_passage_serves_a_third_criterion(judgements: list[Judgement]) -> None:
    """Of all criteria that rest on quotes, at most two show the same words."""
    judged = {f"c{number}": each for number, each in enumerate(judgements)}
    found = verify(reply(judged), rubric(*judged), cv(CV))
    resting = [each for each in found.values() if each.finding is not Finding.NOT_EVIDENCED]

    for word in ("Ran", "payment", "Python", "Kubernetes"):
        assert sum(any(word in quote.text for quote in each.quotes) for each in resting) <= MAX_CRITERIA


CROWDED = st.builds(
    lambda more, finding, level: judgement("Ran the Kafka cluster", *more, finding=finding, level=level),
    st.lists(QUOTES, max_size=1),
    st.sampled_from(Finding),
    st.sampled_from([Level.NONE, Level.EXPERT]),
)


@given(
    st.lists(st.tuples(CROWDED, st.integers(1, 3), st.sampled_from(Level)), min_size=3, max_size=6),
    st.sampled_from([0.0, 0.15, 1.0]),
    st.integers(0, 5),
)
def test_higher_level_never_lowers_the_rating(
    given_ones: list[tuple[Judgement, int, Level]], claim_weight: float, at: int
) -> None:
    """Of any reply, one criterion a level higher gives no lower rating, whatever passages are shared."""
    judged = {f"c{number}": each for number, (each, _, _) in enumerate(given_ones)}
    claims = {f"c{number}": claim for number, (_, _, claim) in enumerate(given_ones)}
    weighed = tuple(criterion(f"c{number}", weight) for number, (_, weight, _) in enumerate(given_ones))
    rules = Rubric(weighed, claim_weight=claim_weight)
    own = f"c{at % len(given_ones)}"
    higher = replace(judged[own], level=Level(min(judged[own].level + 1, Level.EXPERT)))
    ratings = [
        score(rules, verify(reply(each), rules, cv(CV)), claims).rating
        for each in (judged, judged | {own: higher})
    ]

    assert ratings == sorted(ratings)
