"""Screening each request once, however often it is judged: by several contestants, or in repeats.

Screening is a pure function of the request and takes most of the time that an assessment takes besides the
model. May import `assessment`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from evaluator.assessment.screening import Detect, Screened, screened
from evaluator.contract.request import AssessmentRequest
from evaluator.hygiene import Removed

_MOST_KEPT = 1_000
"""Requests whose screening is kept; each takes a few times its own size."""


class ScreenedOnce:
    """Gives what `screened` gives, and remembers it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[bytes, Screened] = {}

    def __call__(
        self, request: AssessmentRequest, removed: Sequence[Removed], *, app_id: str | None, finds: Detect
    ) -> Screened:
        """See `screened`; of each instance `app_id` and `finds` are the same in all calls."""
        key = _key(request, removed)
        found = self._known.get(key)
        if found is None:
            found = screened(request, removed, app_id=app_id, finds=finds)
            if len(self._known) < _MOST_KEPT:
                self._known[key] = found
        return _configured_as(request, found)


def _key(request: AssessmentRequest, removed: Sequence[Removed]) -> bytes:
    """Return what tells requests apart but for the pack and the model that they choose."""
    config = request.integration_config.model_copy(update={"prompt": None, "model": None})
    text = request.model_copy(update={"integration_config": config}).model_dump_json()
    return hashlib.blake2b(f"{text}\0{removed!r}".encode("utf-8", "surrogatepass"), digest_size=20).digest()


def _configured_as(request: AssessmentRequest, found: Screened) -> Screened:
    """Return what was found, with the pack and the model that `request` chooses."""
    config = request.integration_config
    if found.as_written.integration_config == config:
        return found
    as_written = found.as_written.model_copy(update={"integration_config": config})

    def configured(one: AssessmentRequest) -> AssessmentRequest:
        same = one is found.as_written  # by which `leaves_out` knows that nothing is kept from the model
        return as_written if same else one.model_copy(update={"integration_config": config})

    return replace(
        found,
        request=configured(found.request),
        as_written=as_written,
        with_authority=configured(found.with_authority),
    )
