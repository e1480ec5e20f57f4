"""Back-off and breaker together, through a long downtime in a time of their own."""

import heapq
import random
from dataclasses import dataclass, field

from evaluator.delivery.backoff import Backoff
from evaluator.delivery.breaker import Breaker
from tests.fakes.clock import FakeClock

HOUR = 3_600.0


@dataclass
class Simulated:
    """Deliveries that all begin at 0 to an endpoint that works from `up_at` on; a try takes no time."""

    deliveries: int
    up_at: float
    backoff: Backoff
    horizon_s: float
    tries: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    given_up: int = 0

    def run(self) -> None:
        """Let time go on until nothing is left to do."""
        source, clock = random.Random(7), FakeClock(0.0)  # noqa: S311 - a simulation, the same every time
        breaker = Breaker(self.backoff.first_retry_s, clock)
        deadline = self.horizon_s
        due = [(0.0, number, 0) for number in range(self.deliveries)]
        while due:
            clock.now, number, failures = heapq.heappop(due)
            wait, era = breaker.admit()
            if wait > 0 and clock.now < deadline:
                heapq.heappush(due, (min(clock.now + wait, deadline), number, failures))
                continue
            self.tries.append(clock.now)
            breaker.record(era, endpoint_works=clock.now >= self.up_at)
            if clock.now >= self.up_at:
                self.delivered.append(clock.now)
                continue
            at = self.backoff.next_try_at(
                failures + 1, now=clock.now, deadline_at=deadline, uniform=source.uniform
            )
            if at is None:
                self.given_up += 1
            else:
                heapq.heappush(due, (at, number, failures + 1))


def test_endpoint_that_is_down_is_not_hammered() -> None:
    """A thousand deliveries put no more on an endpoint that is down than its own breaker's probes."""
    world = Simulated(deliveries=1_000, up_at=3 * HOUR, backoff=Backoff(5), horizon_s=24 * HOUR)
    world.run()
    during = [at for at in world.tries if at < world.up_at]

    assert len(during) < 10 + 3 * HOUR / 300 + 20
    assert len([at for at in during if at > 60]) < 3 * HOUR / 300 + 10


def test_deliveries_recover_together() -> None:
    """All arrive within minutes of the endpoint's return, and none twice."""
    world = Simulated(deliveries=1_000, up_at=3 * HOUR, backoff=Backoff(5), horizon_s=24 * HOUR)
    world.run()

    assert (len(world.delivered), world.given_up) == (1_000, 0)
    assert sorted(world.delivered)[989] - world.up_at < 2 * 300 + 20
    assert max(world.delivered) - world.up_at < 0.6 * HOUR + 300


def test_deliveries_end_at_the_horizon() -> None:
    """An endpoint that never comes back is given up by all, at the time that was set."""
    world = Simulated(deliveries=50, up_at=1_000 * HOUR, backoff=Backoff(5), horizon_s=24 * HOUR)
    world.run()

    assert (world.delivered, world.given_up) == ([], 50)
    assert max(world.tries) == 24 * HOUR


def test_schedule_can_be_scaled_down() -> None:
    """With a first wait of hundredths of a second the same happens within seconds."""
    world = Simulated(deliveries=100, up_at=3.0, backoff=Backoff(0.02), horizon_s=30.0)
    world.run()

    assert len(world.delivered) == 100
    assert max(world.delivered) < 9.0
