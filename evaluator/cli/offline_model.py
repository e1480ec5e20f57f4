"""`evaluator offline-model`: serves the offline rater as an OpenAI-compatible endpoint.

Imports `offline`, `hosts` and `cli.listening`.
"""

import contextlib
import socket
from typing import Any

import click
import uvicorn

from evaluator.cli.listening import cannot_listen
from evaluator.hosts import url_of
from evaluator.offline.app import MODEL_NAME, OfflineModel, create_app
from evaluator.offline.faults import Faults

_SHARE = click.FloatRange(0, 1)
_SECONDS = click.FloatRange(0, 3600)


@click.command("offline-model")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--latency", type=_SECONDS, default=0.0, show_default=True, help="Seconds that each reply takes."
)
@click.option(
    "--jitter", "jitter_s", type=_SECONDS, default=0.0, show_default=True, help="Most seconds added to that."
)
@click.option("--rate-limited", type=_SHARE, default=0.0, show_default=True, help="Share answered with 429.")
@click.option(
    "--retry-after",
    "retry_after_s",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Seconds that a 429 asks to wait.",
)
@click.option(
    "--failing", type=_SHARE, default=0.0, show_default=True, help="Share answered with 500 or 503."
)
@click.option(
    "--malformed", type=_SHARE, default=0.0, show_default=True, help="Share of replies that do not fit."
)
@click.option("--truncated", type=_SHARE, default=0.0, show_default=True, help="Share of replies cut short.")
@click.option("--refused", type=_SHARE, default=0.0, show_default=True, help="Share of refusals.")
@click.option("--refuse-json-schema", is_flag=True, help="Answer every request for a JSON Schema with 400.")
@click.option("--seed", type=int, default=None, help="Makes the faults come in the same sequence each time.")
def command(host: str, port: int, latency: float, **faults: Any) -> None:
    """Serve the offline rater as an OpenAI-compatible endpoint, for demos and load tests.

    It is a heuristic that matches words, and no model. Shares are parts of all requests, from 0 to 1.
    """
    try:
        app = create_app(latency_s=latency, faults=Faults(**faults))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    with _listen(host, port) as listener:
        click.echo(
            f"{MODEL_NAME}: a heuristic that matches words, no model; "
            f"listening on {url_of(listener)}/v1 (Ctrl-C to stop)"
        )
        _serve(app, listener)


def _serve(app: OfflineModel, listener: socket.socket) -> None:
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", ws="none"))
    with contextlib.suppress(KeyboardInterrupt):  # how it is stopped, once every request is answered
        server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise cannot_listen(host, port, error) from None
