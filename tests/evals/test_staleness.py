"""Telling what changed since a recording was made."""

from pathlib import Path
from typing import Any

import pytest

from evaluator.evals.recordings import FILE, Recording
from evaluator.evals.staleness import Question, changes, first_difference
from evaluator.prompts.packs import ModelParameters
from tests.fakes.assessing import CV
from tests.fakes.model import FakeModel
from tests.fakes.prompting import RUBRIC, SYSTEM, TOML
from tests.fakes.replaying import case_in, contender, judge, wrong_with

SINCE = (
    "baker: nothing is recorded of what is asked now. "
    "Since the recording of 2026-11-01, pack default, fake-model:"
)


def told(folder: Path, *, repeats: int = 1, changes: Any = (), **pack: Any) -> list[str]:
    """Return the lines that tell what changed, after a case was recorded and asked anew with another pack."""
    case = case_in(folder)
    judge(contender(folder, "record", FakeModel()), case)
    asked = case_in(folder, **dict(changes))
    *_, row = judge(contender(folder, "replay", **pack), asked, repeats=repeats)
    first, *lines = wrong_with(row).split("\n  ")
    assert first == SINCE
    return lines


def test_line_of_a_template_is_shown_as_it_was_and_is(tmp_path: Path) -> None:
    """The place is named by message, line and file."""
    assert told(tmp_path, system="Judge kindly in {{ language }}.")[:3] == [
        "the system message, line 1, in the pack's own text (system.jinja):",
        "- Judge in English.",
        "+ Judge kindly in English.",
    ]


def test_changed_request_is_told_by_section_and_shows_one_line(tmp_path: Path) -> None:
    """Of a CV no more is shown than what stands around the first letter that differs."""
    changed = CV.replace("Checked every release twice", "Checked every release once")

    lines = told(tmp_path, changes={"candidate_parsed_cv": {"experience": [changed]}})

    assert lines[0] == "the user message, line 10, in <cv_experience>:"
    assert lines[1].startswith("- …")
    assert "every release twice" in lines[1]
    assert "every release once" in lines[2]
    assert all(len(line) <= 105 for line in lines)
    assert "Kafka cluster" not in "".join(lines)


def test_line_put_in_between_is_shown_alone(tmp_path: Path) -> None:
    """The lines behind it only moved."""
    assert told(tmp_path, system=f"Be fair.\n\n{SYSTEM}\n{RUBRIC}")[:2] == [
        "the system message, line 1, in the pack's own text (system.jinja):",
        "+ Be fair.",
    ]


def test_line_that_is_gone_has_nothing_in_its_place(tmp_path: Path) -> None:
    """What the recording had at the end is shown alone."""
    lines = told(tmp_path, changes={"application_form": {"skills": []}})

    assert lines[0] == "the user message, line 6, in <claims>:"


def test_parameters_are_told_with_both_values(tmp_path: Path) -> None:
    """What the model was asked to do otherwise is named as the request names it."""
    assert told(tmp_path, parameters=ModelParameters(temperature=0.5, seed=None)) == [
        "the parameter temperature is 0.5, and was 0.0"
    ]


def test_new_criterion_is_told_of_schema_and_message(tmp_path: Path) -> None:
    """A pack's criteria are in the reply's schema, in its limit and in the prompt."""
    added = TOML.replace(
        "[budget]",
        '[[criteria]]\nid = "calm"\ntitle = "Calm"\nweight = 5\n'
        'anchors = {basic = "some", strong = "much"}\n[budget]',
    )

    lines = told(tmp_path, toml=added)

    assert lines[:2] == [
        "the parameter max_output_tokens is 3750, and was 3400",
        "the schema properties/criteria/properties/calm is new",
    ]


def test_repeat_that_was_not_recorded_is_told(tmp_path: Path) -> None:
    """The question is the same, and was asked less often."""
    assert told(tmp_path, repeats=2) == ["repeat 2 is asked for, and recorded is 1"]


def test_more_samples_than_recorded_are_told(tmp_path: Path) -> None:
    """Without a seed all samples are the same question."""
    case = case_in(tmp_path)
    once, thrice = (ModelParameters(seed=None, temperature=None, samples=number) for number in (1, 3))
    judge(contender(tmp_path, "record", FakeModel(), parameters=once), case)

    (row,) = judge(contender(tmp_path, "replay", parameters=thrice), case)

    assert wrong_with(row).endswith("more samples are asked for than were recorded")


def test_nearest_recording_is_that_of_the_same_pack(tmp_path: Path) -> None:
    """With several packs in one file the difference is told from the one that asks."""
    case = case_in(tmp_path)
    judge(contender(tmp_path, "record", FakeModel()), case)
    file = tmp_path / "baker" / FILE
    other = file.read_text().replace('"pack": "default"', '"pack": "brief"')
    file.write_text(other.replace("Judge in English", "Judge briefly") + file.read_text())

    (row,) = judge(contender(tmp_path, "replay", system=SYSTEM + "\nBe fair."), case)

    assert "pack default" in wrong_with(row)
    assert "Judge briefly" not in wrong_with(row)


def test_message_that_is_new_or_gone_is_told() -> None:
    """A pack of other messages is another question."""
    system, user = ({"role": role, "content": "x"} for role in ("system", "user"))
    asked = {"model": "m", "parameters": {}, "schema_name": "s", "schema": {}, "messages": [system, user]}
    fewer = {**asked, "messages": [system], "schema_name": "t"}

    assert list(changes(question(asked), made(fewer), [])) == [
        "the schema's name is s, and was t",
        "a user message is new",
    ]
    assert list(changes(question(fewer), made(asked), []))[1] == "a user message is gone"


def question(asked: Any) -> Question:
    """Return a question of the baker."""
    return Question("baker", "default", asked, "now", 0)


def made(asked: Any) -> Recording:
    """Return a recording of what was asked of the baker."""
    return Recording("baker", "default", 0, 0, "then", "2026-11-01", "model", asked, 1.0, {"text": "{}"})


def test_case_without_any_recording_is_told(tmp_path: Path) -> None:
    """There is nothing to compare with."""
    (row,) = judge(contender(tmp_path, "replay"), case_in(tmp_path))

    assert wrong_with(row) == "baker: nothing is recorded of this case"
    assert row.seconds == 0.0


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1}, {"a": 1.0}, "/a is 1.0, and was 1"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "/a/1/b is 3, and was 2"),
        ({"a": [1]}, {"a": [1, 2]}, "/a is a list of 2, and was a list of 1"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "/ has its members in another order"),
        ({"a": 1, "b": 2}, {"a": 1}, "/b is gone"),
        ({}, {"b": {}}, "/b is new"),
        ("x", {"y": 1}, " is an object, and was x"),
    ],
)
def test_first_difference_of_two_json_values(old: Any, new: Any, expected: str | None) -> None:
    """The order of members counts: a model fills in a schema's slots in the order they stand."""
    assert first_difference(old, new) == expected
