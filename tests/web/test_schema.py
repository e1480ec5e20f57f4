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
from evaluator.contract.result import CriterionResult, ResultContext
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
    expected = {
        "200",
        "202",
        "400",
        "401",
        "403",
        "408",
        "413",
        "415",
        "429",
        "431",
        "500",
        "501",
        "502",
        "503",
        "504",
    }

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


@pytest.mark.parametrize("name", ["AssessmentResult", "Refusal"])
def test_examples_of_answers_are_lawful(document: dict[str, Any], name: str) -> None:
    """Each example of an answer is what the description says an answer is."""
    schema = {**document, "$ref": f"#/components/schemas/{name}"}
    examples = document["components"]["schemas"][name]["examples"]

    assert examples
    assert all(jsonschema_rs.validator_for(schema).is_valid(example) for example in examples)


def test_example_of_a_result_answers_the_example_of_a_request(document: dict[str, Any]) -> None:
    """The rated example belongs to the request's, quotes it, and its part of a context is one of ours."""
    models = document["components"]["schemas"]
    result, request = models["AssessmentResult"]["examples"][0], example_request()
    (criterion,) = (read_model(CriterionResult, each) for each in result["context"]["criteria"])

    assert {key: result[key] for key in ("candidate_id", "call_secret", "v")} == {
        key: request[key] for key in ("candidate_id", "call_secret", "v")
    }
    assert criterion.quotes[0].text in str(request["candidate_parsed_cv"])
    assert result["context"].keys() <= ResultContext.model_fields.keys()


def test_example_of_a_failure_has_no_rating(document: dict[str, Any]) -> None:
    """Whoever writes a sender sees that a failure is never a score."""
    failed = document["components"]["schemas"]["AssessmentResult"]["examples"][1]

    assert (failed["status"], "rating" in failed) == ("failed", False)


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
    @settings(max_examples=40, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    def send(case: schemathesis.Case) -> None:
        statuses[client.post(PATH, content=json.dumps(case.body), headers=JSON).status_code] += 1

    send()
    assert set(statuses) <= {200, 400}
    assert statuses[200] / statuses.total() >= 0.6


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


def test_page_tells_how_to_be_let_in() -> None:
    """A person sees the bearer's header, and the form with the token in the URL, which needs none."""
    with client_of(token="t") as client:
        text = " ".join(Reader(client.get("/schema").text).text.split())

    assert "Needs Authorization: Bearer …" in text
    assert "The webhook's token, or the app's API key at SolidATS." in text
    assert f"A sender that sets no header calls {PATH}/{{token}} instead." in text
    assert "token in the path" in text
    assert text.count("Needs Authorization: Bearer …") == 1


def test_page_asks_for_no_bearer_where_none_is_needed(client: TestClient[Litestar]) -> None:
    """An open service does not tell people to send a secret."""
    assert "Needs" not in Reader(client.get("/schema").text).text


def test_front_page_leads_to_everything_else(client: TestClient[Litestar]) -> None:
    """Whoever opens the bare address finds the studio, the description, the form's schema and the probe."""
    page = Reader(client.get("/").text)
    links = [str(attrs["href"]) for tag, attrs in page.tags if tag == "a"]

    assert links == [
        "/studio",
        "/schema",
        "/schema/openapi.json",
        "/integration-config.schema.json",
        "/health/ready",
    ]
    assert [client.get(link).status_code for link in links] == [200] * 5


@pytest.mark.parametrize("path", ["/schema", "/"])
def test_page_loads_nothing(client: TestClient[Litestar], path: str) -> None:
    """A page has no script and no address but links within the service, and its policy allows no more."""
    response = client.get(path)
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
