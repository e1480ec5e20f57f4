"""The webhook that SolidATS calls: a request in, a result out.

Who may call is settled first, then the content type, then the size; only then is the body read, strictly.
May import `jobs`, `contract`, `errors` and `web` siblings.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from litestar import Request, Response, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody, PathParameter, SkipValidation
from litestar.plugins.pydantic import PydanticInitPlugin
from pydantic import BaseModel, Field

from evaluator.contract.decode import decode_json, read_model
from evaluator.contract.request import AssessmentRequest
from evaluator.contract.result import AssessmentResult
from evaluator.errors import InvalidRequest, Problem
from evaluator.jobs.seam import Finished, Jobs, Pending
from evaluator.web.access import PATH_TOKEN
from evaluator.web.body import hung_up
from evaluator.web.errors import ClientGone, Refusal, Refused, retry_headers, status_of
from evaluator.web.trace import header, note_outcome


class Taken(BaseModel):
    """The request is stored, and its result comes to the callback."""

    job_id: str = Field(description="By which `evaluator jobs show` finds it.")
    status: Literal["accepted"] = "accepted"


RESPONSES = {
    200: ResponseSpec(AssessmentResult, description="The result, with a rating.", generate_examples=False),
    202: ResponseSpec(Taken, description="Stored; the result is called back.", generate_examples=False),
    **{
        status: ResponseSpec(Refusal, description=description, generate_examples=False)
        for status, description in {
            400: "The body is not what the contract says; `problems` lists why.",
            401: "No bearer or token that the service knows.",
            403: "`X-SolidATS-App-ID` names another app.",
            408: "The body did not arrive in time.",
            413: "The body is too large.",
            415: "The body is not `application/json` in UTF-8, or is compressed.",
            431: "The request's line and headers are too large.",
        }.items()
    },
    **{
        status: ResponseSpec(
            AssessmentResult | Refusal,  # type: ignore[arg-type]  # Litestar takes a union as well
            description=description,
            generate_examples=False,
        )
        for status, description in {
            429: "More work is waiting than the service takes; see `Retry-After`. No rating.",
            500: "The service failed: `failure_details` or `detail`, and no rating.",
            503: "The model, the database or a place for a call is not to be had for now, or the service "
            "stops; see `Retry-After`. No rating.",
        }.items()
    },
    **{
        status: ResponseSpec(AssessmentResult, description=description, generate_examples=False)
        for status, description in {
            501: "The candidate has opted out of automated assessment: `status` is `opted_out`, no rating.",
            502: "The model gave no usable answer: `failure_details`, and no rating.",
            504: "The model did not answer in time: `failure_details`, and no rating.",
        }.items()
    },
}
"""What the webhook answers, by status."""

_DESCRIPTION = (
    "Assesses a candidate for a job and answers with a rating of 0 to 100 and what it rests on. Optional "
    "fields may be null or left out; `skills` may be a list, one object, null, or left out; fields that are "
    "not listed are kept. A failed assessment is answered with a 5xx status and carries no rating: a failure "
    "is never a score."
)


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON is read strictly, so that no two readers can see two values in it."""

    async def json(self) -> Any:
        """Return the decoded body; raises InvalidRequest, and Refused with 415 before the body is read."""
        self._refuse_other_forms()
        return decode_json(await self.body())

    async def body(self) -> bytes:
        """Return the whole body; raises InvalidRequest where it is empty."""
        body = await super().body()
        if not body:
            raise InvalidRequest([Problem("", "the body is empty; a JSON object is expected")])
        return body

    def _refuse_other_forms(self) -> None:
        """Refuse what is not JSON in UTF-8, as it is."""
        kind, options = self.content_type
        charset = options.get("charset", "utf-8").lower()
        if kind.lower() != "application/json" or charset not in ("utf-8", "utf8"):
            raise Refused(415, "the content type must be application/json, in UTF-8")
        encodings = header(self.scope, b"content-encoding")
        if any(each.strip().lower() not in (b"", b"identity") for each in encodings):
            raise Refused(415, "the body must not be compressed")


class StrictModels(PydanticInitPlugin):
    """Has Litestar read models as the rest of the service does: every problem, with its pointer."""

    @classmethod
    def decoders(
        cls, validate_strict: bool = False
    ) -> list[tuple[Callable[[Any], bool], Callable[[Any, Any], Any]]]:
        """Return our decoder before Litestar's own."""
        return [(_is_model, read_model), *super().decoders(validate_strict)]


@post(
    "/assessment",
    status_code=200,
    request_class=JsonRequest,
    responses=RESPONSES,
    summary="Assess a candidate",
    description=_DESCRIPTION,
    operation_id="assess",
    tags=["Webhook"],
)
async def assess(
    data: JSONBody[AssessmentRequest],
    request: Request[Any, Any, Any],
    jobs: NamedDependency[SkipValidation[Jobs]],
) -> Response[Any]:
    """Assess the candidate and return the result, or that it comes to the callback."""
    return await _submitted(data, request, jobs)


@post(
    f"/assessment/{{{PATH_TOKEN}:str}}",
    status_code=200,
    request_class=JsonRequest,
    responses=RESPONSES,
    summary="Assess a candidate, for a sender that sets no header",
    description=f"{_DESCRIPTION} The webhook's token is the last part of the URL.",
    operation_id="assess_by_link",
    tags=["Webhook"],
)
async def assess_by_link(
    data: JSONBody[AssessmentRequest],
    request: Request[Any, Any, Any],
    jobs: NamedDependency[SkipValidation[Jobs]],
    token: Annotated[str, PathParameter(description="The webhook's token.")],
) -> Response[Any]:
    """Assess the candidate as above; `token` has been looked at by the guard."""
    return await _submitted(data, request, jobs)


async def _submitted(data: AssessmentRequest, request: Request[Any, Any, Any], jobs: Jobs) -> Response[Any]:
    """Hand a request to `jobs`, which is told when its sender leaves; raises ClientGone then."""
    gone = asyncio.create_task(hung_up(request.receive))
    try:
        outcome = await jobs.submit(data, hung_up=gone)
        if gone.done() and not gone.cancelled():
            raise ClientGone
    finally:
        gone.cancel()
    if isinstance(outcome, Pending):
        note_outcome(request.scope, "accepted")
        body = Taken(job_id=outcome.job_id).model_dump_json().encode()
        return Response(body, status_code=202, media_type="application/json")
    return _answer(request, outcome, jobs)


def _answer(request: Request[Any, Any, Any], finished: Finished, jobs: Jobs) -> Response[Any]:
    note_outcome(request.scope, finished.result.status)
    status, headers = 200, {}
    if finished.error is not None:
        status, headers = status_of(finished.error), retry_headers(finished.error)
        note_outcome(request.scope, type(finished.error).__name__)
    body = finished.result.model_dump_json(exclude_none=True).encode()
    told = None if finished.receipt is None else BackgroundTask(jobs.answered, finished.receipt)
    return Response(body, status_code=status, headers=headers, media_type="application/json", background=told)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
