"""What the rater writes: in the reply's language, and always as word matching."""

from string import Formatter
from typing import Any

import pytest

from evaluator.offline.wording import language_of, load_phrases
from evaluator.rubric import LEVEL_WORDS
from tests.fakes.offline import DEEP, DENIED, RATER, prompt, rate, rubric

PHRASES = load_phrases()


def fields(text: Any) -> set[str]:
    """Return the names that a phrase is filled with."""
    return {name for _, name, _, _ in Formatter().parse(str(text)) if name}


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_has_every_phrase(language: str) -> None:
    """Each language has the phrases of English, with the same fields, and a name for each level."""
    english = {key: fields(text) for key, text in PHRASES["en"].items() if key != "levels"}

    assert {key: fields(text) for key, text in PHRASES[language].items() if key != "levels"} == english
    assert tuple(PHRASES[language]["levels"]) == LEVEL_WORDS


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        ("English", "Word-matching heuristic, no model"),
        ("German", "Wortabgleich, kein Modell"),
        ("French", "Heuristique de correspondance de mots, pas un modèle"),
        ("Spanish", "Heurística de coincidencia de palabras, no un modelo"),
        ("nl", "Word-matching heuristic, no model"),
    ],
)
def test_summary_begins_with_what_this_is(language: str, begins: str) -> None:
    """In each language, and in English for others, the summary begins by saying that it is no model."""
    reply = rate(rubric("kafka"), language=language, cv_experience=[DEEP])

    assert reply["summary"].startswith(begins)


def test_prompt_without_material_says_so() -> None:
    """Where no fenced text is there, the summary says that nothing was compared."""
    assert "nothing was compared" in rate(rubric("kafka"))["summary"]


@pytest.mark.parametrize(
    ("instructions", "language"),
    [
        ("Write in German.", "de"),
        ("Write reason and summary in french", "fr"),
        ("Schreibe auf Deutsch.", "de"),
        ("Answer in English. Write the summary in Spanish.", "es"),
        ("Write well.", "en"),
        ("Work for a firm in Germany.", "en"),
    ],
)
def test_language_is_the_last_that_the_prompt_names(instructions: str, language: str) -> None:
    """The system message's last word on the language counts."""
    assert language_of(instructions) == language


def test_language_inside_a_fence_does_not_count() -> None:
    """A rubric that names a language does not choose the reply's."""
    system = "Write in French.\n" + prompt(rubric="- own = Talks, required strong. Speaks in German.")

    assert RATER.rate([system], [system], {})["summary"].startswith("Heuristique")


def test_language_of_the_candidate_does_not_count() -> None:
    """A CV cannot choose the reply's language."""
    reply = rate(rubric("kafka"), cv_summary="I wrote my thesis in German.")

    assert reply["summary"].startswith("Word-matching")


def test_what_is_open_becomes_a_question() -> None:
    """What is denied comes first among concerns, and each open criterion becomes a question."""
    reply = rate(rubric("docker", "kafka"), cv_experience=[DENIED])

    assert [line.partition(":")[0] for line in reply["concerns"]] == ["kafka", "docker"]
    assert [line.partition(":")[0] for line in reply["questions"]] == ["kafka", "docker"]
    assert reply["strengths"] == []


def test_must_have_is_asked_first() -> None:
    """A must-have's question stands before others."""
    rubric_text = (
        "- skill_docker = docker, required strong\n- skill_kafka = kafka, required strong, must-have"
    )
    reply = rate(rubric("docker", "kafka"), cv_experience=["Sold shoes."], rubric=rubric_text)

    assert [line.partition(":")[0] for line in reply["questions"]] == ["kafka", "docker"]


def test_braces_in_a_title_are_text() -> None:
    """A title with braces is no template."""
    reply = rate(rubric("a {level} {0} skill"), cv_experience=["Sold shoes."])

    assert "a {level} {0} skill" in reply["concerns"][0]
