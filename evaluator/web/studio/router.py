"""The studio's routes, all under `/studio`. May import `studio` and `web` siblings."""

from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.types import ASGIApp

from evaluator.studio.studio import Studio
from evaluator.web.studio import assets, cohorts, editor, entry, evaluations, packs, tries, welcome
from evaluator.web.studio.pages import page
from evaluator.web.studio.visits import Visits

AREAS = (entry, packs, editor, evaluations, cohorts, tries, welcome)
"""Each module that serves pages, by its `routes`; a new one is a line here."""


def studio_routers(studio: Studio | None) -> list[Router]:
    """Return the studio's routes; without a studio, a page that says how to turn it on."""
    open_to_all = Router("/studio", route_handlers=assets.routes)
    if studio is None:
        return [open_to_all, Router("/studio", route_handlers=[off])]

    def visits(app: ASGIApp) -> ASGIApp:  # a function, since Litestar copies everything else
        return Visits(app, studio.accounts)

    return [
        open_to_all,
        Router(
            "/studio",
            route_handlers=[handler for area in AREAS for handler in area.routes],
            dependencies={"studio": Provide(lambda: studio, sync_to_thread=False)},
            middleware=[visits],
        ),
    ]


@get(["/", "/{below:path}"], include_in_schema=False, sync_to_thread=False)
def off(request: Request[Any, Any, Any]) -> Response[Any]:
    """Say that the studio is off, and how to turn it on, whatever page was asked for."""
    return page("off.html.jinja", request)
