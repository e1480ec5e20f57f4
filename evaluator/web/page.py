"""The service's own pages, its front and its description: no script, and nothing loaded from elsewhere.

May import nothing of the package.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from litestar import Request, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from markupsafe import Markup, escape

from evaluator import __version__

_STYLE = files("evaluator.web").joinpath("templates", "schema.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
"""Content-Security-Policy that lets the page use its own style, and nothing else."""

_LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} items"),
    ("pattern", "matches {}"),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type in words, with the model that it names, if any."""

    words: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a model, as a row."""

    name: str
    kind: _Kind
    required: bool
    text: str
    notes: str


class PagePlugin(OpenAPIRenderPlugin):
    """Renders the description as a page at `/schema`."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._template = _template("schema.html.jinja")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the page."""
        return self._template.render(
            style=_STYLE,
            info=openapi_schema["info"],
            operations=_operations(openapi_schema),
            models=_models(openapi_schema),
        ).encode()


class Once(OpenAPIRenderPlugin):
    """Renders with another plugin at the first request and keeps that: the description does not change."""

    def __init__(self, plugin: OpenAPIRenderPlugin) -> None:
        super().__init__(path=plugin.paths, media_type=plugin.media_type)
        self._plugin = plugin
        self._rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return what the other plugin made of the description."""
        if self._rendered is None:
            self._rendered = self._plugin.render(request, openapi_schema)
        return self._rendered


@get("/", media_type="text/html", include_in_schema=False, sync_to_thread=False)
def front() -> Response[str]:
    """Return a page that leads to everything that can be looked at."""
    page = _template("front.html.jinja").render(style=_STYLE, version=__version__)
    return Response(page, media_type="text/html", headers={"content-security-policy": POLICY})


def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("evaluator.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = _inline
    environment.filters["breakable"] = _breakable
    return environment.get_template(name)


def _inline(text: str) -> Markup:
    """Return text as HTML; what stands between backticks is code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts
    )


def _breakable(name: str) -> Markup:
    """Return a name or path as HTML that a narrow window breaks behind `/` and `_`, and nowhere else."""
    return Markup("<wbr>").join(re.split(r"(?<=[/_])(?=.)", name))


def _operations(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "method": method.upper(),
            "path": path,
            "about": operation,
            "secured_by": [_scheme(schema, name) for each in operation.get("security", []) for name in each],
            "takes": _kind_in(operation.get("requestBody", {})),
            "answers": [
                (status, answer["description"], _kind_in(answer))
                for status, answer in sorted(operation["responses"].items())
            ],
        }
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]


def _scheme(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    scheme: Mapping[str, Any] = schema["components"]["securitySchemes"][name]
    return scheme


def _models(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "about": model.get("description", ""),
            "is_open": model.get("additionalProperties") is True,
            "fields": _fields(model),
            "examples": [
                json.dumps(each, indent=2, ensure_ascii=False) for each in model.get("examples", [])
            ],
        }
        for name, model in schema["components"]["schemas"].items()
    ]


def _fields(model: Mapping[str, Any]) -> list[_Field]:
    return [
        _Field(
            name=name,
            kind=_kind(about),
            required=name in model.get("required", []),
            text=about.get("description", ""),
            notes=_notes(about),
        )
        for name, about in model.get("properties", {}).items()
    ]


def _kind_in(part: Mapping[str, Any]) -> _Kind | None:
    """Return the type of a body or an answer; None where it has none."""
    content = next(iter((part.get("content") or {}).values()), None)
    return None if content is None else _kind(content.get("schema", {}))


def _kind(schema: Mapping[str, Any]) -> _Kind:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _Kind(name, name)
    if "anyOf" in schema or "oneOf" in schema:
        kinds = [_kind(each) for each in schema.get("anyOf") or schema["oneOf"]]
        words = dict.fromkeys(kind.words for kind in kinds)
        return _Kind(" or ".join(words), next((kind.model for kind in kinds if kind.model), None))
    if schema.get("type") == "array":
        item = _kind(schema.get("items", {}))
        return _Kind(f"list of {item.words}", item.model)
    if "enum" in schema:
        return _Kind(" | ".join(str(each) for each in schema["enum"]))
    return _Kind(str(schema.get("const", schema.get("type", "any"))))


def _notes(schema: Mapping[str, Any]) -> str:
    """Return default and limits in a line; those of a part of a union count for the whole."""
    parts = [schema, *schema.get("anyOf", [])]
    limits = [words.format(part[key]) for part in parts for key, words in _LIMITS if key in part]
    default = schema.get("default")
    shown = [] if default in (None, "", [], {}) else [f"default {json.dumps(default, ensure_ascii=False)}"]
    return "; ".join([*dict.fromkeys(limits), *shown])
