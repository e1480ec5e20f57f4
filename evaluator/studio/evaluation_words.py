"""What the pages say of an evaluation: its state, its delivery, its flags, and how a criterion counted.

Plain words for recruiters. May import `audit`, `commentary`, `storage` and `evals.reports.words`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from evaluator.audit.explaining import Criterion
from evaluator.commentary.phrases import FALLBACK, phrases_for
from evaluator.evals.reports.words import plain
from evaluator.storage.rows import Job
from evaluator.storage.transitions import Delivery, State

Tone = Literal["good", "warn", "bad", ""]
"""How a word about state is to be taken; it is told by a sign too."""


@dataclass(frozen=True, slots=True)
class Told:
    """A state in a word or two, with its tone, and a sentence about it."""

    words: str
    tone: Tone
    sentence: str


_STATES: Mapping[State, Told] = {
    "waiting": Told("waiting", "", "It waits for its turn."),
    "running": Told("being rated", "", "It is being rated."),
    "succeeded": Told("rated", "good", "The application was rated."),
    "failed": Told("failed", "bad", "The application could not be rated. A failure is no rating."),
    "cancelled": Told("cancelled", "", "Somebody cancelled it before it was rated."),
}
_STATUSES: Mapping[str, Told] = {
    "completed": _STATES["succeeded"],
    "needs_review": Told("needs review", "warn", "It was rated, and a person should look before it is used."),
    "insufficient_data": Told("says too little", "warn", "The application says too little to be rated well."),
    "failed": _STATES["failed"],
    "opted_out": Told("opted out", "", "The candidate wants no automated assessment. No model read it."),
}
DELIVERIES: Mapping[Delivery, Told] = {
    "none": Told("not asked for", "", "Nobody has taken the result yet, and no delivery was asked for."),
    "owed": Told("on its way", "", "The result is still to be delivered to SolidATS."),
    "answered": Told("answered", "good", "SolidATS got the result at once, in the answer to its request."),
    "delivered": Told("delivered", "good", "SolidATS took the result."),
    "held": Told("held", "warn", "SolidATS refuses our key or address for now; it is tried again."),
    "dead": Told("given up", "bad", "SolidATS did not get the result, and it is not tried any more."),
}
"""How the delivery of a result stands."""

_CLAIMED = "nothing in the application shows it; the candidate's own claim of {} counts in part"
_LEVELS = {"none": "nothing"}


def standing(job: Job) -> Told:
    """Return how an evaluation stands: what came of it, or how far it is."""
    return _STATUSES.get(job.status or "", _STATES[job.state])


def standing_of(status: str) -> Told:
    """Return how a result with this status stands."""
    return _STATUSES.get(status, _STATES["failed"])


def flag_words(flag: str) -> str:
    """Return one of a result's flags, `kind: detail`, as a phrase in English."""
    kind, _, detail = flag.partition(": ")
    phrase = phrases_for(FALLBACK).get(f"flag_{kind}")
    said = f"{kind.replace('_', ' ')}: {detail}" if phrase is None else phrase.format(detail=detail)
    return f"{said[:1].upper()}{said[1:]}".removesuffix(".")


def short_flag(flag: str) -> str:
    """Return what kind of flag it is, for a table: `must have contradicted`."""
    return flag.partition(":")[0].replace("_", " ")


def contribution(criterion: Criterion) -> str:
    """Return in a sentence what a criterion gives to the rating, and why that."""
    possible = 100 * criterion.weight
    points = min(criterion.points, possible)
    if round(points, 1) >= round(possible, 1):
        given = f"All of its {plain(possible)} points"
    elif points < 0.05:
        given = f"None of its {plain(possible)} points"
    else:
        given = f"{plain(points)} of its {plain(possible)} points"
    return f"{given}: {_why(criterion)}."


def _why(criterion: Criterion) -> str:
    if criterion.finding == "contradicted":
        return "the application speaks against it"
    if criterion.finding == "not_evidenced":
        if criterion.points > 0 and criterion.claimed:
            return _CLAIMED.format(f"“{criterion.claimed}”")
        return "nothing in the application shows it"
    return f"{_LEVELS.get(criterion.level, criterion.level)} is shown, {criterion.required} is asked for"


def lasted(seconds: float | None) -> str:
    """Return a time in its two largest units; a dash where it is not known."""
    if seconds is None or seconds < 0:
        return "–"
    if seconds < 60:
        return f"{plain(seconds)} s"
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 60:
        return f"{minutes} min {int(seconds % 60)} s"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"


def cost(context: Mapping[str, Any]) -> str:
    """Return what the model's work cost; of the offline rater, which is no model, nothing."""
    model = context.get("model") or {}
    if model.get("kind") == "offline heuristic":
        return "nothing"
    usd = model.get("cost_usd")
    return "–" if usd is None else f"${usd:.4f}"
