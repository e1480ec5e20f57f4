"""A callback whose attempts are counted."""

import asyncio
from dataclasses import dataclass, field

from evaluator.delivery.attempt import Attempt, Outcome
from evaluator.delivery.counted import CountedCallback


@dataclass
class FakeClient:
    """Meets these outcomes, in order."""

    outcomes: list[Outcome]
    closed: bool = False

    async def send(self, result: bytes) -> Attempt:
        """See Client."""
        return Attempt(1.0, 2, self.outcomes.pop(0), detail=result.decode())

    async def aclose(self) -> None:
        """See Client."""
        self.closed = True


@dataclass
class FakeWatch:
    """Keeps what it is told."""

    outcomes: list[str] = field(default_factory=list)

    def attempted(self, outcome: str) -> None:
        """See CallbackWatch."""
        self.outcomes.append(outcome)


def test_each_attempt_is_told_and_handed_on() -> None:
    """What came of it is what the other client said."""
    client, watch = FakeClient(["retry", "delivered"]), FakeWatch()

    async def deliver() -> list[Attempt]:
        counted = CountedCallback(client, watch)
        tried = [await counted.send(b"{}"), await counted.send(b"[]")]
        await counted.aclose()
        return tried

    assert [each.detail for each in asyncio.run(deliver())] == ["{}", "[]"]
    assert (watch.outcomes, client.closed) == (["retry", "delivered"], True)
