"""SolidATS as this service sees it: how it posts a request and how it reads an answer.

For trying an endpoint out; the rules are those of the app reference ("Response Format Flexibility",
"Validation Notes"). May import `contract` and `errors`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from evaluator.contract.decode import decode_json
from evaluator.errors import EvaluatorError, InvalidRequest

_MATCHING = ("candidate_id", "pipeline_step_id", "call_secret")


class Unreachable(EvaluatorError):
    """The endpoint could not be reached, or did not answer in time."""

    permanent = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What SolidATS would make of an answer.

    `accepted`: the rating counts. `pending`: 202, the result comes to the callback. `problems` says why
    an answer would be rejected; `result` is the answer as an object, where there is one.
    """

    status_code: int
    accepted: bool = False
    pending: bool = False
    problems: tuple[str, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)


def post(
    body: bytes, url: str, *, bearer: str | None, app_id: str | None, timeout_s: float
) -> httpx.Response:
    """Post a request's JSON as SolidATS does; redirects are not followed. Raises Unreachable."""
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    if app_id:
        headers["X-SolidATS-App-ID"] = app_id
    try:
        return httpx.post(url, content=body, headers=headers, timeout=timeout_s)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise Unreachable("the URL is not valid; give it as http://host:port/webhook/assessment") from None
    except httpx.HTTPError as error:
        raise Unreachable(_why_unanswered(error, timeout_s)) from None


def judge(request: Mapping[str, Any], status_code: int, body: bytes) -> Verdict:
    """Return what SolidATS makes of an answer to `request`, a decoded JSON object."""
    if status_code == httpx.codes.ACCEPTED:
        return Verdict(status_code, pending=True)
    if status_code != httpx.codes.OK:
        return Verdict(status_code, problems=(f"HTTP {status_code}",), result=_object_in(body))
    try:
        result = _unwrapped(decode_json(body))
    except InvalidRequest as error:
        return Verdict(status_code, problems=(f"the answer: {error.problems[0].message}",))
    if not isinstance(result, dict):
        return Verdict(status_code, problems=("the answer holds no object",))
    problems = tuple(_problems(request, result))
    return Verdict(status_code, accepted=not problems, problems=problems, result=result)


def _why_unanswered(error: httpx.HTTPError, timeout_s: float) -> str:
    """Say what failed and what to look at; the path is left out, since it may hold the token."""
    url = error.request.url
    where = f"{url.scheme}://{url.netloc.decode().rpartition('@')[2]}"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timeout_s:g} seconds from {where}; --timeout allows more"
    if isinstance(error, httpx.ConnectError):
        return (
            f"cannot connect to {where}: {_reason(error)}. Check host and port, whether it speaks http or "
            "https, and that the service runs there: `evaluator serve` prints its address"
        )
    return f"{where} broke off without a whole answer ({type(error).__name__}); look into its log"


def _reason(error: httpx.HTTPError) -> str:
    """Return the system's words without its number."""
    return str(error).rpartition("] ")[2] if str(error).startswith("[Errno") else str(error)


def _object_in(body: bytes) -> Mapping[str, Any]:
    """Return the object in an answer that is no result, such as a refusal; empty where there is none."""
    try:
        value = decode_json(body)
    except InvalidRequest:
        return {}
    return value if isinstance(value, dict) else {}


def _unwrapped(value: Any) -> Any:
    """Take the three lawful forms: an object, a list of which the first counts, or one under `output`."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict) and isinstance(value.get("output"), dict | list):
        return _unwrapped(value["output"])
    return value


def _problems(request: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    problems = [f"{name} is missing" for name in (*_MATCHING, "rating") if result.get(name) is None]
    problems += [
        f"{name} does not match the request's"
        for name in _MATCHING
        if result.get(name) is not None and not _same(result[name], request.get(name))
    ]
    rating = result.get("rating")
    if rating is not None and (isinstance(rating, bool) or not isinstance(rating, int | float)):
        problems.append("rating is not a number")
    elif rating is not None and not 0 <= rating <= 100:
        problems.append("rating is not between 0 and 100")
    return problems


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
