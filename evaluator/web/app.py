"""The application: what is served where, by whom, and within which limits.

May import `jobs`, `studio` and `web` siblings.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from evaluator.jobs.seam import Jobs
from evaluator.studio.studio import Studio
from evaluator.web.access import Access
from evaluator.web.body import BodyDeadline
from evaluator.web.errors import answer_error, answer_stopping
from evaluator.web.health import Ready, live, ready
from evaluator.web.metrics import Door, Exposition, MetricsController
from evaluator.web.page import front
from evaluator.web.schema import BEARER, integration_config_schema, openapi_config, publish_models
from evaluator.web.studio.errors import answer_in_studio, is_of_studio
from evaluator.web.studio.router import studio_routers
from evaluator.web.trace import Served, Trace
from evaluator.web.webhook import StrictModels, assess, assess_by_link

Hook = Callable[[], Awaitable[None]]
"""What is awaited once, when the application starts or when it stops."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take."""

    max_body_bytes: int
    """Bytes of a body; a larger one gets 413."""

    body_timeout_s: float
    """Seconds in which a whole body must have arrived; a slower one gets 408."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What `/metrics` serves, to whom, and who is told of each request."""

    exposition: Exposition
    door: Door
    served: Served


def create_app(
    *,
    jobs: Jobs,
    access: Access,
    limits: Limits,
    config_schema: Mapping[str, Any],
    ready_check: Ready,
    measured: Measured | None = None,
    studio: Studio | None = None,
    on_startup: Sequence[Hook] = (),
    on_shutdown: Sequence[Hook] = (),
) -> Litestar:
    """Return the application that hands requests to `jobs`.

    `config_schema` is the JSON Schema that is served for `integration_config`; `ready_check` tells which
    of the service's own parts are not ready. Without `measured` there is no `/metrics`; without `studio`
    its page says how it is turned on.
    """
    given = {"jobs": jobs, "config_schema": config_schema, "check": ready_check}
    app = Litestar(
        route_handlers=[*_routes(access), *_figures(measured), *studio_routers(studio)],
        dependencies={name: _given(value) for name, value in given.items()},
        exception_handlers={Exception: _answer},
        request_max_body_size=limits.max_body_bytes,
        openapi_config=openapi_config(),
        plugins=[StrictModels()],
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    publish_models(app)
    bounded = BodyDeadline(app.asgi_handler, seconds=limits.body_timeout_s, spare_bytes=limits.max_body_bytes)
    served = None if measured is None else measured.served
    app.asgi_handler = Trace(bounded, when_cut=answer_stopping, served=served)
    return app


def _routes(access: Access) -> list[ControllerRouterHandler]:
    return [
        Router(
            "/webhook",
            route_handlers=[assess],
            guards=[access.guard],
            security=None if access.is_open else [{BEARER: []}],
        ),
        Router("/webhook", route_handlers=[assess_by_link], guards=[access.guard]),
        Router("/health", route_handlers=[live, ready]),
        integration_config_schema,
        front,
    ]


def _figures(measured: Measured | None) -> Sequence[Router]:
    if measured is None:
        return []
    given = {"exposition": _given(measured.exposition)}
    return [Router("/", route_handlers=[MetricsController], guards=[measured.door.guard], dependencies=given)]


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the answer to an error: a page in the studio, JSON elsewhere."""
    return answer_in_studio(request, error) if is_of_studio(request) else answer_error(request, error)


def _given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
