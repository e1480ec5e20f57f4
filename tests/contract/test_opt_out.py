"""Which answers of a form say that a candidate wants no automated assessment."""

from typing import Any

import pytest

from evaluator.contract.decode import read_model
from evaluator.contract.opt_out import has_opted_out
from evaluator.contract.request import AssessmentRequest
from tests.fakes.prompting import payload

QUESTION = "Do you want to opt out of automated assessment?"


def opted_out(form: Any, field: str | None = "opt_out") -> bool:
    """Tell it of a form, where the team names `field`."""
    sent = payload(application_form=form, integration_config={"opt_out_field": field})
    return has_opted_out(read_model(AssessmentRequest, sent))


@pytest.mark.parametrize(
    "answer",
    [
        True, 1, "yes", "Yes", " YES! ", "true", "ja", "Ja, bitte", "oui", "sí", "SI", "x", "on", "1",
        "opt out", "Opt-out", "I opt out", "I object", "ich widerspreche", "je m'oppose", "me opongo",
        "Yes, no machine please", "no AI please", "please don't use a model", ["yes"], ["opt out"],
        {"value": True}, {"label": "Opt out", "checked": True}, "human only",
    ],
)  # fmt: skip
def test_answer_that_says_so_counts(answer: Any) -> None:
    """Yes in four languages, an objection in words, and whatever is neither empty nor a no."""
    assert opted_out({"opt_out": answer})


@pytest.mark.parametrize(
    "answer",
    [
        None, False, 0, "", "  ", "no", "No.", "NO", "nein", "Nein, danke", "non", "non merci", "false", "0",
        "No, go ahead", "no thanks", "n/a", "none", "-", "off", [], [""], {}, {"value": False},
        {"label": "Opt out", "checked": False}, "I do not opt out", "I don't want to opt out",
        "ich widerspreche nicht", "je ne m'oppose pas", "no me opongo", "nej", "нет",
    ],
)  # fmt: skip
def test_answer_that_is_empty_or_a_no_does_not_count(answer: Any) -> None:
    """Neither a field left blank nor a denied objection keeps anybody from being rated."""
    assert not opted_out({"opt_out": answer})


@pytest.mark.parametrize("key", ["opt_out", "Opt out", "optOut", "OPT-OUT", "opt out?"])
def test_field_is_found_however_its_key_is_written(key: str) -> None:
    """Case, signs and the way in which words are joined make no difference."""
    assert opted_out({key: "yes"})


@pytest.mark.parametrize(
    "form",
    [
        {QUESTION: "yes"},
        {"questions": [{"question": "Why?", "answer": "x"}, {"question": QUESTION, "answer": "yes"}]},
        {"q7": {"label": QUESTION, "value": "ja"}},
    ],
)
def test_field_is_found_by_its_question(form: Any) -> None:
    """As a key, or beside the answer in an object for each question."""
    assert opted_out(form, QUESTION)


@pytest.mark.parametrize("field", [None, "", "consent", "?!"])
def test_other_fields_say_nothing(field: str | None) -> None:
    """Nobody opts out by a field that the team did not name, or that is not there."""
    assert not opted_out({"opt_out": "yes", "why": QUESTION}, field)
