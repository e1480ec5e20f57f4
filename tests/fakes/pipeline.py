"""The whole service in this process: web, jobs, pipeline and model client, over a fake endpoint.

endpoint = FakeEndpoint()
with service_over(endpoint) as client: client.post(PATH, json=...)
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from litestar import Litestar
from litestar.testing import TestClient

from evaluator.assessment.assessor import Assessor, ModelChoice
from evaluator.models.client import ModelClient
from evaluator.models.connection import connect
from evaluator.models.prices import load_prices
from evaluator.prompts.packs import load_packs
from tests.fakes.direct_jobs import DirectJobs
from tests.fakes.web import app_over

MODEL = "fake-model"


@contextlib.contextmanager
def service_over(
    endpoint: Any,
    *,
    within_s: float = 20,
    call_timeout_s: float = 10,
    capacity: int = 8,
    app_id: str | None = None,
    **options: Any,
) -> Iterator[TestClient[Litestar]]:
    """Yield a client of the whole service, whose model is the ASGI application `endpoint` in this process."""
    inside = httpx2.AsyncClient(transport=httpx2.ASGITransport(endpoint), timeout=None)
    connection = connect("http://fake/v1", "sk-test-key", pool_size=8, http_client=inside)
    with service_at(connection, within_s, call_timeout_s, capacity, app_id, **options) as client:
        yield client


@contextlib.contextmanager
def service_at(
    connection: Any,
    within_s: float = 20,
    call_timeout_s: float = 10,
    capacity: int = 8,
    app_id: str | None = None,
    **options: Any,
) -> Iterator[TestClient[Litestar]]:
    """Yield a client of the whole service, whose model is behind `connection`; `options` of the assessor."""
    model = ModelClient(connection, load_prices(), max_concurrency=8, call_timeout_s=call_timeout_s)
    assessor = Assessor(
        packs=load_packs(Path("prompts")),
        model=model,
        choice=ModelChoice(default=MODEL, allowed=frozenset({"other-model"})),
        app_id=app_id,
        within_s=within_s,
        **options,
    )
    app = app_over(
        DirectJobs(assessor, capacity=capacity, app_id=app_id), app_id=app_id, on_shutdown=[model.aclose]
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
