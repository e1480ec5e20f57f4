"""What to do about an answer that SolidATS would reject. May import `solidats`."""

from collections.abc import Mapping

from evaluator.solidats import Verdict

_LOG = "the service's log tells the reason"
_PATH = "check that the URL leads to the webhook: it ends in /webhook/assessment"

_BY_STATUS: Mapping[int, str] = {
    200: f"{_PATH}. If it does, the service breaks the contract: compare with docs/solidats.md.",
    400: "mend the fields that are named, in the fixture or in the file.",
    401: "set EVALUATOR_WEBHOOK_TOKEN in this shell to the token that the service has.",
    403: "set EVALUATOR_SOLIDATS_APP_ID in this shell to the app id that the service has, or unset it.",
    404: f"{_PATH}.",
    405: f"{_PATH}.",
    408: "send it again; if it stays so, something on the way is slow.",
    413: "raise EVALUATOR_MAX_BODY_BYTES where the service runs, and the proxy's own limit.",
    429: "send it again later; EVALUATOR_MAX_QUEUE says how much may wait.",
    500: f"{_LOG}.",
    502: f"{_LOG}, under `assessment failed`.",
    503: f"send it again later; {_LOG}.",
    504: "send it again; the model was too slow, and EVALUATOR_MODEL_RETRY_S says how long is waited for it.",
}


def advice(verdict: Verdict) -> str | None:
    """Return the next step in a sentence, None where the answer is taken or its result is still to come."""
    if verdict.accepted or verdict.pending:
        return None
    status = verdict.status_code
    if status in (502, 503, 504) and not verdict.result:
        return "a proxy answered for it: check that the service runs behind it, and the proxy's time limit."
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return "redirects are not followed: give the URL that it leads to."
    return f"{_PATH}." if status < 500 else _BY_STATUS[500]
