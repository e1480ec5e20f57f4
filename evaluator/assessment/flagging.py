"""What a result tells of manipulation: flags for the comment, and lists for the details.

May import `commentary`, `contract` and the sibling `screening`.
"""

from collections import Counter

from evaluator.assessment.screening import AUTHORITY, ENCODED, Flagged, Screened
from evaluator.commentary.comment import Flag, FlagKind
from evaluator.contract.request import ParsedCV
from evaluator.contract.result import Manipulation, Removal
from evaluator.judgement import Source

MAX_LISTED = 50
"""Flagged passages that a result lists."""


_KINDS: tuple[FlagKind, ...] = ("hidden", "manipulation", "encoded", "authority")


def severe_flags(screened: Screened | None) -> list[Flag]:
    """Return one flag for each text that a person should look at, however many rules found it.

    Where it is of several kinds, the first of _KINDS is told.
    """
    told: dict[tuple[Source, str], FlagKind] = {}
    for each in screened.flagged if screened else ():
        if each.finding.severity == "severe":
            own, known = _flag_kind(each), told.get((each.source, each.excerpt))
            told[each.source, each.excerpt] = own if known is None else min(own, known, key=_KINDS.index)
    return [Flag(kind, excerpt, source) for (source, excerpt), kind in told.items()]


def _flag_kind(flagged: Flagged) -> FlagKind:
    if flagged.finding.kind == AUTHORITY:
        return "authority"
    if flagged.is_hidden:
        return "hidden"
    return "encoded" if flagged.finding.kind == ENCODED else "manipulation"


def manipulations(screened: Screened | None) -> list[Manipulation]:
    """Return the flagged passages, MAX_LISTED at most."""
    return [_manipulation(each) for each in (screened.flagged if screened else ())[:MAX_LISTED]]


def _manipulation(flagged: Flagged) -> Manipulation:
    finding = flagged.finding
    return Manipulation(
        source=flagged.source.value,
        pointer=finding.pointer,
        kind=finding.kind,
        severity=finding.severity,
        rule=finding.rule,
        excerpt=flagged.excerpt or None,
    )


def removals(screened: Screened | None) -> list[Removal]:
    """Return what cleaning took out by part of the request: keys that are no part of it may name a person."""
    counts: Counter[tuple[str, str]] = Counter()
    for each in screened.removed if screened else ():
        parts = each.pointer.split("/")
        in_cv = parts[1] == "candidate_parsed_cv" and parts[2] in ParsedCV.model_fields
        counts["/".join(parts[: 3 if in_cv else 2]), each.kind] += each.count
    return [Removal(place=place, kind=kind, count=count) for (place, kind), count in counts.items()]
