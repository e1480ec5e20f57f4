"""Filling a JSON Schema: what is made fits what was sent, or the schema is refused."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.judgement import LEVEL_WORDS, reply_schema
from evaluator.offline.completion import MODEL_NAME
from evaluator.offline.schema import MAX_ITEMS, SchemaRefused, fill
from evaluator.rubric import Criterion, Level, Rubric
from tests.fakes.offline import DEEP, RATER, prompt

NAMES = st.text("abcdefgh_", min_size=1, max_size=12)
TITLES = st.text(min_size=1, max_size=40)
CRITERIA = st.lists(
    st.builds(
        Criterion,
        NAMES,
        TITLES,
        st.just(1.0),
        st.sampled_from([level for level in Level if level]),
        st.sampled_from(["skill", "pack", "team"]),
    ),
    max_size=6,
    unique_by=lambda criterion: criterion.id,
)

SMALL = st.integers(-9, 9)
COUNT = st.integers(0, 5)


def _bounded(
    kind: str, least: str, most: str, low: st.SearchStrategy[int]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda at, more: {"type": kind, least: at, most: at + more}, low, st.integers(1, 5))


LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([{}, True, {"type": "string"}, {"type": "boolean"}, {"type": ["null", "integer"]}]),
    _bounded("string", "minLength", "maxLength", COUNT),
    _bounded("integer", "minimum", "maximum", SMALL),
    _bounded("number", "exclusiveMinimum", "maximum", SMALL),
    st.builds(lambda step: {"type": "integer", "minimum": 1, "multipleOf": step}, st.integers(1, 9)),
    st.builds(lambda values: {"enum": values}, st.lists(SMALL | st.text(max_size=3), min_size=1, max_size=4)),
    st.builds(lambda value: {"const": value}, st.none() | st.booleans() | st.text(max_size=3)),
)


def _object(known: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": known, "required": list(known), "additionalProperties": False}


def _both(known: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [{"type": "object"}, {"properties": known, "required": list(known)}]}


def _array(items: Any, least: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": least + 2}


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(NAMES, inner, max_size=3)
    choices = st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3))
    arrays = st.builds(_array, inner, st.integers(0, 3))
    return st.builds(_object, members) | st.builds(_both, members) | arrays | choices


SCHEMAS = st.recursive(LEAVES, _nested, max_leaves=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def fits(schema: Any, value: Any) -> bool:
    """Check with another implementation of JSON Schema."""
    return bool(jsonschema_rs.validator_for(schema).is_valid(value))


@given(CRITERIA, st.booleans())
def test_reply_fits_a_schema_of_ours(criteria: list[Criterion], bounded: bool) -> None:
    """For any rubric the filled reply fits its schema, with every criterion in it."""
    schema = reply_schema(Rubric(tuple(criteria)), bounded=bounded)
    slots = schema["properties"]["criteria"]["properties"]
    made = fill(schema, RATER.rate([], [prompt(cv_experience=[DEEP])], slots))

    assert fits(schema, made)
    assert {each["level"] for each in made["criteria"].values()} <= set(LEVEL_WORDS)


@given(SCHEMAS, VALUES)
def test_value_fits_any_schema(schema: Any, wanted: Any) -> None:
    """Whatever is wanted, what is made fits the schema, or the schema is refused."""
    try:
        made = fill(schema, wanted)
    except SchemaRefused:
        return
    assert fits(schema, made)


@given(SCHEMAS)
def test_schema_without_contradiction_is_filled(schema: Any) -> None:
    """A schema made of the common keywords is filled without a wanted value."""
    assert fits(schema, fill(schema))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"$ref": "#/$defs/level", "$defs": {"level": {"enum": ["none", "basic"]}}}, "basic"),
        ({"type": "string", "enum": ["basic"]}, "basic"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "basic"),
        ({"type": ["string", "null"]}, "basic"),
        ({"type": "string", "maxLength": 3}, "bas"),
    ],
)
def test_wanted_value_is_kept_where_it_fits(schema: Any, expected: str) -> None:
    """What is wanted goes into the value as far as the schema lets it."""
    assert fill(schema, "basic") == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(a+)+$"},
        {"not": {"type": "string"}},
        {"type": "unknown"},
        {"$ref": "#/nowhere"},
        {"type": "object", "required": ["me"], "properties": {"me": {"$ref": "#"}}},
        {"type": "array", "minItems": MAX_ITEMS + 1},
        {"type": "string", "minLength": 10**9},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "integer", "multipleOf": 0},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"enum": []},
        {"required": 5},
        {"oneOf": [{"type": "integer"}, {"type": "number"}]},
        False,
        "text",
    ],
)
def test_schema_that_cannot_be_honoured_is_refused(schema: Any) -> None:
    """A keyword not known, an endless schema, or one that nothing fits is refused and not half honoured."""
    with pytest.raises(SchemaRefused):
        fill(schema)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([{"type": "integer", "minimum": 2, "maximum": 9}, {"minimum": 4, "maximum": 7}], 4),
        ([{"enum": ["a", "b"]}, {"enum": ["b", "c"]}], "b"),
        ([{"properties": {"a": {"const": 5}}}, {"properties": {"a": {}}}, {"required": ["a"]}], {"a": 5}),
        ([{"required": ["a"]}, {"required": ["b"], "additionalProperties": {"const": 1}}], {"a": 1, "b": 1}),
        ([{"title": "One", "type": "null"}, {"title": "Two", "type": "null"}], None),
    ],
)  # fmt: skip
def test_schemas_together_are_all_kept(parts: list[Any], expected: Any) -> None:
    """Of schemas that hold together the narrower bound, the shared values and all members count."""
    assert fill({"allOf": parts}) == expected


def test_schemas_that_exclude_each_other_are_refused() -> None:
    """Two types at once fit nothing."""
    with pytest.raises(SchemaRefused):
        fill({"allOf": [{"type": "string"}, {"type": "integer"}]})


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "array", "prefixItems": [{"const": "a"}, {"const": 1}], "minItems": 2}, ["a", 1]),
        ({"minItems": 1, "items": {"type": "boolean"}}, [False]),
        ({"minimum": 0.5, "maximum": 0.75}, 0.5),
        ({"properties": {"a": {"type": "string"}}, "minProperties": 1}, {"a": ""}),
        ({"type": "string", "format": "date"}, "2000-01-01"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2, "uniqueItems": True}, [0, 2]),
    ],
)
def test_other_keywords_are_honoured(schema: Any, expected: Any) -> None:
    """Tuples, implied types, bounds between whole numbers, least members, formats and distinct items."""
    assert fill(schema) == expected


def test_items_that_must_differ_do() -> None:
    """Where items must differ, the enum's values are taken in turn."""
    schema = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True}

    assert sorted(fill(schema)) == ["a", "b", "c"]


def test_name_of_the_rater_is_no_models() -> None:
    """The name says what it is."""
    assert MODEL_NAME == "offline-heuristic"
