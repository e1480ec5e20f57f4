"""Figures to serve: jobs that are made up, and what the process is said to do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from evaluator.errors import StorageUnavailable
from evaluator.storage.rows import Counts, Tally
from evaluator.web.app import Measured
from evaluator.web.counting import Metrics
from evaluator.web.metrics import Door, Exposition, Sources
from tests.fakes.clock import FakeClock

TOKEN = "metrics-token"
"""The bearer that opens the figures."""


@dataclass
class FakeFigures:
    """Sources that say what they are told to, with a clock that stands still."""

    breaker: str | None = "closed"
    gone: bool = False
    asked: int = 0
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: Metrics = field(default_factory=Metrics)

    async def counts(self) -> Counts:
        """Return three jobs that wait, the oldest for a minute, and two deliveries on hold."""
        self.asked += 1
        if self.gone:
            raise StorageUnavailable("gone")
        now = self.clock()
        return Counts({"waiting": Tally(3, now - 60)}, {"held": Tally(2, now - 600)})

    def measured(self, *, token: str | None = TOKEN) -> Measured:
        """Return what `create_app` takes."""
        state: Callable[[], str] | None = None if self.breaker is None else lambda: self.breaker or ""
        sources = Sources(self.counts, state, in_hand=lambda: 4, waiting=lambda: 5)
        exposition = Exposition(self.metrics, sources, clock=self.clock, timer=self.clock)
        return Measured(exposition, Door(token), self.metrics.served)


Labels = tuple[tuple[str, str], ...]


def samples_of(text: str) -> dict[tuple[str, Labels], float]:
    """Return each sample's value by its name and its labels, in alphabetical order."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def described(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return type and label names of each family, by the name that its samples have."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels: set[Any] = {label for sample in family.samples for label in sample.labels}
        found[name] = (family.type, frozenset(labels - {"le"}))
    return found
