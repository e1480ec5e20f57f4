"""The JSON Schema of `integration_config`: what a form maker needs is in it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from evaluator.cli.config_schema import command
from evaluator.contract.config import IntegrationConfig
from evaluator.contract.config_schema import FormSchema, integration_config_schema

SCHEMA = integration_config_schema()
FIELDS = SCHEMA["properties"]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a decoded JSON value."""
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from nodes(child)


def test_command_prints_the_schema() -> None:
    """`evaluator config-schema` prints the schema as JSON, the same every time."""
    printed = [CliRunner().invoke(command).output for _ in range(2)]

    assert printed[0] == printed[1]
    assert json.loads(printed[0]) == SCHEMA


def test_schema_names_its_dialect_and_is_valid() -> None:
    """The schema says that it is of draft 2020-12, and is."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(SCHEMA)


@pytest.mark.parametrize("name", list(IntegrationConfig.model_fields))
def test_field_has_what_a_form_needs(name: str) -> None:
    """Every field has a type, a title, a description and a default."""
    assert {"type", "title", "description", "default"} <= FIELDS[name].keys()


def test_nothing_is_hidden_behind_references_or_choices() -> None:
    """A form maker meets neither `$ref` nor `anyOf`, and no definitions apart."""
    assert not [node for node in nodes(SCHEMA) if {"$ref", "anyOf", "$defs"} & node.keys()]


def test_nullable_field_keeps_type_and_values() -> None:
    """A field that may be null says so beside its type, and lists null among its values."""
    assert FIELDS["mode"]["type"] == ["string", "null"]
    assert FIELDS["mode"]["enum"] == ["sync", "async", "auto", None]
    assert FIELDS["samples"]["type"] == ["integer", "null"]
    assert FIELDS["comment_style"]["enum"] == ["full", "brief"]


def test_nullable_object_keeps_the_choice() -> None:
    """Where a field may be null and its type is a model's, the choice is written out."""

    class Holder(BaseModel):
        inner: IntegrationConfig | None

    schema = Holder.model_json_schema(schema_generator=FormSchema)

    assert schema["properties"]["inner"]["anyOf"][1] == {"type": "null"}


def test_defaults_are_valid_and_are_the_models_own() -> None:
    """The defaults together are a valid config, and what the model makes of nothing."""
    defaults = {name: field["default"] for name, field in FIELDS.items()}

    assert jsonschema_rs.is_valid(SCHEMA, defaults)
    assert defaults == IntegrationConfig().model_dump(mode="json")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "mode": st.sampled_from(["sync", "auto", "later", None, 1]),
            "prompt": st.sampled_from(["default", "No", None]),
            "samples": st.integers(-1, 7) | st.none(),
            "weights": st.dictionaries(st.sampled_from("ab"), st.integers(-5, 105)),
            "criteria": st.lists(st.fixed_dictionaries({}, optional={"title": st.text(max_size=5)})),
            "further": st.none() | st.booleans(),
        },
    )
)
def test_schema_and_model_agree(config: dict[str, Any]) -> None:
    """What the schema takes the model takes, and what it refuses the model refuses."""
    try:
        IntegrationConfig.model_validate(config)
    except ValueError:
        taken = False
    else:
        taken = True

    assert jsonschema_rs.is_valid(SCHEMA, config) is taken


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("language", ["en", "en_US", "zh-Hans-CN", "es-419"], ["english", "en-", "de-ignore-the-rules"]),
        ("prompt", ["first-screen", None], ["First Screen", "-x", "x" * 65]),
    ],
)
def test_form_checks_a_text_as_the_service_does(name: str, good: list[Any], bad: list[Any]) -> None:
    """A form that checks by the schema takes and refuses what the webhook does."""
    valid = [jsonschema_rs.is_valid(FIELDS[name], value) for value in [*good, *bad]]

    assert valid == [True] * len(good) + [False] * len(bad)
