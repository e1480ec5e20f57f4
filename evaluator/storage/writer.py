"""Writing and reading off the loop: what is asked for at the same time is committed at once.

A commit waits for the disk, so one for many costs little more than one for one. May import `errors`,
`storage.database` and `storage.faults`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from evaluator.errors import StorageUnavailable
from evaluator.storage.database import READERS, Database
from evaluator.storage.faults import FOR_ALL, Trouble, as_storage_error, reported, trouble_of

MOST_AT_ONCE = 256
"""Operations in one transaction; more would keep the first waiting for long."""

T = TypeVar("T")

Operation = Callable[[Connection], T]
"""Statements to run on a connection, in another thread. It may be run again after its transaction was
undone, so it must have no effect but on the database."""


@dataclass(slots=True)
class _Asked:
    """An operation, and who waits for it."""

    operation: Operation[Any]
    answer: asyncio.Future[Any]


@dataclass(slots=True)
class _Unit:
    """What is to run in one transaction; `again`: it was tried before, and failed by no fault of its own."""

    asked: Sequence[_Asked]
    again: bool = False


class Writer:
    """Runs operations in one thread, all that wait together in one transaction.

    Where a transaction fails because of one of them, each is run again alone, so that only that one
    fails. Used from one loop. It holds no task: what is asked for is done even if its asker is cancelled.
    """

    def __init__(self, database: Database, *, most_at_once: int = MOST_AT_ONCE) -> None:
        """Take the database to write to; nothing is connected before the first operation."""
        self._engine = database.writing
        self._most_at_once = most_at_once
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="storage-writer")
        self._waiting: deque[_Asked] = deque()
        self._units: deque[_Unit] = deque()
        self._running = False
        self._closing = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, operation: Operation[T]) -> T:
        """Return what `operation` returned, after the commit.

        Raises StorageUnavailable where the database cannot be written for now, or what the operation raised.
        """
        if self._closing:
            raise StorageUnavailable("the service is stopping; send it again")
        asked = _Asked(operation, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if not self._running:
            self._go_on()
        # Shielded: who waits may go, the operation is done all the same.
        answer: T = await asyncio.shield(asked.answer)
        return answer

    async def aclose(self) -> None:
        """Take no more, and return when all that was asked for is done."""
        self._closing = True
        await self._idle.wait()
        self._thread.shutdown(wait=False)

    def _go_on(self) -> None:
        """Start on the next unit, if there is one."""
        if not self._units and self._waiting:
            count = min(len(self._waiting), self._most_at_once)
            self._units.append(_Unit([self._waiting.popleft() for _ in range(count)]))
        self._running = bool(self._units)
        if not self._running:
            self._idle.set()
            return
        self._idle.clear()
        unit = self._units.popleft()
        loop = asyncio.get_running_loop()
        done = self._thread.submit(_in_one_transaction, self._engine, [each.operation for each in unit.asked])
        done.add_done_callback(lambda outcome: loop.call_soon_threadsafe(self._settle, unit, outcome))

    def _settle(self, unit: _Unit, outcome: Future[list[Any]]) -> None:
        error = outcome.exception()
        if error is None:
            for asked, result in zip(unit.asked, outcome.result(), strict=True):
                asked.answer.set_result(result)
        else:
            self._settle_failed(unit, error)
        self._go_on()

    def _settle_failed(self, unit: _Unit, error: BaseException) -> None:
        trouble = trouble_of(error)
        alone = len(unit.asked) == 1
        # The connection may have been stale, or the two who were in each other's way are past it.
        passing = trouble is Trouble.GONE or (trouble is Trouble.CONFLICT and alone)
        if passing and not unit.again:
            self._units.appendleft(_Unit(unit.asked, again=True))
        elif not alone and trouble not in FOR_ALL:
            self._units.extendleft(_Unit([asked]) for asked in reversed(unit.asked))
        else:
            for asked in unit.asked:
                asked.answer.set_exception(_raised(error, trouble))


class Reader:
    """Runs operations that only read, several at a time, each statement by itself."""

    def __init__(self, database: Database) -> None:
        """Take the database to read from; nothing is connected before the first operation."""
        self._engine = database.reading
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="storage-reader")

    async def run(self, operation: Operation[T]) -> T:
        """Return what `operation` returned. Raises as Writer.run does."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _read, self._engine, operation)

    async def aclose(self) -> None:
        """End the threads; operations under way are finished first."""
        await asyncio.to_thread(self._threads.shutdown)


def _in_one_transaction(engine: Engine, operations: Sequence[Operation[Any]]) -> list[Any]:
    with engine.begin() as connection:
        return [operation(connection) for operation in operations]


def _read(engine: Engine, operation: Operation[T]) -> T:
    with reported():
        try:
            return _read_once(engine, operation)
        except DBAPIError as error:
            if trouble_of(error) is not Trouble.GONE:
                raise
            return _read_once(engine, operation)  # perhaps the connection alone was stale


def _read_once(engine: Engine, operation: Operation[T]) -> T:
    with engine.connect() as connection:
        return operation(connection)


def _raised(error: BaseException, trouble: Trouble | None) -> BaseException:
    """Return what to raise, an instance for each who waits: a traceback is written into it."""
    if trouble is None:
        return error
    mine = as_storage_error(trouble)
    mine.__cause__ = error
    return mine
