"""A person decides: nothing that the service says accepts or rejects anybody."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator.contract.result import AssessmentResult, ResultContext
from tests.fakes.web import PATH, app_over

DECIDES = re.compile(
    r"accept|reject|hire|hiring|decision|decid|verdict|recommend|shortlist|invite|dismiss|eligib|qualified|suitable"
)
"""What the name of a field that decides, or one of its values, would hold."""

PAGES = ("docs/method.md", "docs/solidats.md")


def names_and_values(schema: Any) -> Iterator[str]:
    """Yield the names of all fields within a JSON Schema, and the values that they list."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from map(str, [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])])
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for child in children:
        yield from names_and_values(child)


@pytest.mark.parametrize("model", [AssessmentResult, ResultContext])
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_result_has_no_field_that_decides(model: Any, mode: Any) -> None:
    """Neither a field nor a value of one accepts, rejects or recommends, at any depth."""
    told = set(names_and_values(model.model_json_schema(mode=mode)))

    assert {"rating", "status"} & told or "criteria" in told
    assert [each for each in sorted(told) if DECIDES.search(each.lower())] == []


def test_published_description_has_no_field_that_decides() -> None:
    """The same holds of all that OpenAPI publishes, but that a request is accepted, which 202 says."""
    document = app_over().openapi_schema.to_schema()
    told = {each for each in names_and_values(document["components"]["schemas"]) if each != "accepted"}

    assert PATH in document["paths"]
    assert {"rating", "questions"} <= told
    assert [each for each in sorted(told) if DECIDES.search(each.lower())] == []


@pytest.mark.parametrize("field", ["decision", "hire", "acceptance", "is_rejected", "recommended_action"])
def test_field_that_decides_would_be_found(field: str) -> None:
    """The search is no empty one."""
    schema = {"properties": {"context": {"items": [{"properties": {field: {"type": "string"}}}]}}}

    assert any(DECIDES.search(each) for each in names_and_values(schema))


@pytest.mark.parametrize("page", PAGES)
def test_pages_say_that_a_person_decides(page: str) -> None:
    """Whoever reads what a result means reads whose decision it is."""
    text = " ".join(Path(page).read_text(encoding="utf-8").split())

    assert "a person decides" in text
