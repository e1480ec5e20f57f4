"""What is wrong with a call, and what would mend it.

Judges an error by its status and body, in this order: key, quota, context length, filter, sample again,
swap the limit's name, drop a parameter, next form, wait. May import `ladder`, `refusals` and `retry` of
this package, and `errors`.

A message names the endpoint's host, the model and what to do, and never anything of the request or reply.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from evaluator import errors
from evaluator.models import refusals
from evaluator.models.ladder import Form, Plan
from evaluator.models.refusals import code_of, says, words_of
from evaluator.models.retry import asked_in_words, asked_wait_s


class Remedy(Enum):
    """What may help after a fault."""

    STOP = auto()
    SAMPLE_AGAIN = auto()
    SWAP_LIMIT = auto()
    DROP = auto()
    NEXT_FORM = auto()
    WAIT = auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """A call that failed: its remedy, and the error to raise where the remedy does not help.

    `parameter` is the one to leave out, for DROP; `asked_s` the seconds the endpoint asked us to wait.
    """

    remedy: Remedy
    error: errors.ModelError
    parameter: str = ""
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as an endpoint answered it, and the plan of the request that met it.

    `sent` are the names of the droppable parameters in the request; `asked_s` the seconds the endpoint
    asked us to wait.
    """

    status: int
    words: str
    code: str | None
    asked_s: float | None
    plan: Plan
    sent: frozenset[str]
    host: str
    model: str

    @property
    def marks(self) -> str:
        """Status and the endpoint's own code, for a message."""
        return f"{self.status}, {self.code}" if self.code else str(self.status)


def refusal_of(
    status: int,
    body: Any,
    headers: Mapping[str, str],
    *,
    plan: Plan,
    sent: frozenset[str],
    host: str,
    model: str,
    now: float,
) -> Refusal:
    """Reduce an error answer to what is judged; `now` is the time of day in seconds since the epoch."""
    words = words_of(body)
    asked_s = asked_wait_s(headers, now)
    return Refusal(
        status=status,
        words=words,
        code=code_of(body),
        asked_s=asked_s if asked_s is not None else asked_in_words(words),
        plan=plan,
        sent=sent,
        host=host,
        model=model,
    )


def judged(refusal: Refusal) -> Fault:
    """Return what the refusal means."""
    for rule in _RULES:
        fault = rule(refusal)
        if fault is not None:
            return fault
    return Fault(Remedy.STOP, _rejected(refusal))


def _redirect(r: Refusal) -> Fault | None:
    if 300 <= r.status < 400:
        return _stop(
            errors.ModelNotFound(f"{r.host} redirects ({r.status}); set the base URL to where it leads")
        )
    return None


def _access(r: Refusal) -> Fault | None:
    if r.status == 401 or (r.status in (400, 403) and says(r.words, refusals.KEY_REJECTED)):
        return _stop(
            errors.ModelKeyRejected(
                f"{r.host} does not accept the key ({r.marks}); set EVALUATOR_MODEL_API_KEY to a valid one"
            )
        )
    if r.status == 403 and not says(r.words, refusals.FILTERED + refusals.QUOTA):
        return _stop(
            errors.ModelForbidden(
                f"{r.host} forbids this key the model {r.model} ({r.marks}); "
                "ask for access or name another model"
            )
        )
    return None


def _not_found(r: Refusal) -> Fault | None:
    missing = r.status in (404, 405, 410) and not says(r.words, refusals.NO_UPSTREAM)
    if missing or (r.status in (400, 404, 422) and says(r.words, refusals.NOT_FOUND)):
        return _stop(
            errors.ModelNotFound(
                f"{r.host} knows no model {r.model}, or no chat completions at this path ({r.marks}); "
                "check EVALUATOR_MODEL_NAME and EVALUATOR_MODEL_BASE_URL, which often ends in /v1"
            )
        )
    return None


def _quota(r: Refusal) -> Fault | None:
    used_up = says(r.words, refusals.QUOTA) and r.status != 404
    refills = says(r.words, refusals.QUOTA_THAT_REFILLS) and "insufficient_quota" not in r.words
    if r.status == 402 or (used_up and not refills):
        return _stop(
            errors.ModelQuotaExhausted(
                f"the account at {r.host} has no credit or quota left ({r.marks}); top it up"
            )
        )
    return None


def _context(r: Refusal) -> Fault | None:
    if r.status == 413 or (r.status != 429 and says(r.words, refusals.CONTEXT)):
        return _stop(
            errors.ModelContextExceeded(
                f"the prompt is longer than {r.model} at {r.host} reads ({r.marks}); "
                "lower the pack's token budget or name a model with a longer context"
            )
        )
    return None


def _filtered(r: Refusal) -> Fault | None:
    if says(r.words, refusals.FILTERED):
        return _stop(filtered(r.host, r.model, r.marks))
    return None


def _sample_again(r: Refusal) -> Fault | None:
    if says(r.words, refusals.SAMPLE_AGAIN):
        return Fault(Remedy.SAMPLE_AGAIN, invalid(r.model, f"{r.host} could not make JSON of it ({r.marks})"))
    return None


def _limit(r: Refusal) -> Fault | None:
    if not _is_client_fault(r) or not re.search(r"\bmax_(completion_)?tokens\b", r.words):
        return None
    if says(r.words, refusals.LIMIT_TOO_LARGE):
        return _stop(
            errors.ModelRequestRejected(
                f"the output limit is more than {r.model} at {r.host} allows ({r.marks}); "
                "lower the pack's output tokens"
            )
        )
    if says(r.words, refusals.NOT_TAKEN):
        return Fault(Remedy.SWAP_LIMIT, _rejected(r))
    return None


def _parameter(r: Refusal) -> Fault | None:
    if not _is_client_fault(r):
        return None
    unnamed = says(r.words, refusals.UNNAMED_PARAMETER)
    if not unnamed and not says(r.words, refusals.NOT_TAKEN):
        return None
    for name in sorted(r.sent):
        if unnamed or re.search(rf"\b{name}\b", r.words):
            return Fault(Remedy.DROP, _rejected(r), parameter=name)
    return None


def _form(r: Refusal) -> Fault | None:
    if r.plan.form is Form.PROMPT:
        return None
    phrases = refusals.FORM if _is_client_fault(r) else refusals.FORM_BROKE if r.status >= 500 else ()
    return Fault(Remedy.NEXT_FORM, _rejected(r)) if says(r.words, phrases) else None


def _passing(r: Refusal) -> Fault | None:
    error: errors.ModelError
    if r.status == 429 or (r.status < 500 and says(r.words, refusals.RATE_LIMITED)):
        error = errors.ModelRateLimited(
            f"{r.host} takes no more requests for now ({r.marks}); lower the load or raise the limit there",
            retry_after_s=r.asked_s,
        )
    elif r.status == 408:
        error = errors.ModelTimeout(f"{r.host} gave up waiting ({r.marks})", retry_after_s=r.asked_s)
    elif r.status >= 500 or r.status in (409, 425, 498) or says(r.words, refusals.PASSING):
        error = errors.ModelUnavailable(f"{r.host} fails for now ({r.marks})", retry_after_s=r.asked_s)
    else:
        return None
    return Fault(Remedy.WAIT, error, asked_s=r.asked_s)


def _silent(r: Refusal) -> Fault | None:
    """Take a bare "bad request" for a refusal of the form: a lower one is learnt only where it works."""
    silent = r.status in (400, 422) and len(r.words.split()) <= 3 and r.plan.form is not Form.PROMPT
    return Fault(Remedy.NEXT_FORM, _rejected(r)) if silent else None


_RULES: tuple[Callable[[Refusal], Fault | None], ...] = (
    _redirect,
    _access,
    _not_found,
    _quota,
    _context,
    _filtered,
    _sample_again,
    _limit,
    _parameter,
    _form,
    _passing,
    _silent,
)


def _is_client_fault(r: Refusal) -> bool:
    return r.status in (400, 404, 415, 422, 501)


def _stop(error: errors.ModelError) -> Fault:
    return Fault(Remedy.STOP, error)


def _rejected(r: Refusal) -> errors.ModelError:
    return errors.ModelRequestRejected(
        f"{r.host} rejects the request for {r.model} ({r.marks}), and nothing known to help did; "
        "see the endpoint's own log for why"
    )


def filtered(host: str, model: str, marks: str) -> errors.ModelError:
    """Return the error of a prompt or reply that a content filter stopped."""
    return errors.ModelContentFiltered(
        f"the content filter of {model} at {host} stopped the prompt or the reply ({marks}); "
        "have a person assess this candidate, or adjust the filter there"
    )


def invalid(model: str, why: str) -> errors.ModelError:
    """Return the error of a reply that is of no use; `why` says what is wrong without repeating it."""
    return errors.ModelReplyInvalid(
        f"{model} gave no reply that fits, and a second try did not help: {why}; "
        "try again, or name a model that is better at structured output"
    )
