"""Pronouns of the other sex, word by word."""

from typing import Any

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.evals.twin_pronouns import changed, pronouns


def asked(comment: str, cv: dict[str, Any] | None = None) -> AssessmentRequest:
    """Return a request with a comment and a CV."""
    return read_model(
        AssessmentRequest,
        {
            "job": {"description": "Cook"},
            "candidate_id": "c",
            "pipeline_step_id": "s1",
            "call_secret": "x",
            "candidate_parsed_cv": cv or {},
            "comments": [{"content": comment, "is_human_created": True}],
        },
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("She said her team likes her.", "He said his team likes him."),
        ("I asked her to call; the choice is hers.", "I asked him to call; the choice is his."),
        ("SHE did it herself", "HE did it himself"),
        ("Her English is good. HER TEAM", "His English is good. HIS TEAM"),
        ("The manager told me that he has his licence.", "The manager told me that she has her licence."),
        ("Pronouns: she/her", "Pronouns: he/him"),
        (
            "Sie hat ihr Team gut geführt, und man mag ihre Art.",
            "Er hat sein Team gut geführt, und man mag seine Art.",
        ),
        (
            "Er ist mit der Schicht zufrieden, ich rief ihn an.",
            "Sie ist mit der Schicht zufrieden, ich rief sie an.",
        ),
        (
            "Die Bewerberin hat das gesagt, und ist die Beste.",
            "Der Bewerber hat das gesagt, und ist die Beste.",
        ),
        ("Elle a travaillé avec les enfants de la ville.", "Il a travaillé avec les enfants de la ville."),
        ("Ella trabaja en el hospital de la ciudad.", "Él trabaja en el hospital de la ciudad."),
    ],
)
def test_pronoun_is_the_other(one: str, other: str) -> None:
    """By the word's own role where one form stands for two, with its capitals."""
    assert changed(one) == other


@pytest.mark.parametrize(
    "text",
    [
        "They work well, and their team likes them.",
        "Ich habe die Unterlagen gelesen, sie seit Mai vorliegen und sie sind gut.",
        "Haben Sie die Zeit, und ist das für Sie in Ordnung?",
        "Das soll so sein und der Preis ist gut.",
        "Elle est motivée par le travail et les enfants.",
        "Il y a une place dans le service, il faut le dire.",
        "Ella está preparada para el trabajo de la noche.",
        "Anna werkt in een winkel.",
        "her/his team",
        "Die Leute mögen ihre Arbeit und die Stadt.",
        "Er sagt, sie hat die Schicht und das Team.",
    ],
)
def test_text_that_words_alone_cannot_change_is_left(text: str) -> None:
    """Plurals, the formal you, impersonal phrases, and adjectives that would have to agree."""
    assert changed(text) == text


def test_candidate_is_meant_in_comments_alone_where_the_cv_says_i() -> None:
    """In a CV in the first person `she` is somebody else; a tag of pronouns is the candidate's."""
    raw = "I work in the kitchen with Ann; she taught me. Pronouns: she/her"
    other = pronouns(asked("She can start in May.", {"raw": raw}), "seed")

    assert other is not None
    assert other.comments[0].content == "He can start in May."
    assert other.candidate_parsed_cv.raw == raw.replace("she/her", "he/him")


def test_cv_in_the_third_person_is_changed() -> None:
    """There the pronoun is the candidate's."""
    other = pronouns(
        asked("", {"summary": "She has cooked for the town and its schools for ten years."}), "seed"
    )

    assert other is not None
    assert other.candidate_parsed_cv.summary.startswith("He has cooked")


def test_request_without_a_pronoun_has_no_twin() -> None:
    """Nothing is made up."""
    assert pronouns(asked("Can start in May."), "seed") is None


def test_own_earlier_comment_is_left() -> None:
    """It does not reach the prompt."""
    assert pronouns(asked("She is strong.\n\n[candidate-evaluator]"), "seed") is None
