"""Finding a skill by its names: aliases, inflections, compounds and capitals."""

import pytest

from evaluator.rubric import Level
from tests.fakes.offline import level_of, rate, rubric


def is_found(skill: str, text: str) -> bool:
    """Tell whether a passage about `skill` is found in an experience entry."""
    slots = rate(rubric(skill), cv_experience=[text])["criteria"][f"skill_{skill.replace(' ', '_')}"]
    return level_of(slots) > Level.NONE


@pytest.mark.parametrize(
    ("skill", "text"),
    [
        ("postgresql", "Tuned a Postgres cluster of 4 nodes."),
        ("k8s", "Ran Kubernetes in production."),
        ("javascript", "Wrote JS for the shop."),
        ("crrt", "Set up continuous renal replacement therapy."),
        ("type script", "Wrote TypeScript services."),
        ("patient assessment", "Assessed patients after surgery with the early warning score."),
        ("contract negotiation", "Negotiated supply contracts for four plants."),
        ("neukundengewinnung", "Im Jahr 47 Neukunden gewonnen."),
        ("angebotserstellung", "Alle Angebote selbst geschrieben und kalkuliert."),
        ("prognose", "Die Quartalsprognose erstelle ich für das ganze Team."),
        ("comptabilité", "Tenu la comptabilité de trois sociétés."),
        ("accounting", "Die Buchhaltung von drei Firmen geführt."),
        ("c++", "Wrote the controller in C++ for two lines."),
        ("glassblowing", "Practised glassblowing in two studios."),
    ],
)
def test_skill_is_found_by_another_name(skill: str, text: str) -> None:
    """Aliases, inflections, other languages and a skill's own words are mentions of it."""
    assert is_found(skill, text)


@pytest.mark.parametrize(
    ("skill", "text"),
    [
        ("go", "Wrote the plans and let them go to the printers."),
        ("react", "We react quickly to every alarm of the plant."),
        ("rest", "Looked after the rest of the department."),
        ("c", "Wrote the controller in C++ for two lines."),
        ("c", "Wrote the controller in C++ for section c of it."),
        ("java", "Wrote JavaScript for the shop."),
        ("family communication", "Moved house to be closer to the city with a big car."),
        ("patient assessment", "Being patient with printers was most of it."),
    ],
)
def test_other_word_is_no_mention(skill: str, text: str) -> None:
    """Everyday words and longer names that look like a skill are not taken for it."""
    assert not is_found(skill, text)


@pytest.mark.parametrize(
    ("skill", "name"), [("go", "Go"), ("react", "React"), ("rest", "REST"), ("swift", "Swift")]
)
def test_name_that_is_a_word_counts_with_its_capital(skill: str, name: str) -> None:
    """A name that is a word too counts where it has its capital inside a sentence."""
    assert is_found(skill, f"Built the payment service with {name} for three banks.")
