"""Reading the last object out of any text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.models.reply import MAX_CHARS, MAX_FAILED_STARTS, read_object

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), PLAIN, max_size=4)
PROSE = st.text(st.characters(exclude_characters='{}"<'), max_size=40)


@given(OBJECTS, PROSE, PROSE)
def test_object_is_found_between_any_prose(value: dict[str, Any], before: str, after: str) -> None:
    """Whatever object a model writes, and whatever prose stands around it, the object is read."""
    assert read_object(before + json.dumps(value, ensure_ascii=False) + after).value == value


@given(OBJECTS, OBJECTS, PROSE)
def test_last_object_wins(quoted: dict[str, Any], own: dict[str, Any], between: str) -> None:
    """JSON that a model quotes from a CV before its own reply never counts."""
    assert read_object(json.dumps(quoted) + between + json.dumps(own)).value == own


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    """No text makes the reading raise; it finds an object or says why not."""
    reading = read_object(text)
    assert reading.value is not None or reading.fault


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('<think>{"a": 1}</think>{"a": 2}', {"a": 2}),
        ('<think>{"a": 1}</think> no object', None),
        ('<thinking>no end {"a": 3}', {"a": 3}),
        ('{"a": "</think>{}"}', {"a": "</think>{}"}),
        ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
        ('[{"a": 1}]', {"a": 1}),
        ('use {braces} and {"a": 1}', {"a": 1}),
        ('{"a": ... } is the form; {"a": 1}', {"a": 1}),
        ('{"a": ...} is the form:\n```json\n{"a": 1}\n```\n', {"a": 1}),
        ('a draft {"a": 1} before</think>{"a": 2}', {"a": 2}),
        ('a draft {"a": 1} and</think> no object', None),
        ('{"a": NaN}', None),
        ('{"a": 1e999}', None),
        ('{"a": 1.5}', {"a": 1.5}),
        ("{}", {}),
        ("", None),
        ("nothing", None),
    ],
)
def test_object_in_odd_company(text: str, value: dict[str, Any] | None) -> None:
    """Thinking, prose, raw line breaks and numbers that JSON does not have."""
    assert read_object(text).value == value


@pytest.mark.parametrize(
    "text",
    [
        'The CV says {"a": "quoted"}. I say {"a": "own',
        'The CV says {"a": "quoted"}. I say {"a": own}',
        '{"quote": "it says" {"a": "quoted"}", "a": "own"}',
        '{"quote": oops, "inner": {"a": "quoted"}}',
        '{"inner": {"a": "quoted"}, oops',
    ],
)
def test_quoted_object_never_stands_in_for_a_broken_reply(text: str) -> None:
    """Where the model's own object is broken, one that it quotes does not count in its place."""
    assert read_object(text).value is None


def test_first_fault_of_syntax_is_placed() -> None:
    """The fault names line and column, and no text."""
    assert read_object('so:\n{"a": oops}').fault == "Expecting value (line 2, column 7)"


@pytest.mark.parametrize(
    "unit",
    ["{", '{"', '{"a":', '{"a":[', '{"a":"', '{"a" ', "[", '{"a":1}', "{ ", '{"\\"', '{"a":[1,'],
)
def test_hostile_text_costs_little(unit: str) -> None:
    """A million characters of anything are read in one pass, with a bounded number of failures."""
    text = (unit * 1_048_576)[:1_048_576]
    reading = read_object(text)
    assert reading.value in (None, {"a": 1}, {})


def test_object_behind_too_many_broken_starts_is_not_trusted() -> None:
    """Where the end is not reached, no earlier object may stand for the last."""
    broken = '{"a" ' * (MAX_FAILED_STARTS + 1)
    assert read_object('{"a": 1}' + broken + '{"a": 2}').value is None


def test_text_beyond_the_longest_is_not_read() -> None:
    """A reply of absurd length is no reply."""
    assert read_object(" " * MAX_CHARS + '{"a": 1}').value is None


def test_depth_beyond_the_interpreters_is_not_read() -> None:
    """Nesting that would exhaust the stack is a fault like any other."""
    assert read_object('{"a":' * 100_000 + "1" + "}" * 100_000).value is None
