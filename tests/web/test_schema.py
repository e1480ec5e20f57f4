"""The service's own description: complete, true, and shown without anything from elsewhere."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from litestar import Litestar
from litestar.testing import TestClient

from evaluator.contract.decode import read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.web.page import POLICY
from evaluator.web.schema import example_request
from tests.fakes.web import JSON, PATH, app_over, client_of

REQUEST_MODELS = (
    "AssessmentRequest",
    "Job",
    "Skill",
    "ParsedCV",
    "ApplicationForm",
    "Comment",
    "IntegrationConfig",
)
RESULT_MODELS = ("AssessmentResult", "ResultContext", "Refusal", "ProblemOut")


class Reader(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag with its attributes."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    """Return a client of an open service that rates everyone."""
    with client_of() as opened:
        yield opened


@pytest.fixture(scope="module")
def document(client: TestClient[Litestar]) -> dict[str, Any]:
    """Return the OpenAPI document as it is served."""
    served: dict[str, Any] = client.get("/schema/openapi.json").json()
    return served


def test_every_request_field_is_documented(document: dict[str, Any]) -> None:
    """Each field of the contract has a description, at every level."""
    models = document["components"]["schemas"]
    fields = {
        f"{name}.{key}": about for name in REQUEST_MODELS for key, about in models[name]["properties"].items()
    }

    assert [name for name, about in fields.items() if not about.get("description")] == []
    assert set(AssessmentRequest.model_fields) == set(models["AssessmentRequest"]["properties"])


@pytest.mark.parametrize("name", RESULT_MODELS)
def test_answers_are_documented(document: dict[str, Any], name: str) -> None:
    """What comes back is described too."""
    assert document["components"]["schemas"][name]["properties"]


def test_every_status_is_documented(document: dict[str, Any]) -> None:
    """Whoever writes a sender sees every status that can come, for both ways in."""
    expected = {"200", "400", "401", "403", "408", "413", "415", "429", "500", "502", "503", "504"}

    assert set(document["paths"][PATH]["post"]["responses"]) == expected
    assert set(document["paths"][f"{PATH}/{{token}}"]["post"]["responses"]) == expected


def test_example_is_lawful_by_schema_and_by_service(
    document: dict[str, Any], client: TestClient[Litestar]
) -> None:
    """The example can be sent as it is, and uses every field of the contract."""
    example = document["components"]["schemas"]["AssessmentRequest"]["examples"][0]
    schema = {**document, "$ref": "#/components/schemas/AssessmentRequest"}

    assert jsonschema_rs.validator_for(schema).is_valid(example)
    assert client.post(PATH, json=example).status_code == 200
    assert set(example) == set(AssessmentRequest.model_fields)
    assert read_model(AssessmentRequest, example).model_extra == {}


def test_published_limits_are_those_of_the_contract(document: dict[str, Any]) -> None:
    """The range of a rating is published in the words of JSON Schema."""
    rating = document["components"]["schemas"]["AssessmentRequest"]["properties"]["current_rating"]
    ranges = [(each["minimum"], each["maximum"]) for each in rating["anyOf"] if "minimum" in each]

    assert ranges == [(0, 100)]


@pytest.mark.parametrize(("token", "expected"), [("t", [{"bearer": []}]), (None, None)])
def test_bearer_is_published_where_one_is_needed(token: str | None, expected: Any) -> None:
    """The description says whether a bearer is needed here."""
    document = app_over(token=token).openapi_schema.to_schema()

    assert document["paths"][PATH]["post"].get("security") == expected
    assert "security" not in document["paths"][f"{PATH}/{{token}}"]["post"]


def test_answers_keep_to_the_published_schema(document: dict[str, Any], client: TestClient[Litestar]) -> None:
    """A result and a refusal are what the description says they are."""
    for content, name in (({}, "Refusal"), (example_request(), "AssessmentResult")):
        schema = {**document, "$ref": f"#/components/schemas/{name}"}
        assert jsonschema_rs.validator_for(schema).is_valid(client.post(PATH, json=content).json())


def test_requests_made_from_the_schema_are_mostly_taken(client: TestClient[Litestar]) -> None:
    """Requests that a machine makes from the description are taken, and none breaks the service."""
    operation = schemathesis.openapi.from_dict(app_over().openapi_schema.to_schema())[PATH]["POST"]
    statuses: Counter[int] = Counter()

    @given(case=operation.as_strategy())
    @settings(max_examples=100, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    def send(case: schemathesis.Case) -> None:
        statuses[client.post(PATH, content=json.dumps(case.body), headers=JSON).status_code] += 1

    send()
    assert set(statuses) <= {200, 400}
    assert statuses[200] >= 60


def test_description_is_served_as_yaml_too(client: TestClient[Litestar]) -> None:
    """Tools that read YAML find it; a second request gets the same."""
    first, second = client.get("/schema/openapi.yaml"), client.get("/schema/openapi.yaml")

    assert "openapi: 3.1" in first.text
    assert second.content == first.content


def test_page_shows_fields_and_example(client: TestClient[Litestar]) -> None:
    """A person sees operations, fields, what they mean, and the example."""
    page = Reader(client.get("/schema").text)

    for expected in (
        "POST",
        PATH,
        "candidate_parsed_cv",
        "The anonymised CV.",
        "an-invented-secret-of-this-call",
    ):
        assert expected in page.text


def test_page_loads_nothing(client: TestClient[Litestar]) -> None:
    """The page has no script and no address but links within the service, and its policy allows no more."""
    response = client.get("/schema")
    page = Reader(response.text)
    addresses = [
        value for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href", "action")
    ]

    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object"} == set()
    assert all(re.match(r"[#/](?!/)", str(address)) for address in addresses)
    assert "url(" not in response.text
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY


def test_page_links_lead_somewhere(client: TestClient[Litestar]) -> None:
    """Each link within the page has its target."""
    page = Reader(client.get("/schema").text)
    targets = {f"#{attrs['id']}" for _, attrs in page.tags if "id" in attrs}
    links = {str(attrs["href"]) for tag, attrs in page.tags if tag == "a"}

    assert {link for link in links if link.startswith("#")} <= targets


def test_form_schema_is_served_as_given(client: TestClient[Litestar]) -> None:
    """The marketplace finds the schema of a team's settings."""
    response = client.get("/integration-config.schema.json")

    assert (response.status_code, response.json()) == (200, {"title": "A form"})
    assert response.headers["content-type"] == "application/schema+json"
