"""From a template to an answer: the one place that renders the studio's pages.

Everything is escaped, also what comes from a template's own block; a name that is not given is an error.
May import `studio` and `web` siblings.
"""

import gzip
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

import regex
from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from markupsafe import Markup, escape

from evaluator.web.studio import csrf
from evaluator.web.studio.assets import load_assets, takes_gzip
from evaluator.web.studio.visits import Visit

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",  # with none at all, browsers hide where a form comes from
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""Sent with every page."""

_NAVIGATION = (
    ("Packs", "/studio/packs"),
    ("Evaluations", "/studio/evaluations"),
    ("Cohorts", "/studio/cohorts"),
)
_PACKED_FROM = 1_000
"""Bytes from which on compressing is worth its while."""

# What has no shape of its own or turns the direction of others; not a line end of two characters, nor what
# makes one picture of the signs beside it.
_UNSEEN = regex.compile(
    r"(?V1)(?!\r\n)(?!(?<=\p{Emoji})[\ufe0e\ufe0f])"
    r"(?!(?<=\p{ExtPict}\ufe0f?)\u200d(?=\p{ExtPict}))"
    r"[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t]]"
)


def page(
    name: str,
    request: Request[Any, Any, Any],
    /,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response[bytes]:
    """Return a template as an answer; a template that does not extend `layout.html.jinja` is a fragment.

    Besides `values` it is given `person` (None where nobody is signed in), `here`, the path that was asked
    for, `navigation`, and `csrf`, the token that a change carries. `headers` go before our own.
    """
    visit = request.scope.get("auth")
    given = {
        "person": request.scope.get("user"),
        "here": request.url.path,
        "navigation": _NAVIGATION,
        "csrf": csrf.token_of(visit.secret) if isinstance(visit, Visit) and visit.secret else "",
    }
    content = _environment().get_template(name).render(given | values).encode("utf-8", "replace")
    sent = {**HEADERS, **{key.lower(): value for key, value in (headers or {}).items()}}
    if len(content) >= _PACKED_FROM and takes_gzip(request):
        content = gzip.compress(content, compresslevel=5, mtime=0)
        sent |= {"content-encoding": "gzip", "vary": "accept-encoding, hx-request"}
    return Response(content, status_code=status, headers=sent, media_type="text/html")


def fragment(name: str, **values: Any) -> str:
    """Return a part of a page that is sent in an event: no request's, and of nobody's session."""
    return _environment().get_template(name).render(values).encode("utf-8", "replace").decode()


def is_fragment(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a script of ours asks for a part of a page, and no browser for a whole one."""
    return request.headers.get("hx-request") == "true" and "hx-boosted" not in request.headers


def visible(text: object) -> Markup:
    """Return text as HTML in which every character shows.

    One that has no shape of its own, or turns the direction of others, stands as its number in a `mark`.
    """
    said = str(text)
    pieces, end = [], 0
    for found in _UNSEEN.finditer(said):
        pieces += [escape(said[end : found.start()]), _shown(found[0])]
        end = found.end()
    return Markup("").join([*pieces, escape(said[end:])])


def _shown(character: str) -> Markup:
    unnamed = "control character" if unicodedata.category(character) == "Cc" else "unnamed character"
    name = unicodedata.name(character, unnamed).lower()
    return Markup('<mark class="unseen" title="{}">U+{:04X}</mark>').format(name, ord(character))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evaluator.web.studio", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    environment.globals["asset"] = _asset_url
    return environment


def _asset_url(name: str) -> str:
    return load_assets().urls[name]
