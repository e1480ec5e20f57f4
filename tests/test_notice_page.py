"""The notice for candidates: the same in each language, with the settings' periods and the law's words."""

import re
from pathlib import Path

import pytest

from evaluator.settings import Settings

PAGE = Path("docs/notice.md").read_text(encoding="utf-8")
NOTICES = dict(re.findall(r"^## (\w+)\n\n((?:>.*\n)+)", PAGE, re.MULTILINE))
each_notice = pytest.mark.parametrize("language", NOTICES)

WORDS = {
    "English": (
        "controller",
        "access",
        "copy",
        "rectification",
        "erasure",
        "object",
        "supervisory authority",
    ),
    "Deutsch": (
        "Verantwortlich",
        "Auskunft",
        "Kopie",
        "Berichtigung",
        "Löschung",
        "Widerspruch",
        "Aufsichtsbehörde",
    ),
    "Français": (
        "responsables de ce traitement",
        "accès",
        "copie",
        "rectification",
        "effacement",
        "opposition",
        "autorité de contrôle",
    ),
    "Español": (
        "responsables del tratamiento",
        "acceso",
        "copia",
        "rectificación",
        "supresión",
        "oponerse",
        "autoridad de control",
    ),
}
"""What Articles 4, 15 to 17, 21 and 77 of the GDPR call these, in each language's official text."""


def paragraphs(language: str) -> list[str]:
    """Return the paragraphs of a notice, each on one line."""
    text = "\n".join(line.removeprefix(">").strip() for line in NOTICES[language].splitlines())
    return [" ".join(each.split()) for each in text.split("\n\n")]


@each_notice
def test_notice_says_the_same_in_each_language(language: str) -> None:
    """As many paragraphs, with as many places to fill in as the English one has."""
    counts = [[each.count("【") for each in paragraphs(name)] for name in ("English", language)]

    assert counts[0] == counts[1]


@each_notice
def test_notice_tells_the_usual_periods(language: str) -> None:
    """Both are those of the settings' defaults."""
    told = [int(days) for days in re.findall(r"【(\d+)】", " ".join(paragraphs(language)))]

    assert told == [Settings().retention_days, Settings().audit_days]


@each_notice
def test_notice_has_the_words_of_the_law(language: str) -> None:
    """Rights are called as the regulation calls them, so that a candidate can look them up."""
    text = " ".join(paragraphs(language))

    assert [word for word in WORDS[language] if word not in text] == []
