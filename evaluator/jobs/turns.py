"""One at a time: who works on which job in this process, and working on although the database is away.

May import `errors`.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog

from evaluator.errors import StorageUnavailable

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
"""Pauses between two tries to use a database that is gone or full."""

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


class Turns:
    """Has one thing at a time done about each job, and knows which are in hand. Used from one loop."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._in_hand: Counter[str] = Counter()
        self._awaited: Counter[str] = Counter()

    @property
    def in_hand(self) -> frozenset[str]:
        """The jobs that are worked on at this moment."""
        return frozenset(self._in_hand)

    def is_awaited(self, job_id: str) -> bool:
        """Tell whether a caller waits for what comes of a job."""
        return job_id in self._awaited

    @contextmanager
    def awaiting(self, job_id: str) -> Iterator[None]:
        """Have a caller wait for what comes of a job during the block."""
        with _counted(self._awaited, job_id):
            yield

    async def take(self, job_id: str, action: Callable[[], Awaitable[_T]]) -> _T:
        """Do something about a job when nothing else here does; its next unit may come early."""
        turn = self._locks.setdefault(job_id, asyncio.Lock())
        with _counted(self._in_hand, job_id):
            async with turn:
                return await action()


@contextmanager
def _counted(counter: Counter[str], job_id: str) -> Iterator[None]:
    counter[job_id] += 1
    try:
        yield
    finally:
        counter[job_id] -= 1
        if not counter[job_id]:
            del counter[job_id]


class Standing:
    """Whether this process may take work on: not while others may think it dead, and take its work over."""

    def __init__(self) -> None:
        self._held = asyncio.Event()
        self._held.set()

    @property
    def holds(self) -> bool:
        """Whether it may."""
        return self._held.is_set()

    def lost(self) -> None:
        """Take nothing on from now; what is in hand goes on."""
        if self._held.is_set():
            _log.error("this process may be taken for dead; it takes nothing on until it has its lock again")
        self._held.clear()

    def regained(self) -> None:
        """Go on."""
        self._held.set()

    async def held(self) -> None:
        """Wait until it may."""
        await self._held.wait()


class Patience:
    """Does what needs the database, again and again while it cannot be used: nothing accepted is lost."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """`sleep` is for tests."""
        self._sleep = sleep

    async def __call__(self, action: Callable[[], Awaitable[_T]]) -> _T:
        """Return what `action` does once the database is there."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await action()
            except StorageUnavailable as error:
                _log.error("the database cannot be used for now", details=str(error), again_in_s=pause_s)
            await self._sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
