"""The service's own description: OpenAPI, and the JSON Schema of `integration_config`.

The contract's models are published as pydantic describes them; Litestar's reading of them loses ranges
and free fields. May import `contract` and `web` siblings.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, License, Schema, SecurityScheme, Tag
from litestar.params import SkipValidation
from pydantic.json_schema import models_json_schema

from evaluator import __version__
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult, ResultContext
from evaluator.web.errors import Refusal
from evaluator.web.health import Health
from evaluator.web.page import POLICY, Once, PagePlugin

BEARER = "bearer"
"""Name of the security scheme."""

_REFERENCE = "#/components/schemas/{model}"
_KEYWORDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


@dataclass
class Verbatim(Schema):
    """A schema that is published as it is written in `document`."""

    document: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """Return the document."""
        return self.document


@get(
    "/integration-config.schema.json",
    media_type="application/schema+json",
    summary="JSON Schema of integration_config",
    description="What the form is made from that a team fills in when it installs the app.",
    response_description="The schema, with titles, descriptions and defaults.",
    operation_id="integration_config_schema",
    tags=["Schema"],
)
async def integration_config_schema(
    config_schema: NamedDependency[SkipValidation[Mapping[str, Any]]],
) -> Response[Any]:
    """Return the schema with titles, descriptions and defaults."""
    return Response(json.dumps(config_schema).encode(), media_type="application/schema+json")


def openapi_config() -> OpenAPIConfig:
    """Return the description's frame, and the pages it is shown on, none of which loads anything else."""
    return OpenAPIConfig(
        title="Candidate evaluator",
        version=__version__,
        description="Rates a candidate for a job: a SolidATS request in, a reasoned rating out.",
        license=License(name="MIT", identifier="MIT"),
        tags=[
            Tag("Webhook", "What SolidATS calls."),
            Tag("Schema", "What the marketplace form is made from."),
            Tag("Health", "Probes."),
        ],
        components=Components(
            security_schemes={
                BEARER: SecurityScheme(
                    "http",
                    scheme="bearer",
                    description=(
                        "The webhook's token, or the app's API key at SolidATS. A sender that sets no header "
                        "calls `/webhook/assessment/{token}` instead. `X-SolidATS-App-ID`, where it is sent, "
                        "must name this app, where its id is set."
                    ),
                )
            }
        ),
        render_plugins=[Once(PagePlugin()), JsonRenderPlugin(), Once(YamlRenderPlugin())],
        openapi_router=Router(
            "/schema",
            route_handlers=[],
            include_in_schema=False,
            response_headers=[ResponseHeader(name="content-security-policy", value=POLICY)],
        ),
    )


def publish_models(app: Litestar) -> None:
    """Put the models' JSON Schemas, as pydantic makes them, into the description of `app`."""
    _, documents = models_json_schema(
        [
            (model, "validation")
            for model in (AssessmentRequest, AssessmentResult, ResultContext, Refusal, Health)
        ],
        ref_template=_REFERENCE,
    )
    for name, examples in _examples().items():
        documents["$defs"][name]["examples"] = examples
    schemas = app.openapi_schema.components.schemas
    schemas.update({name: Verbatim(document=_mended(each)) for name, each in documents["$defs"].items()})


def example_request() -> dict[str, Any]:
    """Return a realistic request; nobody in it exists."""
    return _example("example_request.json")


def _examples() -> dict[str, list[dict[str, Any]]]:
    """Return examples by the model's name: of the rated result's `context`, only a part is shown."""
    rated = _example("example_result.json")
    unrated = {name: value for name, value in rated.items() if name not in ("rating", "comment", "context")}
    details = "model.example did not answer within 60 s"
    problem = {"pointer": "/candidate_id", "message": "required, and not there"}
    refusal = {"detail": "one thing is wrong in the request", "request_id": "r-1", "problems": [problem]}
    return {
        "AssessmentRequest": [example_request()],
        "AssessmentResult": [rated, {**unrated, "status": "failed", "failure_details": details}],
        "Refusal": [refusal],
    }


def _example(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads(files("evaluator.web").joinpath(name).read_text("utf-8"))
    return example


def _mended(schema: Any) -> Any:
    """Name a union's limits as JSON Schema does; pydantic leaves its own names on them."""
    if isinstance(schema, list):
        return [_mended(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    names = _KEYWORDS if "anyOf" in schema else {}
    return {names.get(key, key): _mended(value) for key, value in schema.items()}
