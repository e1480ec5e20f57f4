"""From settings to the client of the endpoint, or of the offline rater inside this process.

Slow to import, by the half second that the endpoint's SDK takes; what may have to ask nobody loads it by
name when it does. May import `settings`, `models`, `offline` and below.
"""

import pkgutil

import httpx2

from evaluator.models.client import ModelClient
from evaluator.models.connection import Connection, connect
from evaluator.models.prices import load_prices
from evaluator.models.seam import Gate, ModelWatch
from evaluator.settings import Settings

_OFFLINE_URL = "http://offline/v1"
_OFFLINE_APP = "evaluator.offline.app:create_app"
"""Loaded by name: with its lexicons it takes a while, and who has an endpoint never needs it."""


def model_client(
    settings: Settings, *, gate: Gate | None = None, watch: ModelWatch | None = None
) -> ModelClient:
    """Return a client, which is to be closed; raises SettingsError.

    `gate` lets each call through, `watch` counts them.
    """
    return ModelClient(
        _connection(settings),
        load_prices(settings.prices_file),
        max_concurrency=settings.max_concurrency,
        call_timeout_s=settings.model_timeout_s,
        gate=gate,
        watch=watch,
    )


def _connection(settings: Settings) -> Connection:
    """Connect to the endpoint, or to the offline rater inside this process, through the same client."""
    if settings.model_is_offline:
        transport = httpx2.ASGITransport(pkgutil.resolve_name(_OFFLINE_APP)())
        inside = httpx2.AsyncClient(transport=transport, timeout=None)
        return connect(_OFFLINE_URL, None, pool_size=settings.max_concurrency, http_client=inside)
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    return connect(str(settings.model_base_url), key, pool_size=settings.max_concurrency)
