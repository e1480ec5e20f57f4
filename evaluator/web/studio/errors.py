"""Errors within the studio, as pages and, for what a script asked for, as fragments.

They say what is wrong and what to do, as `web.errors` does, and never a word that was not written to be
shown. May import `errors` and `web` siblings.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from evaluator.errors import EvaluatorError, StorageUnavailable
from evaluator.web.errors import TOLD, ClientGone, Refused, answer_error, retry_headers, status_of
from evaluator.web.studio.guards import SignInNeeded
from evaluator.web.studio.pages import is_fragment, page
from evaluator.web.trace import note_outcome, request_id_of

_log = structlog.get_logger(__name__)

SIGN_IN = "/studio/sign-in"
"""Where somebody is sent who is not signed in."""

NOTICE = "#notice"
"""The part of every page in which a fragment of an error is put."""

_TITLES = {
    400: "That cannot be read",
    401: "Sign in first",
    403: "That is not for you to do",
    404: "There is nothing here",
    405: "That is not done here",
    408: "That took too long",
    409: "Somebody was faster",
    413: "That is too much at once",
    422: "Something is not right yet",
    429: "Too much at once",
    503: "Not for the moment",
}
_DETAILS = {
    400: "The page sent something that cannot be read. Load it again, then do it again.",
    404: "It may have been removed, or the address has a slip in it.",
    405: "Go back to the page that you came from, and do it there.",
    413: "What you sent is larger than this service takes. Shorten it.",
}
_BROKEN = "Something broke on our side"
_STORAGE = "The database cannot be reached. Nothing that was kept is lost; try again in a moment."


def answer_in_studio(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return the answer to `error`; what nobody foresaw is logged, and answered without a word of it."""
    if isinstance(error, ClientGone):
        return answer_error(request, error)
    if isinstance(error, SignInNeeded):
        return _sent_to_sign_in(request, error)
    if isinstance(error, EvaluatorError):
        note_outcome(request.scope, type(error).__name__)
        return _told(request, status_of(error), _words(error), retry_headers(error))
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _told(request, error.status_code, _detail(error), error.headers)
    _log.error("request broke", exc_info=error)
    return _told(
        request, 500, "Whoever runs the service finds the reason in its log, under the number below."
    )


def is_of_studio(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a request is for the studio, whatever became of it."""
    path = request.scope["path"]
    return path == "/studio" or path.startswith("/studio/")


def _sent_to_sign_in(request: Request[Any, Any, Any], error: SignInNeeded) -> Response[Any]:
    """Send a reader to sign in and back; who was changing something keeps what they wrote on their page."""
    if request.method not in ("GET", "HEAD"):
        return _told(request, 401, error.detail)
    fragment = is_fragment(request)
    target = f"{SIGN_IN}?{urlencode({'next': _asked(request, fragment=fragment)})}"
    if fragment:
        return _told(request, 401, error.detail, {"hx-redirect": target})
    return Redirect(target, status_code=303)


def _asked(request: Request[Any, Any, Any], *, fragment: bool) -> str:
    """Return the page that somebody is on, of a fragment that which it goes into."""
    try:
        url = urlsplit(request.headers.get("hx-current-url", "") if fragment else str(request.url))
    except ValueError:
        return ""
    return url.path + (f"?{url.query}" if url.query else "")


def _told(
    request: Request[Any, Any, Any], status: int, detail: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    fragment = is_fragment(request)
    aimed = {"hx-retarget": NOTICE, "hx-reswap": "innerHTML"} if fragment else {}
    return page(
        "error_notice.html.jinja" if fragment else "error.html.jinja",
        request,
        status=status,
        headers={**aimed, **(headers or {})},
        code=status,
        title=_TITLES.get(status, _BROKEN),
        detail=detail,
        request_id=request_id_of(request.scope),
        sign_in=SIGN_IN,
    )


def _words(error: EvaluatorError) -> str:
    if isinstance(error, StorageUnavailable):
        return _STORAGE
    return sentence(str(error) if isinstance(error, TOLD) else error.public)


def _detail(error: HTTPException) -> str:
    if isinstance(error, Refused | SignInNeeded):
        return sentence(error.detail)
    return _DETAILS.get(error.status_code, "Go back to the page that you came from, and try again.")


def sentence(said: str) -> str:
    """Return words as a sentence."""
    text = said[:1].upper() + said[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
