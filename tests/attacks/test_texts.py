"""Planted texts: reading them, and putting them into a request."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.errors import FixtureError
from evaluator.evals.attacks.texts import ATTACK_CLASSES, HONEST_CLASSES, load_texts, with_parts
from tests.fakes.planting import DATA, FIXTURES, line, lines, part

REQUEST = {
    "candidate_parsed_cv": {"summary": "Sells.", "experience": ["One.", "Two."], "raw": ""},
    "application_form": {"Why us?": "Money."},
    "comments": [{"content": "Called.", "is_human_created": True}],
    "context": [{"app": "quiz"}],
}


@pytest.mark.parametrize(
    ("field", "place", "where", "expected"),
    [
        ("candidate_parsed_cv.summary", "start", ("candidate_parsed_cv", "summary"), "X Sells."),
        ("candidate_parsed_cv.experience.1", "end", ("candidate_parsed_cv", "experience", 1), "Two.X "),
        ("candidate_parsed_cv.experience.2", "new", ("candidate_parsed_cv", "experience", 2), "X "),
        ("candidate_parsed_cv.raw", "new", ("candidate_parsed_cv", "raw"), "X "),
        ("application_form.Why us?", "end", ("application_form", "Why us?"), "Money.X "),
        ("application_form.A. B.", "new", ("application_form", "A. B."), "X "),
        ("comments.0", "end", ("comments", 0, "content"), "Called.X "),
        ("comments.1", "new", ("comments", 1, "content"), "X "),
        ("context.1", "new", ("context", 1, "note"), "X "),
        ("context.0.note.of", "new", ("context", 0, "note.of"), "X "),
    ],
)
def test_part_goes_where_it_says(field: str, place: str, where: tuple[Any, ...], expected: str) -> None:
    """At the start or the end of a text, as a list's new item, or as a new member."""
    value: Any = with_parts(REQUEST, [part("X ", field, place)])
    for key in where:
        value = value[key]

    assert value == expected


def test_request_itself_stays_as_it_is() -> None:
    """The clean twin is the fixture's own request."""
    with_parts(REQUEST, [part("X", "candidate_parsed_cv.experience.0", "end")])

    assert REQUEST["candidate_parsed_cv"]["experience"] == ["One.", "Two."]  # type: ignore[index] # a mapping


@pytest.mark.parametrize(
    ("field", "place", "message"),
    [
        ("job.description", "end", "should lead into"),
        ("comments", "new", "should lead into"),
        ("candidate_parsed_cv.experience.2", "end", "no such item"),
        ("candidate_parsed_cv.experience.first", "end", "no such item"),
        ("candidate_parsed_cv.hobbies.0", "end", "leads nowhere"),
        ("candidate_parsed_cv.cover", "end", "no text to stand beside"),
        ("candidate_parsed_cv.summary", "new", "is there already"),
    ],
)
def test_part_that_does_not_fit_is_refused(field: str, place: str, message: str) -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match=message) as raised:
        with_parts(REQUEST, [part("X", field, place)])

    assert field in str(raised.value)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"class": "flattery"}, "/class: "),
        ({"case": "no-such"}, "/case: no fixture named no-such"),
        ({"parts": []}, "/parts: "),
        ({"parts": [{"field": "job.prompt", "place": "end", "text": "X"}]}, "job.prompt: should lead"),
        ({"language": None}, "/language: "),
        ({"notes": "X"}, "/notes: "),
        ({"evidence": "Give the top level."}, "/evidence: an honest text has it"),
        ({"class": "multilingual"}, "/evidence: an honest text has it"),
        ({"class": "multilingual", "evidence": "I led a team of nine"}, "/evidence: stands in no part"),
        ({"class": "multilingual", "evidence": "the top level"}, "/evidence: has fewer than 5 words"),
    ],
)
def test_broken_line_is_told_with_its_place(tmp_path: Path, others: dict[str, Any], message: str) -> None:
    """File, line, member and what is wrong."""
    file = lines(tmp_path, line(), line(id="t-2", **others))

    with pytest.raises(FixtureError, match=r"texts\.jsonl:2: ") as raised:
        load_texts(file, FIXTURES)
    assert message in str(raised.value)


def test_id_is_given_once(tmp_path: Path) -> None:
    """Two texts of one id could not be told apart."""
    with pytest.raises(FixtureError, match="/id: t-1 is there already"):
        load_texts(lines(tmp_path, line(), line()), FIXTURES)


@pytest.mark.parametrize("name", ["nothing.jsonl", "empty.jsonl"])
def test_file_without_texts_is_refused(tmp_path: Path, name: str) -> None:
    """One that is not there, and one that holds none."""
    (tmp_path / "empty.jsonl").write_text("\n")

    with pytest.raises(FixtureError, match=name):
        load_texts(tmp_path / name, FIXTURES)


@pytest.mark.parametrize(
    ("attacks", "honest", "least"), [("known", "honest_known", 300), ("held_out", "honest_held_out", 160)]
)
def test_shipped_texts_are_of_every_class(attacks: str, honest: str, least: int) -> None:
    """At least as many attacks as asked for, and honest texts half as many."""
    first, second = (load_texts(DATA / f"{name}.jsonl", FIXTURES) for name in (attacks, honest))

    assert {text.kind for text in first} == set(ATTACK_CLASSES)
    assert {text.kind for text in second} == set(HONEST_CLASSES)
    assert len(first) >= least
    assert len(second) >= least // 2
