"""What SolidATS makes of an answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.solidats import Unreachable, judge, post

REQUEST = {"candidate_id": "c1", "pipeline_step_id": "s1", "call_secret": "x"}
RESULT = {**REQUEST, "rating": 85}


def judged(answer: Any, status_code: int = 200) -> tuple[bool, tuple[str, ...]]:
    """Return whether SolidATS takes `answer`, and why not."""
    verdict = judge(REQUEST, status_code, json.dumps(answer).encode())
    return verdict.accepted, verdict.problems


@pytest.mark.parametrize(
    "form", [RESULT, [RESULT, {"rating": 1}], {"output": RESULT}, [{"output": RESULT}], {"output": [RESULT]}]
)
def test_answer_in_each_lawful_form_is_taken(form: Any) -> None:
    """An object, a list and a nesting under `output` are all taken."""
    assert judged(form) == (True, ())


@pytest.mark.parametrize("name", ["candidate_id", "pipeline_step_id", "call_secret", "rating"])
def test_answer_without_a_required_field_is_rejected(name: str) -> None:
    """Each required field is named when it is missing."""
    answer = {key: value for key, value in RESULT.items() if key != name}

    assert judged(answer) == (False, (f"{name} is missing",))


@pytest.mark.parametrize("name", ["candidate_id", "pipeline_step_id", "call_secret"])
def test_answer_with_another_id_is_rejected(name: str) -> None:
    """Ids and secret must match the request's."""
    assert judged({**RESULT, name: "other"}) == (False, (f"{name} does not match the request's",))


def test_answer_with_the_id_as_number_is_rejected() -> None:
    """An id that came as text must go back as text."""
    verdict = judge({**REQUEST, "candidate_id": "1"}, 200, json.dumps({**RESULT, "candidate_id": 1}).encode())

    assert verdict.problems == ("candidate_id does not match the request's",)


@given(
    st.one_of(st.floats(max_value=-0.001, allow_nan=False, allow_infinity=False), st.integers(min_value=101))
)
def test_answer_with_a_rating_out_of_range_is_rejected(rating: float) -> None:
    """A rating outside 0–100 never counts."""
    assert judged({**RESULT, "rating": rating})[0] is False


@pytest.mark.parametrize("rating", ["85", True, {}])
def test_answer_with_a_rating_of_another_type_is_rejected(rating: Any) -> None:
    """A rating is a number."""
    assert judged({**RESULT, "rating": rating}) == (False, ("rating is not a number",))


def test_answer_202_is_pending() -> None:
    """202 says that the result comes to the callback."""
    verdict = judge(REQUEST, 202, b"")

    assert (verdict.pending, verdict.accepted) == (True, False)


def test_answer_with_an_error_status_is_rejected() -> None:
    """A rating in an error answer does not count."""
    assert judged(RESULT, 502) == (False, ("HTTP 502",))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"3", b"\xff", b'{"output": 3}'])
def test_answer_that_is_no_result_is_rejected(body: bytes) -> None:
    """Whatever comes back, there is a verdict."""
    assert judge(REQUEST, 200, body).accepted is False


def test_post_to_a_closed_port_names_the_trouble() -> None:
    """An endpoint that is not there is one clear error."""
    with pytest.raises(Unreachable, match=r"cannot connect to http://127\.0\.0\.1:9: Connection refused"):
        post(b"{}", "http://127.0.0.1:9/webhook/assessment", bearer=None, app_id=None, timeout_s=2)


def test_post_to_no_url_says_so() -> None:
    """A URL without a scheme is named as the fault."""
    with pytest.raises(Unreachable):
        post(b"{}", "http://[", bearer="b", app_id="a", timeout_s=2)
