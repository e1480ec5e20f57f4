"""`/metrics`: what was counted, and how things stand, in the form that Prometheus reads.

Of Litestar's plugin the controller alone is used: its middleware labels a request before its outcome is
known, and counts in a registry of the whole interpreter. `docs/metrics.md` lists what is served.
May import `storage`, `errors` and `web` siblings.
"""

import asyncio
import ipaddress
import platform
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import SkipValidation
from litestar.plugins.prometheus import PrometheusController
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from evaluator import __version__
from evaluator.errors import StorageError
from evaluator.storage.rows import Counts, Tally
from evaluator.storage.transitions import STATES
from evaluator.web.access import Access
from evaluator.web.counting import Metrics
from evaluator.web.trace import header

KEPT_S = 5.0
"""Seconds for which figures of the database are served again, however often they are asked for."""

_BREAKER_STATES = ("closed", "open", "half_open")
_OPEN_DELIVERIES = ("owed", "held", "dead")
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where figures that are not counted come from.

    `counts`: the jobs, from the database. `breaker`: the state of the callback's breaker, None where
    there is no callback. `in_hand`, `waiting`: jobs in this process's hand, and its model calls that wait
    for their turn.
    """

    counts: Callable[[], Awaitable[Counts]]
    breaker: Callable[[], str] | None
    in_hand: Callable[[], int]
    waiting: Callable[[], int]


class Exposition(Collector):
    """All that is served, in a registry of its own."""

    def __init__(
        self,
        metrics: Metrics,
        sources: Sources,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` returns epoch seconds, as the database's times are; `timer` measures."""
        self._metrics = metrics
        self._sources = sources
        self._clock = clock
        self._timer = timer
        self._counts: Counts | None = None
        self._asked_at: float | None = None
        self._turn = asyncio.Lock()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    async def text(self, accept: str) -> tuple[bytes, str]:
        """Return the figures and their media type, which `accept` chooses between Prometheus' two."""
        async with self._turn:
            await self._look()
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def collect(self) -> Iterable[Metric]:
        """Yield every figure; see prometheus_client's Collector."""
        yield from self._metrics.families()
        build = GaugeMetricFamily(
            "evaluator_build_info", "What runs; always 1.", labels=["version", "python_version"]
        )
        build.add_metric([__version__, platform.python_version()], 1)
        yield build
        yield from self._own()
        if self._asked_at is not None:
            yield from self._stored()

    async def _look(self) -> None:
        """Ask the database, also one that is gone, unless that was done a moment ago."""
        now = self._timer()
        if self._asked_at is not None and now - self._asked_at < KEPT_S:
            return
        self._asked_at = now
        try:
            self._counts = await self._sources.counts()
        except StorageError:
            self._counts = None

    def _own(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "evaluator_jobs_in_hand",
            "Jobs that this process works on at this moment.",
            value=self._sources.in_hand(),
        )
        yield GaugeMetricFamily(
            "evaluator_model_calls_waiting",
            "Model calls of this process that wait for their turn by the limits over all processes.",
            value=self._sources.waiting(),
        )
        if self._sources.breaker is not None:
            now = self._sources.breaker()
            breaker = GaugeMetricFamily(
                "evaluator_callback_breaker_state",
                "State of the callback's breaker in this process: 1 for the one it is in.",
                labels=["state"],
            )
            for state in _BREAKER_STATES:
                breaker.add_metric([state], int(state == now))
            yield breaker

    def _stored(self) -> Iterable[Metric]:
        counts = self._counts
        yield GaugeMetricFamily(
            "evaluator_database_up", "Whether the database answers.", value=int(counts is not None)
        )
        if counts is None:
            return
        waiting = counts.states.get("waiting")
        yield GaugeMetricFamily(
            "evaluator_queue_length",
            "Jobs that wait to be assessed, over all processes.",
            value=waiting.count if waiting else 0,
        )
        yield from self._tallied("evaluator_jobs", "Jobs", "state", STATES, counts.states)
        yield from self._tallied(
            "evaluator_deliveries", "Results not delivered", "delivery", _OPEN_DELIVERIES, counts.deliveries
        )

    def _tallied(
        self, name: str, what: str, label: str, known: Iterable[str], tallies: Mapping[Any, Tally]
    ) -> Iterable[Metric]:
        number = GaugeMetricFamily(name, f"{what}, over all processes.", labels=[label])
        age = GaugeMetricFamily(
            f"{name}_oldest_age_seconds", f"{what}: age of the oldest, since it was accepted.", labels=[label]
        )
        for each in known:
            tally = tallies.get(each)
            number.add_metric([each], tally.count if tally else 0)
            if tally:
                age.add_metric([each], max(0.0, self._clock() - tally.oldest_at))
        yield from (number, age)


class Door:
    """Who may read the figures: whoever has the token, or without one this machine alone."""

    def __init__(self, token: str | None) -> None:
        """`token` is what a bearer must be."""
        self._access = None if token is None else Access(webhook_token=token, api_key=None, app_id=None)

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Refuse with 401 without the token; with 404, as if nothing were here, what comes from elsewhere."""
        if self._access is not None:
            await self._access.guard(connection, handler)
        elif not _is_from_here(connection):
            raise NotFoundException


class MetricsController(PrometheusController):
    """Serves an exposition in the place of the interpreter's registry."""

    include_in_schema = False

    @get()
    async def get(
        self, request: Request[Any, Any, Any], exposition: NamedDependency[SkipValidation[Exposition]]
    ) -> Response[bytes]:
        """Return all figures."""
        body, media_type = await exposition.text(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": media_type})


def _is_from_here(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Tell whether a client of this machine asks for itself, and no proxy for another."""
    client = connection.scope["client"]
    if client is None or any(header(connection.scope, name) for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
