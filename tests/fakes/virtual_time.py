"""A loop whose time passes at once: when nothing is left to do, it is as late as the next thing is due.

    run(lambda: simulation())      # asyncio.sleep(3600) inside takes no time outside

Nothing in it may wait for another thread or for a socket.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class _Hasty(selectors.SelectSelector):
    """Lets time pass in place of waiting."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        """Wait for nothing."""
        assert timeout is not None, "everything waits for something that never comes"
        self.loop.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """See above."""

    def __init__(self) -> None:
        """Begin at 1,000 seconds."""
        self.now = 1000.0
        selector = _Hasty()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the time that has passed here."""
        return self.now


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` to its end."""

    async def whole() -> T:
        return await work()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())
