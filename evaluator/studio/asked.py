"""Which evaluations somebody looks for: what a form says, as a filter of the store.

May import `storage` and below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from evaluator.storage.rows import Filter, storable

STANDINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "rated": ("Rated", {"statuses": ("completed",)}),
    "review": ("Needs review", {"statuses": ("needs_review",)}),
    "thin": ("Says too little", {"statuses": ("insufficient_data",)}),
    "failed": ("Failed", {"states": ("failed",)}),
    "opted-out": ("Opted out", {"statuses": ("opted_out",)}),
    "open": ("Waiting or being rated", {"states": ("waiting", "running")}),
    "cancelled": ("Cancelled", {"states": ("cancelled",)}),
}
"""How evaluations stand, by the key that a form sends: words, and what of the filter it is."""

DELIVERED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "taken": ("Taken by SolidATS", ("delivered", "answered")),
    "open": ("On its way", ("owed",)),
    "held": ("Held: SolidATS refuses it", ("held",)),
    "dead": ("Given up", ("dead",)),
    "none": ("Not asked for", ("none",)),
}
"""How deliveries stand, likewise."""

CORRECTED: Mapping[str, tuple[str, bool]] = {
    "yes": ("Corrected by a person", True),
    "no": ("Not corrected", False),
}
"""Whether a person has corrected the rating, likewise."""

_DAY_S = 86_400.0
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds, each field empty where it narrows nothing; what makes no sense is left out.

    `search` is an id of a candidate, a step or an evaluation; `since` and `until` are days in UTC, both
    included.
    """

    search: str = ""
    standing: str = ""
    delivery: str = ""
    pack: str = ""
    since: str = ""
    until: str = ""
    corrected: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> "Asked":
        """Return what a form or an address says; unknown choices and days that are none are dropped."""
        given = {field.name: _text(sent.get(field.name)) for field in fields(cls)}
        for name, known in (("standing", STANDINGS), ("delivery", DELIVERED), ("corrected", CORRECTED)):
            if given[name] not in known:
                given[name] = ""
        for name in ("since", "until"):
            if _day(given[name]) is None:
                given[name] = ""
        return cls(**given)

    @property
    def told(self) -> Mapping[str, str]:
        """What narrows, by field: the address of the same list."""
        every = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in every.items() if value}

    @property
    def filter(self) -> Filter:
        """What the store is asked for."""
        given: dict[str, Any] = dict(STANDINGS[self.standing][1]) if self.standing else {}
        if self.delivery:
            given["deliveries"] = DELIVERED[self.delivery][1]
        if self.corrected:
            given["corrected"] = CORRECTED[self.corrected][1]
        if self.pack:
            given["packs"] = (self.pack,)
        until = _day(self.until)
        return Filter(
            **given,
            search=self.search,
            newer_than=_day(self.since),
            older_than=None if until is None else until + _DAY_S,
        )


def _text(value: object) -> str:
    return storable(value).strip()[:_LONGEST] if isinstance(value, str) else ""


def _day(text: str) -> float | None:
    """Return when a day begins, in epoch seconds; None where it is none."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
