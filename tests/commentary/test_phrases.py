"""The table of phrases: complete in every language, and neutral."""

import re
from string import Formatter

import pytest

from evaluator.commentary.phrases import FALLBACK, languages, phrases_for
from evaluator.judgement import Source
from evaluator.rubric import LEVEL_WORDS

each_language = pytest.mark.parametrize("language", languages())

VERDICTS = re.compile(
    r"\b(accept|reject|hire|recommend|suitable|unsuitable|einstell|ablehn|absag|empfehl|geeignet|embauch|refus|"
    r"rejet|recommand|contrat|rechaz|recomend|apto)",
    re.IGNORECASE,
)


def placeholders(text: str) -> set[str | None]:
    """Return the names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_four_languages_are_translated() -> None:
    """English, German, French and Spanish at least."""
    assert {"en", "de", "fr", "es"} <= set(languages())


@each_language
def test_language_has_every_phrase(language: str) -> None:
    """Each language has the same keys, none of them empty, with the same placeholders."""
    phrases, reference = phrases_for(language), phrases_for(FALLBACK)

    assert phrases.keys() == reference.keys()
    assert all(text.strip() for text in phrases.values())
    assert {key: placeholders(text) for key, text in phrases.items()} == {
        key: placeholders(text) for key, text in reference.items()
    }


@each_language
def test_levels_and_sources_have_names(language: str) -> None:
    """Whatever a comment names has a word in each language, and no two levels the same."""
    phrases = phrases_for(language)

    assert {f"source_{source.value}" for source in Source} <= phrases.keys()
    assert len({phrases[word] for word in LEVEL_WORDS}) == len(LEVEL_WORDS)


@each_language
def test_phrases_decide_nothing(language: str) -> None:
    """No phrase accepts, rejects or recommends."""
    assert [text for text in phrases_for(language).values() if VERDICTS.search(text)] == []


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("es-419", "es"),
        ("en-GB", "en"),
        ("pl", "en"),
        ("den", "en"),
    ],
)
def test_language_tag_finds_its_language(tag: str, expected: str) -> None:
    """A regional tag is its language; one that is not translated gets English."""
    assert phrases_for(tag) is phrases_for(expected)
