"""Which state may follow which, for the assessment of a job and for the delivery of its result.

A job has two states side by side. `state` is how the assessment stands:

    waiting ⇄ running ─▶ succeeded
       │         ├─────▶ failed ────┐
       └─────────┴─────▶ cancelled ─┴─▶ waiting or running, as a new run

`delivery` is what the sender has of it:

    none ─▶ answered                    in the answer to a request
     └───▶ owed ─▶ delivered            at the callback
            ⇅ └──▶ dead ─▶ owed         given up, and replayed
           held ─▶ delivered or dead    refused for now: key or address are wrong

A delivery that was given up while it was on its way may be taken all the same.

What is not delivered may be answered directly at any time, and then is never delivered; a new run begins
with `none` or `owed`, whatever there was before. May import nothing of the package.
"""

from collections.abc import Mapping
from typing import Literal

State = Literal["waiting", "running", "succeeded", "failed", "cancelled"]
"""How the assessment stands: in the queue, in work, or ended in one of three ways."""

Delivery = Literal["none", "owed", "answered", "delivered", "held", "dead"]
"""What the sender has: `none` or `owed`, nothing yet; `answered` or `delivered`, the result; `held`, nothing,
since the callback refuses us; `dead`, nothing any more."""

STATES: Mapping[State, frozenset[State]] = {
    "waiting": frozenset({"waiting", "running", "succeeded", "failed", "cancelled"}),
    "running": frozenset({"waiting", "running", "succeeded", "failed", "cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset({"waiting", "running"}),
    "cancelled": frozenset({"waiting", "running"}),
}
"""The states that may follow each. A late result of a job that was put back still counts."""

DELIVERIES: Mapping[Delivery, frozenset[Delivery]] = {
    "none": frozenset({"owed", "answered"}),
    "owed": frozenset({"owed", "answered", "delivered", "held", "dead", "none"}),
    "held": frozenset({"owed", "answered", "delivered", "held", "dead"}),
    "dead": frozenset({"owed", "answered", "delivered"}),
    "answered": frozenset(),
    "delivered": frozenset(),
}
"""The deliveries that may follow each within one run; `owed` falls back to `none` by cancelling."""

OPEN: tuple[State, ...] = ("waiting", "running")
"""States in which the assessment has not ended."""

AGAIN: tuple[State, ...] = ("failed", "cancelled")
"""States from which a job may be run anew."""

PENDING: tuple[Delivery, ...] = ("owed", "held")
"""Deliveries that are still to be made."""

UNRECEIVED: tuple[Delivery, ...] = ("none", "owed", "held", "dead")
"""Deliveries with which the sender has nothing yet."""
