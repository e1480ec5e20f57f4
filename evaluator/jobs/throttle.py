"""Waiting for a turn to ask the model, where limits hold over all processes of a database.

It stands around each call of the model, so what runs directly in a request and what comes from the queue
are counted alike. One task speaks to the database for all calls of the process, in their order.
May import `storage` and below.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import structlog

from evaluator.errors import Overloaded, StorageError
from evaluator.models.seam import OpenGate, Passage
from evaluator.storage.allowance import LEASE_S, Report
from evaluator.storage.limits import Decision, Limits, Wish

RENEW_S = LEASE_S / 4
"""Seconds between two reports of a process that only goes on with what it has."""

AGAIN_S = 1.0
"""Seconds before a database that could not be asked is asked again."""

MOST_AT_ONCE = 64
"""Wishes in one report."""

LEFT_FOR_THE_CALL = 0.1
"""Share of the time allowed, up to a second, that is kept back from waiting."""

_log = structlog.get_logger(__name__)


class Grants(Protocol):
    """The limits over all processes, seen from here."""

    async def report(self, report: Report) -> Decision:
        """Tell how this process stands, and return what it is granted."""
        ...


@dataclass(eq=False, slots=True)
class _Call:
    """A call that waits, or was let through."""

    correct: Callable[[int], None]
    tokens: int
    begun_at: float
    until: float
    turn: asyncio.Future[None]

    def used(self, tokens: int) -> None:
        """See models.seam.Passage; what the endpoint does not tell stays as it was reserved."""
        if tokens > 0:
            self.correct(tokens - self.tokens)


class Throttle:
    """The gate before the model: see models.seam.Gate. Used from one loop.

    It limits within `over`, and before and after lets everything through: a command that shares no database
    with others has none to ask.
    """

    def __init__(self, limits: Limits) -> None:
        """Take the limits, at least one of them set."""
        self._limits = limits
        self._waiting: deque[_Call] = deque()
        self._limiting = False
        self._held = 0
        self._tokens_over = 0
        self._changed = asyncio.Event()

    @property
    def limits(self) -> Limits:
        """What holds over all processes."""
        return self._limits

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn in this process."""
        return len(self._waiting)

    @asynccontextmanager
    async def over(self, grants: Grants) -> AsyncIterator[None]:
        """Give turns by what `grants` grants, until the end of the block."""
        task = asyncio.create_task(self._go_on(grants))
        task.add_done_callback(_tell)
        self._limiting = True
        try:
            yield
        finally:
            self._limiting = False
            task.cancel()
            await asyncio.wait([task])
            with suppress(StorageError):  # what is held is free after a while
                await grants.report(Report(0, tokens_over=self._tokens_over))

    @asynccontextmanager
    async def passing(self, tokens: int, *, within_s: float) -> AsyncIterator[Passage]:
        """See Gate."""
        if not self._limiting:
            yield OpenGate()
            return
        loop = asyncio.get_running_loop()
        now, patience_s = loop.time(), within_s - min(1.0, LEFT_FOR_THE_CALL * within_s)
        call = _Call(self._correct, tokens, now, now + patience_s, loop.create_future())
        self._waiting.append(call)
        self._changed.set()
        let_through = False
        try:
            async with asyncio.timeout_at(call.until):
                await call.turn
            let_through = True
            yield call
        except TimeoutError:
            if let_through:
                raise
            raise self._refusal(patience_s) from None
        finally:
            self._leave(call, let_through)

    def _leave(self, call: _Call, let_through: bool) -> None:
        """Give a turn back, also one that came at the moment at which the call was given up."""
        if call.turn.done() and not call.turn.cancelled() and call.turn.exception() is None:
            self._held -= 1
            if not let_through:
                self._tokens_over -= call.tokens
        else:
            with suppress(ValueError):  # it was refused, and is out already
                self._waiting.remove(call)
        self._changed.set()

    def _correct(self, tokens_over: int) -> None:
        self._tokens_over += tokens_over
        self._changed.set()

    async def _go_on(self, grants: Grants) -> None:
        """Report whenever something changed, and otherwise when it is time to."""
        while True:
            self._changed.clear()
            pause_s = await self._report(grants)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._changed.wait()

    async def _report(self, grants: Grants) -> float | None:
        """Report once; return when to do so again though nothing changes, None for never."""
        now = asyncio.get_running_loop().time()
        asked = list(islice(self._waiting, MOST_AT_ONCE))
        wishes = [Wish(call.tokens, now - call.begun_at) for call in asked]
        tokens_over, self._tokens_over = self._tokens_over, 0
        try:
            decision = await grants.report(Report(self._held, wishes, tokens_over))
        except StorageError as error:
            self._tokens_over += tokens_over
            _log.error("the limits on model calls cannot be asked for", details=str(error))
            return AGAIN_S
        self._let_through(asked[: decision.granted])
        if decision.by_rate:
            self._refuse_hopeless(decision.wait_s)
        if self._waiting:
            return min(decision.wait_s, RENEW_S)
        return RENEW_S if self._held else None

    def _let_through(self, calls: list[_Call]) -> None:
        for call in calls:
            if call.turn.done():  # given up while it was granted
                self._tokens_over -= call.tokens
                self._changed.set()
                continue
            self._waiting.remove(call)
            self._held += 1
            call.turn.set_result(None)

    def _refuse_hopeless(self, wait_s: float) -> None:
        """Refuse at once whoever would not have a turn in time; all wait at least `wait_s` seconds."""
        now = asyncio.get_running_loop().time()
        for call in [call for call in self._waiting if call.until <= now + wait_s]:
            self._waiting.remove(call)
            if not call.turn.done():
                call.turn.set_exception(self._refusal(call.until - call.begun_at, wait_s))

    def _refusal(self, within_s: float, wait_s: float = RENEW_S) -> Overloaded:
        names = {
            "EVALUATOR_GLOBAL_CONCURRENCY": self._limits.concurrency,
            "EVALUATOR_MODEL_REQUESTS_PER_MINUTE": self._limits.requests_per_minute,
            "EVALUATOR_MODEL_TOKENS_PER_MINUTE": self._limits.tokens_per_minute,
        }
        chosen = ", ".join(f"{name}={value}" for name, value in names.items() if value is not None)
        return Overloaded(
            f"no turn for another model call within {within_s:.3g} s, by the limits over all processes "
            f"({chosen}); send it again later, or raise what the endpoint allows",
            retry_after_s=max(1, math.ceil(wait_s)),
        )


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("the limits on model calls broke; no more are made", exc_info=error)
