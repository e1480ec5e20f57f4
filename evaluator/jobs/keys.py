"""Knowing a request again, and writing it down without its secret.

May import `contract` and `storage`.
"""

import json
from typing import Any

from evaluator.contract.request import AssessmentRequest
from evaluator.storage.jobs import JobStore
from evaluator.storage.rows import Payloads

_APART = {"call_secret"}
"""Kept apart from the request, so that it can be erased alone."""

_PASSING = {"created_at"}
"""When a request was issued says nothing about what is asked."""


def job_id_of(request: AssessmentRequest, store: JobStore) -> str:
    """Return the id under which `request` is known: the same for the same body, ids and secret.

    A fingerprint with the database's own key, so that it tells nothing of the request.
    """
    body = request.model_dump(mode="json", exclude_unset=True, exclude=_APART | _PASSING)
    return "job_" + store.fingerprint("job", _canonical(body), _canonical(request.call_secret))[:32]


def packed(request: AssessmentRequest) -> bytes:
    """Return the request as JSON without its secret, its members in the order in which they came."""
    return _compact(request.model_dump(mode="json", exclude_unset=True, exclude=_APART)).encode()


def packed_secret(request: AssessmentRequest) -> bytes:
    """Return the call's secret as JSON, so that text and number stay apart."""
    return _compact(request.call_secret).encode()


def unpacked(payloads: Payloads) -> AssessmentRequest | None:
    """Return the request that was stored, or None where it or its secret is no longer held."""
    if payloads.request is None or payloads.secret is None:
        return None
    body = json.loads(payloads.request)
    return AssessmentRequest.model_validate({**body, "call_secret": json.loads(payloads.secret)})


def _canonical(value: Any) -> str:
    return _compact(value, sort_keys=True)


def _compact(value: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"))
