"""The pages of cohorts: which there are, and who is in one. May import `studio` and `web` siblings."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from evaluator.errors import InvalidRequest
from evaluator.evals.reports.words import rated, signed
from evaluator.studio.cohorts import MOST_NAME
from evaluator.studio.studio import Studio
from evaluator.web.studio import evaluations
from evaluator.web.studio.entry import TheStudio
from evaluator.web.studio.errors import sentence
from evaluator.web.studio.guards import needs
from evaluator.web.studio.moments import when
from evaluator.web.studio.pages import page

LIST = "/studio/cohorts"
"""Where the list is; a cohort is below it by its name."""


@get("/cohorts", guards=[needs("viewer")], include_in_schema=False)
async def listed(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Return the cohorts."""
    return await _list(request, studio)


@post("/cohorts", guards=[needs("editor")], include_in_schema=False)
async def make(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Make an empty cohort."""
    name = _text((await request.form()).get("name"))
    try:
        made = await studio.cohorts.make(name, by=request.user.name)
    except InvalidRequest as error:
        return await _list(
            request, studio, wrong=[sentence(each.message) for each in error.problems], typed=name
        )
    return Redirect(where(made), status_code=303)


@get("/cohorts/{name:str}", guards=[needs("viewer")], include_in_schema=False)
async def one(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Return who is in a cohort."""
    cohort = await studio.cohorts.one(name)
    if cohort is None:
        raise NotFoundException
    return page(
        "cohort.html.jinja",
        request,
        cohort=cohort,
        members=await studio.cohorts.members(name),
        packs=await studio.packs.list(),
        query=quote(name, safe=""),
        address=where(name),
        list=LIST,
        where=evaluations.where,
        when=when,
        rated=rated,
        signed=signed,
    )


@post("/cohorts/{name:str}/remove", guards=[needs("editor")], include_in_schema=False)
async def remove(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Redirect:
    """Take a candidate out of a cohort; one who is out already stays so."""
    await studio.cohorts.remove(name, _text((await request.form()).get("case")))
    return Redirect(where(name), status_code=303)


@post("/cohorts/{name:str}/delete", guards=[needs("editor")], include_in_schema=False)
async def delete(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Redirect:
    """Delete a cohort with the candidates that no other holds; one that is gone already stays so."""
    await studio.cohorts.delete(name)
    return Redirect(LIST, status_code=303)


def where(name: str) -> str:
    """Return the address of a cohort."""
    return f"{LIST}/{quote(name, safe='')}"


async def _list(
    request: Request[Any, Any, Any], studio: Studio, *, wrong: Sequence[str] = (), typed: str = ""
) -> Response[Any]:
    return page(
        "cohorts.html.jinja",
        request,
        status=422 if wrong else 200,
        cohorts=await studio.cohorts.all(),
        where=where,
        when=when,
        wrong=wrong,
        typed=typed,
        most_name=MOST_NAME,
    )


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


routes = [listed, make, one, remove, delete]
"""What this area serves."""
