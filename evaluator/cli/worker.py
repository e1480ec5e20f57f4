"""`evaluator worker`: works off the queues without serving, beside other processes of one database."""

import asyncio
import gc
import signal
import sys

import click
import structlog
import uvicorn

from evaluator import log, wiring
from evaluator.errors import SettingsError
from evaluator.settings import Settings, load, unknown_variables

_log = structlog.get_logger(__name__)


@click.command("worker")
def command() -> None:
    """Work off the queues without serving, until SIGTERM or Ctrl-C.

    Needs PostgreSQL and the settings that `serve` runs with, a model and the callback's credentials among
    them. Work in hand is finished before it stops, or left for another process.
    """
    settings = load()
    log.configure(settings.log_format, settings.log_level, sys.stderr)
    for sentence in unknown_variables():
        _log.warning("unknown setting", hint=sentence)
    check_can_work(settings)
    services = wiring.build(settings)
    services.warm_up()
    with asyncio.Runner(loop_factory=uvicorn.Config("", log_config=None).get_loop_factory()) as runner:
        runner.run(_work(settings, services))


def check_can_work(settings: Settings) -> None:
    """Raise SettingsError where a process that only works would be of no use, or work wrongly."""
    if settings.database_url is None:
        raise SettingsError(
            "EVALUATOR_DATABASE_URL: not set, and with SQLite one process does everything: run `evaluator "
            "serve` alone, or set a PostgreSQL database for several processes"
        )
    if settings.model_base_url is None:
        raise SettingsError(
            "EVALUATOR_MODEL_BASE_URL: not set: name an endpoint or, with `offline`, the word-matching rater"
        )


async def _work(settings: Settings, services: wiring.Services) -> None:
    stopped = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    try:
        async with wiring.durable(settings, services) as durable:
            if durable.callback is None:
                _log.warning("no callback is set up: this process assesses, and delivers nothing")
            gc.collect()
            gc.freeze()  # what is there by now stays to the end, as in `serve`
            rater = "the offline heuristic, which is no model" if services.offline else services.model_name
            click.echo(f"Working, rated by {rater}, packs: {', '.join(sorted(services.packs))}")
            await stopped.wait()
    finally:
        await services.aclose()
