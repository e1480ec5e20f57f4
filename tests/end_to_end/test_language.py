"""A comment in a team's language, from the whole service."""

import pytest

from evaluator.offline.app import create_app
from evaluator.web.schema import example_request
from tests.fakes.pipeline import service_over
from tests.fakes.web import PATH


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("de-AT", "Erfahrung mit den Aufgaben der Stelle"),
        ("fr", "Expérience des tâches du poste"),
        ("es", "Experiencia en las tareas del puesto"),
        ("pl", "Experience with this job's tasks"),
    ],
)
def test_comment_names_criteria_in_the_teams_language(language: str, title: str) -> None:
    """The pack's titles are translated where the pack has a translation."""
    request = example_request() | {"integration_config": {"language": language}}
    with service_over(create_app()) as client:
        result = client.post(PATH, json=request).json()

    assert title in result["comment"]
    assert result["context"]["criteria"][-3]["title"] == "Experience with this job's tasks"
