"""Probes: is the process alive, and are its own parts ready. Neither asks the model or SolidATS.

May import nothing of the package.
"""

from collections.abc import Awaitable, Callable, Sequence

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import SkipValidation
from pydantic import BaseModel, Field

Ready = Callable[[], Awaitable[Sequence[str]]]
"""Returns a sentence for each part of the service that cannot work; none where it is ready."""


class Health(BaseModel):
    """State of the service."""

    status: str = Field(description="`ok`, or `not ready`.")
    problems: list[str] = Field(default_factory=list, description="What is not ready.")


@get(
    "/live",
    summary="Is the process alive",
    description="Answers as long as the process does.",
    response_description="It is.",
    operation_id="live",
    tags=["Health"],
)
async def live() -> Health:
    """Return ok as long as the process answers at all."""
    return Health(status="ok")


@get(
    "/ready",
    summary="Are the service's own parts ready",
    description="Looks at the service's own parts alone; the model and SolidATS are not asked.",
    response_description="They are.",
    responses={503: ResponseSpec(Health, description="Not all; `problems` lists which.")},
    operation_id="ready",
    tags=["Health"],
)
async def ready(check: NamedDependency[SkipValidation[Ready]]) -> Response[Health]:
    """Return 200, or 503 with what is missing. The model is not asked."""
    problems = list(await check())
    health = Health(status="not ready" if problems else "ok", problems=problems)
    return Response(health, status_code=503 if problems else 200)
