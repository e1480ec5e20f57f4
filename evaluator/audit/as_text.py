"""An explanation as text for a terminal, and as JSON.

JSON, as `explain --json` prints it: the fields of `Explanation`, with those of its criteria and corrections.
Fields may be added; none is renamed or taken away. May import siblings.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from evaluator.audit import sentences
from evaluator.audit.explaining import Correction, Criterion, Explanation


def as_json(explanation: Explanation) -> str:
    """Return it as JSON in ASCII, with what a person decides and how to ask for a correction."""
    told = asdict(explanation) | {"person_decides": sentences.PERSON, "ask_for_correction": sentences.ASK}
    total = explanation.sum
    told["sum"] = None if total is None else {"total": total.total, "low": total.low, "high": total.high}
    return json.dumps(told, indent=2)


def as_text(explanation: Explanation) -> str:
    """Return it as lines, those of the candidate's own words among them; nothing in it steers a terminal."""
    return "\n".join(_plain(line) for line in _lines(explanation))


def _lines(told: Explanation) -> Iterator[str]:
    yield f"How this application was rated: record {told.number}, {sentences.clock(told.at)}"
    yield ""
    for what in told.wrong:
        yield f"NOT AS IT WAS WRITTEN: {sentences.doubted(told.number, what)}"
    yield told.outcome
    for corrected in told.corrections:
        yield _corrected(corrected)
    yield sentences.PERSON
    if told.criteria:
        yield from ("", "WHAT WAS LOOKED AT")
    for place, criterion in enumerate(told.criteria, 1):
        yield from _criterion(place, criterion)
    if not told.content_kept:
        yield "Quotes and reasons are not kept any more; the figures are."
    yield from _section("How the rating is computed", told.arithmetic)
    yield from _section("What did not count, and why a person should look", told.not_counted)
    yield from _section("What the model was not shown", told.left_out)
    yield from _section("Who judged", told.judged)
    yield from _section("If you disagree", [sentences.ASK])
    yield from _section(
        "What identifies this evaluation", [f"{name}: {is_}" for name, is_ in told.provenance]
    )
    if told.other_numbers:
        numbers = ", ".join(map(str, told.other_numbers))
        yield f"Earlier evaluations of the same job are records {numbers}."


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield title.upper()
    yield from lines or ["Nothing."]


def _criterion(place: int, told: Criterion) -> Iterator[str]:
    must = ", must have" if told.must_have else ""
    yield f"{place}. {told.title} (weight {100 * told.weight:.2f}{must})"
    claimed = f"; claimed: {told.claimed}" if told.claimed else ""
    yield f"   required: {told.required}; found: {told.level}, {sentences.FINDINGS[told.finding]}{claimed}"
    yield f"   points: {told.how}"
    if told.quotes is None and told.quoted:
        yield f"   quotes: {told.quoted}"
    for where, words in told.quotes or ():
        yield f"   {where}: “{words}”"
    if told.reason:
        yield f"   reason given: {told.reason}"
    if told.note:
        yield f"   changed by the program: {told.note}"
    for where, why in told.dropped:
        yield f"   a quote from the {where} did not count: {why}"


def _corrected(told: Correction) -> str:
    return f"Corrected: {sentences.corrected(told.at, told.by, told.note, told.rating)}"


def _plain(line: str) -> str:
    return "".join(each if each.isprintable() else " " for each in line)
