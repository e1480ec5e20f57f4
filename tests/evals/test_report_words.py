"""How reports word numbers, and the sentences that every report says."""

import pytest

from evaluator.evals.expectation import Expectation
from evaluator.evals.reports import sentences
from evaluator.evals.reports.figure_lines import figure_lines
from evaluator.evals.reports.twin_lines import twin_lines
from evaluator.evals.reports.words import counted, letter, plain, rated, signed
from tests.fakes.reporting import case, report, row, run, two_contestants
from tests.fakes.reporting import rated as rated_run


@pytest.mark.parametrize(
    ("value", "text"), [(62.0, "62"), (0.04, "0"), (-0.04, "0"), (1234.56, "1,234.6"), (None, "–")]
)
def test_number_has_no_zeros_behind_it(value: float | None, text: str) -> None:
    """A number has one decimal at most, and one that is not known is a dash."""
    assert plain(value) == text


@pytest.mark.parametrize(("value", "text"), [(2.1, "+2.1"), (-2, "−2"), (0.01, "±0"), (None, "–")])
def test_difference_has_a_sign(value: float | None, text: str) -> None:
    """A difference says which way it goes, also where it is none."""
    assert signed(value) == text


def test_missing_rating_is_no_number() -> None:
    """A case without rating is never shown as 0."""
    assert (rated(None), rated(0.0)) == ("no rating", "0")


def test_letters_go_on_behind_the_last() -> None:
    """Contestants are A to Z, and numbered from there."""
    assert (letter(0), letter(25), letter(26)) == ("A", "Z", "27")


def test_things_are_counted_in_the_plural() -> None:
    """One is singular, none and many are plural."""
    assert [counted(number, "case") for number in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]


def test_verdict_is_the_comparison_s_own() -> None:
    """A comparison closes with its verdict."""
    shown = two_contestants()

    assert sentences.verdicts(shown) == [shown.comparisons[0].verdict]


def test_closing_sentence_counts_what_holds() -> None:
    """A single run closes with the cases as expected and how near the ratings are to the labels."""
    cases = [case("anna", 80), case("ben", 40), case("cleo", None)]
    shown = report([rated_run("default", {"anna": 78, "ben": 44, "cleo": 5}, cases)], cases)

    assert sentences.verdicts(shown) == [
        "2 of 2 cases as expected (100 %), 1 without expectation; mean absolute error 3 points "
        "(95 % interval 0 to 15.7), rank correlation 1 with the authors' reference ratings (n = 2)."
    ]


def test_closing_sentence_without_expectations_says_so() -> None:
    """Where nothing is expected, nothing is said to hold."""
    cases = [case("anna", None)]
    shown = report([rated_run("default", {"anna": 78}, cases)], cases)

    assert sentences.verdicts(shown) == ["1 case without expectation: nothing to compare with."]


def test_closing_sentence_counts_cases_without_rating() -> None:
    """A case that failed is told, and no part of the error."""
    cases = [case("anna", 80), case("ben", 40)]
    shown = report([rated_run("default", {"anna": 80, "ben": None}, cases)], cases)

    assert "1 case without rating." in sentences.verdicts(shown)[0]


def test_offline_rater_is_never_presented_as_a_model() -> None:
    """What the offline rater judged says that no model was asked; a model is named."""
    cases = [case("anna")]
    both = [
        rated_run("offline", {"anna": 50}, cases, offline=True),
        rated_run("model", {"anna": 50}, cases),
    ]

    assert sentences.judges(report(both, cases)) == [
        f"A, offline: {sentences.OFFLINE}",
        "B, model: Judged by fake-model.",
    ]


def test_sources_of_replies_are_counted() -> None:
    """The report says how many replies were replayed and how many the endpoint gave."""
    cases = [case("anna"), case("ben"), case("cleo")]
    rows = [row("anna", 1), row("ben", 2, source="recording"), row("cleo", 3, source="recording")]

    assert sentences.sources(report([run("d", rows, cases)], cases)) == (
        "Replies: 2 replayed, 1 from the endpoint."
    )


def test_labels_are_named() -> None:
    """The report says whether labels are people's or the authors', and of how many cases."""
    assert sentences.labels(two_contestants()) == "Labels: authors' reference ratings, of 4 of 5 cases."


def test_no_labels_are_told() -> None:
    """Without labels the report says that nothing is measured."""
    cases = [case("anna", None)]

    assert "nothing" in sentences.labels(report([rated_run("d", {"anna": 1}, cases)], cases))


def test_unstable_cases_ask_for_a_look() -> None:
    """A case whose repeats lie far apart is named with their range."""
    cases = [case("anna")]
    rows = [row("anna", rating, repeat=at) for at, rating in enumerate((30, 70))]
    alerts = dict(sentences.alerts(report([run("d", rows, cases)], cases)))

    assert alerts["Unstable over repeats"] == ["anna: 30 to 70 over 2 repeats, crosses the cut"]


def test_all_that_is_expected_is_told() -> None:
    """Every key of what is expected has its phrase."""
    it = Expectation.model_validate(
        {
            "rating": [40, 60],
            "status": ["needs_review"],
            "reference_rating": 50,
            "reference_why": "half of it",
            "human_ratings": [{"rater": "R. Ek", "on": "2026-02-03", "rating": 55, "note": "read twice"}],
            "levels": {"skill_kafka": ["basic", "none"]},
            "must_mention": ["Kafka"],
            "must_not_mention": ["age"],
            "questions": ["notice"],
            "above": ["ben"],
            "twin": {"of": "cleo", "differs_in": "school", "most_difference": 3},
        }
    )

    assert sentences.expected(it) == [
        "rating 40 to 60",
        "status needs review",
        "reference rating 50 by the case author: half of it",
        "human rating 55 by R. Ek, 2026-02-03: read twice",
        "skill_kafka judged basic or none",
        "comment mentions “Kafka”",
        "comment does not mention “age”",
        "asks about “notice”",
        "rated above ben",
        "at most 3 points from cleo, which differs in school",
    ]


def test_figures_that_no_run_has_are_left_out() -> None:
    """Without people's ratings there is no line for how far people agree."""
    names = [line.name for line in figure_lines(two_contestants())]

    assert "Mean absolute error" in names
    assert "People among themselves" not in names


def test_twins_are_told_by_kind() -> None:
    """A run with twins has a line for each kind: pairs, mean, absolute mean, the largest and its case."""
    cases = [case("anna"), case("anna~hobbies", None)]
    shown = report([rated_run("d", {"anna": 50, "anna~hobbies": 46}, cases)], cases)

    assert twin_lines(shown) == [["hobbies", "1", "−4", "4", "−4", "anna"]]
