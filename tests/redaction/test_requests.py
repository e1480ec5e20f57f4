"""Redacting a whole request."""

from typing import Any

from evaluator.redaction.redactor import Redactor
from evaluator.redaction.requests import redact_request
from tests.fakes.prompting import payload, request_of

CV = "Name: Jo Falconer, jo@example.org"


def redacted(**changes: Any) -> dict[str, Any]:
    """Return the redacted request as JSON, only what was sent."""
    return redact_request(request_of(**changes), Redactor()).value.model_dump(mode="json", exclude_unset=True)


def test_request_is_redacted_in_every_part_that_tells_of_the_candidate() -> None:
    """CV, form, comments, others' context and unknown fields; the name of one is found in all."""
    told = redacted(
        candidate_parsed_cv={"raw": CV, "hobbies": ["Falconer clubs"]},
        application_form={"skills": [], "Phone": "0171 3920012", "why": "Falconer likes it"},
        comments=[{"content": "rang +44 7700 900123", "is_human_created": True}],
        context=[{"app": "other", "email": "x"}],
        more={"dob": "1990"},
    )

    assert told["candidate_parsed_cv"] == {"raw": "Name: [name], [e-mail]", "hobbies": ["[name] clubs"]}
    assert told["application_form"] == {"skills": [], "Phone": "[phone]", "why": "[name] likes it"}
    assert told["comments"] == [{"content": "rang [phone]", "is_human_created": True}]
    assert (told["context"], told["more"]) == (
        [{"app": "other", "email": "[e-mail]"}],
        {"dob": "[date of birth]"},
    )


def test_request_keeps_ids_slugs_and_settings() -> None:
    """Results are matched by ids and criteria made from slugs; a team's instructions are text."""
    config = {
        "model": "gpt.example.org/x",
        "weights": {"a.example.org": 3},
        "instructions": "ask hr@example.org",
    }
    told = redacted(
        candidate_id="jo@example.org",
        job={"description": "A job.", "skills": [{"slug": "draw.example.io", "exp_level": 3}]},
        integration_config=config,
    )

    assert told["candidate_id"] == "jo@example.org"
    assert told["job"]["skills"] == [{"slug": "draw.example.io", "exp_level": 3}]
    assert told["integration_config"] == {**config, "instructions": "ask [e-mail]"}


def test_request_keeps_our_own_results_recognisable() -> None:
    """They are left out of the prompt by our name, which is no person's."""
    ours = {
        "evaluator": {"name": "candidate-evaluator", "version": "1"},
        "summary": "Jo Falconer: jo@example.org",
    }
    (told,) = redacted(candidate_parsed_cv={"raw": CV}, context=[ours])["context"]

    assert told == {**ours, "summary": "[name]: [e-mail]"}


def test_request_without_anything_to_redact_is_the_same() -> None:
    """What was not sent does not appear."""
    request = request_of(candidate_parsed_cv={"raw": "Ten years of Python."})
    told = redact_request(request, Redactor())

    assert (told.value, told.counts) == (request, {})
    assert told.value.model_dump(exclude_unset=True) == payload(
        candidate_parsed_cv={"raw": "Ten years of Python."}
    )
