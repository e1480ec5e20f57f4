"""What an explanation says, sentence by sentence; plain words for somebody who knows nothing of the service.

May import `storage`, `scoring` and siblings.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluator.audit.arithmetic import Sum
from evaluator.scoring import to_rating
from evaluator.storage.records import Stored

SOURCES: Mapping[str, str] = {
    "cv": "CV",
    "form": "application form",
    "comments": "comments",
    "context": "earlier assessments",
}
"""Where a quote stands, in words."""

FINDINGS: Mapping[str, str] = {
    "evidenced": "shown",
    "contradicted": "spoken against",
    "not_evidenced": "not shown",
}
"""What was found of a criterion, in words."""

PERSON = (
    "This rating is help for a person and no decision. It does not say whether somebody is invited, accepted "
    "or turned down; a person decides that, and can decide otherwise than the rating suggests."
)

ASK = (
    "If something here is wrong, or something that matters is missing, tell the organisation that the "
    "application was sent to, and name the number of this record. A person there can look at the application "
    "again and correct the rating; what was corrected, by whom and why is then added to this record, and "
    "nothing of it is changed. You can also ask for your data to be erased."
)

_STATUSES: Mapping[str, str] = {
    "completed": "The application was rated.",
    "needs_review": "The application was rated, and a person was asked to look before the rating is used.",
    "insufficient_data": "The application was rated, but it says too little for the rating to mean much.",
    "failed": "The application could not be rated. A failure is no rating and counts for nothing.",
    "opted_out": "The application was not rated, since automated assessment was declined. No model read it.",
}

_FLAGS: Mapping[str, str] = {
    "must_have_contradicted": "Something that the job must have is spoken against by the application: {}",
    "samples_disagree": "Several readings disagree, by {} points.",
    "cross_check": "The model's own overall figure is {} points off what the criteria give.",
    "canary": "The model's reply repeated part of its instructions, so something may have steered it.",
    "holistic_gap": "The model's overall figure is {} points off what the criteria give.",
}


_ADDRESSED = (
    "A text in the {} was taken as addressed to the rater rather than telling of the person, and counted "
    "neither for nor against"
)
_PASSAGES: Mapping[str, str] = {
    "authority": "A text in the {} borrows somebody else's word, and counted no more than an own claim",
    "encoded": "A text in the {} was disguised, such as by a code, and counted neither for nor against",
    "hidden": "A text in the {} was in characters that nobody sees, and counted neither for nor against",
}
"""What was flagged, by kind, where it is not merely addressed to the rater."""

_REDACTED: Mapping[str, str] = {
    "email": "e-mail addresses",
    "link": "links",
    "phone": "phone numbers",
    "address": "addresses",
    "birth": "dates of birth and ages",
    "number": "numbers of papers and accounts",
    "photo": "photos",
    "name": "names",
    "names": "names",
    "schools": "schools and years of graduation",
    "postcode": "postcodes",
}
"""What was redacted, by kind, where that is no word for it."""


def outcome(told: Mapping[str, Any]) -> str:
    """Return what came of the evaluation."""
    status = _STATUSES.get(told["status"], told["status"])
    if told["rating"] is not None:
        return f"{status} The rating is {told['rating']:g} of 100."
    return f"{status} {told['failure'] or ''}".strip()


def doubted(number: int, what: str) -> str:
    """Return that a record is not as it was written; `what` is a phrase of `verifying`."""
    return f"Record {number} {what}. What is told here may not be what was found then."


def arithmetic(told: Mapping[str, Any], total: Sum | None, points: Sequence[float]) -> Iterator[str]:
    """Yield how the rating is computed, with its figures."""
    if total is None:
        return
    context = told["context"]
    by_criteria, rules = context["computed_rating"], context["rules"]
    yield (
        "Each criterion has a weight; all weights together are 100 points. Of its points a criterion gives "
        "the part that was reached: the level that was found, divided by the level that is required, and "
        "never more than all. Levels are none (0), basic (1), working (2), strong (3) and expert (4)."
    )
    if rules["claim_weight"]:
        part = f"{rules['claim_weight']:g}"
        yield f"What the application only claims counts {part} of what it would count if it were shown."
    else:
        yield "What the application only claims, and does not show, counts nothing."
    yield f"{' + '.join(f'{each:.2f}' for each in points)} = {total.total:.2f}"
    yield _rounded(total, by_criteria)
    if context["scoring"] == "holistic":
        own = f"{told['rating']:g}"
        yield (
            f"In this case the rating is not that figure but the model's own overall figure, {own}. "
            "The figure from the criteria serves as a check."
        )
    counted = context.get("samples", {}).get("count", 1)
    if counted > 1:
        yield f"{counted} readings were made, and of each criterion the middle level counts."


def _rounded(total: Sum, rating: int) -> str:
    if not total.gives(rating):
        return f"That does not give the recorded figure of {rating}: the record is not whole."
    if to_rating(total.total) == rating:
        return f"Rounded to a whole number: {rating}."
    bounds = f"{total.low:.3f} and {total.high:.3f}"
    return (
        f"Each figure is rounded to two digits; the exact sum lies between {bounds}, and rounded to a whole "
        f"number it is {rating}."
    )


def judged(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield who judged, and by what."""
    model, context = told["model"], told["context"]
    if model is None:
        yield "No model was asked."
    elif model["kind"] == "offline heuristic":
        yield "A program that compares words judged, not a language model."
    else:
        answered = ", ".join(model["answered"]) or "nothing"
        yield f"The language model {model['asked']} was asked; what answered calls itself {answered}."
        yield (
            "The model names a level for each criterion and quotes the application for it. A program checks "
            "that the quotes stand there, and computes the rating; the model does not."
        )
    if "pack" in context:
        pack = context["pack"]
        yield f"The criteria and instructions are those of the set named {pack['name']}, and of the job."
    yield f"The program is candidate-evaluator {told['program']['version']}."


def not_counted(context: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found and did not count, and why a person was asked to look."""
    missing = [each["title"] for each in context.get("criteria", ()) if each["finding"] == "not_evidenced"]
    if missing:
        yield f"Nothing in the application was found to show: {'; '.join(missing)}. These may be asked about."
    for flag in context.get("flags", ()):
        kind, _, detail = flag.partition(": ")
        if kind in _FLAGS:
            yield _FLAGS[kind].format(detail)
    yield from _passages(context.get("manipulation", ()))
    second = context.get("second_opinion")
    if second and second.get("difference") is not None:
        yield (
            f"With those passages as they were written, one more reading gave {second['rating']}. It is told "
            "for comparison and is not the rating."
        )
    failed = len(context.get("samples", {}).get("failed", ()))
    if failed:
        yield f"Readings that failed, and count for nothing: {failed}."


def _passages(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    counts = Counter((each["source"], each["kind"], each["severity"]) for each in found)
    for (source, kind, severity), count in counts.items():
        several = "" if count == 1 else f", {count} findings"
        said = _PASSAGES.get(kind, _ADDRESSED).format(SOURCES.get(source, source))
        yield f"{said} ({kind}, {severity}{several})."


def left_out(context: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the model was not shown: redacted, taken out, or too long."""
    for kind, count in sorted(context.get("redacted", {}).items()):
        yield f"Hidden from the model: {_REDACTED.get(kind, kind)} ({count})."
    removed = sum(each["count"] for each in context.get("removed", ()))
    if removed:
        yield f"Characters without visible form were taken out of the texts: {removed}."
    for cut in context.get("prompt", {}).get("cut", ()):
        part = cut["section"].replace("_", " ")
        yield f"Left out of the part {part}: {cut['what']} ({cut['tokens']} tokens)."


def provenance(told: Mapping[str, Any], stored: Stored) -> Iterator[tuple[str, str]]:
    """Yield what identifies this evaluation exactly."""
    context, named = told["context"], json.loads(stored.identity or "{}")
    yield "record", f"{stored.seq}"
    yield "hash of the record", stored.hash
    yield "hash of the record before", stored.previous or "none: it is the first"
    if named.get("request"):
        yield "SHA-256 of the request", named["request"]
    yield "program", f"{told['program']['version']}, SHA-256 {told['program']['digest']}"
    if "pack" in context:
        yield "pack", f"{context['pack']['name']}, SHA-256 {context['pack']['hash']}"
        yield "SHA-256 of criteria and weights", context["pack"]["rubric_hash"]
    if model := told["model"]:
        for name in ("asked", "temperature", "seeds", "max_output_tokens", "form"):
            yield f"model: {name.replace('_', ' ')}", _value(model[name])


def _value(value: Any) -> str:
    if value is None:
        return "not given"
    return ", ".join(map(_value, value)) if isinstance(value, list) else str(value)


def clock(at: str) -> str:
    """Return a time in ISO 8601 and UTC as people write it."""
    return at.replace("T", " ").replace("+00:00", " UTC")


def corrected(at: str, by: str | None, note: str | None, rating: float | None) -> str:
    """Return how a person corrected a rating."""
    who = by or "a person whose name is not kept any more"
    to = "the rating stays" if rating is None else f"the rating is now {rating:g}"
    return f"{clock(at)}, by {who}: {to}.{f' {note}' if note else ''}"
