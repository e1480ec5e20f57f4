"""What stands around each call of a model: the gate that lets it through, and the watch that counts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from evaluator.errors import ModelError, ModelTimeout, Overloaded
from evaluator.models.ask import Usage
from tests.fakes.asking import asked
from tests.fakes.endpoint import FakeEndpoint, Reply, Seen, failure, obliging, says, stall


@dataclass
class FakeGate:
    """Lets everything through, or nothing; `log` tells what it was asked and told, in order."""

    closed: bool = False
    log: list[tuple[str, float]] = field(default_factory=list)

    @asynccontextmanager
    async def passing(self, tokens: int, *, within_s: float) -> AsyncIterator["FakeGate"]:
        """See Gate."""
        self.log.append(("asked", tokens))
        if self.closed:
            raise Overloaded("no place", retry_after_s=7)
        yield self
        self.log.append(("left", within_s))

    def used(self, tokens: int) -> None:
        """See Passage."""
        self.log.append(("used", tokens))


@dataclass
class FakeWatch:
    """Keeps what it is told."""

    outcomes: list[str] = field(default_factory=list)
    retries: int = 0
    usage: Usage = field(default_factory=Usage)

    def called(self, outcome: str) -> None:
        """See ModelWatch."""
        self.outcomes.append(outcome)

    def retried(self) -> None:
        """See ModelWatch."""
        self.retries += 1

    def used(self, usage: Usage) -> None:
        """See ModelWatch."""
        self.usage += usage


def test_call_reserves_the_most_it_may_take_and_tells_what_it_took() -> None:
    """The prompt and the longest reply are reserved; a hundred and twenty tokens were used."""
    gate = FakeGate()
    asked(FakeEndpoint(), gate=gate, ask={"prompt_tokens": 90, "max_output_tokens": 500}, within_s=60)

    assert gate.log == [("asked", 590), ("left", 60.0), ("used", 120)]


def test_each_try_passes_the_gate_by_itself() -> None:
    """A retry and a repair turn are calls as well, and the gate is not held in between."""
    gate, endpoint = FakeGate(), FakeEndpoint()
    endpoint.enqueue(failure(503), says("no json"))
    asked(endpoint, gate=gate)

    assert [name for name, _ in gate.log] == ["asked", "left", *["asked", "left", "used"] * 2]


def test_closed_gate_ends_the_ask_without_a_call() -> None:
    """The error is the gate's own, and the endpoint is not asked."""
    endpoint, watch = FakeEndpoint(), FakeWatch()
    with pytest.raises(Overloaded, match="no place"):
        asked(endpoint, gate=FakeGate(closed=True), watch=watch)

    assert (endpoint.history, watch.outcomes) == ([], [])


def test_calls_are_counted_by_outcome() -> None:
    """Every call is one, whatever came of it; two were made again after a failure that passes."""
    watch, endpoint = FakeWatch(), FakeEndpoint()
    endpoint.enqueue(failure(429, {"error": {"message": "slow"}}), failure(503), says("no json"))
    asked(endpoint, watch=watch)

    assert watch.outcomes == ["ModelRateLimited", "ModelUnavailable", "ok", "ok"]
    assert watch.retries == 2
    assert (watch.usage.prompt_tokens, watch.usage.completion_tokens) == (200, 40)


def test_call_that_is_given_up_is_counted_as_cut() -> None:
    """The time for all tries may end in the middle of one."""
    watch = FakeWatch()
    with pytest.raises(ModelTimeout):
        asked(FakeEndpoint(lambda _: stall()), watch=watch, within_s=0.05)

    assert watch.outcomes == ["cut"]


def test_final_failure_is_counted_by_its_name() -> None:
    """The names are those of the errors, so there are no more of them than errors."""
    watch = FakeWatch()

    def refuse(_: Seen) -> Reply:
        return failure(401)

    with pytest.raises(ModelError):
        asked(FakeEndpoint(refuse), watch=watch)

    assert watch.outcomes == ["ModelKeyRejected"]


def test_without_gate_and_watch_nothing_is_asked() -> None:
    """A client by itself works as it did."""
    endpoint = FakeEndpoint(obliging)
    asked(endpoint)

    assert len(endpoint.history) == 1
