"""The request's lawful variants: what may be left out, null, or written in two ways."""

from typing import Any

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest, Skill
from evaluator.errors import InvalidRequest

SKILL = {"slug": "python", "exp_level": 3}


def read(**changes: Any) -> AssessmentRequest:
    """Read the least request there is, with `changes`."""
    least = {
        "job": {"description": "A job."},
        "candidate_id": "c",
        "candidate_parsed_cv": {},
        "pipeline_step_id": "s",
        "call_secret": "k",
    }
    return read_model(AssessmentRequest, {**least, **changes})


@pytest.mark.parametrize(
    ("skills", "expected"),
    [
        ({"skills": SKILL}, [Skill(slug="python", exp_level=3)]),
        ({"skills": [SKILL]}, [Skill(slug="python", exp_level=3)]),
        ({"skills": []}, []),
        ({"skills": None}, []),
        ({}, []),
    ],
)
def test_skills_may_be_written_in_each_way(skills: dict[str, Any], expected: list[Skill]) -> None:
    """Skills are a list, one object, null, or left out, in the job and in the form alike."""
    request = read(job={"description": "A job.", **skills}, application_form=skills)

    assert request.job.skills == expected
    assert request.application_form.skills == expected


@pytest.mark.parametrize(
    "name", ["v", "current_rating", "step_prompt", "integration_config", "comments", "context", "created_at"]
)
def test_optional_field_may_be_null_or_absent(name: str) -> None:
    """Null and absence mean the same."""
    assert getattr(read(**{name: None}), name) == getattr(read(), name)


def test_optional_parts_of_the_cv_may_be_null() -> None:
    """A parser that finds nothing may say so with null."""
    names = ("summary", "education", "experience", "hobbies", "raw")
    request = read(candidate_parsed_cv=dict.fromkeys(names))

    assert request.candidate_parsed_cv == read().candidate_parsed_cv


@pytest.mark.parametrize(
    "name", ["job", "candidate_id", "candidate_parsed_cv", "pipeline_step_id", "call_secret"]
)
@pytest.mark.parametrize("value", [None, True, [], 3.5j])
def test_required_field_must_have_a_value(name: str, value: Any) -> None:
    """What the answer or the assessment cannot do without is not guessed."""
    with pytest.raises(InvalidRequest, match=f"/{name}: "):
        read(**{name: value})


@pytest.mark.parametrize("value", ["", "c-1", "кандидат 👩‍🔧", 0, -7, 10**4_000, 1.5, 1e300])
def test_id_is_kept_as_it_came(value: str | float) -> None:
    """Ids are text or numbers, and neither type nor value changes."""
    request = read(candidate_id=value, pipeline_step_id=value, call_secret=value)
    kept = (request.candidate_id, request.pipeline_step_id, request.call_secret)

    assert kept == (value, value, value)
    assert {type(each) for each in kept} == {type(value)}


def test_unknown_fields_are_kept_at_every_level() -> None:
    """A field that the contract does not name reaches the templates."""
    request = read(
        team={"name": "Blue"}, job={"description": "A job.", "city": "Turku"}, comments=[{"mood": 1}]
    )

    assert request.model_extra == {"team": {"name": "Blue"}}
    assert request.job.model_extra == {"city": "Turku"}
    assert request.comments[0].model_extra == {"mood": 1}


def test_custom_questions_are_the_forms_answers() -> None:
    """Every field of the form but the skills is an answer."""
    request = read(application_form={"skills": None, "notice": "two months", "remote": False})

    assert request.application_form.answers == {"notice": "two months", "remote": False}


@pytest.mark.parametrize(
    ("field", "value"),
    [("exp_level", "3"), ("exp_level", True), ("exp_level", 0), ("exp_level", 5), ("slug", 1), ("slug", "")],
)
def test_skill_is_not_guessed(field: str, value: Any) -> None:
    """A level as text, a boolean as a number, and a level that is not there are refused."""
    with pytest.raises(InvalidRequest, match=f"/job/skills/{field}: "):
        read(job={"description": "A job.", "skills": {**SKILL, field: value}})


@pytest.mark.parametrize("value", [-1, 100.5, "50", True])
def test_current_rating_is_a_number_from_0_to_100(value: Any) -> None:
    """A rating outside of the scale is refused."""
    with pytest.raises(InvalidRequest, match="/current_rating: "):
        read(current_rating=value)


def test_context_may_be_one_object() -> None:
    """A sender with a single earlier result need not wrap it."""
    assert read(context={"rating": 50}).context == [{"rating": 50}]
