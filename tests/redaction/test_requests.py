"""Redacting a whole request."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from evaluator.contract.config import Redact
from evaluator.redaction.kinds import KINDS, USUAL
from evaluator.redaction.redactor import Redactor
from evaluator.redaction.requests import redact_request
from evaluator.redaction.requests import redacted as for_a_model
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


def test_request_that_leaves_the_service_has_the_teams_texts_redacted() -> None:
    """Unlike what a model reads: the job, both prompts and the instructions may name a colleague."""
    told = redacted(
        job={"description": "Ask hr@example.org.", "prompt": "Or +44 7700 900123.", "skills": []},
        step_prompt="Or jo@example.org.",
        integration_config={"instructions": "Or al@example.org."},
    )

    assert told["job"] == {"description": "Ask [e-mail].", "prompt": "Or [phone].", "skills": []}
    assert (told["step_prompt"], told["integration_config"]["instructions"]) == (
        "Or [e-mail].",
        "Or [e-mail].",
    )


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


# What a model is to read

EVERYWHERE: dict[str, Any] = {
    "candidate_parsed_cv": {"raw": CV, "education": ["Falconer hall"], "extra": {"slug": "a@example.org"}},
    "application_form": {
        "skills": [{"slug": "draw.example.io", "exp_level": 3, "note": "b@example.org"}],
        "Phone": "0171 3920012",
        "v": "c@example.org",
    },
    "comments": [{"content": "Falconer rang", "is_human_created": True, "by": "d@example.org"}],
    "context": [{"app": "other", "candidate_id": "e@example.org"}],
    "more": {"dob": "1990"},
}


def for_model(config: Mapping[str, Any], **changes: Any) -> tuple[dict[str, Any], Mapping[str, int]]:
    """Return what a model is to read under these settings, as JSON, and the counts."""
    request = request_of(integration_config=dict(config), **changes)
    left, counts = for_a_model(request, request.integration_config)
    return left.model_dump(mode="json", exclude_unset=True), counts


def test_redacted_covers_every_part_of_the_candidate() -> None:
    """Nothing is spared for the name of its key, but the slugs of claimed skills."""
    left, counts = for_model({}, **EVERYWHERE)

    assert "example.org" not in json.dumps(left)
    assert "Falconer" not in json.dumps(left)
    assert left["application_form"]["skills"] == [
        {"slug": "draw.example.io", "exp_level": 3, "note": "[e-mail]"}
    ]
    assert (left["comments"][0]["content"], left["more"]) == ("[name] rang", {"dob": "[date of birth]"})
    assert counts == {"name": 3, "email": 6, "phone": 1, "birth": 1}


def test_redacted_leaves_ids_job_and_settings() -> None:
    """The team's own texts are read as they are written, also where they hold an address or the name."""
    job = {"description": "Write to hr@example.org. Falconer & Co.", "skills": []}
    config = {"instructions": "ask hr@example.org"}
    left, _ = for_model(config, **EVERYWHERE, job=job, candidate_id="jo@example.org", step_prompt="hr@x.org")

    assert (left["job"], left["candidate_id"], left["step_prompt"]) == (job, "jo@example.org", "hr@x.org")
    assert left["integration_config"] == config


@pytest.mark.parametrize(
    ("redact", "text", "left"),
    [
        ([], CV, CV),
        (["email"], CV, "Name: Jo Falconer, [e-mail]"),
        ({"email": False}, CV, "Name: [name], jo@example.org"),
        ({"pronouns": True}, f"She. {CV}", "[pronoun]. Name: [name], [e-mail]"),
        (["names"], "Mr Falconer, Name: Jo Doe", "Mr [name], Name: [name]"),
    ],
)
def test_redacted_takes_what_the_team_chose(redact: Any, text: str, left: str) -> None:
    """A list is what is taken out and no more; single kinds are beside what is usual."""
    told, _ = for_model({"redact": redact}, candidate_parsed_cv={"raw": text})

    assert told["candidate_parsed_cv"]["raw"] == left


def test_redacted_keeps_lists_and_our_own_results() -> None:
    """What stands in a list keeps its place, and ours stays recognisable; no model is shown it."""
    ours = {"evaluator": {"name": "candidate-evaluator"}, "summary": "jo@example.org"}
    left, _ = for_model({}, context=[{"a": "x@example.org"}, ours, {}])

    assert left["context"] == [{"a": "[e-mail]"}, ours, {}]


def test_redacted_is_the_request_itself_where_nothing_is_taken_out() -> None:
    """So that comparing costs nothing."""
    request = request_of(candidate_parsed_cv={"raw": "Ten years of Python."})

    assert for_a_model(request, request.integration_config)[0] is request


def test_kinds_of_the_settings_are_those_of_the_redactor() -> None:
    """Each can be chosen, and the usual ones are on where nobody chooses."""
    assert set(Redact.model_fields) == {kind.name for kind in KINDS}
    assert Redact().kinds == USUAL
