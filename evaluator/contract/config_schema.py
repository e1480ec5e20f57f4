"""The JSON Schema of `integration_config`, from which the marketplace's form is made.

Written for form makers: no `$ref`, and a field that may be null says so beside its own type instead of
in an `anyOf`. May import `contract.config` alone.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from evaluator.contract.config import IntegrationConfig


def integration_config_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12), the same at every call, keys in the order of a form."""
    schema = IntegrationConfig.model_json_schema(schema_generator=FormSchema)
    definitions = schema.pop("$defs", {})
    head = {"$schema": FormSchema.schema_dialect, "title": schema["title"]}
    whole: dict[str, Any] = _inlined(head | schema, definitions)
    return whole


class FormSchema(GenerateJsonSchema):
    """Pydantic's schema with `type: [X, "null"]` where pydantic writes an `anyOf` of X and null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Add null to the type, and to the values where they are listed."""
        inner = self.generate_inner(schema["schema"])
        if "type" not in inner:
            return super().nullable_schema(schema)
        nullable = inner | {"type": [inner["type"], "null"]}
        return nullable | ({"enum": [*inner["enum"], None]} if "enum" in inner else {})

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Show also what a factory makes, such as an empty list."""
        factory = schema.get("default_factory")
        if factory is None or schema.get("default_factory_takes_data"):
            return super().get_default_value(schema)
        return factory()  # type: ignore[call-arg]  # a factory that takes data was turned away above

    def get_title_from_name(self, name: str) -> str:
        """Write a field's name as a form's label: only the first word has a capital."""
        return name.replace("_", " ").capitalize()


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Return `node` with each `$ref` replaced by what it points to; the models hold no circle."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions:
        node = definitions[name] | {key: value for key, value in node.items() if key != "$ref"}
    return {key: _inlined(value, definitions) for key, value in node.items()}
