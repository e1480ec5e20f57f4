"""The pages of past evaluations: the list, one in full, and what is done with one.

May import `studio` and `web` siblings.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from evaluator.errors import InvalidRequest, JobUnsuited
from evaluator.evals.reports.words import rated
from evaluator.studio.asked import CORRECTED, DELIVERED, STANDINGS, Asked
from evaluator.studio.evaluations import MOST_WHY
from evaluator.studio.studio import Studio
from evaluator.web.studio.entry import TheStudio
from evaluator.web.studio.errors import sentence
from evaluator.web.studio.guards import needs
from evaluator.web.studio.moments import when
from evaluator.web.studio.pages import is_fragment, page

LIST = "/studio/evaluations"
"""Where the list is; an evaluation is below it by its id."""

_POLLED_ENOUGH = 286
"""The status with which HTMX takes what it gets, and asks no more."""

_DONE: Mapping[str, str] = {
    "retry": "It is being rated anew. The result appears here.",
    "resend": "The result is being sent to SolidATS again.",
    "corrected": "Your rating is recorded, and the candidate is kept in the cohort “Corrected ratings”. "
    "SolidATS is not told: change the rating there, too.",
    "recorded": "Your rating is recorded. The application is not held any more, so it is kept in no cohort. "
    "SolidATS is not told: change the rating there, too.",
    "kept": "The candidate is kept in the cohort, until you take them out or delete it.",
}
"""What is said after something was done, by the word in the address."""


@get("/evaluations", guards=[needs("viewer")], include_in_schema=False)
async def listed(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Return the list, or its rows alone where a script asks for them."""
    asked = Asked.of(dict(request.query_params))
    cursor = request.query_params.get("cursor") or None
    found = await studio.evaluations.page(asked, cursor)
    name = "evaluations_rows.html.jinja" if is_fragment(request) else "evaluations.html.jinja"
    own = {**asked.told, **({"cursor": cursor} if cursor else {})}
    in_work = any(line.job.state in ("waiting", "running") for line in found.lines)
    polled = request.headers.get("hx-trigger") == "live"
    return page(
        name,
        request,
        status=_POLLED_ENOUGH if polled and not in_work else 200,
        headers={"vary": "hx-request"},
        asked=asked,
        found=found,
        packs=() if found.any else await studio.packs.list(),
        choices=_choices(asked, studio),
        newest=_address(asked.told),
        own=_address(own),
        older=_address({**asked.told, "cursor": found.cursor}) if found.cursor else None,
        paged=cursor is not None,
        open=in_work,
        where=where,
        when=when,
        rated=rated,
    )


@get("/evaluations/{job:str}", guards=[needs("viewer")], include_in_schema=False)
async def one(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Return one evaluation in full; a script is told to load it anew once it is rated."""
    if is_fragment(request):
        waits = await studio.evaluations.waits(job)
        return Response(None, status_code=204, headers={} if waits else {"hx-refresh": "true"})
    return await _shown(request, studio, job, said=_DONE.get(request.query_params.get("done", ""), ""))


@post("/evaluations/{job:str}/retry", guards=[needs("editor")], include_in_schema=False)
async def retry(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Have it rated anew."""
    try:
        await studio.evaluations.retry(job)
    except JobUnsuited as error:
        return await _shown(request, studio, job, wrong=[_reason(error, job)], status=409)
    return _back(job, "retry")


@post("/evaluations/{job:str}/resend", guards=[needs("editor")], include_in_schema=False)
async def resend(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Have its result delivered again."""
    try:
        await studio.evaluations.resend(job)
    except JobUnsuited as error:
        return await _shown(request, studio, job, wrong=[_reason(error, job)], status=409)
    return _back(job, "resend")


@post("/evaluations/{job:str}/correct", guards=[needs("editor")], include_in_schema=False)
async def correct(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Record a person's own rating, and why."""
    sent = await request.form()
    rating, why = _text(sent.get("rating")), _text(sent.get("why"))
    try:
        done = await studio.evaluations.correct(job, by=request.user.name, rating=_number(rating), why=why)
    except InvalidRequest as error:
        typed = {"rating": rating, "why": why}
        return await _shown(request, studio, job, wrong=_problems(error), typed=typed, status=422)
    return _back(job, "corrected" if done.kept else "recorded")


@post("/evaluations/{job:str}/keep", guards=[needs("editor")], include_in_schema=False)
async def keep(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Keep the candidate in a cohort: a new one where a name is typed, else the one that is chosen."""
    sent = await request.form()
    name = _text(sent.get("new")).strip() or _text(sent.get("cohort"))
    try:
        await studio.cohorts.keep(name, job, by=request.user.name)
    except InvalidRequest as error:
        return await _shown(request, studio, job, wrong=_problems(error), typed={"new": name}, status=422)
    except JobUnsuited as error:
        return await _shown(request, studio, job, wrong=[_reason(error, job)], status=409)
    return _back(job, "kept")


@get("/evaluations/{job:str}/erase", guards=[needs("publisher")], include_in_schema=False)
async def ask_to_erase(
    request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]
) -> Response[Any]:
    """Tell what erasing the candidate removes, and ask for their id."""
    return await _asking(request, studio, job, wrong=False)


@post("/evaluations/{job:str}/erase", guards=[needs("publisher")], include_in_schema=False, status_code=200)
async def erase(request: Request[Any, Any, Any], studio: TheStudio, job: FromPath[str]) -> Response[Any]:
    """Erase the candidate where their id was typed, and tell what was removed."""
    typed = _text((await request.form()).get("candidate"))
    erased = await studio.evaluations.erase(job, typed)
    if erased is None:
        return await _asking(request, studio, job, wrong=True)
    return page("erased.html.jinja", request, erased=erased, list=LIST)


def _choices(asked: Asked, studio: Studio) -> Sequence[tuple[str, str, str, Mapping[str, str]]]:
    """Return the choices of the form: field, label, what is chosen, and the words of each."""
    names = dict.fromkeys([*studio.evaluations.pack_names, *filter(None, [asked.pack])])
    return (
        ("standing", "Status", asked.standing, {key: words for key, (words, _) in STANDINGS.items()}),
        ("delivery", "Delivery", asked.delivery, {key: words for key, (words, _) in DELIVERED.items()}),
        ("pack", "Pack", asked.pack, {name: name for name in names}),
        ("corrected", "Corrections", asked.corrected, {key: words for key, (words, _) in CORRECTED.items()}),
    )


def where(job_id: str) -> str:
    """Return the address of an evaluation."""
    return f"{LIST}/{quote(job_id, safe='')}"


async def _asking(request: Request[Any, Any, Any], studio: Studio, job: str, *, wrong: bool) -> Response[Any]:
    """Return the page that asks for the candidate's id, after one was `wrong` perhaps."""
    erasing = await studio.evaluations.erasing(job)
    status = 422 if wrong else 200
    return page("erase.html.jinja", request, status=status, erasing=erasing, address=where(job), wrong=wrong)


async def _shown(
    request: Request[Any, Any, Any],
    studio: Studio,
    job: str,
    *,
    status: int = 200,
    said: str = "",
    wrong: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
) -> Response[Any]:
    """Return the page of an evaluation, with what is `said` of a deed, or is `wrong` with one."""
    found = await studio.evaluations.one(job)
    return page(
        "evaluation.html.jinja",
        request,
        status=status,
        one=found,
        line=await studio.evaluations.line(found),
        cohorts=await studio.cohorts.all(),
        kept_in=await studio.cohorts.of_job(job),
        address=where(job),
        said=said,
        wrong=wrong,
        typed={"rating": "", "why": "", "new": "", **(typed or {})},
        placed={number for part in found.material for each in part.stretches for number in each.first},
        most_why=MOST_WHY,
        when=when,
        rated=rated,
    )


def _back(job: str, done: str) -> Redirect:
    return Redirect(f"{where(job)}?{urlencode({'done': done})}", status_code=303)


def _address(told: Mapping[str, str]) -> str:
    return f"{LIST}?{urlencode(told)}" if told else LIST


def _problems(error: InvalidRequest) -> list[str]:
    """Return what is wrong with a form, a sentence for each field."""
    words = {"/rating": "your rating", "/why": "the reason", "/name": ""}
    return [sentence(f"{words[each.pointer]} {each.message}".strip()) for each in error.problems]


def _reason(error: JobUnsuited, job: str) -> str:
    return sentence(str(error).replace(job, "this evaluation"))


def _number(text: str) -> float:
    """Return a number as typed, with a point or a comma; what is none lies outside of every range."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return math.nan


def _text(sent: object) -> str:
    return sent if isinstance(sent, str) else ""


routes = [listed, one, retry, resend, correct, keep, ask_to_erase, erase]
"""What this area serves."""
