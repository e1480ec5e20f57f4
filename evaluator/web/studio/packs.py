"""The pages of packs: which there are, their versions, publishing and going back.

May import `studio` and `web` siblings.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from evaluator.errors import ChangedMeanwhile, InvalidRequest, PackError
from evaluator.prompts.files import FILES
from evaluator.storage.pack_versions import FROM_FILES
from evaluator.studio.changes import changes
from evaluator.studio.studio import Studio
from evaluator.web.studio.entry import TheStudio
from evaluator.web.studio.guards import needs
from evaluator.web.studio.moments import when
from evaluator.web.studio.pages import page
from evaluator.web.studio.welcome import tour_of

LIST = "/studio/packs"
"""Where the list is; a pack's pages are below it."""

Typed = Mapping[str, str]
"""What a person typed into a form, by field."""


@get("/packs", guards=[needs("viewer")], include_in_schema=False)
async def listed(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Return all packs."""
    return await _list(request, studio, {})


@post("/packs", guards=[needs("editor")], include_in_schema=False, status_code=303)
async def copy(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Begin a new pack as a copy, and go on to its editor."""
    typed = await _typed(request, "source", "new")
    try:
        made = await studio.packs.copy(typed["source"], typed["new"].strip(), by=request.user.name)
    except InvalidRequest as error:
        return await _list(request, studio, typed, wrong=_sentences(error), status=422)
    return Redirect(where(made.pack), status_code=303)


@get("/packs/{name:str}/versions", guards=[needs("viewer")], include_in_schema=False)
async def versions(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Return what was published of a pack, the latest first."""
    return await _versions(request, studio, name)


@get("/packs/{name:str}/versions/{number:int}", guards=[needs("viewer")], include_in_schema=False)
async def version(
    request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """Return one version: what it changed, what it says, and what going back to it would change."""
    state = await studio.packs.version(name, number)
    numbers = [each.number for each in await studio.packs.versions(name)]
    before = next((each for each in numbers if each < number), None)
    earlier = None if before is None else await studio.packs.version(name, before)
    return page(
        "pack_version.html.jinja",
        request,
        state=state,
        earlier=earlier,
        changes=earlier and await asyncio.to_thread(changes, earlier.files, state.files),
        latest=numbers[0],
        files=FILES,
        **_common(name),
    )


@post(
    "/packs/{name:str}/versions/{number:int}/restore",
    guards=[needs("publisher")],
    include_in_schema=False,
    status_code=303,
)
async def restore(
    request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """Publish an earlier version again."""
    typed = await _typed(request, "seen")
    try:
        await studio.packs.restore(name, number, by=request.user.name, seen=_number(typed["seen"]))
    except ChangedMeanwhile as error:
        return await _versions(request, studio, name, wrong=[_sentence(str(error))], status=409)
    except (InvalidRequest, PackError) as error:
        return await _versions(request, studio, name, wrong=_sentences(error), status=422)
    return Redirect(f"{where(name)}/versions", status_code=303)


@get("/packs/{name:str}/publish", guards=[needs("viewer")], include_in_schema=False)
async def to_publish(
    request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]
) -> Response[Any]:
    """Return what publishing the draft would change, and the form that does it."""
    return await _publishing(request, studio, name, {})


@post("/packs/{name:str}/publish", guards=[needs("publisher")], include_in_schema=False, status_code=303)
async def publish(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Publish the draft that was seen."""
    typed = await _typed(request, "note", "revision", "seen", "over")
    try:
        await studio.packs.publish(
            name,
            by=request.user.name,
            note=typed["note"],
            revision=_number(typed["revision"]),
            seen=_number(typed["seen"]),
            over=typed["over"] == "yes",
        )
    except ChangedMeanwhile as error:
        return await _publishing(request, studio, name, typed, moved=_sentence(str(error)), status=409)
    except (InvalidRequest, PackError) as error:
        return await _publishing(request, studio, name, typed, wrong=_sentences(error), status=422)
    return Redirect(f"{where(name)}/versions", status_code=303)


def where(name: str) -> str:
    """Return the address of a pack's editor; names need no quoting."""
    return f"{LIST}/{name}"


async def _list(
    request: Request[Any, Any, Any],
    studio: Studio,
    typed: Typed,
    *,
    wrong: list[str] | None = None,
    status: int = 200,
) -> Response[Any]:
    entries = await studio.packs.list()
    return page(
        "packs.html.jinja",
        request,
        status=status,
        entries=entries,
        tour=await tour_of(request, studio, empty=not any(entry.uses for entry in entries)),
        typed=typed,
        wrong=wrong or [],
        **_common(""),
    )


async def _versions(
    request: Request[Any, Any, Any],
    studio: Studio,
    name: str,
    *,
    wrong: list[str] | None = None,
    status: int = 200,
) -> Response[Any]:
    return page(
        "pack_versions.html.jinja",
        request,
        status=status,
        entry=await studio.packs.entry(name),
        versions=await studio.packs.versions(name),
        wrong=wrong or [],
        **_common(name),
    )


async def _publishing(
    request: Request[Any, Any, Any],
    studio: Studio,
    name: str,
    typed: Typed,
    *,
    moved: str = "",
    wrong: list[str] | None = None,
    status: int = 200,
) -> Response[Any]:
    entry = await studio.packs.entry(name)
    draft = entry.draft
    return page(
        "pack_publish.html.jinja",
        request,
        status=status,
        entry=entry,
        seen=FROM_FILES if entry.published is None else entry.published.number,
        changes=await studio.packs.differences(name),
        result=None if draft is None else await studio.packs.last_result(name, draft.files),
        note=typed.get("note", ""),
        moved=moved,
        wrong=wrong or [],
        **_common(name),
    )


def _common(name: str) -> dict[str, Any]:
    return {"name": name, "where": where, "when": when, "called": _called, "FROM_FILES": FROM_FILES}


def _called(number: int) -> str:
    """Return what people call a version."""
    return "the files" if number == FROM_FILES else f"version {number}"


async def _typed(request: Request[Any, Any, Any], *names: str) -> Typed:
    sent = await request.form()
    return {name: said if isinstance(said := sent.get(name), str) else "" for name in names}


def _number(typed: str) -> int:
    """Return a number of a hidden field; what is none stands for a version or draft that never was."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 10 else -1


def _sentences(error: InvalidRequest | PackError) -> list[str]:
    if isinstance(error, InvalidRequest):
        return [_sentence(each.message) for each in error.problems]
    line = "" if error.line is None else f", line {error.line}"
    return [_sentence(f"{error.path.name}{line}: {error.told}")]


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."


routes = [listed, copy, versions, version, restore, to_publish, publish]
"""What this area serves."""
