"""Signs in text: what denies, what shows depth, and what only looks like it."""

import pytest

from evaluator.offline.lexicon import CORE, DENIAL, FIGURE, LEAD, LEARN, OBSERVE, OWN, load_lexicon
from evaluator.words import folded_words

LEXICON = load_lexicon()


def signs(text: str) -> int:
    """Return the signs of a text."""
    return LEXICON.scan(folded_words(text))


@pytest.mark.parametrize(
    "text",
    [
        "I have not worked with Kafka",
        "No hands-on experience with Kafka",
        "I have never used Kafka",
        "only observed Kafka being run",
        "Kafka: keine Erfahrung",
        "Mit Kafka habe ich noch nicht gearbeitet",
        "Je n'ai jamais utilisé Kafka",
        "sans expérience de Kafka",
        "No he trabajado con Kafka",
        "sin experiencia con Kafka",
    ],
)
def test_denial_of_practice_is_found(text: str) -> None:
    """A negation near a word of practice is a denial, in each language, and it denies the skill named."""
    words = folded_words(text)

    assert signs(text) & DENIAL
    assert LEXICON.denies(words, words.index("kafka"))


@pytest.mark.parametrize(
    "text",
    [
        "Ran Kafka with no outage",
        "Replaced Kafka without downtime",
        "no incidents while I managed Kafka",
        "not only used Kafka but designed it",
        "I use Kafka, not RabbitMQ",
        "Kafka nicht nur genutzt, sondern aufgebaut",
    ],
)
def test_negation_of_something_else_is_no_denial(text: str) -> None:
    """A negation that denies a fault, or that goes on to more, is none."""
    assert not signs(text) & DENIAL


@pytest.mark.parametrize(
    "text", ["I use Kafka daily but have not worked with Flink", "I have not used Flink but Kafka every day"]
)
def test_denial_of_one_tool_leaves_another_alone(text: str) -> None:
    """A "but" parts what is used from what is denied, whichever comes first."""
    words = folded_words(text)
    denied = [name for name in ("kafka", "flink") if LEXICON.denies(words, words.index(name))]

    assert denied == ["flink"]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("designed the service", OWN),
        ("in charge of the ward", LEAD),
        ("every day with patients", CORE),
        ("costs fell by 31 %", FIGURE),
        ("attended an introductory course", LEARN),
        ("shadowed the surgeon", OBSERVE),
        ("die Anlage aufgebaut", OWN),
        ("encadré deux apprentis", LEAD),
        ("tareas diarias", 0),
        ("in 2023 and from 06/2024", 0),
    ],
)
def test_sign_is_found(text: str, sign: int) -> None:
    """Words and phrases of the lists are found, whatever their accents; dates are no figures."""
    depth = OWN | LEAD | CORE | FIGURE | LEARN | OBSERVE

    assert sign == signs(text) & (sign or depth)
