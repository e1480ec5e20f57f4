"""What the service gave exported cases: in every report that shows cases, and never a label."""

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest

from evaluator.evals.reports.as_json import as_json
from evaluator.evals.reports.markdown import markdown
from evaluator.evals.reports.material import Report
from evaluator.evals.reports.page import page
from evaluator.evals.reports.terminal import show
from evaluator.evals.twins import twins_of
from tests.fakes.reporting import case, rated, report, two_contestants

SENTENCE = "Rated by the service before, which is no label: 1 case. Points from it on average: the run 3."


def exported() -> Report:
    """Return a report on two cases, of which the service rated one."""
    cases = [replace(case("anna", None), service_rating=73.5), case("ben", None)]
    return report([rated("default", {"anna": 70.5, "ben": 50}, cases)], cases)


def terminal(told: Report) -> str:
    """Return what a pipe gets."""
    out = StringIO()
    show(told, out)
    return out.getvalue()


@pytest.mark.parametrize("form", [terminal, markdown, page, as_json])
def test_service_rating_is_in_every_report(form: Callable[[Report], str]) -> None:
    """With the distance of the run from it; a report on cases of which none is known says nothing of it."""
    text = form(exported())

    assert SENTENCE in text
    assert "73.5" in text
    assert "Rated by the service" not in form(two_contestants())


def test_service_rating_stands_beside_its_case() -> None:
    """In the terminal in a column, in Markdown too, in JSON by name; a case without one has a dash."""
    table = [line.split() for line in terminal(exported()).splitlines()[:3]]

    assert [line[4] for line in table] == ["service", "73.5", "–"]
    assert "| anna | 70.5 | – | – | 73.5 | completed |" in markdown(exported())
    assert json.loads(as_json(exported()))["service_ratings"] == {"anna": 73.5}


def test_service_rating_stands_beside_two_contestants() -> None:
    """Each contestant's distance is told with its letter."""
    cases = [replace(case(name), service_rating=60) for name in ("anna", "ben")]
    made = [rated(label, {"anna": 50 + by, "ben": 70}, cases) for by, label in enumerate(("one", "other"))]
    text = terminal(report(made, cases))

    assert ["case", "label", "service", "A", "B", "difference", "flips"] in map(str.split, text.splitlines())
    assert "2 cases. Points from it on average: A 10, B 9.5." in text


def test_service_rating_is_no_twin_s() -> None:
    """The service never saw the twin that is made of a case."""
    made = twins_of([replace(case("anna"), service_rating=60)])

    assert {each.service_rating for each in made} == {None}
