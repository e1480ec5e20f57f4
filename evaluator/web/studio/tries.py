"""The pages on which a draft is tried: choosing, a run as it goes on, and one candidate in it.

May import `studio` and `web` siblings.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, get_args
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from evaluator.errors import InvalidRequest, Overloaded, PackError, PackUnknown
from evaluator.evals.reports.material import CUT
from evaluator.studio.evaluation_words import flag_words
from evaluator.studio.studio import Studio
from evaluator.studio.tries import Looked
from evaluator.studio.try_cases import Choice
from evaluator.studio.try_estimate import cost_in_words, in_words
from evaluator.studio.try_judging import told
from evaluator.studio.try_view import SORTS, Sort, candidate_of, line_of, lines_of
from evaluator.web.studio.entry import TheStudio
from evaluator.web.studio.guards import needs
from evaluator.web.studio.moments import when
from evaluator.web.studio.packs import where
from evaluator.web.studio.pages import HEADERS, fragment, is_fragment, page

RUNS = "/studio/runs"
"""Where runs are, by their id."""

_COHORT = "cohort:"
"""Stands before a cohort's name in the form."""


@get("/packs/{name:str}/try", guards=[needs("viewer")], include_in_schema=False)
async def to_try(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Return whom the draft can be tried on, and what trying it on those chosen takes."""
    return await _choosing(request, studio, name, _Typed(request.query_params.multi_items()))


@post("/packs/{name:str}/try", guards=[needs("editor")], include_in_schema=False, status_code=303)
async def start(request: Request[Any, Any, Any], studio: TheStudio, name: FromPath[str]) -> Response[Any]:
    """Begin a run, and go on to it."""
    typed = _Typed((await request.form()).multi_items())
    try:
        run = await studio.tries.start(name, typed.choice, by=request.user.name, offline=typed.offline)
    except (InvalidRequest, PackError, Overloaded) as error:
        status = 429 if isinstance(error, Overloaded) else 422
        return await _choosing(request, studio, name, typed, wrong=_sentences(error), status=status)
    return Redirect(f"{RUNS}/{run}", status_code=303)


@get("/runs/{run:str}", guards=[needs("viewer")], include_in_schema=False)
async def one(request: Request[Any, Any, Any], studio: TheStudio, run: FromPath[str]) -> Response[Any]:
    """Return a run as it stands, or its results alone where a script asks for them."""
    name = "run_results.html.jinja" if is_fragment(request) else "run.html.jinja"
    looked = await studio.tries.look(run)
    title = await _title(studio, looked.run.pack)
    return page(name, request, headers={"vary": "hx-request"}, title=title, **_shown(request, looked))


@get("/runs/{run:str}/{number:int}", guards=[needs("viewer")], include_in_schema=False)
async def candidate(
    request: Request[Any, Any, Any], studio: TheStudio, run: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """Return one candidate of a run in full, by both sides."""
    looked, tried = await studio.tries.head(run), await studio.tries.row(run, number)
    return page(
        "run_candidate.html.jinja",
        request,
        looked=looked,
        found=await asyncio.to_thread(candidate_of, number, tried, cut=_cut(request)),
        back=f"{RUNS}/{run}",
        flag_words=flag_words,
        where=where,
    )


@get("/runs/{run:str}/events", guards=[needs("viewer")], include_in_schema=False)
async def events(request: Request[Any, Any, Any], studio: TheStudio, run: FromPath[str]) -> ServerSentEvent:
    """Stream what is new in a run: a line for each candidate, how far it is, and that it is over."""
    seen = str(request.headers.get("last-event-id") or request.query_params.get("behind", ""))
    behind = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else 0
    studio.tries.check_readers()
    await studio.tries.head(run)  # so that one that is not there is told as such
    headers = {name: value for name, value in HEADERS.items() if name != "cache-control"}
    return ServerSentEvent(_told(request, studio, run, behind), headers=headers)


@post("/runs/{run:str}/cancel", guards=[needs("editor")], include_in_schema=False, status_code=303)
async def cancel(request: Request[Any, Any, Any], studio: TheStudio, run: FromPath[str]) -> Response[Any]:
    """Stop a run; one that is over stays as it is."""
    await studio.tries.cancel(run)
    return Redirect(f"{RUNS}/{run}", status_code=303)


routes = [to_try, start, one, candidate, events, cancel]
"""What this module serves."""


class _Typed:
    """What a person chose in the form: samples, some of them or a cohort, and who rates."""

    def __init__(self, pairs: Any) -> None:
        self._pairs = [(key, value) for key, value in pairs if isinstance(value, str)]

    def _all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self._pairs if key == name)

    @property
    def of(self) -> str:
        """Which of the three is chosen."""
        return (self._all("of") or ("all",))[-1]

    @property
    def samples(self) -> tuple[str, ...]:
        """The samples that are ticked."""
        return self._all("sample")

    @property
    def offline(self) -> bool:
        """Whether the offline rater is to rate."""
        return "yes" in self._all("offline")

    @property
    def choice(self) -> Choice:
        """The same as it is tried."""
        if self.of.startswith(_COHORT):
            return Choice(cohort=self.of.removeprefix(_COHORT))
        if self.of == "some":
            return Choice(self.samples)
        return Choice()

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as hidden fields."""
        chosen = [("sample", each) for each in self.samples] if self.of == "some" else []
        return [("of", self.of), *chosen, *([("offline", "yes")] if self.offline else [])]


async def _choosing(
    request: Request[Any, Any, Any],
    studio: Studio,
    name: str,
    typed: _Typed,
    *,
    wrong: list[str] | None = None,
    status: int = 200,
) -> Response[Any]:
    entry = await studio.packs.entry(name)
    estimate, told_wrong = None, wrong or []
    try:
        estimate = await studio.tries.estimate(name, typed.choice, offline=typed.offline)
    except (InvalidRequest, PackError) as error:
        told_wrong = told_wrong or _sentences(error)
    template = "try_told.html.jinja" if is_fragment(request) else "try.html.jinja"
    return page(
        template,
        request,
        status=status,
        headers={"vary": "hx-request"},
        entry=entry,
        typed=typed,
        samples=await studio.samples.list(),
        shipped=len(studio.samples.shipped),
        cohorts=[each for each in await studio.cohorts.all() if each.cases],
        estimate=estimate,
        wrong=told_wrong,
        model=studio.tries.model,
        recent=await studio.tries.recent(name),
        cost=cost_in_words,
        in_words=in_words,
        when=when,
        where=where,
        runs=RUNS,
    )


async def _title(studio: Studio, name: str) -> str:
    """Return what people call a pack; its name where there is none any more."""
    try:
        return (await studio.packs.entry(name)).title
    except PackUnknown:
        return name


def _shown(request: Request[Any, Any, Any], looked: Looked) -> Mapping[str, Any]:
    sort, cut = _sort(request, looked), _cut(request)
    return {
        "looked": looked,
        "lines": lines_of(looked.rows, cut=cut, sort=sort),
        "sort": sort,
        "sorts": SORTS,
        "cut": cut,
        "address": lambda **new: "?" + urlencode({"sort": sort, "cut": f"{cut:g}", **new}),
        "behind": max((number for number, _ in looked.rows), default=0),
        "when": when,
        "where": where,
        "here_is": f"{RUNS}/{looked.run.id}",
    }


async def _told(
    request: Request[Any, Any, Any], studio: Studio, run: str, behind: int
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield events: `line` with rows of the table, `progress` with how far it is, `over` at the end."""
    cut = _cut(request)
    async with contextlib.aclosing(studio.tries.news(run, behind=behind)) as news:
        async for looked in news:
            for number, tried in looked.rows:
                behind = number
                html = fragment(
                    "run_line.html.jinja",
                    line=line_of(number, tried, cut=cut),
                    both=bool(looked.told.draft and looked.told.published),
                    here_is=f"{RUNS}/{run}",
                )
                yield ServerSentEventMessage(data=html, event="line", id=number)
            progress = fragment("run_progress.html.jinja", done=behind, looked=looked)
            yield ServerSentEventMessage(data=progress, event="progress", id=behind)
            if looked.is_over:
                yield ServerSentEventMessage(data="over", event="over", id=behind)


def _sort(request: Request[Any, Any, Any], looked: Looked) -> Sort:
    asked = request.query_params.get("sort", "")
    found: Sort | None = next((each for each in get_args(Sort) if each == asked), None)
    if found is not None:
        return found
    if not looked.is_over:
        return "arrival"
    return "change" if looked.told.draft and looked.told.published else "disagreement"


def _cut(request: Request[Any, Any, Any]) -> float:
    asked = request.query_params.get("cut", "")
    return float(min(int(asked), 100)) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else CUT


def _sentences(error: InvalidRequest | PackError | Overloaded) -> list[str]:
    said = [each.message for each in error.problems] if isinstance(error, InvalidRequest) else [told(error)]
    return [f"{each[:1].upper()}{each[1:]}".removesuffix(".") + "." for each in said]
