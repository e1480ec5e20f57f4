"""`evaluator serve`: the webhook, as SolidATS calls it. Arguments only; the work is done below."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext

import click
import structlog
from pydantic import SecretStr

from evaluator import log, wiring
from evaluator.cli.entrance import Entrance, entrance_to
from evaluator.cli.exposure import check_exposure
from evaluator.cli.listening import cannot_listen
from evaluator.contract.config_schema import integration_config_schema
from evaluator.errors import StorageError
from evaluator.settings import Settings, load, unknown_variables
from evaluator.studio.opening import studio_for
from evaluator.studio.studio import Studio
from evaluator.web.access import Access
from evaluator.web.app import Limits, Measured, create_app
from evaluator.web.counting import Metrics
from evaluator.web.metrics import Door, Exposition, Sources
from evaluator.web.server import Application, Listening, Served, run

_log = structlog.get_logger(__name__)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--worker/--no-worker", default=True, help="Whether this process also works off the queue.")
def command(host: str, port: int, *, worker: bool) -> int:
    """Serve the webhook that SolidATS calls, and the studio, until SIGTERM or Ctrl-C.

    Settings come from EVALUATOR_… variables. Beyond loopback a webhook token and a model must be set.
    Requests in flight are finished before the service stops, or left for the next start; a second Ctrl-C
    ends it at once.
    """
    settings = load()
    log.configure(settings.log_format, settings.log_level, sys.stderr)
    for sentence in unknown_variables():
        _log.warning("unknown setting", hint=sentence)
    check_exposure(settings, host)
    if settings.has_half_a_callback:
        _log.warning(
            "no callback without both", hint="set EVALUATOR_SOLIDATS_API_KEY and _APP_ID, or neither"
        )
    entrance = entrance_to(settings, host)
    metrics = Metrics()
    services = wiring.build(settings, watch=metrics)
    services.warm_up()
    try:
        came_up = run(
            _opening(settings, services, metrics, entrance, working=worker),
            _listening(settings, host, port),
            lambda url: click.echo("\n".join([_announcement(url, services), *entrance.announced(url)])),
        )
    except OSError as error:
        raise cannot_listen(host, port, error) from None
    return 0 if came_up else 1


@asynccontextmanager
async def _opening(
    settings: Settings,
    services: wiring.Services,
    metrics: Metrics,
    entrance: Entrance,
    *,
    working: bool,
) -> AsyncIterator[Served]:
    try:
        async with wiring.durable(settings, services, working=working) as durable:
            studio = studio_for(settings, services, durable, entrance.links) if entrance.is_open else None
            async with nullcontext() if studio is None else aclosing(studio):
                app = _application(settings, services, durable, metrics, studio)
                yield Served(app, lambda: _stop(durable, studio))
    finally:
        await services.aclose()


def _stop(durable: wiring.Durable, studio: Studio | None) -> None:
    durable.stop()
    if studio is not None:
        studio.stop()


def _application(
    settings: Settings,
    services: wiring.Services,
    durable: wiring.Durable,
    metrics: Metrics,
    studio: Studio | None,
) -> Application:
    async def ready() -> Sequence[str]:
        try:
            await durable.store.ping()
        except StorageError as error:
            return [str(error)]
        return [] if services.packs else ["no prompt pack is loaded"]

    return create_app(
        jobs=durable.jobs,
        access=Access(
            webhook_token=_revealed(settings.webhook_token),
            api_key=_revealed(settings.solidats_api_key),
            app_id=settings.solidats_app_id,
        ),
        limits=Limits(max_body_bytes=settings.max_body_bytes, body_timeout_s=settings.body_timeout_s),
        config_schema=integration_config_schema(),
        ready_check=ready,
        measured=Measured(
            Exposition(metrics, _sources(services, durable)),
            Door(_revealed(settings.metrics_token)),
            metrics.served,
        ),
        studio=studio,
    )


def _sources(services: wiring.Services, durable: wiring.Durable) -> Sources:
    callback, throttle = durable.callback, services.throttle
    return Sources(
        counts=durable.store.counts,
        breaker=None if callback is None else lambda: callback.breaker.state,
        in_hand=lambda: len(durable.jobs.in_hand),
        waiting=lambda: 0 if throttle is None else throttle.waiting,
    )


def _listening(settings: Settings, host: str, port: int) -> Listening:
    return Listening(
        host=host,
        port=port,
        max_connections=settings.max_connections,
        header_timeout_s=settings.body_timeout_s,
        drain_s=settings.drain_s,
    )


def _announcement(url: str, services: wiring.Services) -> str:
    rater = "the offline heuristic, which is no model" if services.offline else services.model_name
    return f"Listening on {url}, rated by {rater}, packs: {', '.join(sorted(services.packs))}"


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
