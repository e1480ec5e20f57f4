"""Negations before a quote: what reverses a passage, in each language, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence.denial import DENIAL_REACH, negations_of
from evaluator.words import folded_words


def is_denied(text: str) -> bool:
    """Tell whether what stands behind the bar is denied."""
    before, bar, after = text.partition("¦")
    assert bar
    return negations_of(folded_words(before + after)).deny(before + after, len(before))


@pytest.mark.parametrize(
    "text",
    [
        "I have no ¦experience with Kafka.",
        "No experience with ¦Kafka in production",
        "I have never worked with ¦Kafka in production",
        "I don't ¦run Kafka in production",
        "I haven’t ¦run Kafka in production",
        "No hands-on practice with the ¦Kafka of our team",
        "Worked without ¦knowledge of Kafka",
        "neither Docker nor ¦Kubernetes in production",
        "A CV that lacks any ¦experience with Kafka",
        "Ich habe keine Erfahrung mit ¦Kafka und der Cloud",
        "Kafka habe ich nicht ¦im Betrieb und der Praxis genutzt",
        "Jag har inte ¦arbetat med Kafka och andra verktyg",
        "Jeg har ikke ¦arbejdet med Kafka og andre værktøjer",
        "Je n'ai pas ¦travaillé avec Kafka et les autres",
        "sans ¦expérience de Kafka dans les équipes",
        "Trabajé sin ¦experiencia con Kafka y los demás",
        "Não tenho ¦experiência com Kafka e os outros",
        "Non ho ¦esperienza con Kafka e gli altri",
        "Ik heb geen ¦ervaring met Kafka en het platform",
        "Nie mam ¦doświadczenia z Kafka oraz pracy przy produkcji",
    ],
)
def test_negation_before_a_passage_denies_it(text: str) -> None:
    """A negation or a word of lack before the passage, in its clause, turns it round."""
    assert is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "¦No experience with Kafka",
        "There was no budget. ¦Ran Kafka in production",
        "There was no budget, ¦ran Kafka in production",
        "There was no budget; ¦ran Kafka",
        "There was no budget\n¦Ran Kafka",
        "There was no budget – ¦ran Kafka",
        "(with no budget) ¦ran Kafka",
        "Moved it without downtime and ¦led the team of five",
        "Umzug ohne Ausfall und ¦die Leitung der Gruppe",
        "Not only ¦led the team of five",
        "Nicht nur ¦die Leitung der Gruppe und der Technik",
        "No solo ¦dirigió el equipo con los demás y las otras",
        "Noted the ¦migration to Kafka",
        "notre ¦migration et les serveurs",
    ],
)
def test_negation_elsewhere_does_not(text: str) -> None:
    """A negation inside the quote, in another clause, or taken back leaves the passage as it is."""
    assert not is_denied(text)


def test_negation_far_before_is_out_of_reach() -> None:
    """Beyond a few words a negation no longer bears on the passage."""
    assert is_denied("In the job never " + "w " * (DENIAL_REACH - 1) + "¦ran the cluster")
    assert not is_denied("In the job never " + "w " * DENIAL_REACH + "¦ran the cluster")


@pytest.mark.parametrize(
    "text",
    [
        "Trabalhei no ¦projeto de Kafka com uma equipa e os clientes",
        "Ledde sin ¦egen grupp med ansvar för drift och support på natten",
        "Heeft pas ¦twee jaar ervaring met het beheer van een platform en voor teams",
    ],
)
def test_word_of_another_language_denies_nothing(text: str) -> None:
    """`no`, `sin` and `pas` deny in their own language, and are small words of others."""
    assert not is_denied(text)


def test_every_language_counts_where_none_is_ahead() -> None:
    """A line too short to tell its language is held to the negations of all."""
    assert all(is_denied(text) for text in ("no ¦Kafka", "keine ¦Kafka", "sin ¦Kafka", "sans ¦Kafka"))


@given(st.text(max_size=60), st.data())
def test_any_text_is_taken(text: str, data: st.DataObject) -> None:
    """No text breaks the search, and at the beginning of a text nothing is denied."""
    start = data.draw(st.integers(0, len(text)))

    assert negations_of(folded_words(text)).deny(text, start) in (True, False)
    assert negations_of(folded_words(text)).deny(text, 0) is False
