"""Reading JSON strictly, and saying what is wrong without repeating it."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract.decode import (
    MAX_DEPTH,
    MAX_VALUES,
    decode_json,
    pointer,
    problems_of,
    read_model,
)
from evaluator.contract.request import AssessmentRequest
from evaluator.errors import InvalidRequest, Problem

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5),
    max_leaves=20,
)


def refusal(body: bytes) -> str:
    """Return why `body` is refused as JSON."""
    with pytest.raises(InvalidRequest) as caught:
        decode_json(body)
    return str(caught.value)


def problems(**changes: Any) -> list[tuple[str, str]]:
    """Return pointers and messages for a request that is right but for `changes`."""
    request = {
        "job": {"description": "A job."},
        "candidate_id": "c",
        "candidate_parsed_cv": {},
        "pipeline_step_id": "s",
        "call_secret": "k",
        **changes,
    }
    with pytest.raises(InvalidRequest) as caught:
        read_model(AssessmentRequest, request)
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


@given(_JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:
    """Whatever JSON can say comes back as the same value."""
    assert decode_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_refusal(body: bytes) -> None:
    """No bytes raise anything but InvalidRequest."""
    with contextlib.suppress(InvalidRequest):
        decode_json(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not valid JSON at line 1, column 1"),
        (b'{"a": }', "not valid JSON at line 1, column 7"),
        (b"{} {}", "not valid JSON at line 1, column 4"),
        (b'{"a": NaN}', "NaN or Infinity"),
        (b'{"a": -Infinity}', "NaN or Infinity"),
        (b'{"a": 1e400}', "beyond the range"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "too many digits"),
        (b'{"a": 1, "a": 2}', "the same key twice"),
        (b'{"a": {"b": "\\ud800"}}', "/a/b: holds half of a surrogate pair"),
        (b'{"a": {"\\udfff": 1}}', "/a: holds half of a surrogate pair"),
        (b'{"a": "\xe4"}', "must be UTF-8; byte 7 is not"),
        (b'{"a": "\xc0\xaf"}', "must be UTF-8"),
        ("{}".encode("utf-16"), "must be UTF-8"),
        ("{}".encode("utf-16-le"), "not valid JSON"),
        ("{}".encode("utf-8-sig"), "not valid JSON"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b"[" * 500 + b"]" * 500, "nested deeper"),
        (b"[" + b"0," * MAX_VALUES + b"0]", "more than 50000 values"),
    ],
)
def test_ambiguous_or_hostile_json_is_refused(body: bytes, expected: str) -> None:
    """What two readers could read in two ways, or one reader not at all, is refused with its reason."""
    assert expected in refusal(body)


def test_nesting_is_taken_up_to_the_limit() -> None:
    """The deepest value that is taken has MAX_DEPTH levels around it."""
    deep = "[" * MAX_DEPTH + "0" + "]" * MAX_DEPTH

    assert decode_json(deep.encode()) == json.loads(deep)
    assert "nested deeper" in refusal(f"[{deep}]".encode())


def test_pairs_of_surrogates_are_one_character() -> None:
    """An emoji written as an escaped pair is that emoji."""
    assert decode_json(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"candidate_id": True}, [("/candidate_id", "must be text or a number")]),
        ({"candidate_id": {"str": 1}}, [("/candidate_id", "must be text or a number")]),
        ({"current_rating": "55"}, [("/current_rating", "must be a number")]),
        ({"current_rating": 101}, [("/current_rating", "must be less than or equal to 100")]),
        ({"job": {}}, [("/job/description", "required, and not there")]),
        ({"job": []}, [("/job", "must be an object")]),
        ({"comments": "none"}, [("/comments", "must be a list")]),
        ({"context": [1]}, [("/context/0", "must be an object")]),
        (
            {"comments": [{"is_human_created": 1}]},
            [("/comments/0/is_human_created", "must be true or false")],
        ),
        (
            {"application_form": {"skills": {"slug": "a", "exp_level": 2.5}}},
            [("/application_form/skills/exp_level", "must be a whole number")],
        ),
        (
            {"application_form": {"skills": [{"slug": "", "exp_level": 1}]}},
            [("/application_form/skills/0/slug", "must have at least 1 character")],
        ),
        (
            {"integration_config": {"weights": {"str": "heavy", "a/b~c": "light"}}},
            [
                ("/integration_config/weights/str", "must be a number"),
                ("/integration_config/weights/a~1b~0c", "must be a number"),
            ],
        ),
        (
            {"integration_config": {"criteria": [{"title": "Driving", "weigth": 3}]}},
            [("/integration_config/criteria/0/weigth", "not known here")],
        ),
        (
            {"integration_config": {"mode": "later"}},
            [("/integration_config/mode", "must be 'sync', 'async' or 'auto'")],
        ),
    ],
)
def test_problem_points_at_the_field(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Each wrong field gives one problem, at the place where the sender finds it."""
    assert problems(**changes) == expected


def test_all_problems_are_found_at_once() -> None:
    """A sender need not come back for each of its mistakes."""
    found = problems(job=..., candidate_id=None, call_secret=[])

    assert [at for at, _ in found] == ["/job", "/candidate_id", "/call_secret"]


@given(st.text(min_size=8).filter(str.strip))
def test_problem_never_repeats_the_value(value: str) -> None:
    """Whatever text stands in a wrong place, it is not in the message."""
    found = problems(
        current_rating=value, comments=value, integration_config={"samples": value, "mode": value}
    )

    assert all(value not in message for _, message in found)


def test_problems_stand_below_a_prefix() -> None:
    """A model that is part of a document is pointed at within that document."""
    errors = [{"loc": ("a", 0), "type": "missing", "msg": "Field required"}]

    assert problems_of(errors, prefix=("whole",)) == [Problem("/whole/a/0", "required, and not there")]


@given(st.lists(_TEXT))
def test_pointer_can_be_read_back(path: list[str]) -> None:
    """A pointer keeps every key apart, also where it holds a slash or a tilde."""
    parts = pointer(tuple(path)).split("/")[1:]

    assert [part.replace("~1", "/").replace("~0", "~") for part in parts] == path
