"""A first look: what the studio is for, and the samples rated at once by the offline rater.

May import `studio` and `web` siblings.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect

from evaluator.assessment.assessor import DEFAULT_PACK
from evaluator.studio.studio import Studio
from evaluator.studio.tries import Looked
from evaluator.studio.try_cases import Choice
from evaluator.web.studio.entry import HOME, TheStudio
from evaluator.web.studio.guards import needs
from evaluator.web.studio.pages import page
from evaluator.web.studio.visits import lasting_cookie

TOUR_COOKIE = "evaluator_studio_tour"
"""Says that somebody has put the tour away, in their browser alone."""

TOUR_S = 365 * 86_400
"""Seconds for which it stays away."""


@dataclass(frozen=True, slots=True)
class Tour:
    """The tour: how many samples there are, and the last run of them by the offline rater, if any."""

    pack: str
    samples: int
    run: Looked | None


async def tour_of(request: Request[Any, Any, Any], studio: Studio, *, empty: bool) -> Tour | None:
    """Return the tour for the list of packs; None once somebody has put it away or anything was evaluated."""
    if not empty or TOUR_COOKIE in request.cookies:
        return None
    return await _tour(studio)


@get("/welcome", guards=[needs("viewer")], include_in_schema=False)
async def welcome(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Return the tour, whenever somebody wants to see it."""
    return page("welcome.html.jinja", request, tour=await _tour(studio))


@post("/welcome/run", guards=[needs("editor")], include_in_schema=False, status_code=303)
async def run_samples(request: Request[Any, Any, Any], studio: TheStudio) -> Response[Any]:
    """Have the samples rated by the offline rater, whatever model is set up, and go on to the run."""
    run = await studio.tries.start(DEFAULT_PACK, Choice(), by=request.user.name, offline=True)
    return Redirect(f"/studio/runs/{run}", status_code=303)


@post("/welcome/dismiss", guards=[needs("viewer")], include_in_schema=False, status_code=303)
async def dismiss(request: Request[Any, Any, Any]) -> Response[Any]:
    """Put the tour away."""
    answer = Redirect(HOME, status_code=303)
    answer.set_cookie(lasting_cookie(TOUR_COOKIE, "seen", TOUR_S, request))
    return answer


routes = [welcome, run_samples, dismiss]
"""What this module serves."""


async def _tour(studio: Studio) -> Tour:
    runs = await studio.tries.recent(DEFAULT_PACK)
    last = next((each for each in runs if each.told.offline and each.told.whole and each.run.total > 1), None)
    return Tour(DEFAULT_PACK, len(studio.samples.shipped), last)
