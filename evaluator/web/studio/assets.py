"""Styles and scripts of the studio, under names that hold a digest of their content.

`make assets` builds them; the service serves them itself, compressed. May import `web` siblings.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

_KINDS = {".css": "text/css", ".js": "text/javascript"}
_YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    kind: str
    plain: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    """The same in gzip."""


@dataclass(frozen=True, slots=True)
class Assets:
    """All files: `urls` by their plain name, `by_name` by the name in their URL."""

    urls: Mapping[str, str]
    by_name: Mapping[str, Asset]


@cache
def load_assets() -> Assets:
    """Return the files of the package's static folder."""
    urls, by_name = {}, {}
    for file in files("evaluator.web.studio").joinpath("static").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        if dot + ending in _KINDS:
            content = file.read_bytes()
            name = f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
            by_name[name] = Asset(_KINDS[dot + ending], content, gzip.compress(content, mtime=0))
            urls[file.name] = f"/studio/assets/{name}"
    return Assets(urls, by_name)


def takes_gzip(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser takes an answer compressed."""
    accepted = (part.partition(";") for part in request.headers.get("accept-encoding", "").split(","))
    return any(
        name.strip().lower() == "gzip" and rest.replace(" ", "") not in ("q=0", "q=0.0")
        for name, _, rest in accepted
    )


@get("/assets/{file:str}", include_in_schema=False, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], file: FromPath[str]) -> Response[bytes]:
    """Return a style or script, which may be kept for ever: a changed one has another name."""
    found = load_assets().by_name.get(file)
    if found is None:
        raise NotFoundException
    headers = {"cache-control": f"public, max-age={_YEAR_S}, immutable", "vary": "accept-encoding"}
    packed = takes_gzip(request)
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(found.packed if packed else found.plain, media_type=found.kind, headers=headers)


routes = [asset]
"""What this area serves."""
