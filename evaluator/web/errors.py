"""The one place that turns errors into HTTP.

An answer to an error says what is wrong and what to do, under the request's id. It never holds a value
of the request, a path, or a word of an exception that was not written to be shown. May import `errors`
and `web` siblings.
"""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import Receive, Scope, Send
from pydantic import BaseModel, Field

from evaluator.errors import (
    ChangedMeanwhile,
    DraftMoved,
    EvaluatorError,
    FailedElsewhere,
    FixtureError,
    InvalidRequest,
    JobUnknown,
    JobUnsuited,
    ModelBusy,
    ModelContentFiltered,
    ModelContextExceeded,
    ModelError,
    ModelForbidden,
    ModelKeyRejected,
    ModelNotFound,
    ModelQuotaExhausted,
    ModelRateLimited,
    ModelRefused,
    ModelReplyInvalid,
    ModelReplyTruncated,
    ModelRequestRejected,
    ModelTimeout,
    ModelUnavailable,
    OptedOut,
    Overloaded,
    PackError,
    PackUnknown,
    RecordingMissing,
    RunUnknown,
    SettingsError,
    StorageError,
    StorageKeyWrong,
    StorageTooNew,
    StorageUnavailable,
    VersionMoved,
)
from evaluator.web.trace import completed, note_outcome, request_id_of

_log = structlog.get_logger(__name__)

STATUS: Mapping[type[EvaluatorError], int] = {
    EvaluatorError: 500,
    SettingsError: 500,
    PackError: 500,
    FixtureError: 500,
    RecordingMissing: 500,
    InvalidRequest: 400,
    Overloaded: 429,
    JobUnknown: 404,
    JobUnsuited: 409,
    FailedElsewhere: 502,
    PackUnknown: 404,
    RunUnknown: 404,
    ChangedMeanwhile: 409,
    DraftMoved: 409,
    VersionMoved: 409,
    OptedOut: 501,
    StorageError: 500,
    StorageUnavailable: 503,
    StorageTooNew: 500,
    StorageKeyWrong: 500,
    ModelError: 502,
    ModelKeyRejected: 502,
    ModelForbidden: 502,
    ModelNotFound: 502,
    ModelQuotaExhausted: 502,
    ModelContextExceeded: 502,
    ModelContentFiltered: 502,
    ModelRefused: 502,
    ModelReplyTruncated: 502,
    ModelReplyInvalid: 502,
    ModelRequestRejected: 502,
    ModelBusy: 503,
    ModelRateLimited: 503,
    ModelUnavailable: 503,
    ModelTimeout: 504,
}
"""The status of every error in the tree, each named, so that a new one is not mapped by accident."""

MAX_PROBLEMS = 50
"""Problems listed in one answer; a broken list has the same one for each of its items."""

RETRY_AFTER_S = 30
"""Seconds in Retry-After where the error does not say."""

_CLIENT_GONE = 499
_DETAILS = {
    400: "the request cannot be read",
    404: "there is nothing here",
    405: "this method is not taken here; see Allow",
    413: "the body is larger than this service takes",
}


class Refused(HTTPException):
    """A request that is turned away; the detail is written here and may be shown."""

    def __init__(self, status_code: int, detail: str, headers: dict[str, str] | None = None) -> None:
        """`headers` are sent with the answer."""
        super().__init__(detail=detail, status_code=status_code, headers=headers)


class ClientGone(Exception):
    """The client left before it was answered."""


class ProblemOut(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="JSON pointer (RFC 6901) to the field; empty for the whole body.")
    message: str = Field(description="What is expected there; never the value that came.")


class Refusal(BaseModel):
    """Why there is no result."""

    detail: str = Field(description="What is wrong, in a sentence.")
    request_id: str = Field(description="Id of the request in the service's log.")
    problems: list[ProblemOut] | None = Field(
        default=None, description=f"With 400: what is wrong in the body, {MAX_PROBLEMS} at most."
    )


def status_of(error: EvaluatorError) -> int:
    """Return the HTTP status of an error of ours; a class that is not listed counts as its parent."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def retry_headers(error: EvaluatorError) -> dict[str, str]:
    """Return Retry-After in whole seconds, 1 to 3600, where waiting helps, and nothing elsewhere."""
    if not isinstance(
        error, Overloaded | StorageUnavailable | ModelBusy | ModelRateLimited | ModelUnavailable
    ):
        return {}
    seconds = RETRY_AFTER_S if error.retry_after_s is None else error.retry_after_s
    return {"retry-after": str(math.ceil(min(max(seconds, 1), 3600)))}


TOLD = (
    ChangedMeanwhile,
    JobUnknown,
    JobUnsuited,
    Overloaded,
    PackUnknown,
    RunUnknown,
    StorageUnavailable,
)
"""Errors whose own words are for a caller; of the others `public` is, and the words are the operator's."""


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the answer to `error`; what nobody foresaw is logged, and answered without a word of it."""
    if isinstance(error, ClientGone):
        note_outcome(request.scope, "client gone")
        return Response(b"", status_code=_CLIENT_GONE)
    if isinstance(error, InvalidRequest):
        problems = [ProblemOut(pointer=p.pointer, message=p.message) for p in error.problems]
        return _refusal(request, 400, _count(len(problems)), problems=problems[:MAX_PROBLEMS])
    if isinstance(error, EvaluatorError):
        note_outcome(request.scope, type(error).__name__)
        detail = str(error) if isinstance(error, TOLD) else error.public
        return _refusal(request, status_of(error), detail, retry_headers(error))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _refusal(request, error.status_code, _detail(error), error.headers)
    _log.error("request broke", exc_info=error)
    return _refusal(request, 500, "internal error; the log tells more under this request's id")


async def answer_stopping(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, as an ASGI application, that the service stops before it is done with this request."""
    detail = "the service is stopping; send the request again"
    body = _body(Refusal(detail=detail, request_id=request_id_of(scope)))
    headers = [(b"retry-after", str(RETRY_AFTER_S).encode()), *_described(body)]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def raw_refusal(status: HTTPStatus, detail: str, request_id: str) -> bytes:
    """Return a whole answer of HTTP/1.1, after which the connection is closed."""
    body = _body(Refusal(detail=detail, request_id=request_id))
    pairs = completed([*_described(body), (b"connection", b"close")], request_id)
    lines = [f"HTTP/1.1 {status} {status.phrase}".encode(), *(b": ".join(pair) for pair in pairs)]
    return b"\r\n".join([*lines, b"", body])


def _refusal(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    problems: list[ProblemOut] | None = None,
) -> Response[Any]:
    refusal = Refusal(detail=detail, request_id=request_id_of(request.scope), problems=problems)
    return Response(
        _body(refusal),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/json",
    )


def _body(refusal: Refusal) -> bytes:
    return refusal.model_dump_json(exclude_none=True).encode()


def _described(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]


def _detail(error: HTTPException) -> str:
    """Return our own words; Litestar's may quote the path, and the path may hold the token."""
    if isinstance(error, Refused):
        return error.detail
    return _DETAILS.get(error.status_code) or HTTPStatus(error.status_code).phrase.lower()


def _count(problems: int) -> str:
    return (
        "one thing is wrong in the request"
        if problems == 1
        else f"{problems} things are wrong in the request"
    )
