"""What this process counts, for `/metrics`: plain dictionaries, so that counting costs next to nothing.

Labels hold words of ours alone: routes, statuses, names of errors. May import `models` and below.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

from evaluator.models.ask import Usage

DURATION_BUCKETS_S = (0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0)
"""Upper bounds of the histogram of requests: from a health check to all tries of an assessment."""

_CALLBACK_OUTCOMES = ("delivered", "retry", "hold", "dead")
_TOKEN_KINDS = ("prompt", "completion", "cached")


class Tally:
    """A counter by labels; those that are `known` beforehand begin at 0."""

    def __init__(
        self, name: str, meaning: str, labels: Sequence[str] = (), known: Iterable[tuple[str, ...]] = ()
    ) -> None:
        """`name` is without its `_total`."""
        self._described = (name, meaning, labels)
        self._counts: defaultdict[tuple[str, ...], int] = defaultdict(int, dict.fromkeys(known, 0))

    def add(self, *values: str, by: int = 1) -> None:
        """Count `by` more for these values of the labels."""
        self._counts[values] += by

    def family(self) -> Metric:
        """Return what is served."""
        name, meaning, labels = self._described
        family = CounterMetricFamily(name, meaning, labels=labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        return family


class Durations:
    """A histogram of seconds by one label."""

    def __init__(self, name: str, meaning: str, label: str) -> None:
        """Begin without an observation."""
        self._described = (name, meaning, [label])
        self._counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(DURATION_BUCKETS_S) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)

    def add(self, value: str, seconds: float) -> None:
        """Note that something took `seconds`."""
        self._counts[value][bisect_left(DURATION_BUCKETS_S, seconds)] += 1
        self._sums[value] += seconds

    def family(self) -> Metric:
        """Return what is served."""
        name, meaning, labels = self._described
        family = HistogramMetricFamily(name, meaning, labels=labels)
        for value, counts in self._counts.items():
            family.add_metric([value], _cumulated(counts), self._sums[value])
        return family


class Metrics:
    """Counts requests, model calls and callback attempts: the watch that the layers below are given."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._requests = Tally("evaluator_http_requests", "HTTP requests.", ["route", "status", "outcome"])
        self._durations = Durations(
            "evaluator_http_request_duration_seconds", "Seconds until the answer began.", "route"
        )
        self._calls = Tally("evaluator_model_calls", "Calls of the model.", ["outcome"], [("ok",)])
        self._retries = Tally(
            "evaluator_model_retries", "Calls made again after a failure that may pass.", known=[()]
        )
        self._tokens = Tally(
            "evaluator_model_tokens",
            "Tokens as the endpoint counts them; `cached` is a part of `prompt`.",
            ["kind"],
            [(kind,) for kind in _TOKEN_KINDS],
        )
        self._attempts = Tally(
            "evaluator_callback_attempts",
            "Attempts to deliver a result.",
            ["outcome"],
            [(outcome,) for outcome in _CALLBACK_OUTCOMES],
        )

    def served(self, route: str, status: int | None, outcome: str, seconds: float) -> None:
        """Note a request; `status` is None where the caller got no answer."""
        self._requests.add(route, str(status or "none"), outcome)
        if status is not None:
            self._durations.add(route, seconds)

    def called(self, outcome: str) -> None:
        """See models.seam.ModelWatch."""
        self._calls.add(outcome)

    def retried(self) -> None:
        """See models.seam.ModelWatch."""
        self._retries.add()

    def used(self, usage: Usage) -> None:
        """See models.seam.ModelWatch."""
        self._tokens.add("prompt", by=usage.prompt_tokens)
        self._tokens.add("completion", by=usage.completion_tokens)
        self._tokens.add("cached", by=usage.cached_tokens)

    def attempted(self, outcome: str) -> None:
        """See delivery.counted.CallbackWatch."""
        self._attempts.add(outcome)

    def families(self) -> Iterable[Metric]:
        """Yield all that is counted."""
        for each in (
            self._requests,
            self._durations,
            self._calls,
            self._retries,
            self._tokens,
            self._attempts,
        ):
            yield each.family()


def _cumulated(counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return each bucket's upper bound, and how many lie at or below it."""
    bounds = [*map(str, DURATION_BUCKETS_S), "+Inf"]
    return [(bound, sum(counts[: number + 1])) for number, bound in enumerate(bounds)]
